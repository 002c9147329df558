"""Golden cases of the ops of actor-critic training."""

import torch

from golden import case, floats, integers, write

# Elementwise.
for name in ["neg", "abs", "exp", "tanh", "sigmoid", "relu", "square"]:
    case(name, getattr(torch, name), floats(3, 5))
for name in ["log", "sqrt", "reciprocal"]:
    case(name, getattr(torch, name), floats(3, 5, low=0.2, high=3))
case("sign", torch.sign, floats(7), gradient=False)
case("floor", torch.floor, floats(7), gradient=False)
for name in ["add", "sub", "mul", "minimum", "maximum"]:
    case(name, getattr(torch, name), floats(2, 1, 3), floats(4, 1))
case("div", torch.div, floats(2, 1, 3), floats(4, 1, low=0.5, high=2))
case("pow", torch.pow, floats(2, 3, low=0.5, high=2), floats(3))
case("clamp", lambda x: torch.clamp(x, -1, 0.5), floats(3, 5))
case("where", lambda a, b: torch.where(a > 0, a, b), floats(3, 4), floats(4))
for name, compare in [
    ("less", torch.lt), ("lessEqual", torch.le), ("greater", torch.gt), ("greaterEqual", torch.ge),
    ("equal", torch.eq), ("notEqual", torch.ne),
]:
    case(name, compare, integers(3, 4, high=3), integers(4, high=3), gradient=False)
case("isFinite", torch.isfinite, floats(3) / torch.tensor([1.0, 0.0, 2.0]), gradient=False)
case("logicalNot", lambda x: torch.logical_not(x > 0), floats(7), gradient=False)

# Reductions.
case("sum", lambda x: (x.sum(), x.sum(0), x.sum((1, 2), keepdim=True)), floats(2, 3, 4))
case("mean", lambda x: (x.mean(), x.mean(0), x.mean((1, 2), keepdim=True)), floats(2, 3, 4))
case("max", lambda x: (x.amax(), x.amax(0), x.amax(-1, keepdim=True)), floats(2, 3, 4))
case("min", lambda x: (x.amin(), x.amin(0), x.amin(-1, keepdim=True)), floats(2, 3, 4))
case("argmax", lambda x: (x.argmax(), x.argmax(0), x.argmax(-1)), floats(2, 3, 4), gradient=False)
case("variance", lambda x: (x.var(), x.var(0), x.var(-1, correction=0)), floats(3, 4))
case("std", lambda x: (x.std(), x.std(0, keepdim=True)), floats(3, 4))

# Shapes.
case("reshape", lambda x: x.permute(2, 0, 1).reshape(4, 6), floats(2, 3, 4))
case("permute", lambda x: x.permute(2, 0, 1) * 2, floats(2, 3, 4))
case("transpose", lambda x: (x.transpose(0, 2), x.mT), floats(2, 3, 4))
case("flatten", lambda x: (x.flatten(), x.flatten(1)), floats(2, 3, 4))
case("squeeze", lambda x: (x.squeeze(), x.squeeze(1)), floats(2, 1, 3, 1))
case("unsqueeze", lambda x: (x.unsqueeze(0), x.unsqueeze(-1)), floats(2, 3))
case("contiguous", lambda x: x.transpose(0, 1).contiguous() * 3, floats(2, 3))
case("clone", lambda x: x.clone() * x, floats(2, 3))
case("cast", lambda x: (x.int().double(), x.bool().double()), floats(7), gradient=False)
case("slice", lambda x: (x[1], x[:, -1], x[:, 1:3, ::2]), floats(2, 3, 4))
case("expand", lambda x: x.unsqueeze(1).expand(3, 2, 4), floats(3, 4))
case("flip", lambda x: x.flip([0, 1]), floats(3, 4))
case("concat", lambda a, b: torch.cat([a, b, a], 1), floats(2, 3), floats(2, 2))
case("stack", lambda a, b: torch.stack([a, b], 1), floats(2, 3), floats(2, 3))

