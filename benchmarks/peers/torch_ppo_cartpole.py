"""PPO on CartPole in one file, in PyTorch and Gymnasium: the peer of `pnpm bench ppo-cartpole`.

  python torch_ppo_cartpole.py --settings cleanrl|zoo --threads 1 --seed 1 [--steps 500000]

Trains once and prints one line of JSON:
  {"torch", "gymnasium", "steps", "seconds", "score", "reached": null or {"steps", "seconds"}}

  seconds  from the first step of the games on; imports and setting up are not counted
  score    mean return of the last 100 training episodes
  reached  when that mean was first at least 475 over 100 episodes

The algorithm is Schulman et al. 2017 (https://arxiv.org/abs/1707.06347) with the details of Huang et al. 2022, "The 37
implementation details of PPO". Settings "cleanrl" are those that CleanRL publishes for its ppo.py, "zoo" those of the RL
Baselines3 Zoo for CartPole-v1. A time limit is treated as an end, as CleanRL does.

Not here: logging, evaluation, saving.
"""

import argparse
import json
import time
from collections import deque

import gymnasium
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

SETTINGS = {
    "cleanrl": {
        "steps": 500_000,
        "envs": 4,
        "horizon": 128,
        "minibatch": 128,
        "epochs": 4,
        "learning_rate": 2.5e-4,
        "gamma": 0.99,
        "lam": 0.95,
        "clip": 0.2,
        "clip_decays": False,
        "clip_value": True,
        "entropy": 0.01,
    },
    "zoo": {
        "steps": 100_000,
        "envs": 8,
        "horizon": 32,
        "minibatch": 256,
        "epochs": 20,
        "learning_rate": 1e-3,
        "gamma": 0.98,
        "lam": 0.8,
        "clip": 0.2,
        "clip_decays": True,
        "clip_value": False,
        "entropy": 0.0,
    },
}
VALUE = 0.5
MAX_GRAD_NORM = 0.5
HIDDEN = 64
WINDOW = 100
SOLVED = 475


def layer(inputs, outputs, gain):
    linear = nn.Linear(inputs, outputs)
    nn.init.orthogonal_(linear.weight, gain)
    nn.init.zeros_(linear.bias)
    return linear


def tower(inputs, outputs, gain):
    return nn.Sequential(
        layer(inputs, HIDDEN, np.sqrt(2)),
        nn.Tanh(),
        layer(HIDDEN, HIDDEN, np.sqrt(2)),
        nn.Tanh(),
        layer(HIDDEN, outputs, gain),
    )


class ActorCritic(nn.Module):
    """Two networks of their own: logits of the actions, and the value."""

    def __init__(self, inputs, actions):
        super().__init__()
        self.actor = tower(inputs, actions, 0.01)
        self.critic = tower(inputs, 1, 1.0)

    def forward(self, x):
        return F.log_softmax(self.actor(x), dim=-1), self.critic(x).squeeze(-1)


class Clock:
    """Counts episodes, and notes when the mean of the last 100 was first high enough."""

    def __init__(self):
        self.returns = deque(maxlen=WINDOW)
        self.reached = None
        self.start = time.perf_counter()

    def seconds(self):
        return time.perf_counter() - self.start

    def episode(self, value, steps):
        self.returns.append(float(value))
        full = len(self.returns) == WINDOW
        if self.reached is None and full and sum(self.returns) / WINDOW >= SOLVED:
            self.reached = {"steps": steps, "seconds": self.seconds()}

    def score(self):
        return sum(self.returns) / len(self.returns) if self.returns else None


class Rollout:
    """What the games gave in one iteration, all [T, N, ...]."""

    def __init__(self, horizon, envs, inputs):
        self.observation = torch.zeros(horizon, envs, inputs)
        self.action = torch.zeros(horizon, envs, dtype=torch.long)
        self.log_prob = torch.zeros(horizon, envs)
        self.reward = torch.zeros(horizon, envs)
        self.value = torch.zeros(horizon, envs)
        self.done = torch.zeros(horizon, envs)  # whether the step before ended an episode


