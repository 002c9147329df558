"""PyTorch's side of the PPO and forward benchmarks, as a server over stdin and stdout (see server.py).

Written to be kind to PyTorch: no torch.distributions, fused Adam, gradients set to None, inference mode for the
rollout, and both ways to lay out the heads on offer.

  {"do": "setup", "name", "batch", "inputs", "hidden", "actions", "heads": "merged"|"separate",
   "parameters": base64 float32 (merged layout), "observations", "action", "oldLogProb", "advantage", "returns"}
  {"do": "step", "name", "count"}      count PPO minibatch steps        -> {"seconds", "loss"}
  {"do": "compile", "name"}            compiles forward, loss and backward -> {"problem": null or why not}
  {"do": "compiled", "name", "count"}  count steps, compiled               -> {"seconds", "loss"}
  {"do": "forward", "name", "count"}   count policy evaluations         -> {"seconds"}
  {"do": "sample", "name", "count"}    evaluations with an action drawn -> {"seconds"}

Not here: data loading, advantage estimation, logging.
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from server import array, compiled_step, serve

CLIP = 0.2
ENTROPY = 0.01
VALUE = 0.5
MAX_GRAD_NORM = 0.5
LEARNING_RATE = 1e-3


class Policy(nn.Module):
    """inputs -> hidden -> hidden (tanh), then actions logits and one value."""

    def __init__(self, inputs, hidden, actions, merged):
        super().__init__()
        self.actions = actions
        self.trunk = nn.Sequential(
            nn.Linear(inputs, hidden), nn.Tanh(), nn.Linear(hidden, hidden), nn.Tanh()
        )
        if merged:
            self.head = nn.Linear(hidden, actions + 1)
        else:
            self.actor = nn.Linear(hidden, actions)
            self.critic = nn.Linear(hidden, 1)
        self.merged = merged

    def forward(self, x):
        h = self.trunk(x)
        if self.merged:
            out = self.head(h)
            return out[:, : self.actions], out[:, self.actions]
        return self.actor(h), self.critic(h).squeeze(1)

    def load(self, flat):
        """Fills the parameters from one flat array in the merged layout: weight, bias of each layer in turn."""
        at = 0

        def take(*shape):
            nonlocal at
            count = int(np.prod(shape))
            part = flat[at : at + count].reshape(shape)
            at += count
            return part

        with torch.no_grad():
            for layer in (self.trunk[0], self.trunk[2]):
                layer.weight.copy_(take(*layer.weight.shape))
                layer.bias.copy_(take(*layer.bias.shape))
            hidden = self.trunk[2].weight.shape[0]
            weight = take(self.actions + 1, hidden)
            bias = take(self.actions + 1)
            if self.merged:
                self.head.weight.copy_(weight)
                self.head.bias.copy_(bias)
            else:
                self.actor.weight.copy_(weight[:-1])
                self.actor.bias.copy_(bias[:-1])
                self.critic.weight.copy_(weight[-1:])
                self.critic.bias.copy_(bias[-1:])
        assert at == flat.numel(), f"parameters: got {flat.numel()}, expected {at}"


class Case:
    def __init__(self, ask):
        batch, inputs = ask["batch"], ask["inputs"]
        self.policy = Policy(inputs, ask["hidden"], ask["actions"], ask["heads"] == "merged")
        self.policy.load(array(ask["parameters"]))
        self.observations = array(ask["observations"]).reshape(batch, inputs)
        self.action = array(ask["action"], "int32").long()
        self.old_log_prob = array(ask["oldLogProb"])
        self.advantage = array(ask["advantage"])
        self.returns = array(ask["returns"])
        self.optimizer = torch.optim.Adam(
            self.policy.parameters(), lr=LEARNING_RATE, eps=1e-5, fused=True
        )

    def loss(self):
        logits, value = self.policy(self.observations)
        log_probs = F.log_softmax(logits, dim=1)
        log_prob = log_probs.gather(1, self.action[:, None]).squeeze(1)
        ratio = (log_prob - self.old_log_prob).exp()
        advantage = (self.advantage - self.advantage.mean()) / (self.advantage.std() + 1e-8)
        clipped = ratio.clamp(1 - CLIP, 1 + CLIP)
        policy_loss = torch.max(-advantage * ratio, -advantage * clipped).mean()
        value_loss = 0.5 * (value - self.returns).square().mean()
        entropy = -(log_probs.exp() * log_probs).sum(1).mean()
        return policy_loss + VALUE * value_loss - ENTROPY * entropy

    def update(self, loss_of):
        loss = loss_of()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.policy.parameters(), MAX_GRAD_NORM)
        self.optimizer.step()
        return loss

    def step(self):
        return self.update(self.loss)

    def compile(self):
        return compiled_step(self, self.loss)

    def compiled(self):
        return self.update(self.compiled_loss)

    def forward(self):
        with torch.inference_mode():
            return self.policy(self.observations)

    def sample(self):
        with torch.inference_mode():
            logits, value = self.policy(self.observations)
            log_probs = F.log_softmax(logits, dim=1)
            # The exponential race draws from the softmax and is faster than torch.multinomial.
            noise = torch.empty_like(logits).exponential_()
            action = (log_probs.exp() / noise).argmax(1, keepdim=True)
            return action, log_probs.gather(1, action), value


if __name__ == "__main__":
    serve(Case)
