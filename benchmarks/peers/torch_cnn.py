"""PyTorch's side of the CNN benchmark, as a server over stdin and stdout: see torch_ppo_step.py for the protocol.

  {"do": "setup", "name", "batch", "input": "uint8"|"float32", "format": "default"|"channelsLast"|"compiled",
   "parameters": base64 float32, "images": base64 uint8 [batch, 4, 84, 84]}     -> {"loss"} or {"reason"}
  {"do": "forward", "name", "count"}   count evaluations in inference mode       -> {"seconds"}
  {"do": "step", "name", "count"}      count losses with all gradients           -> {"seconds"}

Written to be kind to PyTorch: images already lie in the format of the network, gradients are set to None, heads are
merged. "compiled" is channels-last under torch.compile.
"""

import base64
import json
import sys
import time

import numpy as np
import torch
from torch import nn


def array(text, dtype):
    return torch.from_numpy(np.frombuffer(base64.b64decode(text), dtype=dtype).copy())


class NatureCnn(nn.Module):
    """Mnih et al. 2015: three convolutions and a layer of 512, then the heads in one layer."""

    def __init__(self, heads, width=1):
        super().__init__()
        c1, c2, c3, dense = (int(count * width) for count in (32, 64, 64, 512))
        self.body = nn.Sequential(
            nn.Conv2d(4, c1, 8, 4),
            nn.ReLU(),
            nn.Conv2d(c1, c2, 4, 2),
            nn.ReLU(),
            nn.Conv2d(c2, c3, 3, 1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(c3 * 49, dense),
            nn.ReLU(),
            nn.Linear(dense, heads),
        )

    def forward(self, x):
        if x.dtype == torch.uint8:
            x = x.float() * (1 / 255)
        return self.body(x)

    def load(self, flat):
        at = 0
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.copy_(flat[at : at + parameter.numel()].reshape(parameter.shape))
                at += parameter.numel()
        assert at == flat.numel(), f"parameters: got {flat.numel()}, expected {at}"


class Case:
    def __init__(self, ask):
        parameters = array(ask["parameters"], np.float32)
        self.network = NatureCnn(ask["heads"])
        self.network.load(parameters)
        images = array(ask["images"], np.uint8).reshape(ask["batch"], 4, 84, 84)
        self.images = images if ask["input"] == "uint8" else images.float() * (1 / 255)
        if ask["format"] != "default":
            self.network = self.network.to(memory_format=torch.channels_last)
            self.images = self.images.contiguous(memory_format=torch.channels_last)
        self.parameters = list(self.network.parameters())
        if ask["format"] == "compiled":
            self.network = torch.compile(self.network, dynamic=False)

    def step(self):
        for parameter in self.parameters:
            parameter.grad = None
        loss = self.network(self.images).square().mean()
        loss.backward()
        return loss

    def forward(self):
        with torch.inference_mode():
            return self.network(self.images)


def setup(cases, ask):
    try:
        case = Case(ask)
        case.forward()
        loss = case.step().item()
    except Exception as error:  # torch.compile needs a compiler of its own
        if ask["format"] != "compiled":
            raise
        return {"reason": str(error).split("\n")[0][:200]}
    cases[ask["name"]] = case
    return {"loss": loss}


def main():
    torch.set_num_threads(int(sys.argv[1]))
    cases = {}
    print(json.dumps({"torch": torch.__version__, "threads": torch.get_num_threads()}), flush=True)
    for line in sys.stdin:
        ask = json.loads(line)
        if ask["do"] == "setup":
            print(json.dumps(setup(cases, ask)), flush=True)
            continue
        run = getattr(cases[ask["name"]], ask["do"])
        start = time.perf_counter()
        for _ in range(ask["count"]):
            run()
        print(json.dumps({"seconds": time.perf_counter() - start}), flush=True)


if __name__ == "__main__":
    main()
