"""Golden values of whole training runs: a small network, twenty steps of each optimiser."""

import torch
from golden import cases, floats, plain, plains, write
from torch.nn import functional as F

sizes = [3, 6, 6, 2]
first = {}
for i, (inputs, outputs) in enumerate(zip(sizes, sizes[1:])):
    first[f"{i}.weight"] = floats(outputs, inputs, low=-0.8, high=0.8)
    first[f"{i}.bias"] = floats(outputs, low=-0.1, high=0.1)
x, y = floats(8, 3), floats(8, 2)


def newton_schulz(g, steps=5):
    a, b, c = 3.4445, -4.7750, 2.0315
    z = g.T if g.shape[0] > g.shape[1] else g
    z = z / (z.norm() + 1e-7)
    for _ in range(steps):
        gram = z @ z.T
        z = a * z + (b * gram + c * gram @ gram) @ z
    return z.T if g.shape[0] > g.shape[1] else z


class Muon:
    """Keller Jordan's, in float64 (his and torch.optim's run in bfloat16)."""

    def __init__(self, params, lr, momentum, nesterov, weight_decay, adam):
        self.matrices = [p for p in params if p.ndim == 2]
        self.rest = torch.optim.AdamW([p for p in params if p.ndim < 2], **adam)
        self.state = {p: torch.zeros_like(p) for p in self.matrices}
        self.lr, self.momentum, self.nesterov, self.decay = lr, momentum, nesterov, weight_decay

    @torch.no_grad()
    def step(self):
        for p in self.matrices:
            buffer = self.state[p].lerp_(p.grad, 1 - self.momentum)
            direction = p.grad.lerp(buffer, self.momentum) if self.nesterov else buffer
            scale = max(1, p.shape[0] / p.shape[1]) ** 0.5
            p.mul_(1 - self.lr * self.decay).add_(newton_schulz(direction), alpha=-self.lr * scale)
        self.rest.step()


def train(name, make, max_norm, steps=20):
    params = {key: value.clone().requires_grad_(True) for key, value in first.items()}
    optimizer = make(list(params.values()))
    losses, norms = [], []
    for _ in range(steps):
        h = x
        for layer in range(3):
            h = F.linear(h, params[f"{layer}.weight"], params[f"{layer}.bias"])
            h = h.tanh() if layer < 2 else h
        loss = ((h - y) ** 2).mean()
        for p in params.values():
            p.grad = None
        loss.backward()
        norms.append(float(torch.nn.utils.clip_grad_norm_(params.values(), max_norm or float("inf"))))
        optimizer.step()
        losses.append(loss.item())
    cases.append({"name": name, "losses": losses, "norms": norms, "last": plains(params)})


optim = torch.optim
train("sgd", lambda p: optim.SGD(p, lr=0.1), 0)
train("sgd nesterov", lambda p: optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.01), 0.5)
train("rmsprop", lambda p: optim.RMSprop(p, lr=0.01, alpha=0.9, eps=1e-5), 0)
train("rmsprop centered", lambda p: optim.RMSprop(p, lr=0.01, alpha=0.9, eps=1e-3, momentum=0.5, centered=True), 0.5)
train("adam", lambda p: optim.Adam(p, lr=0.02), 0.5)
train("adamw", lambda p: optim.AdamW(p, lr=0.02, weight_decay=0.1), 0)
adam = {"lr": 3e-3, "betas": (0.9, 0.95), "eps": 1e-8, "weight_decay": 0.1}
train("muon", lambda p: Muon(p, 0.02, 0.9, True, 0.1, adam), 0)
train("muon plain clipped", lambda p: Muon(p, 0.05, 0.8, False, 0.0, adam), 0.5)
write("optimizers", sizes=sizes, first=plains(first), x=plain(x), y=plain(y))
