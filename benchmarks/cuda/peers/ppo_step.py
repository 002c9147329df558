"""PyTorch's PPO minibatch step on a GPU: eager, as a CUDA graph, and with torch.compile. Network and loss are those of
benchmarks/peers/torch_ppo_step.py; Adam is fused."""

import torch

from common import DEVICE, ON_GPU, PRECISIONS, autocast, capture, serve
from torch_ppo_step import LEARNING_RATE, Case


class Mode(Case):
    """One precision, with parameters and an optimiser of its own."""

    def __init__(self, ask, precision):
        super().__init__(ask)
        self.precision = precision
        self.policy.to(DEVICE)
        for name in ("observations", "action", "old_log_prob", "advantage", "returns"):
            setattr(self, name, getattr(self, name).to(DEVICE))
        self.optimizer = torch.optim.Adam(
            self.policy.parameters(), lr=LEARNING_RATE, eps=1e-5, fused=True, capturable=ON_GPU
        )
        self.compiled_loss = None

    def mixed_loss(self):
        with autocast(self.precision):
            return self.loss()

    def eager(self):
        return self.update(self.mixed_loss)

    def compiled(self):
        if self.compiled_loss is None:
            self.compiled_loss = torch.compile(self.mixed_loss)
        return self.update(self.compiled_loss)


class Modes:
    def __init__(self, ask):
        self.modes = {precision: Mode(ask, precision) for precision in PRECISIONS}

    def runner(self, what, precision):
        mode = self.modes[precision]
        return {"eager": mode.eager, "compiled": mode.compiled}.get(what) or capture(mode.eager)


serve(Modes)
