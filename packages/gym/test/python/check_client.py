"""Checks what carom_env.py does besides playing; prints "ok" at the end."""

import os

import gymnasium as gym
import numpy as np
from carom_env import CaromEnv, CaromError, CaromVectorEnv
from gymnasium.wrappers.vector import RecordEpisodeStatistics


def raised(kind, action):
    try:
        action()
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__} was raised")


# A command that is not there, and one that ends at once.
error = raised(CaromError, lambda: CaromEnv("catch", command=["/nowhere/carom"]))
assert error.code == "COMMAND_MISSING", error
error = raised(CaromError, lambda: CaromEnv("catch", command=["true"]))
assert error.code == "PROCESS_ENDED" and "exit status 0" in str(error), error

# Steps come after reset, also after the end of an episode.
env = CaromEnv("catch")
raised(gym.error.ResetNeeded, lambda: env.step(0))
env.reset(seed=1)
over = False
while not over:
    observation, reward, over, cut, info = env.step(1)
assert info == {"episode": {"r": reward, "l": 9}}, info
raised(gym.error.ResetNeeded, lambda: env.step(1))

# Without a seed the next episode begins, every time another one; with the seed all repeats.
starts = [env.reset()[0] for _ in range(8)]
assert len({start.tobytes() for start in starts}) > 1
env.reset(seed=1)
assert np.array_equal(env.reset()[0], starts[0])
raised(ValueError, lambda: env.reset(seed=2**53))

# What the game refuses is an exception with its code, and the game goes on.
error = raised(CaromError, lambda: env.step(7))
assert error.code == "INVALID_ACTION" and "got 7" in str(error), error
raised(ValueError, lambda: env.step([1, 2]))
env.step(1)
error = raised(CaromError, lambda: CaromEnv("catch", variant="none"))
assert error.code == "UNKNOWN_VARIANT", error
raised(ValueError, lambda: CaromEnv("catch", render_mode="human"))

# Pictures.
assert env.render() is None
drawn = CaromEnv("breakout", render_mode="rgb_array")
drawn.reset(seed=1)
before = drawn.render()
assert before.dtype == np.uint8 and before.ndim == 3 and max(before.shape) == 400, before.shape
for _ in range(20):
    drawn.step(drawn.action_space.sample())
assert not np.array_equal(drawn.render(), before)
drawn.reset(seed=1)
assert np.array_equal(drawn.render(), before)

# A process that is killed is an exception, not a hang; closing twice is fine.
env.games.process.process.kill()
assert raised(CaromError, lambda: [env.step(1) for _ in range(9)]).code == "PROCESS_ENDED"
env.close()
env.close()

# Gymnasium's own wrappers find what they look for.
envs = RecordEpisodeStatistics(CaromVectorEnv("catch", 4, max_steps=5))
raised(ValueError, lambda: envs.reset(options={"reset_mask": np.ones(3, bool)}))
envs.reset(seed=3)
infos = {}
while "episode" not in infos:
    infos = envs.step(envs.action_space.sample())[-1]
assert infos["episode"]["l"].tolist() == [5, 5, 5, 5], infos
pixels = CaromVectorEnv("catch", 2, render_mode="rgb_array")
pixels.reset(seed=1)
assert len(pixels.render()) == 2
pixels.close()
envs.close()

# An unseeded first reset draws its seed from np_random, which can be seeded.
drawn = CaromEnv("cartpole")
drawn.np_random = np.random.default_rng(5)
first, _ = drawn.reset()
again = CaromEnv("cartpole")
again.np_random = np.random.default_rng(5)
assert np.array_equal(again.reset()[0], first)

assert os.environ["CAROM_COMMAND"]
print("ok")
