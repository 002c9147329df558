"""What Gymnasium itself makes of the same seeds and actions: JSON in at stdin, JSON out at stdout.

  {"play": {"id", "make", "seed", "actions"}}  one episode of gymnasium.make
  {"vector": {"id", "seeds", "actions"}}       SyncVectorEnv, same-step; seeds [env][episode]
  {"atari": {"id", "actions"}}                 AtariPreprocessing without no-ops, 4 pictures stacked
"""

import json
import sys

import gymnasium as gym
import numpy as np
from gymnasium import spaces


def flat(space, observation):
    values = observation if isinstance(space, spaces.Box) else spaces.flatten(space, observation)
    return np.asarray(values, np.float32).reshape(-1).astype(float).tolist()


def play(id, make, seed, actions):
    env = gym.make(id, **make)
    observation, _ = env.reset(seed=seed)
    rows = [{"observation": flat(env.observation_space, observation)}]
    for action in actions:
        if isinstance(env.action_space, spaces.Box):
            action = np.array(action, np.float32).astype(env.action_space.dtype)
            action = action.reshape(env.action_space.shape)
        elif isinstance(action, list):
            action = np.array(action)
        else:
            action += int(env.action_space.start)
        observation, reward, terminated, truncated, _ = env.step(action)
        ends = {"terminated": bool(terminated), "truncated": bool(truncated)}
        shown = flat(env.observation_space, observation)
        rows.append({"observation": shown, "reward": float(reward), **ends})
        if terminated or truncated:
            break
    return rows


class Seeded(gym.Wrapper):
    """Starts each episode from the next of its seeds, as Carom does."""

    def __init__(self, env, seeds):
        super().__init__(env)
        self.seeds = iter(seeds)

    def reset(self, *, seed=None, options=None):
        return self.env.reset(seed=next(self.seeds), options=options)


def vector(id, seeds, actions):
    make = [lambda own=own: Seeded(gym.make(id), own) for own in seeds]
    env = gym.vector.SyncVectorEnv(make, autoreset_mode=gym.vector.AutoresetMode.SAME_STEP)
    observations, _ = env.reset()
    rows = [{"observations": observations.astype(float).tolist()}]
    for row in actions:
        observations, rewards, terminated, truncated, infos = env.step(np.array(row))
        lasts = infos.get("final_obs", [None] * len(row))
        rows.append({
            "observations": observations.astype(float).tolist(),
            "rewards": rewards.tolist(),
            "terminated": terminated.tolist(),
            "truncated": truncated.tolist(),
            "lasts": [None if last is None else last.astype(float).tolist() for last in lasts],
        })
    return rows


def atari(id, actions):
    import ale_py

    gym.register_envs(ale_py)
    env = gym.make(id, frameskip=1, repeat_action_probability=0.0)
    env = gym.wrappers.AtariPreprocessing(env, noop_max=0)
    env = gym.wrappers.FrameStackObservation(env, 4)
    env.reset(seed=0)
    rows = []
    for action in actions:
        observation, reward, terminated, truncated, info = env.step(action)
        pixels = observation.transpose(1, 2, 0).reshape(-1)  # stack last
        rows.append({"reward": float(reward), "terminated": bool(terminated),
                     "lives": info["lives"], "pixels": pixels[::97].tolist()})
    return rows


(command, arguments), = json.load(sys.stdin).items()
json.dump({"play": play, "vector": vector, "atari": atari}[command](**arguments), sys.stdout)
