"""Golden cases of normalisation, losses and attention."""

import torch
import torch.nn.functional as F

from golden import case, floats, integers, write

# Normalisation.
case("layerNorm", lambda x, w, b: F.layer_norm(x, (6,), w, b), floats(5, 6), floats(6), floats(6))
case("layerNorm of a matrix", lambda x: F.layer_norm(x, (3, 4), eps=0.1), floats(2, 3, 4))
case("rmsNorm", lambda x, w: F.rms_norm(x, (7,), w, 1e-6), floats(2, 3, 7), floats(7))
case("rmsNorm without weight", lambda x: F.rms_norm(x, (5,), eps=0.01), floats(4, 5))
group = lambda x, w, b: F.group_norm(x, 3, w, b)
case("groupNorm", group, floats(2, 6, 3, 2), floats(6), floats(6))
case("groupNorm of vectors", group, floats(4, 6), floats(6), floats(6))


def batch_norm(training, momentum=0.1):
    def run(x, w, b, mean, variance):
        mean, variance = mean.detach().clone(), variance.detach().clone()
        y = F.batch_norm(x, mean, variance, w, b, training, momentum)
        return y, mean, variance

    return run


def batch_inputs(*shape):
    channels = shape[1]
    return [floats(*shape), floats(channels), floats(channels), floats(channels), floats(channels, low=0.5)]


case("batchNorm", batch_norm(True), *batch_inputs(3, 4, 2, 3))
case("batchNorm of vectors", batch_norm(True, 0.3), *batch_inputs(5, 4))
case("batchNorm evaluated", batch_norm(False), *batch_inputs(3, 4, 2, 3))

# Losses.
scores = lambda *shape: floats(*shape, low=-5, high=5)
for reduction in ["mean", "sum", "none"]:
    loss = lambda x, t, r=reduction: F.cross_entropy(x, t, reduction=r)
    case(f"crossEntropy {reduction}", loss, scores(6, 5), integers(6, high=5))
smooth = lambda x, t: F.cross_entropy(x, t, label_smoothing=0.1, ignore_index=2)
case("crossEntropy smoothed, some ignored", smooth, scores(8, 4), integers(8, high=4))
shares = lambda x, t: F.cross_entropy(x, t, label_smoothing=0.2)
case("crossEntropy of distributions", shares, scores(5, 4), floats(5, 4, low=0, high=1))
bce = lambda x, t, w, r="mean": F.binary_cross_entropy_with_logits(x, t, w.detach(), reduction=r)
unit = lambda *shape: floats(*shape, low=0, high=1)
case("bceWithLogits", bce, scores(3, 4), unit(3, 4), unit(4))
case("bceWithLogits none", lambda x, t, w: bce(x, t, w, "none"), scores(3, 4), unit(3, 4), unit(3, 4))

# Lookup.
case("embedding", lambda w, i: F.embedding(i, w), floats(5, 3), integers(2, 4, high=5))

# Softmax along every axis.
softmax = lambda x: tuple(x.softmax(axis) for axis in range(3))
log_softmax = lambda x: tuple(x.log_softmax(axis) for axis in range(3))
case("softmax of axes", softmax, scores(3, 4, 5))
case("logSoftmax of axes", log_softmax, scores(3, 4, 5))

# Attention.
attention = F.scaled_dot_product_attention


def heads(*lead, l=4, s=5, d=3, e=2):
    return floats(*lead, l, d), floats(*lead, s, d), floats(*lead, s, e)


case("attention", attention, *heads(2, 2))
case("attention scaled", lambda q, k, v: attention(q, k, v, scale=0.7), *heads(2))
case("attention causal", lambda q, k, v: attention(q, k, v, is_causal=True), *heads(2, l=4, s=4))
case("attention causal, long", lambda q, k, v: attention(q, k, v, is_causal=True), *heads(l=40, s=70))
seen = lambda q, k, v, m: attention(q, k, v, attn_mask=m > 0)
case("attention masked", seen, *heads(2, 2), integers(2, 1, 4, 5, high=4))
added = lambda q, k, v, m: attention(q, k, v, attn_mask=m)
case("attention with an added mask", added, *heads(2, 2), floats(4, 5))

write("neural")