# Products, distributions, indexing.
case("matmul", torch.matmul, floats(4, 5), floats(5, 3))
linear = torch.nn.functional.linear
case("linear", linear, floats(4, 5), floats(3, 5), floats(3))
case("linear relu", lambda x, w, b: linear(x, w, b).relu(), floats(4, 5), floats(3, 5), floats(3))
case("linear tanh", lambda x, w, b: linear(x, w, b).tanh(), floats(4, 5), floats(3, 5), floats(3))
case("softmax", lambda x: (x.softmax(-1), x.softmax(0)), floats(3, 5, low=-6, high=6))
case("logSoftmax", lambda x: (x.log_softmax(-1), x.log_softmax(0)), floats(3, 5, low=-6, high=6))
case("indexSelect", lambda x, i: x.index_select(0, i), floats(5, 3), integers(7, high=5))
case("indexAdd", lambda x, i, y: x.detach().index_add(0, i, y.detach()), floats(5, 3), integers(7, high=5), floats(7, 3), gradient=False)
case("takeAlongLast", lambda x, i: x.gather(1, i[:, None])[:, 0], floats(6, 4), integers(6, high=4))


def ppo(clip, value_clip, entropy_coef, value_coef, normalize):
    def loss(logits, value, action, old_log_prob, advantage, returns, old_value):
        fixed = [x.detach() for x in (old_log_prob, advantage, returns, old_value)]
        old_log_prob, advantage, returns, old_value = fixed
        policy = torch.distributions.Categorical(logits=logits)
        log_ratio = policy.log_prob(action) - old_log_prob
        ratio = log_ratio.exp()
        mean, std = advantage.mean(), advantage.std()
        if normalize:
            advantage = (advantage - mean) / (std + 1e-8)
        clipped = ratio.clamp(1 - clip, 1 + clip)
        policy_loss = torch.maximum(-advantage * ratio, -advantage * clipped).mean()
        squares = (value - returns) ** 2
        if value_clip > 0:
            near = old_value + (value - old_value).clamp(-value_clip, value_clip)
            squares = torch.maximum(squares, (near - returns) ** 2)
        value_loss = 0.5 * squares.mean()
        entropy = policy.entropy().mean()
        total = policy_loss + value_coef * value_loss - entropy_coef * entropy
        fraction = ((ratio - 1).abs() > clip).double().mean()
        kl = ((ratio - 1) - log_ratio).mean()
        figures = [total, policy_loss, value_loss, entropy, kl, fraction, mean, std]
        return total, torch.stack(figures).detach()

    return loss


def ppo_inputs(batch, actions):
    logits, action = floats(batch, actions), integers(batch, high=actions)
    log_prob = logits.log_softmax(-1).gather(1, action[:, None])[:, 0]
    old = (log_prob + floats(batch, low=-0.4, high=0.4)).float().double()
    value = floats(batch)
    old_value = (value + floats(batch, low=-0.5, high=0.5)).float().double()
    return logits, value, action, old, floats(batch), floats(batch), old_value


case("ppoLoss", ppo(0.2, 0, 0.01, 0.5, True), *ppo_inputs(8, 4))
case("ppoLoss clipped values", ppo(0.1, 0.2, 0.02, 1.0, True), *ppo_inputs(8, 4))
case("ppoLoss raw advantages", ppo(0.2, 0.2, 0.0, 0.5, False), *ppo_inputs(8, 4))


def dqn(delta):
    def run(q, action, target, weight):
        taken = q.gather(1, action[:, None])[:, 0]
        target = target.detach()
        losses = torch.nn.functional.huber_loss(taken, target, reduction="none", delta=delta)
        return (losses * weight.detach()).mean(), (taken - target).detach()

    return run


def adam(optimizer, max_norm, **options):
    def run(params, gradients):
        x = params.detach().clone().requires_grad_(True)
        steps = optimizer([x], **options)
        norms = []
        for gradient in gradients:
            x.grad = gradient.detach().clone()
            norms.append(torch.nn.utils.clip_grad_norm_([x], max_norm or float("inf")))
            steps.step()
        state = steps.state[x]
        return x.detach(), state["exp_avg"], state["exp_avg_sq"], torch.stack(norms)

    return run


case("clipAdam", adam(torch.optim.Adam, 1.0, lr=0.01, eps=1e-5), floats(9), floats(5, 9), gradient=False)
case(
    "clipAdam with decay",
    adam(torch.optim.AdamW, 0, lr=0.01, weight_decay=0.1),
    floats(9),
    floats(5, 9),
    gradient=False,
)
case("dqnLoss", dqn(0.5), floats(8, 4), integers(8, high=4), floats(8), floats(8))

write("core")
