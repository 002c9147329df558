"""Checks Carom's games by Gymnasium's own checker and against its own vector env.

    CAROM_COMMAND=... python check_games.py <game> ...

Prints one line per game as JSON: {"game", "warnings", "problem"}.
"""

import json
import sys
import warnings

import gymnasium as gym
import numpy as np
from carom_env import CaromEnv, CaromVectorEnv
from gymnasium.utils.env_checker import check_env
from gymnasium.vector.utils import batch_space

# Carom's games declare what is true of them: observations without bounds, actions of any size.
EXPECTED = ("infinity", "symmetric and normalized", "minimum values are equal",
            "different from the unwrapped version")


def check_single(game):
    gym.register("carom/Checked-v0", CaromEnv, kwargs={"game": game}, disable_env_checker=True,
                 order_enforce=False)
    env = gym.make("carom/Checked-v0")
    check_env(env.unwrapped)
    env.close()
    env.close()
    del gym.registry["carom/Checked-v0"]


def play(envs, seed, steps):
    """All that a vector env gives for actions drawn from the seed."""
    random = np.random.default_rng(seed)
    observations, infos = envs.reset(seed=seed)
    rows = [(observations, infos)]
    for _ in range(steps):
        rows.append(envs.step(choose(envs, infos, random)))
        infos = rows[-1][-1]
    return rows


def choose(envs, infos, random):
    """Actions at random, legal ones where the game has rules for them."""
    masks = infos.get("action_mask")
    if masks is not None:
        return np.array([random.choice(np.flatnonzero(mask)) for mask in masks])
    envs.action_space.seed(int(random.integers(2**31)))
    return envs.action_space.sample()


def equal(a, b):
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(equal(a[key], b[key]) for key in a)
    if isinstance(a, (tuple, list)):
        return len(a) == len(b) and all(equal(x, y) for x, y in zip(a, b))
    if isinstance(a, np.ndarray) and a.dtype == object:
        return all(equal(x, y) for x, y in zip(a, b))
    return np.array_equal(a, b) and getattr(a, "dtype", None) == getattr(b, "dtype", None)


def check_vector(game):
    """Shapes, types and infos are those of Gymnasium's vector envs; a seed repeats everything."""
    n, steps = 3, 40
    envs = CaromVectorEnv(game, n, max_steps=15)
    assert envs.metadata["autoreset_mode"] == gym.vector.AutoresetMode.SAME_STEP
    assert envs.observation_space == batch_space(envs.single_observation_space, n)
    assert envs.action_space == batch_space(envs.single_action_space, n)
    first, second, other = play(envs, 5, steps), play(envs, 5, steps), play(envs, 6, steps)
    assert equal(first, second), "a seed does not repeat"
    assert not equal(first, other), "seeds do not differ"

    ends = 0
    for observations, rewards, terminated, truncated, infos in first[1:]:
        assert observations in envs.observation_space
        assert observations.dtype == envs.single_observation_space.dtype
        assert rewards.dtype == np.float64 and rewards.shape == (n,)
        for flags in (terminated, truncated):
            assert flags.dtype == np.bool_ and flags.shape == (n,)
        ended = terminated | truncated
        assert np.array_equal(infos.get("_final_obs", np.zeros(n, bool)), ended)
        for i in np.flatnonzero(ended):
            ends += 1
            assert infos["final_obs"][i] in envs.single_observation_space
            assert 1 <= infos["final_info"]["episode"]["l"][i] <= 15
        for name, values in infos.items():
            if not name.startswith("_"):
                assert len(infos[f"_{name}"]) == n, name
    assert ends >= n
    check_mask(envs)
    check_like_sync(game, first, n)
    envs.close()
    envs.close()


def check_mask(envs):
    """A masked reset starts the next episodes of those games only."""
    before, _ = envs.reset(seed=5)
    mask = np.array([False, True, False])
    after, _ = envs.reset(options={"reset_mask": mask})
    assert np.array_equal(after[~mask], before[~mask])


def check_like_sync(game, rows, n):
    """Game 0 of the vector is the single env, episode by episode: same observations, same ends."""
    random = np.random.default_rng(5)
    single = CaromEnv(game, max_steps=15)
    observation, info = single.reset(seed=5)
    assert np.array_equal(observation, rows[0][0][0])
    infos = rows[0][1]
    stub = Stub(single.action_space, n)
    for observations, rewards, terminated, truncated, next_infos in rows[1:]:
        action = choose(stub, infos, random)[0]
        observation, reward, over, cut, info = single.step(action)
        assert (reward, over, cut) == (rewards[0], terminated[0], truncated[0])
        if over or cut:
            assert np.array_equal(observation, next_infos["final_obs"][0])
            assert info["episode"]["r"] == next_infos["final_info"]["episode"]["r"][0]
            observation, info = single.reset()
        assert np.array_equal(observation, observations[0])
        infos = next_infos
    single.close()


class Stub:
    def __init__(self, space, n):
        self.action_space = batch_space(space, n)


for name in sys.argv[1:]:
    problem = ""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            check_single(name)
            check_vector(name)
        except Exception as error:
            import traceback
            problem = f"{type(error).__name__}: {error}\n{traceback.format_exc()}"
    texts = [str(warning.message) for warning in caught]
    texts = [text for text in texts if not any(part in text for part in EXPECTED)]
    print(json.dumps({"game": name, "warnings": texts, "problem": problem}), flush=True)
