"""Golden values of the modules: torch.nn with random parameters, one forward and backward pass."""

import torch
from golden import cases, floats, plain, plains, weighted, write
from torch import nn



def module_case(name, module, inputs, forward=None, training=False):
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(floats(*parameter.shape, low=-0.7, high=0.7))
        for key, buffer in module.named_buffers():
            if buffer.is_floating_point():
                buffer.copy_(floats(*buffer.shape, low=0.5, high=1.5))
    module.train(training)
    names = [key for key, _ in module.named_parameters()]
    buffers = {k: b.clone() for k, b in module.named_buffers() if b.is_floating_point()}
    leaves = [x.clone().requires_grad_(x.is_floating_point()) for x in inputs]
    y = (forward or (lambda m, *xs: m(*xs)))(module, *leaves)
    weighted(y).backward()
    cases.append(
        {
            "name": name,
            "parameters": plains(dict(module.named_parameters())),
            "buffers": plains(buffers),
            "inputs": [plain(x) for x in inputs],
            "output": plain(y),
            "inputGrads": [plain(x.grad) for x in leaves if x.grad is not None],
            "grads": {k: plain(module.get_parameter(k).grad) for k in names},
            "after": plains({k: b for k, b in module.named_buffers() if b.is_floating_point()}),
        }
    )


x = floats(2, 4, 5, 4)
module_case("Conv2d", nn.Conv2d(4, 6, (3, 2), stride=2, padding=1, groups=2), [x])
module_case("ConvTranspose2d", nn.ConvTranspose2d(4, 6, 3, stride=2, padding=1, output_padding=1), [x])
module_case("Embedding", nn.Embedding(7, 3), [torch.tensor([[0, 3, 3], [6, 1, 0]])])
module_case("LayerNorm", nn.LayerNorm([5, 4]), [x])
module_case("RMSNorm", nn.RMSNorm(4, eps=1e-6), [x])
module_case("GroupNorm", nn.GroupNorm(2, 4), [x])
module_case("BatchNorm train", nn.BatchNorm2d(4), [x], training=True)
module_case("BatchNorm eval", nn.BatchNorm2d(4), [x])
module_case("MaxPool2d", nn.MaxPool2d(3, stride=2, padding=1), [x])
module_case("AvgPool2d", nn.AvgPool2d(2), [x])

sequence, context = floats(2, 5, 6), floats(2, 3, 6)
attention = lambda **options: nn.MultiheadAttention(6, 3, batch_first=True, **options)
causal = torch.triu(torch.ones(5, 5, dtype=torch.bool), 1)
mask = torch.tensor([[1, 1, 0], [0, 1, 1], [1, 0, 0], [1, 1, 1], [0, 0, 1]], dtype=torch.bool)
module_case("MultiHeadAttention", attention(), [sequence], lambda m, s: m(s, s, s)[0])
module_case("MultiHeadAttention causal", attention(), [sequence], lambda m, s: m(s, s, s, attn_mask=causal)[0])
module_case(
    "MultiHeadAttention crossed and masked",
    attention(),
    [sequence, context, mask],
    lambda m, s, c, k: m(s, c, c, attn_mask=~k)[0],  # there, true forbids
)
module_case(
    "MultiHeadAttention unpacked",
    attention(kdim=4, vdim=2),
    [sequence, floats(2, 3, 4), floats(2, 3, 2)],
    lambda m, s, k, v: m(s, k, v)[0],
)


class NoisyLinear(nn.Module):
    """Fortunato et al. 2018, equations 9 to 11, with the noise as buffers."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.weight_mu = nn.Parameter(torch.zeros(outputs, inputs))
        self.weight_sigma = nn.Parameter(torch.zeros(outputs, inputs))
        self.bias_mu = nn.Parameter(torch.zeros(outputs))
        self.bias_sigma = nn.Parameter(torch.zeros(outputs))
        self.register_buffer("noise_in", torch.zeros(inputs))
        self.register_buffer("noise_out", torch.zeros(outputs))

    def forward(self, x):
        weight, bias = self.weight_mu, self.bias_mu
        if self.training:
            weight = weight + self.weight_sigma * torch.outer(self.noise_out, self.noise_in)
            bias = bias + self.bias_sigma * self.noise_out
        return nn.functional.linear(x, weight, bias)


module_case("NoisyLinear train", NoisyLinear(4, 3), [floats(5, 4)], training=True)


class Block(nn.Module):
    """The residual block of IMPALA."""

    def __init__(self, channels):
        super().__init__()
        inner = nn.Conv2d(channels, channels, 3, padding=1)
        last = nn.Conv2d(channels, channels, 3, padding=1)
        self.body = nn.Sequential(nn.ReLU(), inner, nn.ReLU(), last)

    def forward(self, x):
        return x + self.body(x)


class Flat(Block):
    """The same, with the names that the activation being fused leaves."""

    def named_parameters(self, *args, **kwargs):
        for name, parameter in super().named_parameters(*args, **kwargs):
            yield name.removeprefix("body.").replace("3.", "2."), parameter

    def get_parameter(self, name):
        return dict(self.named_parameters())[name]


module_case("residualConvBlock", Flat(3), [floats(2, 3, 5, 4)])


class Dense(nn.Module):
    """The residual block of SimBa."""

    def __init__(self, width):
        super().__init__()
        self.body = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.ReLU(), nn.Linear(2 * width, width))

    def forward(self, x):
        return x + self.body(x)

    def named_parameters(self, *args, **kwargs):
        for name, parameter in super().named_parameters(*args, **kwargs):
            yield name.removeprefix("body.").replace("3.", "2."), parameter

    def get_parameter(self, name):
        return dict(self.named_parameters())[name]


module_case("residualDenseBlock", Dense(4), [floats(3, 4)])

write("modules")
