"""Golden values of gru, lstm and minGruScan: PyTorch's modules taken step by step, so that the state can
be zeroed before a step; plain loops for minGRU and linearScan, of which PyTorch has none."""

import torch
from golden import case, floats, integers, write

steps, batch, inputs, units = 5, 3, 4, 6


def weights(gates):
    shapes = [(gates * units, inputs), (gates * units, units), (gates * units,), (gates * units,)]
    return [floats(*shape, low=-0.8, high=0.8) for shape in shapes]


names = ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"]


def stepwise(module, x, state, values, reset):
    """All steps of an nn.GRU or nn.LSTM with these weights, one call per step."""
    outputs = []
    for t in range(len(x)):
        keep = 1.0 - reset[t].to(x.dtype)[None, :, None]
        state = tuple(part * keep for part in state) if isinstance(state, tuple) else state * keep
        arguments = (x[t : t + 1], state)
        output, state = torch.func.functional_call(module, dict(zip(names, values)), arguments)
        outputs.append(output)
    return torch.cat(outputs), state


def gru(x, h, *rest):
    *values, reset = rest
    module = torch.nn.GRU(inputs, units, bias=len(values) == 4)
    output, h = stepwise(module, x, h[None], values, reset)
    return output, h[0]


def lstm(x, h, c, *rest):
    *values, reset = rest
    module = torch.nn.LSTM(inputs, units, bias=len(values) == 4)
    output, (h, c) = stepwise(module, x, (h[None], c[None]), values, reset)
    return output, h[0], c[0]


def whole(module):
    """PyTorch's own pass over the whole sequence, without resets."""

    def run(x, h, *values):
        output, h = torch.func.functional_call(module, dict(zip(names, values)), (x, h[None]))
        return output, h[0]

    return run


def min_gru(gate, candidate, h, reset):
    outputs = []
    for t in range(len(gate)):
        z = gate[t].sigmoid()
        fresh = torch.where(candidate[t] >= 0, candidate[t] + 0.5, candidate[t].sigmoid())
        h = (1 - z) * h * (1.0 - reset[t].to(z.dtype)[:, None]) + z * fresh
        outputs.append(h)
    return torch.stack(outputs), h


def linear_scan(a, b):
    outputs, y = [], torch.zeros_like(b[0])
    for t in range(len(a)):
        y = a[t] * y + b[t]
        outputs.append(y)
    return torch.stack(outputs)


def state():
    return floats(batch, units, low=-1, high=1)


def resets(length):
    return integers(length, batch, high=3) == 0


x = floats(steps, batch, inputs)
case("gru", gru, x, state(), *weights(3), resets(steps))
case("gru without bias", gru, x, state(), *weights(3)[:2], resets(steps))
case("gru without resets", whole(torch.nn.GRU(inputs, units)), x, state(), *weights(3))
case("lstm", lstm, x, state(), state(), *weights(4), resets(steps))
case("lstm without bias", lstm, x, state(), state(), *weights(4)[:2], resets(steps))
sequence = lambda length: floats(length, batch, units, low=-3, high=3)
case("minGruScan", min_gru, sequence(8), sequence(8), floats(batch, units), resets(8))
case(
    "linearScan",
    lambda a, b: (linear_scan(a, b), linear_scan(a.flip(0), b.flip(0)).flip(0)),
    floats(7, 2, 3, low=-1, high=1),
    floats(7, 2, 3),
)

write("recurrence")
