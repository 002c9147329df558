"""What the golden cases of this folder are made with: seeded inputs, one file per group.

Everything is computed by PyTorch in float64 from inputs that float32 holds exactly.
Gradients are those of sum(weights * output), weights[i] = 0.5 + (i % 7) / 10.
"""

import json
import math
import pathlib

import numpy
import torch

torch.set_default_dtype(torch.float64)
random = numpy.random.default_rng(20240611)  # of this group: each group runs in a process of its own


def floats(*shape, low=-2.0, high=2.0):
    """Random values that float32 holds exactly."""
    values = random.uniform(low, high, shape).astype(numpy.float32)
    return torch.tensor(values.astype(numpy.float64))


def integers(*shape, high):
    return torch.tensor(random.integers(0, high, shape), dtype=torch.int64)


def number(value):
    """JSON has no infinities and no NaN: they become strings that JavaScript reads as numbers."""
    value = float(value)
    if math.isfinite(value):
        return float(f"{value:.9g}")
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def plain(tensor):
    kind = {torch.float64: "float32", torch.int64: "int32", torch.bool: "bool"}[tensor.dtype]
    values = tensor.detach().flatten().tolist()
    return {"dtype": kind, "shape": list(tensor.shape), "values": [number(v) for v in values]}


def plains(named):
    return {name: plain(tensor) for name, tensor in named.items()}


def weighted(y):
    return (y.flatten() * (0.5 + (torch.arange(y.numel()) % 7) / 10)).sum()


cases = []


def case(name, function, *inputs):
    """A function of tensors: its outputs, and the gradients of its float inputs."""
    leaves = [x.clone().requires_grad_(x.is_floating_point()) for x in inputs]
    outputs = function(*leaves)
    outputs = list(outputs) if isinstance(outputs, (tuple, list)) else [outputs]
    loss = sum(weighted(y) for y in outputs if y.requires_grad)
    if torch.is_tensor(loss):
        loss.backward()
    zero = torch.zeros_like
    grads = [x.grad if x.grad is not None else zero(x) for x in leaves if x.requires_grad]
    row = {"name": name, "inputs": [plain(x) for x in inputs], "outputs": [plain(y) for y in outputs]}
    cases.append({**row, "grads": [plain(g) for g in grads]})


def write(group, **more):
    """Writes <group>.json beside this file; it notes the version it was made with."""
    target = pathlib.Path(__file__).with_name(f"{group}.json")
    head = json.dumps({"madeWith": {"torch": torch.__version__}, **more})[:-1]
    rows = ",\n".join(json.dumps(row) for row in cases)
    target.write_text(f'{head}, "cases": [\n{rows}\n]}}\n')
    print(f"{len(cases)} cases written to {target.name}, {target.stat().st_size} bytes")
