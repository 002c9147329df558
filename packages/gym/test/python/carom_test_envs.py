"""Environments for the tests: one of each kind of space, and some that fail in one way each."""

import os
import time

import gymnasium as gym
import numpy as np
from gymnasium import spaces


class Echo(gym.Env):
    """Shows the sum of the last action, the step, and a draw from the seed; lasts 7 steps."""

    def __init__(self, kind):
        self.action_space = {
            "discrete": spaces.Discrete(5, start=-2),
            "multi-discrete": spaces.MultiDiscrete([3, 256]),
            "multi-binary": spaces.MultiBinary(3),
            "box": spaces.Box(np.float64(-0.1), np.float64(0.1), (2, 2), np.float64),
            "dict": spaces.Dict({"a": spaces.Discrete(2)}),
            "wide": spaces.Discrete(257),
        }[kind]
        self.observation_space = spaces.Dict(
            {"values": spaces.Box(-1e6, 1e6, (3,), np.float64), "step": spaces.Discrete(8)}
        )

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.t, self.draw = 0, float(self.np_random.random())
        return self.observe(0.0), {}

    def step(self, action):
        assert action in self.action_space, f"{action!r} is not in {self.action_space}"
        self.t += 1
        total = float(np.sum(action))
        return self.observe(total), total, self.t == 7, False, {}

    def observe(self, total):
        return {"values": np.array([total, self.t, self.draw]), "step": self.t}


class Faulty(gym.Env):
    """Counts its steps and fails at one of them; lives go down by one every other step."""

    action_space = spaces.Discrete(3)
    observation_space = spaces.Box(-np.inf, np.inf, (2,), np.float32)

    def __init__(self, how="never", at=3, only=""):
        self.how, self.at, self.only = how, at, only

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.t, self.draw = 0, self.np_random.random()
        if self.how == "reset":
            raise ValueError("no start today")
        return self.observe(), {"lives": 9}

    def step(self, action):
        self.t += 1
        reward, value = 1.0, self.t
        # `only` names a file that is there the first time.
        if self.t == self.at and (not self.only or os.path.exists(self.only)):
            if self.only:
                os.remove(self.only)
            if self.how == "raise":
                raise ValueError("a bad\nthing")
            if self.how == "hang":
                time.sleep(3600)
            if self.how == "exit":
                print("good bye")
                os._exit(3)
            if self.how == "abort":
                os.abort()
            if self.how == "reward":
                reward = float("nan")
            if self.how == "observation":
                value = float("inf")
        observation = np.array([value, self.draw], np.float32)
        return observation, reward, False, self.t == 20, {"lives": 9 - self.t // 2}

    def observe(self):
        return np.array([self.t, self.draw], np.float32)


class Words(gym.Env):
    """Observes text of any length."""

    action_space = spaces.Discrete(2)
    observation_space = spaces.Sequence(spaces.Discrete(3))


gym.register("carom/Echo-v0", Echo)
gym.register("carom/Faulty-v0", Faulty)
gym.register("carom/Words-v0", Words)
