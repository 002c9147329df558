"""Golden values of the losses that PyTorch has, and of the quantile loss by its formula."""

import torch
from golden import case, floats, write
from torch.nn import functional as F

prediction, target = floats(4, 3, low=-3, high=3), floats(4, 3)
share, answer = floats(4, 3, low=0.01, high=0.99), floats(4, 3, low=0, high=1)
case("mse", lambda p, t: F.mse_loss(p, t), prediction, target)
case("mse sum", lambda p, t: F.mse_loss(p, t, reduction="sum"), prediction, target)
case("huber", lambda p, t: F.huber_loss(p, t, delta=0.7, reduction="none"), prediction, target)
case("smoothL1", lambda p, t: F.smooth_l1_loss(p, t, beta=0.5, reduction="none"), prediction, target)
case("bce", lambda p, t: F.binary_cross_entropy(p, t, reduction="none"), share, answer)
case("bceWithLogits", lambda p, t: F.binary_cross_entropy_with_logits(p, t), prediction, answer)
case("weighted mse", lambda p, t, w: (w.unsqueeze(1) * F.mse_loss(p, t, reduction="none")).mean(), prediction, target, floats(4, low=0, high=1))


def quantile_huber(quantiles, target, kappa):
    count = quantiles.shape[1]
    taus = (torch.arange(count) + 0.5) / count
    u = target.unsqueeze(1) - quantiles.unsqueeze(2)
    loss = F.huber_loss(u, torch.zeros_like(u), delta=kappa, reduction="none") / kappa
    return ((taus.unsqueeze(-1) - (u.detach() < 0).double()).abs() * loss).mean(2).sum(1)


case("quantileHuber", lambda q, t: quantile_huber(q, t, 1.0), floats(3, 5), floats(3, 4, low=-3, high=3))
case("quantileHuber kappa", lambda q, t: quantile_huber(q, t, 0.3), floats(3, 2), floats(3, 3))
write("losses")
