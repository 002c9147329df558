"""Golden cases of the elementwise ops beyond those of core.py."""

import torch
import torch.nn.functional as F

from golden import case, floats, integers, write

for name in ["expm1", "sin", "cos", "erf"]:
    case(name, getattr(torch, name), floats(3, 5))
case("log1p", torch.log1p, floats(3, 5, low=-0.8, high=3))
case("rsqrt", torch.rsqrt, floats(3, 5, low=0.2, high=3))
case("sin large", torch.sin, floats(9, low=-1e6, high=1e6), gradient=False)
case("ceil", torch.ceil, floats(7), gradient=False)
case("round", lambda x: torch.round(x / 2), torch.arange(-7.0, 8.0), gradient=False)
case("isNaN", torch.isnan, torch.log(floats(7)), gradient=False)

case("leakyRelu", lambda x: (F.leaky_relu(x), F.leaky_relu(x, 0.2)), floats(3, 5))
case("elu", lambda x: (F.elu(x), F.elu(x, 0.5)), floats(3, 5))
case("gelu", lambda x: (F.gelu(x), F.gelu(x, approximate="tanh")), floats(3, 5, low=-4, high=4))
case("silu", F.silu, floats(3, 5, low=-4, high=4))
case("softplus", lambda x: (F.softplus(x), F.softplus(x, 2, 3)), floats(3, 5, low=-6, high=24))

case("mod", torch.remainder, floats(2, 3, low=-9, high=9), floats(3))
case("floorDivide", torch.floor_divide, floats(2, 3, low=-9, high=9), floats(3), gradient=False)
case("mod of integers", torch.remainder, integers(8, high=50) - 25, integers(8, high=5) + 1, gradient=False)
case("floorDivide of integers", torch.floor_divide, integers(8, high=50) - 25, -1 - integers(8, high=5), gradient=False)
case("pow of integers", torch.pow, integers(8, high=9) - 4, integers(8, high=5), gradient=False)
case("clamp between tensors", torch.clamp, floats(4, 3), floats(3, high=0), floats(4, 1, low=0))
case("clamp where limits cross", torch.clamp, floats(9), floats(9), floats(9))
for name in ["and", "or", "xor"]:
    logical = getattr(torch, f"logical_{name}")
    case(f"logical {name}", lambda a, b: logical(a > 0, b > 0), floats(9), floats(9), gradient=False)

write("elementwise")
