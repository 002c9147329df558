"""Golden values of torch.distributions: log-probability, entropy, divergence, mode."""

import torch
from golden import case, cases, floats, integers, plain, write
from torch import distributions as D

logits, others = floats(6, 5), floats(6, 5)
action = integers(6, high=5)
mask = torch.tensor([[1, 1, 1, 1, 1], [1, 0, 1, 0, 1], [0, 0, 1, 0, 0], [0, 1, 1, 1, 1], [1, 1, 0, 0, 0], [1, 0, 0, 0, 1]]).bool()
allowed = torch.tensor([4, 2, 2, 1, 0, 4])


def categorical(x, y, a):
    p, q = D.Categorical(logits=x), D.Categorical(logits=y)
    return p.log_prob(a), p.entropy(), D.kl_divergence(p, q), p.mode


def masked(x, m, a):
    """Row by row over the allowed actions only, so that nothing depends on how -inf is treated."""
    rows = [D.Categorical(logits=row[keep]) for row, keep in zip(x, m)]
    places = [int(keep[: int(i)].sum()) for keep, i in zip(m, a)]
    logs = torch.stack([row.log_prob(torch.tensor(place)) for row, place in zip(rows, places)])
    return logs, torch.stack([row.entropy() for row in rows])


def multi(x, y, a):
    ps = [D.Categorical(logits=part) for part in x.split([2, 3], -1)]
    qs = [D.Categorical(logits=part) for part in y.split([2, 3], -1)]
    logs = sum(p.log_prob(a[:, i]) for i, p in enumerate(ps))
    kl = sum(D.kl_divergence(p, q) for p, q in zip(ps, qs))
    return logs, sum(p.entropy() for p in ps), kl, torch.stack([p.mode for p in ps], -1)


def bernoulli(x, y, a):
    p, q = (D.Independent(D.Bernoulli(logits=z), 1) for z in (x, y))
    kl = D.kl_divergence(p.base_dist, q.base_dist).sum(-1)
    return p.log_prob(a), p.entropy(), kl, p.base_dist.mode


def normal(mean, log_std, other_mean, other_log_std, value):
    p = D.Independent(D.Normal(mean, log_std.exp().expand_as(mean)), 1)
    q = D.Independent(D.Normal(other_mean, other_log_std.exp()), 1)
    return p.log_prob(value), p.entropy(), D.kl_divergence(p, q), p.mode


def tanh_normal(mean, log_std, value):
    p = D.TransformedDistribution(D.Normal(mean, log_std.exp()), [D.TanhTransform(cache_size=1)])
    return D.Independent(p, 1).log_prob(value)


def tanh_entropy(mean, log_std):
    """By integration over a fine grid."""
    z = torch.linspace(-9, 9, 20001).reshape(-1, 1, 1)
    density = D.Normal(0.0, 1.0).log_prob(z).exp() * (z[1] - z[0])
    u = mean + log_std.exp() * z
    slope = 2 * (torch.log(torch.tensor(2.0)) - u - torch.nn.functional.softplus(-2 * u))
    return D.Normal(mean, log_std.exp()).entropy().sum(-1) + (density * slope).sum(0).sum(-1)


case("Categorical", categorical, logits, others, action)
case("Categorical masked", masked, logits, mask, allowed)
case("MultiCategorical", multi, logits, others, torch.stack([action % 2, action % 3], -1))
case("Bernoulli", bernoulli, logits * 3, others, integers(6, 5, high=2).double())
means = floats(4, 3)
case("Normal", normal, means, floats(3, low=-1, high=1), floats(4, 3), floats(4, 3, low=-1, high=1), floats(4, 3))
case("TanhNormal", tanh_normal, means, floats(4, 3, low=-1, high=1), floats(4, 3, low=-0.99, high=0.99))
case("TanhNormal entropy", tanh_entropy, means, floats(4, 3, low=-2, high=1))
write("distributions")
