"""What the golden cases of each group are made with: seeded inputs, one call per case, one file per group.

Everything is computed by PyTorch in float64 from inputs that float32 holds exactly.
Gradients are those of sum(weights * output) over all float outputs, weights[i] = 0.5 + (i % 7) / 10.
"""

import json
import math
import pathlib

import numpy
import torch

torch.set_default_dtype(torch.float64)
random = numpy.random.default_rng(20240607)  # of this group: each group runs in a process of its own


def floats(*shape, low=-2.0, high=2.0):
    """Random values that float32 holds exactly."""
    values = random.uniform(low, high, shape).astype(numpy.float32)
    return torch.tensor(values.astype(numpy.float64))


def integers(*shape, high):
    return torch.tensor(random.integers(0, high, shape), dtype=torch.int64)


def plain(tensor):
    kind = {torch.float64: "float32", torch.int64: "int32", torch.bool: "bool"}[tensor.dtype]
    values = tensor.detach().flatten().tolist()
    return {"dtype": kind, "shape": list(tensor.shape), "values": [number(v) for v in values]}


def number(value):
    """JSON has no infinities and no NaN: they become strings that JavaScript reads as numbers."""
    value = float(value)
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


cases = []


def case(name, function, *inputs, gradient=True):
    leaves = [x.clone().requires_grad_(gradient and x.is_floating_point()) for x in inputs]
    outputs = function(*leaves)
    outputs = list(outputs) if isinstance(outputs, (tuple, list)) else [outputs]
    row = {"name": name, "inputs": [plain(x) for x in inputs], "outputs": [plain(y) for y in outputs]}
    if gradient:
        loss = 0
        for y in outputs:
            if y.is_floating_point():
                weights = 0.5 + (torch.arange(y.numel()) % 7) / 10
                loss = loss + (y.flatten() * weights).sum()
        loss.backward()
        zero = lambda x: torch.zeros_like(x)
        row["grads"] = [
            plain(x.grad if x.grad is not None else zero(x)) for x in leaves if x.requires_grad
        ]
    cases.append(row)


def write(group):
    """Writes <group>.json beside this file; it notes the versions it was made with."""
    target = pathlib.Path(__file__).with_name(f"{group}.json")
    made_with = {"torch": torch.__version__, "numpy": numpy.__version__}
    rows = ",\n".join(json.dumps(row) for row in cases)
    target.write_text(f'{{"madeWith": {json.dumps(made_with)}, "cases": [\n{rows}\n]}}\n')
    print(f"{len(cases)} cases written to {target.name}")
