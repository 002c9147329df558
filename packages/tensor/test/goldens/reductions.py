"""Golden cases of reductions beyond those of core.py, running sums and sorting."""

import torch

from golden import case, floats, integers, write

inf = float("inf")

case("prod", lambda x: (x.prod(), x.prod(0), x.prod(-1, keepdim=True)), floats(3, 4))
with_zeros = torch.tensor([[0.0, 2, 3], [0, 0, 3], [1, 2, 3]])
case("prod with zeros", lambda x: (x.prod(0), x.prod(1)), with_zeros)
case("argmin", lambda x: (x.argmin(), x.argmin(0), x.argmin(-1)), floats(2, 3, 4), gradient=False)
case("any and all", lambda x: ((x > 1).any(), (x > 1).any(0), (x > -1).all(-1), (x > -1).all()), floats(3, 4), gradient=False)
case("logSumExp", lambda x: (x.logsumexp((0, 1)), x.logsumexp(0), x.logsumexp(-1, keepdim=True)), floats(3, 5, low=-9, high=9))
case("logSumExp of infinities", lambda x: x.logsumexp(1), torch.tensor([[-inf, -inf], [0, -inf]]), gradient=False)
vector_norm = torch.linalg.vector_norm
for order in [1, 2, inf]:
    case(
        f"norm {str(order).replace('inf', 'Infinity')}",
        lambda x: (vector_norm(x, order), vector_norm(x, order, 0), vector_norm(x, order, -1, keepdim=True)),
        floats(3, 5),
    )
case("cumsum", lambda x: (x.cumsum(0), x.cumsum(1), x.cumsum(-1)), floats(2, 3, 4))

case("sort", lambda x: (*x.sort(1), *x.sort(0, descending=True)), floats(4, 5))
case("sort with NaN", lambda x: (*x.sort(stable=True), *x.sort(stable=True, descending=True)), torch.tensor([2.0, float("nan"), -inf, inf, -1, 2]), gradient=False)
case("argsort of integers", lambda x: (x.argsort(stable=True), x.argsort(stable=True, descending=True)), integers(12, high=4), gradient=False)
case("topk", lambda x: (*x.topk(2, 1), *x.topk(3, 0, largest=False)), floats(4, 5))

write("reductions")
