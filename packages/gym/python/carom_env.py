"""Carom's games as Gymnasium environments.

    from carom_env import CaromEnv, CaromVectorEnv

    env = CaromEnv("breakout")                      # gymnasium.Env
    envs = CaromVectorEnv("breakout", num_envs=64)  # gymnasium.vector.VectorEnv

The games run in a Node process, `carom serve-env <game>`, which is started here and ends with the
environment. Needs numpy and gymnasium; the protocol is in this package's README.md.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import struct
import subprocess
import weakref
from pathlib import Path

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

__all__ = ["CaromEnv", "CaromError", "CaromVectorEnv"]

PROTOCOL = 1
MAKE, RESET, STEP, RENDER, CLOSE = 1, 2, 3, 4, 5
HELLO, STATE, STEPPED, PICTURE, ERROR = 129, 130, 131, 132, 255
SEEDED, MASKED = 1, 2
RENDER_MODES = ["rgb_array"]


class CaromError(RuntimeError):
    """The game or its process says no; `code` is one of Carom's error codes."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code


# ---- The process -----------------------------------------------------------------------------


def default_command() -> list[str]:
    """How `carom` is started: CAROM_COMMAND, else `carom` of the search path, else the one that
    stands beside this file's package."""
    named = os.environ.get("CAROM_COMMAND")
    if named:
        return shlex.split(named)
    installed = shutil.which("carom")
    if installed:
        return [installed]
    here = Path(__file__).resolve().parent
    for place in ("../../cli/dist/main.js", "../../../carom/dist/main.js"):
        program = (here / place).resolve()
        if program.is_file():
            return [shutil.which("node") or "node", str(program)]
    raise CaromError("COMMAND_MISSING", "the command carom was not found (install it, or name it "
                     "with the argument command or with CAROM_COMMAND)")


class Process:
    """A Node process that answers one request after the other."""

    def __init__(self, command: list[str]):
        self.command = command
        try:
            # In a session of its own: Ctrl-C is for Python, which then closes the pipe.
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
            )
        except OSError as problem:
            raise CaromError("COMMAND_MISSING", f"{shlex.join(command)} does not run ({problem})")
        self.close = weakref.finalize(self, end, self.process)

    def ask(self, request: int, body: bytes, answer: int) -> memoryview:
        """The body of the answer. Raises CaromError where it is an error or there is none."""
        try:
            self.process.stdin.write(struct.pack("<IB", 1 + len(body), request) + body)
            self.process.stdin.flush()
        except (BrokenPipeError, ValueError):
            raise self.gone()
        length, kind = struct.unpack("<IB", self.read(5))
        body = self.read(length - 1)
        if kind == ERROR:
            problem = json.loads(bytes(body))
            raise CaromError(problem["code"], problem["message"])
        if kind != answer:
            raise CaromError("PROTOCOL", f"an answer of a wrong type (got {kind}, expected "
                             f"{answer})")
        return body

    def read(self, size: int) -> memoryview:
        """The next bytes of the answer."""
        try:
            body = self.process.stdout.read(size)
        except ValueError:  # closed
            raise self.gone()
        if len(body) < size:
            raise self.gone()
        return memoryview(body)

    def gone(self) -> CaromError:
        """Why there is no answer."""
        self.close()
        status = self.process.poll()
        return CaromError("PROCESS_ENDED", f"{shlex.join(self.command)} has ended (exit status "
                          f"{status}; what it said is on stderr)")


def end(process: subprocess.Popen) -> None:
    """Lets the process end by closing its input; one that does not is killed."""
    for pipe in (process.stdin, process.stdout):
        try:
            pipe.close()
        except OSError:
            pass
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


# ---- Spaces ----------------------------------------------------------------------------------


def action_space(actions: dict) -> spaces.Space:
    """The space of one action."""
    kind = actions["kind"]
    if kind == "discrete":
        return spaces.Discrete(len(actions["names"]))
    if kind == "multi-discrete":
        return spaces.MultiDiscrete(actions["sizes"])
    if kind == "multi-binary":
        return spaces.MultiBinary(actions["size"])
    low, high = bounds(actions, (actions["size"],), np.float32)
    return spaces.Box(low, high, dtype=np.float32)


def observation_space(observation: dict) -> spaces.Box:
    """The space of one observation."""
    shape = tuple(observation["shape"])
    if observation.get("dtype") == "uint8":
        return spaces.Box(0, 255, shape, np.uint8)
    low, high = bounds(observation, shape, np.float32)
    return spaces.Box(low, high, dtype=np.float32)


