"""Golden files for packages/nn/test, made by PyTorch and by the safetensors package.

Run from anywhere: python packages/nn/test/goldens/generate.py
Writes training.json, categorical.json and python.safetensors beside this file, and lets modules.py,
losses.py, distributions.py, optimizers.py and files.py write theirs.
"""

import json
import pathlib
import subprocess
import sys

import numpy
import safetensors
import safetensors.numpy
import torch

here = pathlib.Path(__file__).parent
torch.set_default_dtype(torch.float64)
torch.manual_seed(7)
made_with = {"torch": torch.__version__, "safetensors": safetensors.__version__}


def plain(tensor):
    return {"shape": list(tensor.shape), "values": tensor.detach().flatten().tolist()}


def exact(*shape, scale=1.0):
    """Random values that float32 holds exactly."""
    return (torch.randn(*shape) * scale).float().double()


# A small network trained for a few steps: tanh MLP, squared error, clipped Adam, falling rate.
sizes = [3, 8, 5, 2]
weights = [exact(o, i, scale=i**-0.5) for i, o in zip(sizes, sizes[1:])]
biases = [exact(o, scale=0.1) for o in sizes[1:]]
names = [f"{i}.{kind}" for i in range(3) for kind in ("weight", "bias")]
first = [p.clone() for pair in zip(weights, biases) for p in pair]
params = [p.clone().requires_grad_(True) for p in first]
x, y = exact(16, 3), exact(16, 2)
steps = 20
optimizer = torch.optim.Adam(params, lr=0.02, eps=1e-5)
losses, norms = [], []
for step in range(steps):
    for group in optimizer.param_groups:
        group["lr"] = 0.02 * (1 - step / steps)
    h = x
    for layer in range(3):
        h = torch.nn.functional.linear(h, params[2 * layer], params[2 * layer + 1])
        h = h.tanh() if layer < 2 else h
    loss = ((h - y) ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    norms.append(float(torch.nn.utils.clip_grad_norm_(params, 0.5)))
    optimizer.step()
    losses.append(loss.item())
training = {
    "madeWith": made_with,
    "sizes": sizes,
    "first": {n: plain(p) for n, p in zip(names, first)},
    "last": {n: plain(p) for n, p in zip(names, params)},
    "x": plain(x),
    "y": plain(y),
    "losses": losses,
    "norms": norms,
}
(here / "training.json").write_text(json.dumps(training) + "\n")

# Log-probabilities and entropies, with gradients of their sums.
logits = exact(6, 5, scale=2).requires_grad_(True)
action = torch.randint(0, 5, (6,))
policy = torch.distributions.Categorical(logits=logits)
log_prob, entropy = policy.log_prob(action), policy.entropy()
(log_prob_grad,) = torch.autograd.grad(log_prob.sum(), logits, retain_graph=True)
(entropy_grad,) = torch.autograd.grad(entropy.sum(), logits)
categorical = {
    "madeWith": made_with,
    "logits": plain(logits),
    "action": plain(action),
    "logProb": plain(log_prob),
    "entropy": plain(entropy),
    "logProbGrad": plain(log_prob_grad),
    "entropyGrad": plain(entropy_grad),
}
(here / "categorical.json").write_text(json.dumps(categorical) + "\n")

# A file as Python writes it.
arrays = {
    "weight": numpy.arange(6, dtype=numpy.float32).reshape(2, 3) / 4,
    "step": numpy.array([7], dtype=numpy.int32),
    "double": numpy.array([[0.1], [0.2]], dtype=numpy.float64),
    "mask": numpy.array([True, False, True]),
    "bytes": numpy.array([1, 255], dtype=numpy.uint8),
    "big": numpy.array([-(2**40), 2**40], dtype=numpy.int64),
    "empty": numpy.zeros((0, 4), dtype=numpy.float32),
    "scalar": numpy.array(2.5, dtype=numpy.float32),
    "né": numpy.array([1, -2], dtype=numpy.int16),
}
safetensors.numpy.save_file(arrays, here / "python.safetensors", {"made": "by Python", "é": '"'})
print("written", made_with)

for group in ["modules", "losses", "distributions", "optimizers", "files"]:
    subprocess.run([sys.executable, here / f"{group}.py"], check=True)