def collect(games, policy, rollout, state, clock, steps):
    """Plays T steps of every game. `state` is the observation and whether it begins an episode."""
    horizon, envs = rollout.reward.shape
    observation, done, returns = state
    for t in range(horizon):
        rollout.observation[t] = observation
        rollout.done[t] = done
        with torch.no_grad():
            log_probs, value = policy(observation)
            action = torch.multinomial(log_probs.exp(), 1).squeeze(1)
        rollout.action[t] = action
        rollout.log_prob[t] = log_probs.gather(1, action[:, None]).squeeze(1)
        rollout.value[t] = value
        seen, reward, terminated, truncated, _ = games.step(action.numpy())
        ended = np.logical_or(terminated, truncated)
        returns += reward
        for i in np.flatnonzero(ended):
            clock.episode(returns[i], steps + (t + 1) * envs)
            returns[i] = 0
        rollout.reward[t] = torch.from_numpy(np.asarray(reward, dtype=np.float32))
        observation = torch.from_numpy(np.asarray(seen, dtype=np.float32))
        done = torch.from_numpy(ended.astype(np.float32))
    return observation, done, returns


def advantages(policy, rollout, state, gamma, lam):
    """Generalised advantage estimation (Schulman et al. 2016), backwards in time."""
    observation, done, _ = state
    with torch.no_grad():
        next_value = policy(observation)[1]
    result = torch.zeros_like(rollout.reward)
    running = torch.zeros_like(next_value)
    for t in reversed(range(len(rollout.reward))):
        goes_on = 1 - done
        delta = rollout.reward[t] + gamma * next_value * goes_on - rollout.value[t]
        running = delta + gamma * lam * goes_on * running
        result[t] = running
        next_value, done = rollout.value[t], rollout.done[t]
    return result


def loss_of(policy, batch, clip, settings):
    observation, action, old_log_prob, advantage, target, old_value = batch
    log_probs, value = policy(observation)
    log_prob = log_probs.gather(1, action[:, None]).squeeze(1)
    ratio = (log_prob - old_log_prob).exp()
    advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
    gain = torch.min(advantage * ratio, advantage * ratio.clamp(1 - clip, 1 + clip)).mean()
    error = (value - target).square()
    if settings["clip_value"]:
        near = old_value + (value - old_value).clamp(-clip, clip)
        error = torch.max(error, (near - target).square())
    entropy = -(log_probs.exp() * log_probs).sum(1).mean()
    return -gain + VALUE * 0.5 * error.mean() - settings["entropy"] * entropy


def update(policy, optimizer, rollout, advantage, clip, settings):
    target = advantage + rollout.value
    flat = [
        rollout.observation.flatten(0, 1),
        rollout.action.flatten(),
        rollout.log_prob.flatten(),
        advantage.flatten(),
        target.flatten(),
        rollout.value.flatten(),
    ]
    count = len(flat[1])
    for _ in range(settings["epochs"]):
        order = torch.randperm(count)
        for start in range(0, count, settings["minibatch"]):
            rows = order[start : start + settings["minibatch"]]
            loss = loss_of(policy, [part[rows] for part in flat], clip, settings)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(policy.parameters(), MAX_GRAD_NORM)
            optimizer.step()


def train(settings, seed):
    envs, horizon = settings["envs"], settings["horizon"]
    torch.manual_seed(seed)
    np.random.seed(seed)
    games = gymnasium.vector.SyncVectorEnv(
        [lambda: gymnasium.make("CartPole-v1") for _ in range(envs)],
        autoreset_mode=gymnasium.vector.AutoresetMode.SAME_STEP,
    )
    inputs = games.single_observation_space.shape[0]
    policy = ActorCritic(inputs, games.single_action_space.n)
    optimizer = torch.optim.Adam(
        policy.parameters(), lr=settings["learning_rate"], eps=1e-5, fused=True
    )
    rollout = Rollout(horizon, envs, inputs)
    seen, _ = games.reset(seed=seed)
    state = (torch.from_numpy(np.asarray(seen, dtype=np.float32)), torch.zeros(envs), np.zeros(envs))
    iterations = settings["steps"] // (envs * horizon)
    clock = Clock()
    for i in range(iterations):
        left = 1 - i / iterations
        optimizer.param_groups[0]["lr"] = left * settings["learning_rate"]
        clip = settings["clip"] * (left if settings["clip_decays"] else 1)
        state = collect(games, policy, rollout, state, clock, i * envs * horizon)
        advantage = advantages(policy, rollout, state, settings["gamma"], settings["lam"])
        update(policy, optimizer, rollout, advantage, clip, settings)
    seconds = clock.seconds()
    games.close()
    return {
        "steps": iterations * envs * horizon,
        "seconds": seconds,
        "score": clock.score(),
        "reached": clock.reached,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--settings", choices=list(SETTINGS), default="cleanrl")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    settings = dict(SETTINGS[asked.settings])
    if asked.steps is not None:
        settings["steps"] = asked.steps
    result = train(settings, asked.seed)
    versions = {"torch": torch.__version__, "gymnasium": gymnasium.__version__}
    print(json.dumps({**versions, **result}), flush=True)


main()
