"""Elementwise ops of PyTorch on large vectors, into memory that is there; `copy` is the device's own copy."""

import torch

from common import DEVICE, serve


class Case:
    def __init__(self, ask):
        self.x = torch.rand(ask["size"], device=DEVICE) - 0.5
        self.y = torch.rand(ask["size"], device=DEVICE) - 0.5
        self.out = torch.empty_like(self.x)

    def runner(self, what, precision):
        x, y, out = self.x, self.y, self.out
        return {
            "copy": lambda: out.copy_(x),
            "add": lambda: torch.add(x, y, out=out),
            "relu": lambda: torch.clamp_min(x, 0, out=out),
            "axpy": lambda: torch.add(y, x, alpha=1.5, out=out),
        }[what]


serve(Case)
