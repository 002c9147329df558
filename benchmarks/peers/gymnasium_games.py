"""Gymnasium's and ALE's environments for the benchmark of games, as a server over stdin and stdout.

  {"do": "setup", "name", "id", "kind"}   kind: "single", "vector" (the environment's own, or 256 in one process),
                                          "atari" (one, preprocessed), "atari-vector" (ALE's own, 2 threads)
  {"do": "run", "name", "count"}          count env steps with random actions -> {"seconds"}
"""

import json
import sys
import time

import gymnasium
import numpy as np

GAMES = 256


class Single:
    """One environment, its actions drawn beforehand, reset when an episode ends."""

    def __init__(self, env):
        self.env = env
        env.action_space.seed(1)
        self.actions = [env.action_space.sample() for _ in range(1024)]
        env.reset(seed=1)

    def run(self, count):
        env, actions = self.env, self.actions
        for i in range(count):
            _, _, terminated, truncated, _ = env.step(actions[i & 1023])
            if terminated or truncated:
                env.reset()
        return count


class Vector:
    """Many environments in one object."""

    def __init__(self, env, games):
        self.env, self.games = env, games
        env.action_space.seed(1)
        self.actions = [env.action_space.sample() for _ in range(64)]
        env.reset(seed=1)

    def run(self, count):
        turns = max(1, count // self.games)
        for i in range(turns):
            self.env.step(self.actions[i & 63])
        return turns * self.games


def make(kind, name):
    if kind.startswith("atari"):
        import ale_py

        gymnasium.register_envs(ale_py)
    if kind == "single":
        return Single(gymnasium.make(name, disable_env_checker=True))
    if kind == "atari":
        env = gymnasium.make(name, frameskip=1, repeat_action_probability=0.0, disable_env_checker=True)
        return Single(gymnasium.wrappers.FrameStackObservation(gymnasium.wrappers.AtariPreprocessing(env), 4))
    if kind == "atari-vector":
        from ale_py.vector_env import AtariVectorEnv

        game = name.removeprefix("ALE/").removesuffix("-v5").lower()
        return Vector(AtariVectorEnv(game=game, num_envs=16, num_threads=2), 16)
    spec = gymnasium.spec(name)
    own = spec.vector_entry_point is not None
    mode = "vector_entry_point" if own else "sync"
    return Vector(gymnasium.make_vec(name, num_envs=GAMES, vectorization_mode=mode), GAMES)


def answer(cases, ask):
    if ask["do"] == "setup":
        try:
            cases[ask["name"]] = make(ask["kind"], ask["id"])
            return {}
        except Exception as problem:  # e.g. an ALE without its vector env
            return {"problem": f"{type(problem).__name__}: {str(problem).splitlines()[0][:120]}"}
    start = time.perf_counter()
    done = cases[ask["name"]].run(ask["count"])
    return {"seconds": (time.perf_counter() - start) * ask["count"] / done}


np.random.seed(1)
print(json.dumps({"gymnasium": gymnasium.__version__}), flush=True)
cases = {}
for line in sys.stdin:
    print(json.dumps(answer(cases, json.loads(line))), flush=True)
