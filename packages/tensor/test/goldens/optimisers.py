"""Golden values of the optimiser steps: five steps along given gradients, clipped by their norm."""

import torch
from golden import case, floats, write


def steps(optimizer, names, max_norm, **options):
    """The parameters, the averages called `names`, and the norms, after a step along each gradient."""

    def run(params, gradients):
        x = params.detach().clone().requires_grad_(True)
        optimiser = optimizer([x], **options)
        norms = []
        for gradient in gradients:
            x.grad = gradient.detach().clone()
            norms.append(torch.nn.utils.clip_grad_norm_([x], max_norm or float("inf")))
            optimiser.step()
        state = optimiser.state[x]
        return x.detach(), *(state[name] for name in names), torch.stack(norms)

    return run


def add(name, optimizer, names, max_norm, **options):
    case(name, steps(optimizer, names, max_norm, **options), floats(9), floats(5, 9), gradient=False)


sgd, rmsprop = torch.optim.SGD, torch.optim.RMSprop
buffer, squares, means = "momentum_buffer", "square_avg", "grad_avg"
add("sgd", sgd, [], 0, lr=0.1)
add("sgd clipped with decay", sgd, [], 1, lr=0.1, weight_decay=0.01)
add("sgd momentum", sgd, [buffer], 2, lr=0.05, momentum=0.9, weight_decay=0.1)
add("sgd dampening", sgd, [buffer], 0, lr=0.05, momentum=0.8, dampening=0.3)
add("sgd nesterov", sgd, [buffer], 1, lr=0.05, momentum=0.9, nesterov=True)
add("rmsprop", rmsprop, [squares], 0, lr=0.01, alpha=0.99, eps=1e-5)
add("rmsprop clipped with decay", rmsprop, [squares], 1, lr=0.01, alpha=0.9, eps=1e-5, weight_decay=0.1)
add("rmsprop centered", rmsprop, [squares, means], 0, lr=0.01, alpha=0.95, eps=0.01, centered=True)
add("rmsprop momentum", rmsprop, [squares, buffer], 0, lr=0.01, alpha=0.9, eps=1e-5, momentum=0.9)
add(
    "rmsprop centered momentum",
    rmsprop,
    [squares, means, buffer],
    1,
    lr=0.01,
    alpha=0.9,
    eps=0.01,
    momentum=0.5,
    centered=True,
    weight_decay=0.01,
)
add("adam l2", torch.optim.Adam, ["exp_avg", "exp_avg_sq"], 1, lr=0.01, weight_decay=0.1)

write("optimisers")
