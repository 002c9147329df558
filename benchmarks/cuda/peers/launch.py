"""What a launch costs in PyTorch: additions of tiny tensors, eager (`eager`) and n of them in one CUDA graph (`graph n`)."""

import torch

from common import DEVICE, capture, serve


class Case:
    def __init__(self, ask):
        self.x = torch.rand(ask["size"], device=DEVICE)
        self.y = torch.rand(ask["size"], device=DEVICE)

    def runner(self, what, precision):
        add = lambda: self.x + self.y  # noqa: E731
        if what == "eager":
            return add
        count = int(what.split()[1])

        def chain():
            value = self.x
            for _ in range(count):
                value = value + self.y
            return value

        return capture(chain)


serve(Case)
