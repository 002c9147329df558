"""Trajectories of Gymnasium's classic control, for packages/envs/src/games/classic-control/*.test.ts.

Run from anywhere, with gymnasium: python packages/envs/src/games/classic-control/goldens/generate.py
Writes <game>.json: for 20 seeds the start state, the actions, and every tenth state until step 200 or the end.
"""

import json
import pathlib

import gymnasium
import numpy

steps, every, seeds = 200, 10, 20


def balance(state, random):
    """Keeps the pole up for a while: mostly pushes towards where it falls."""
    return int(random.random() < 0.05 or state[2] + 0.4 * state[3] + 0.1 * state[1] > 0)


def rock(state, random):
    """Pushes along with the movement, mostly."""
    return int(random.integers(3)) if random.random() < 0.5 else (2 if state[1] > 0 else 0)


def anything(state, random):
    return int(random.integers(3))


def trajectory(name, policy, seed):
    env = gymnasium.make(name).unwrapped
    env.reset(seed=seed)
    random = numpy.random.default_rng(seed)
    row = {"start": [float(v) for v in env.state], "actions": "", "states": [], "terminated": False}
    for step in range(1, steps + 1):
        action = policy(env.state, random)
        row["terminated"] = bool(env.step(action)[2])
        row["actions"] += str(action)
        if step % every == 0 or row["terminated"]:
            row["states"].append([float(f"{v:.12g}") for v in env.state])
        if row["terminated"]:
            break
    return row


for game, name, policy in [
    ("cart-pole", "CartPole-v1", balance),
    ("mountain-car", "MountainCar-v0", rock),
    ("acrobot", "Acrobot-v1", anything),
]:
    rows = ",\n".join(json.dumps(trajectory(name, policy, seed)) for seed in range(seeds))
    target = pathlib.Path(__file__).with_name(f"{game}.json")
    target.write_text(
        f'{{"gymnasium": "{gymnasium.__version__}", "env": "{name}", "every": {every}, "trajectories": [\n{rows}\n]}}\n'
    )
    print(target.name, target.stat().st_size)
