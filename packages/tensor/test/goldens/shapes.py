"""Golden cases of shapes and indexing."""

import torch
import torch.nn.functional as F

from golden import case, floats, integers, write

case("gather", lambda x, i: x.gather(1, i), floats(3, 4, 2), integers(2, 5, 2, high=4))
case("gather along the last", lambda x, i: x.gather(-1, i), floats(3, 4), integers(3, 6, high=4))
case("takeAlongAxis", lambda x, i: torch.take_along_dim(x, i, 0), floats(4, 3), integers(5, 1, high=4))
case("scatterAdd", lambda x, i, y: x.scatter_add(1, i, y), floats(3, 4), integers(2, 7, high=4), floats(2, 7))
case("indexSelect", lambda x, i: x.index_select(1, i), floats(2, 5, 3), integers(7, high=5))
case(
    "indexAdd",
    lambda x, i, y: x.detach().index_add(1, i, y.detach()),
    floats(2, 5, 3), integers(7, high=5), floats(2, 7, 3),
    gradient=False,
)
case("oneHot", lambda i: F.one_hot(i, 5).double(), integers(3, 2, high=5), gradient=False)
case("pad", lambda x: (F.pad(x, (1, 2, 0, 3)), F.pad(x, (2, 0), value=0.5)), floats(2, 3, 4))
case("split", lambda x: (*x.split(2, 1), *x.split([1, 3], -1)), floats(2, 5, 4))
case("chunk", lambda x: (*x.chunk(3, 1), *x.chunk(4)), floats(2, 7))
case("repeat", lambda x: x.repeat(2, 3, 1, 2), floats(2, 3, 2))
case(
    "repeatInterleave",
    lambda x: (x.repeat_interleave(2), x.repeat_interleave(3, 1)),
    floats(2, 3, 2),
)
case("roll", lambda x: (x.roll(2), x.roll(-1, 0), x.roll((1, 5), (0, -1))), floats(3, 4))
case("tril", lambda x: (x.tril(), x.tril(-1), x.tril(2)), floats(2, 3, 4))
case("triu", lambda x: (x.triu(), x.triu(-1), x.triu(2)), floats(2, 3, 4))
case(
    "diagonal",
    lambda x: (x.diagonal(0, -2, -1), x.diagonal(1, -2, -1), x.diagonal(-1, 0, 2)),
    floats(3, 4, 5),
)
case("trace", lambda x: torch.trace(x), floats(3, 4))
case("maskedFill", lambda x, m: x.masked_fill(m > 0, 0.25), floats(3, 4), integers(4, high=2))
case(
    "slice backwards",
    lambda x: (x.flip(0)[::2], x[1:4].flip(0), x.flip(1)[:, ::3]),
    floats(5, 7),
)
case("concat transposed", lambda a, b: torch.cat([a.mT, b], -1), floats(2, 3), floats(3, 2))
case("stack last", lambda a, b: torch.stack([a.mT, b], -1), floats(2, 3), floats(3, 2))

write("shapes")
