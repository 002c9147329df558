"""Trajectories of Gymnasium's classic control, for packages/envs/src/games/classic-control/*.test.ts.

Run from anywhere, with gymnasium: python packages/envs/src/games/classic-control/goldens/generate.py
Writes <game>.json: for 20 seeds the start state, the actions, and every tenth state until step 200 or the end. Where
actions are numbers of a box, also the return up to each of those states.
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


def swing(state, random):
    """Torque along with the movement, mostly, of any size."""
    along = 1 if state[1] > 0 else -1
    return random.uniform(-2, 2) if random.random() < 0.3 else along * random.uniform(0, 2)


def drive(state, random):
    """Force along with the movement, mostly, of any size."""
    return swing(state, random) / 2


def box_trajectory(name, policy, seed):
    """The car's state is single precision after its first step: so is its start here."""
    env = gymnasium.make(name).unwrapped
    env.reset(seed=seed)
    if "Car" in name:
        env.state = numpy.array(env.state, dtype=numpy.float32)
    random = numpy.random.default_rng(seed)
    row = {"start": [float(v) for v in env.state], "actions": [], "states": [], "returns": [], "terminated": False}
    total = 0.0
    for step in range(1, steps + 1):
        action = round(policy(env.state, random), 4)
        _, reward, terminated, _, _ = env.step(numpy.array([action], dtype=numpy.float32))
        total += float(reward)
        row["terminated"] = bool(terminated)
        row["actions"].append(action)
        if step % every == 0 or row["terminated"]:
            row["states"].append([float(f"{v:.12g}") for v in env.state])
            row["returns"].append(float(f"{total:.12g}"))
        if row["terminated"]:
            break
    return row


for game, name, policy, play in [
    ("cart-pole", "CartPole-v1", balance, trajectory),
    ("mountain-car", "MountainCar-v0", rock, trajectory),
    ("acrobot", "Acrobot-v1", anything, trajectory),
    ("pendulum", "Pendulum-v1", swing, box_trajectory),
    ("mountain-car-continuous", "MountainCarContinuous-v0", drive, box_trajectory),
]:
    rows = ",\n".join(json.dumps(play(name, policy, seed)) for seed in range(seeds))
    target = pathlib.Path(__file__).with_name(f"{game}.json")
    target.write_text(
        f'{{"gymnasium": "{gymnasium.__version__}", "env": "{name}", "every": {every}, "trajectories": [\n{rows}\n]}}\n'
    )
    print(target.name, target.stat().st_size)
