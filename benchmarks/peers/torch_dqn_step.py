"""PyTorch's side of the DQN benchmark, as a server over stdin and stdout (see server.py).

  {"do": "setup", "name", "batch", "inputs", "hidden", "actions",
   "parameters": base64 float32, "observations", "nextObservations", "action", "reward", "done"}
  {"do": "step", "name", "count"}       count updates                        -> {"seconds", "loss"}
  {"do": "compile", "name"}             compiles forward, loss and backward  -> {"problem": null or why not}
  {"do": "compiled", "name", "count"}   count updates, compiled              -> {"seconds", "loss"}

Kind to PyTorch: fused Adam, gradients set to None, no framework around it.
"""

import torch
from torch import nn
from torch.nn import functional as F

from server import array, compiled_step, load_parameters, serve

GAMMA = 0.99
LEARNING_RATE = 1e-7  # as lib/dqn.mjs, which says why


class Case:
    def __init__(self, ask):
        batch, inputs, hidden, actions = (ask[k] for k in ("batch", "inputs", "hidden", "actions"))

        def network():
            return nn.Sequential(
                nn.Linear(inputs, hidden),
                nn.ReLU(),
                nn.Linear(hidden, hidden),
                nn.ReLU(),
                nn.Linear(hidden, actions),
            )

        self.online, self.target = network(), network()
        flat = array(ask["parameters"])
        load_parameters(self.online, flat)
        load_parameters(self.target, flat)
        self.observations = array(ask["observations"]).reshape(batch, inputs)
        self.next_observations = array(ask["nextObservations"]).reshape(batch, inputs)
        self.action = array(ask["action"], "int32").long()[:, None]
        self.reward = array(ask["reward"])
        self.discount = GAMMA * (1 - array(ask["done"]))
        self.optimizer = torch.optim.Adam(self.online.parameters(), lr=LEARNING_RATE, eps=1e-8, fused=True)

    def loss(self):
        with torch.no_grad():
            best = self.target(self.next_observations).max(1).values
            goal = self.reward + self.discount * best
        taken = self.online(self.observations).gather(1, self.action).squeeze(1)
        return F.smooth_l1_loss(taken, goal)

    def update(self, loss_of):
        loss = loss_of()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        return loss

    def step(self):
        return self.update(self.loss)

    def compile(self):
        return compiled_step(self, self.loss)

    def compiled(self):
        return self.update(self.compiled_loss)


serve(Case)