def bounds(space: dict, shape: tuple, dtype: type) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest values; null, or none at all, stands for no bound."""
    def filled(name: str, nothing: float) -> np.ndarray:
        values = space.get(name)
        if values is None:
            return np.full(shape, nothing, dtype)
        numbers = [nothing if value is None else value for value in values]
        return np.array(numbers, dtype).reshape(shape)

    return filled("low", -np.inf), filled("high", np.inf)


# ---- The games -------------------------------------------------------------------------------


class Games:
    """`count` games that step together: requests and answers as arrays."""

    def __init__(self, game, count, variant, max_steps, command):
        request = {"count": count}
        if variant is not None:
            request["variant"] = variant
        if max_steps is not None:
            request["maxSteps"] = max_steps
        start = default_command() if command is None else list(command)
        self.process = Process([*start, "serve-env", game])
        try:
            body = self.process.ask(MAKE, json.dumps(request).encode(), HELLO)
            self.hello = hello = json.loads(bytes(body))
            if hello["protocol"] != PROTOCOL:
                got = hello["protocol"]
                raise CaromError("PROTOCOL", "carom and carom_env.py are of different versions "
                                 f"(got protocol {got}, expected {PROTOCOL})")
        except BaseException:
            self.process.close()
            raise
        self.count = count
        self.action_space = action_space(hello["actions"])
        self.observation_space = observation_space(hello["observation"])
        discrete = hello["actions"]["kind"] == "discrete"
        self.masks = len(hello["actions"]["names"]) if hello["masks"] and discrete else 0
        box = hello["actions"]["kind"] == "box"
        self.action_type = np.dtype("<f4" if box else "<i4")
        self.action_shape = (count, *self.action_space.shape)

    def reset(self, seed, mask):
        """Observations and what else is known of the games, each [count, ...]."""
        flags, body = 0, b""
        if seed is not None:
            if not 0 <= seed < 2**53:
                raise ValueError(f"the seed is wrong (got {seed}, expected 0 to 2^53 - 1)")
            flags, body = SEEDED, struct.pack("<Q", seed)
        if mask is not None:
            flags, body = flags | MASKED, body + mask.astype(np.uint8).tobytes()
        answer = self.process.ask(RESET, bytes([flags]) + body, STATE)
        return self.state(Columns(answer, self.count))

    def step(self, actions):
        """Rewards, ends, returns and lengths, the state, and the last observations by game."""
        values = np.asarray(actions, self.action_type)
        if values.shape != self.action_shape:
            raise ValueError(f"the actions have a wrong shape (got {values.shape}, expected "
                             f"{self.action_shape})")
        columns = Columns(self.process.ask(STEP, values.tobytes(), STEPPED), self.count)
        rewards = columns.take("<f4").astype(np.float64)
        terminated, truncated = columns.take("?"), columns.take("?")
        returns, lengths = columns.take("<f8"), columns.take("<i4")
        observations, facts = self.state(columns)
        space = self.observation_space
        lasts = {}
        for i in np.flatnonzero(terminated | truncated):
            lasts[int(i)] = columns.take(space.dtype, space.shape, 1)[0]
        return rewards, terminated, truncated, returns, lengths, observations, facts, lasts

    def state(self, columns):
        """Observations, and the columns of `info`."""
        space = self.observation_space
        observations = columns.take(space.dtype, space.shape)
        lives, turns = columns.take("<i4"), columns.take("<i4")
        facts = {}
        if lives[0] >= 0:
            facts["lives"] = lives
        if turns[0] >= 0:
            facts["player"] = turns
        if self.masks:
            facts["action_mask"] = columns.take("i1", (self.masks,))
        return observations, facts

    def picture(self, index):
        """[height, width, 3]: red, green, blue."""
        body = self.process.ask(RENDER, struct.pack("<I", index), PICTURE)
        height, width = struct.unpack_from("<II", body)
        return np.frombuffer(body, np.uint8, offset=8).reshape(height, width, 3).copy()


class Columns:
    """Reads arrays of `count` rows from an answer, one after the other, as copies."""

    def __init__(self, body, count):
        self.body, self.count, self.at = body, count, 0

    def take(self, dtype, shape=(), count=None):
        """[count, *shape]"""
        rows = self.count if count is None else count
        dtype = np.dtype(dtype)
        size = rows * int(np.prod(shape, dtype=np.int64))
        values = np.frombuffer(self.body, dtype, size, self.at)
        self.at += size * dtype.itemsize
        return values.reshape(rows, *shape).copy()


def metadata_of(hello):
    """What an environment says of itself."""
    return {"render_modes": RENDER_MODES, "render_fps": hello["decisionsPerSecond"]}


def check_render_mode(render_mode):
    """Raises ValueError for a mode that there is not."""
    if render_mode not in (None, "rgb_array"):
        raise ValueError(f"no such render mode (got {render_mode!r}, expected 'rgb_array' or None)")


class CaromVectorEnv(VectorEnv):
    """`num_envs` games of one kind that step together.

    A game that ends is reset within the same step (`AutoresetMode.SAME_STEP`): its last observation
    is `infos["final_obs"][i]`, return and length are in `infos["final_info"]["episode"]`. With one
    seed the games always play the same: game i, episode k have their own seed under it.

    `infos` also has `lives`, `player` (whose turn it is) and `action_mask` where the game has them.
    """

    def __init__(self, game, num_envs=1, *, variant=None, max_steps=None, command=None,
                 render_mode=None):
        check_render_mode(render_mode)
        self.games = Games(game, num_envs, variant, max_steps, command)
        self.num_envs = num_envs
        self.render_mode = render_mode
        self.metadata = {**metadata_of(self.games.hello), "autoreset_mode": AutoresetMode.SAME_STEP}
        self.single_action_space = self.games.action_space
        self.single_observation_space = self.games.observation_space
        self.action_space = batch_space(self.single_action_space, num_envs)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.begun = False

    def reset(self, *, seed=None, options=None):
        """Starts the first episodes under `seed`, or without one the next episode of every game, or
        of those in `options["reset_mask"]`, a boolean array [num_envs]."""
        super().reset(seed=seed)
        mask = (options or {}).get("reset_mask")
        if mask is not None:
            mask = np.asarray(mask)
            if mask.shape != (self.num_envs,) or mask.dtype != np.bool_:
                raise ValueError(f"reset_mask is wrong (got {mask.dtype} {mask.shape}, expected "
                                 f"bool ({self.num_envs},))")
        if seed is None and not self.begun:
            seed = int(self.np_random.integers(2**53))
        observations, facts = self.games.reset(seed, None if seed is not None else mask)
        self.begun = True
        return observations, self.infos_of(facts)

    def step(self, actions):
        rewards, terminated, truncated, returns, lengths, observations, facts, lasts = (
            self.games.step(actions)
        )
        infos = self.infos_of(facts)
        for i, last in lasts.items():
            episode = {"r": float(returns[i]), "l": int(lengths[i])}
            ended = {"final_obs": last, "final_info": {"episode": episode}}
            infos = self._add_info(infos, ended, i)
        return observations, rewards, terminated, truncated, infos

    def infos_of(self, facts):
        """Every key with its mask, as Gymnasium has it."""
        known = {f"_{name}": np.ones(self.num_envs, np.bool_) for name in facts}
        return {**facts, **known}

    def render(self):
        """One picture [height, width, 3] for each game."""
        if self.render_mode is None:
            return None
        return tuple(self.games.picture(i) for i in range(self.num_envs))

    def close_extras(self, **kwargs):
        self.games.process.close()


class CaromEnv(gym.Env):
    """One game. `info` has `lives`, `player` and `action_mask` where the game has them, and at the
    end of an episode `episode`: its return `r` and length `l`."""

    metadata = {"render_modes": RENDER_MODES, "render_fps": 30}

    def __init__(self, game, *, variant=None, max_steps=None, command=None, render_mode=None):
        check_render_mode(render_mode)
        self.games = Games(game, 1, variant, max_steps, command)
        self.metadata = metadata_of(self.games.hello)
        self.render_mode = render_mode
        self.action_space = self.games.action_space
        self.observation_space = self.games.observation_space
        self.begun = False
        self.following = None  # (observation, info) of the next episode, once one has ended

    def reset(self, *, seed=None, options=None):
        """Starts the first episode under `seed`, or without one the next episode."""
        super().reset(seed=seed)
        following, self.following = self.following, None
        if seed is None and following is not None:
            return following
        if seed is None and not self.begun:
            seed = int(self.np_random.integers(2**53))
        observations, facts = self.games.reset(seed, None)
        self.begun = True
        return observations[0], info_of(facts)

    def step(self, action):
        if not self.begun or self.following is not None:
            raise gym.error.ResetNeeded("call reset() before step(): no episode is being played")
        actions = np.asarray(action)[np.newaxis]
        rewards, terminated, truncated, returns, lengths, observations, facts, lasts = (
            self.games.step(actions)
        )
        observation, info = observations[0], info_of(facts)
        if 0 in lasts:
            self.following = observation, info
            observation = lasts[0]
            info = {"episode": {"r": float(returns[0]), "l": int(lengths[0])}}
        return observation, float(rewards[0]), bool(terminated[0]), bool(truncated[0]), info

    def render(self):
        """The board as [height, width, 3]; after the end of an episode that of the next one."""
        return None if self.render_mode is None else self.games.picture(0)

    def close(self):
        self.games.process.close()


def info_of(facts):
    """The facts of the only game; numbers as Python's."""
    return {name: row[0] if row.ndim > 1 else int(row[0]) for name, row in facts.items()}
