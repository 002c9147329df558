"""Golden cases of convolutions and pooling."""

import torch
from torch.nn import functional as F

from golden import case, floats, write

case("conv2d", F.conv2d, floats(2, 3, 6, 5), floats(4, 3, 3, 2), floats(4))
case(
    "conv2d stride padding dilation",
    lambda x, w, b: F.conv2d(x, w, b, stride=(2, 1), padding=(1, 2), dilation=(1, 2)),
    floats(2, 2, 7, 6),
    floats(3, 2, 3, 2),
    floats(3),
)
case(
    "conv2d groups",
    lambda x, w: F.conv2d(x, w, groups=2, padding=1),
    floats(2, 4, 5, 5),
    floats(6, 2, 3, 3),
)
case(
    "conv2d same",
    lambda x, w: F.conv2d(x, w, padding="same", dilation=(1, 2)),
    floats(1, 2, 5, 6),
    floats(2, 2, 4, 3),
)
case(
    "conv2d relu",
    lambda x, w, b: F.conv2d(x, w, b, stride=2).relu(),
    floats(2, 3, 6, 6),
    floats(17, 3, 2, 2),
    floats(17),
)
case(
    "conv2d tanh",
    lambda x, w, b: F.conv2d(x, w, b).tanh(),
    floats(2, 2, 4, 4),
    floats(3, 2, 2, 2),
    floats(3),
)
case("convTranspose2d", F.conv_transpose2d, floats(2, 3, 4, 3), floats(3, 4, 2, 3), floats(4))
case(
    "convTranspose2d all options",
    lambda x, w, b: F.conv_transpose2d(
        x, w, b, stride=(2, 3), padding=(1, 2), output_padding=(1, 0), groups=2, dilation=(1, 2)
    ),
    floats(2, 4, 4, 3),
    floats(4, 2, 3, 3),
    floats(4),
)

case(
    "maxPool2d",
    lambda x: (
        F.max_pool2d(x, 2),
        F.max_pool2d(x, (3, 2), stride=(1, 2), padding=(1, 0)),
        F.max_pool2d(x, 2, stride=1, padding=1, dilation=2),
    ),
    floats(2, 3, 6, 5),
)
case(
    "avgPool2d",
    lambda x: (
        F.avg_pool2d(x, 2),
        F.avg_pool2d(x, (3, 2), stride=(1, 2), padding=(1, 0)),
        F.avg_pool2d(x, 3, stride=2, padding=1, count_include_pad=False),
    ),
    floats(2, 3, 6, 5),
)

write("conv")
