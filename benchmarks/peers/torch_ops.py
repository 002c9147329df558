"""PyTorch's side of the benchmark of single ops, as a server over stdin and stdout. The names are those of
lib/op-cases.mjs.

  {"do": name, "count"}      count calls -> {"seconds"}
"""

import json
import math
import sys
import time

import torch
from torch.nn import functional as F


def floats(*shape):
    return torch.rand(*shape) * 2 - 1


def ints(*shape, below):
    return (torch.arange(math.prod(shape)) * 7919 % below).reshape(shape)


def trained(f, params):
    params = [p.requires_grad_() for p in params]

    def run():
        for p in params:
            p.grad = None
        f().sum().backward()

    return run


def plain(f):
    def run():
        with torch.inference_mode():
            f()

    return run


def make_cases():
    x, row, column = floats(1024, 1024), floats(1024), floats(1024, 1)
    image = floats(32, 32, 28, 28)

    def linear():
        data, w, b = floats(1024, 256), floats(256, 256), floats(256)
        return trained(lambda: F.linear(data, w, b).relu(), [data, w, b])

    def layer_norm():
        data, w, b = floats(2048, 256), floats(256), floats(256)
        return trained(lambda: F.layer_norm(data, (256,), w, b), [data, w, b])

    def cross_entropy():
        logits, target = floats(1024, 1000), ints(1024, below=1000)
        return trained(lambda: F.cross_entropy(logits, target), [logits])

    def attention(train):
        q, k, v = (floats(8, 4, 128, 32) for _ in range(3))
        f = lambda: F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return trained(f, [q, k, v]) if train else plain(f)

    def conv(train):
        data, w, b = image.clone(), floats(64, 32, 3, 3), floats(64)
        f = lambda: F.conv2d(data, w, b, padding=1)
        return trained(f, [data, w, b]) if train else plain(f)

    def gru():
        data, h0, net = floats(32, 64, 64), floats(1, 64, 64), torch.nn.GRU(64, 64)
        return trained(lambda: net(data, h0)[0], [data, *net.parameters()])

    def min_gru():
        gate, candidate, h0 = floats(64, 256, 128), floats(64, 256, 128), torch.rand(256, 128)

        def g(v):
            return torch.where(v >= 0, v + 0.5, v.sigmoid())

        def scan():
            # Feng et al. 2024, appendix B: the parallel scan in log space.
            log_coeffs = -F.softplus(gate)
            log_values = -F.softplus(-gate) + g(candidate).log()
            a_star = F.pad(log_coeffs.cumsum(0), (0, 0, 0, 0, 1, 0))
            values = torch.cat([h0[None].log(), log_values])
            return (a_star + (values - a_star).logcumsumexp(0)).exp()[1:]

        return trained(scan, [gate, candidate])

    def adam():
        p = floats(1 << 20).requires_grad_()
        p.grad = floats(1 << 20)
        optimizer = torch.optim.Adam([p], lr=1e-4, fused=True)
        return optimizer.step

    rows, wide = ints(2048, below=1024), ints(1024, 256, below=1024)
    source, table, words = floats(1024, 256), floats(1000, 128), ints(8192, below=1000)
    a, b = floats(16, 128, 128), floats(16, 128, 128)
    small = floats(32, 64), floats(32, 64)
    logits = floats(4096, 16)
    return {
        "exp [1024,1024]": plain(lambda: x.exp()),
        "tanh [1024,1024]": plain(lambda: x.tanh()),
        "gelu [1024,1024]": plain(lambda: F.gelu(x)),
        "silu [1024,1024]": plain(lambda: F.silu(x)),
        "add [1024,1024] + [1024]": plain(lambda: x + row),
        "mul [1024,1024] * [1024,1]": plain(lambda: x * column),
        "add [32,64] (latency)": plain(lambda: small[0] + small[1]),
        "sum, all": plain(lambda: x.sum()),
        "sum, axis 0": plain(lambda: x.sum(0)),
        "sum, axis 1": plain(lambda: x.sum(1)),
        "max, axis 1": plain(lambda: x.amax(1)),
        "argmax, axis 1": plain(lambda: x.argmax(1)),
        "variance, axis 1": plain(lambda: x.var(1)),
        "softmax [1024,1024]": plain(lambda: x.softmax(-1)),
        "logSoftmax [4096,16]": plain(lambda: logits.log_softmax(-1)),
        "cumsum, axis 1": plain(lambda: x.cumsum(1)),
        "sort, axis 1": plain(lambda: x.sort(1)),
        "topk 16, axis 1": plain(lambda: x.topk(16, 1)),
        "transpose and copy": plain(lambda: x.t().contiguous()),
        "concat, axis 1": plain(lambda: torch.cat([x, x], 1)),
        "indexSelect 2048 rows": plain(lambda: x.index_select(0, rows)),
        "gather, axis 1": plain(lambda: x.gather(1, wide)),
        "scatterAdd, axis 1": plain(lambda: x.scatter_add(1, wide, source)),
        "embedding 8192 of [1000,128]": plain(lambda: F.embedding(words, table)),
        "matmul 16 x [128,128]": plain(lambda: a @ b),
        "linear [1024,256] to 256, relu, f+b": linear(),
        "layerNorm [1024,1024]": plain(lambda: F.layer_norm(x, (1024,), row, row)),
        "layerNorm [2048,256], f+b": layer_norm(),
        "crossEntropy [1024,1000], f+b": cross_entropy(),
        "attention [8,4,128,32], causal": attention(False),
        "attention [8,4,128,32], causal, f+b": attention(True),
        "conv2d [32,32,28,28] to 64, 3x3": conv(False),
        "conv2d [32,32,28,28] to 64, 3x3, f+b": conv(True),
        "maxPool2d [32,32,28,28], 2": plain(lambda: F.max_pool2d(image, 2)),
        "gru [32,64,64], f+b": gru(),
        "minGruScan [64,256,128], f+b": min_gru(),
        "uniform [1024,1024]": plain(lambda: torch.rand(1024, 1024)),
        "normal [1024,1024]": plain(lambda: torch.randn(1024, 1024)),
        "Adam, 1 M parameters": adam(),
    }


def main():
    torch.set_num_threads(int(sys.argv[1]))
    cases = make_cases()
    print(json.dumps({"torch": torch.__version__}), flush=True)
    for line in sys.stdin:
        ask = json.loads(line)
        run = cases[ask["do"]]
        start = time.perf_counter()
        for _ in range(ask["count"]):
            run()
        print(json.dumps({"seconds": time.perf_counter() - start}), flush=True)


main()
