"""PyTorch's Nature-CNN on a GPU, channels-last: the loss with all gradients, eager and as a CUDA graph. The network is that
of benchmarks/peers/torch_cnn.py."""

import torch

from common import DEVICE, PRECISIONS, array, autocast, capture, serve
from torch_cnn import NatureCnn


class Mode:
    def __init__(self, precision, parameters, images, heads, width):
        self.precision = precision
        self.images = images
        self.network = NatureCnn(heads, width).to(DEVICE)
        self.network.load(parameters)
        self.network = self.network.to(memory_format=torch.channels_last)
        self.parameters = list(self.network.parameters())

    def eager(self):
        for parameter in self.parameters:
            parameter.grad = None
        with autocast(self.precision):
            loss = self.network(self.images).float().square().mean()
        loss.backward()
        return loss


class Case:
    def __init__(self, ask):
        parameters = array(ask["parameters"], "float32")
        images = array(ask["images"], "uint8").reshape(ask["batch"], 4, 84, 84)
        images = images.contiguous(memory_format=torch.channels_last)
        self.modes = {p: Mode(p, parameters, images, ask["heads"], ask["width"]) for p in PRECISIONS}

    def runner(self, what, precision):
        eager = self.modes[precision].eager
        return eager if what == "eager" else capture(eager)


serve(Case)
