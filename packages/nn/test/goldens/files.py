"""Files as torch and safetensors write them: small floats with their values, and a network with its output."""

import json
import pathlib

import torch
from golden import floats, plain
from safetensors.torch import save_file
from torch import nn

here = pathlib.Path(__file__).parent
every16 = torch.arange(0, 2**16, 97, dtype=torch.int32).to(torch.uint16)
every8 = torch.arange(0, 2**8, dtype=torch.int32).to(torch.uint8)
small = {
    "F16": every16.view(torch.float16),
    "BF16": every16.view(torch.bfloat16),
    "F8_E4M3": every8.view(torch.float8_e4m3fn),
    "F8_E5M2": every8.view(torch.float8_e5m2),
}
wide = {f"{name} wide": x.to(torch.float32) for name, x in small.items()}
save_file({**{name: x.clone() for name, x in small.items()}, **wide}, here / "small-floats.safetensors")

torch.manual_seed(3)
net = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(48, 2))
images = floats(5, 1, 4, 3)
for _ in range(3):
    net(images)  # moves the running statistics
net.eval()
state = {name: x.float() if x.is_floating_point() else x for name, x in net.state_dict().items()}
save_file(state, here / "network.safetensors")
row = {"madeWith": {"torch": torch.__version__}, "x": plain(images), "y": plain(net(images))}
(here / "network.json").write_text(json.dumps(row) + "\n")
print("files written")
