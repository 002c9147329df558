"""Golden cases of matrix products."""

import torch

from golden import case, floats, write

case("matmul stacks", torch.matmul, floats(2, 1, 3, 4), floats(3, 4, 2))
case("matmul one on the right", torch.matmul, floats(2, 3, 4), floats(4, 2))
case("matmul one on the left", torch.matmul, floats(3, 4), floats(2, 4, 2))
case("matmul vectors", torch.matmul, floats(4), floats(4))
case("matmul stack by vector", torch.matmul, floats(2, 3, 4), floats(4))
case("matmul transposed", lambda a, b: a.mT @ b.mT, floats(2, 4, 3), floats(2, 5, 4))

write("products")
