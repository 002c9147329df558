"""Runs `count` Gymnasium environments of one kind for Carom, in one process, in a plain loop.

Started by packages/gym/src/link.ts as `python carom_gym_server.py <config as JSON>` with three
inherited files: 3 a pipe of commands, 4 a pipe of replies, 5 memory shared with the parent.

  reply    one byte: 0 done | 1 the end, then JSON {code, message} | 2 done, then JSON of faults
           (JSON is preceded by its length as uint32, little-endian)
  hello    the first reply: 0, then JSON with the spec and where each block lies in the memory
  command  two uint32, first and last: plays the environments [first, last)

The memory holds, little-endian and in this order: actions, seeds, modes (written by the parent),
rewards, lives, flags, observations, last observations (written here). An environment whose mode is
1 starts an episode from its seed; otherwise it plays its action, and if that ends the episode it
starts the next one from its seed within the same step ("same-step" autoreset).

Needs numpy and gymnasium, and ale_py for Atari. Not here: reward clipping, which is the learner's.
"""

from __future__ import annotations

import faulthandler
import importlib
import json
import math
import mmap
import os
import signal
import struct
import sys
import traceback

np = gymnasium = spaces = None  # imported by `load`, which says what is missing

COMMANDS, REPLIES, MEMORY = 3, 4, 5
DONE, END, FAULTS = 0, 1, 2
TERMINATED, TRUNCATED, FAULT = 1, 2, 4
DEFAULT_LIMIT = 10_000  # decisions, where the environment has no limit of its own
LOG_LIMIT = 1 << 20  # bytes of stdout and stderr that are kept
NOOP, FIRE = 0, 1  # of every Atari game


class Failure(Exception):
    """Why there is nothing to play: a code for programs, a sentence for people."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


# ---- Spaces ----------------------------------------------------------------------------------


class Actions:
    """Reads rows of the action block as what `env.step` takes; describes itself as JSON."""

    def __init__(self, env):
        space = env.action_space
        self.shape, self.dtype = space.shape, space.dtype
        self.start = getattr(space, "start", 0)
        self.read, self.real = self.read_integers, False
        self.width = math.prod(space.shape or ())
        if isinstance(space, spaces.Discrete):
            self.facts = {"kind": "discrete", "names": action_names(env, int(space.n))}
        elif isinstance(space, spaces.MultiDiscrete):
            sizes = [int(size) for size in space.nvec.reshape(-1)]
            self.facts = {"kind": "multi-discrete", "sizes": sizes}
        elif isinstance(space, spaces.MultiBinary):
            self.facts = {"kind": "multi-binary", "size": self.width}
        elif isinstance(space, spaces.Box):
            self.read, self.real = self.read_box, True
            self.low, self.high = space.low, space.high
            bounds = {"low": bounds_of(space.low), "high": bounds_of(space.high)}
            self.facts = {"kind": "box", "size": self.width, **bounds}
        else:
            wanted = "Discrete, Box, MultiDiscrete or MultiBinary"
            raise Failure("UNSUPPORTED", f"its actions are a {type(space).__name__} space "
                          f"(expected {wanted})")
        check_actions(self.facts)

    def read_integers(self, rows):
        """[n, width] to n actions; numpy's integers where one is a single number."""
        return list(rows.astype(self.dtype).reshape(-1, *self.shape) + self.start)

    def read_box(self, rows):
        values = rows.reshape(-1, *self.shape)
        if self.dtype.kind != "f":
            values = values.round()
        # A bound may lie between two float32 numbers.
        return list(values.astype(self.dtype).clip(self.low, self.high))


def check_actions(facts):
    """Carom stores a choice in one byte, so it has 2 to 256 values."""
    sizes = [len(facts["names"])] if facts["kind"] == "discrete" else facts.get("sizes", [])
    wrong = [size for size in sizes if not 2 <= size <= 256]
    if wrong:
        raise Failure("UNSUPPORTED", f"it has a choice of {wrong[0]} actions (expected 2 to 256)")


def action_names(env, count):
    """What the actions mean, where the environment says so; otherwise their numbers."""
    meanings = getattr(env.unwrapped, "get_action_meanings", lambda: [])()
    if len(meanings) == count:
        return [str(meaning) for meaning in meanings]
    return [str(action) for action in range(count)]


def bounds_of(values):
    """Numbers for JSON, which has no infinity: null stands for none."""
    numbers = [float(value) for value in values.reshape(-1)]
    return [number if math.isfinite(number) else None for number in numbers]


class Observations:
    """Turns an observation into one flat row; describes itself as JSON."""

    def __init__(self, space):
        self.space = space
        picture = isinstance(space, spaces.Box) and space.dtype == np.uint8
        self.plain = isinstance(space, spaces.Box)
        self.dtype = np.dtype("uint8" if picture else "<f4")
        flat = space if self.plain else flat_box(space)
        self.size = math.prod(flat.shape)
        self.facts = {"size": self.size, "shape": list(flat.shape) or [1],
                      "dtype": "uint8" if picture else "float32"}
        if not picture and np.isfinite(flat.low).all() and np.isfinite(flat.high).all():
            self.facts["low"] = bounds_of(flat.low)
            self.facts["high"] = bounds_of(flat.high)
        self.flat = np.ravel if self.plain else self.flatten

    def flatten(self, observation):
        """[size]"""
        return spaces.flatten(self.space, observation)


def flat_box(space):
    """The Box that holds the flattened values of a space; some spaces have none."""
    flat = spaces.flatten_space(space) if space.is_np_flattenable else None
    if not isinstance(flat, spaces.Box) or isinstance(space, spaces.Text):
        raise Failure("UNSUPPORTED", f"its observations are a {type(space).__name__} space of no "
                      "fixed size (expected one that gymnasium flattens into a Box)")
    return flat


# ---- Games -----------------------------------------------------------------------------------


class Plain:
    """An environment as Gymnasium makes it; every episode is seeded."""

    def __init__(self, config):
        limit = {"max_episode_steps": config["maxSteps"]} if config["maxSteps"] else {}
        make = {**config["make"], **limit}
        self.env = gymnasium.make(config["id"], disable_env_checker=True, **make)
        self.actions = Actions(self.env)
        self.observations = Observations(self.env.observation_space)
        spec = self.env.spec
        self.limit = config["maxSteps"] or (spec and spec.max_episode_steps) or DEFAULT_LIMIT
        self.rate = self.env.metadata.get("render_fps")
        self.flat = self.observations.flat

    def begin(self, row, seed):
        observation, info = self.env.reset(seed=seed)
        row[...] = self.flat(observation)
        return info

    def step(self, action, row):
        observation, reward, terminated, truncated, info = self.env.step(action)
        row[...] = self.flat(observation)
        return reward, terminated, truncated, info


class NotFinite(Exception):
    """A reward or an observation that is no number."""


class Atari:
    """An Atari 2600 game with the usual preprocessing: no-ops at the start, frames skipped with the
    maximum of the last two, grey, made smaller by area, and a stack of pictures, oldest first.

    All chance (no-ops, sticky actions) comes from the seed of the episode, and the emulator itself
    has none: reset, it is always the same. So it need not be seeded again, which takes longer than
    a hundred decisions. Where FIRE starts the ball, it is pressed at the start and for each life.
    """

    def __init__(self, config):
        self.options = options = config["atari"]
        self.env = gymnasium.make(
            config["id"], frameskip=1, obs_type="grayscale", repeat_action_probability=0.0,
            disable_env_checker=True, **config["make"],
        )
        height, width = self.env.observation_space.shape
        size, stack = options["size"], options["stack"]
        self.resize = AreaResize(height, width, size)
        self.actions = Actions(self.env)
        pictures = gymnasium.spaces.Box(0, 255, (size, size, stack), np.uint8)
        self.observations = Observations(pictures)
        self.pictures = pictures.shape
        frames = (self.env.spec.kwargs or {}).get("max_num_frames_per_episode") or 108_000
        self.limit = config["maxSteps"] or frames // options["frameSkip"]
        self.rate = 60 / options["frameSkip"]
        meanings = self.env.unwrapped.get_action_meanings()
        self.fires = options["fireReset"] and len(meanings) > 2 and meanings[1] == "FIRE"
        self.seeded = False
        self.random = None  # of the episode
        self.held = 0  # the action that the emulator gets, which sticky actions hold
        self.lives = 0
        self.picture = None  # [height, width], what the next observation shows

    def begin(self, row, seed):
        self.random = np.random.Generator(np.random.PCG64(seed))
        info = self.restart()
        if self.fires:
            info = self.decide(FIRE)[3]
        self.lives = info["lives"]
        row.reshape(self.pictures)[...] = self.resize(self.picture)[:, :, None]
        return info

    def restart(self):
        """A new game, after 1 to `noops` frames of doing nothing."""
        self.picture, info = self.env.reset(**({} if self.seeded else {"seed": 0}))
        self.seeded = True
        self.held = NOOP
        most = self.options["noops"]
        for _ in range(self.random.integers(1, most + 1) if most else 0):
            self.picture, _, terminated, truncated, info = self.env.step(NOOP)
            if terminated or truncated:
                self.picture, info = self.env.reset()
        return info

    def step(self, action, row):
        reward, terminated, truncated, info = self.decide(int(action))
        lost = info["lives"] < self.lives
        if lost and self.fires and not (terminated or truncated):
            more, terminated, truncated, info = self.decide(FIRE)
            reward += more
        self.lives = info["lives"]
        push(row.reshape(self.pictures), self.resize(self.picture))
        return reward, terminated, truncated, info

    def decide(self, action):
        """One decision, `frameSkip` frames long unless the game ends before."""
        sticky, total, latest = self.options["sticky"], 0.0, None
        for _ in range(self.options["frameSkip"]):
            if sticky == 0 or self.random.random() >= sticky:
                self.held = action
            before = latest
            latest, reward, terminated, truncated, info = self.env.step(self.held)
            total += reward
            if terminated or truncated:
                break
        self.picture = latest if before is None else np.maximum(before, latest)
        return total, terminated, truncated, info


def push(stack, picture):
    """Moves a stack [H, W, n] of bytes on by one picture."""
    if stack.shape[2] == 4:
        # The four bytes of a pixel are one number, the oldest its lowest byte.
        words = stack.view("<u4")
        words >>= 8
    else:
        stack[:, :, :-1] = stack[:, :, 1:]
    stack[:, :, -1] = picture


class AreaResize:
    """[height, width] bytes to [size, size] by the mean of the area that each new pixel covers.

    Both axes split into equal groups (210 rows into 84 are 42 times 5 into 2), so the weights are
    small matrices of integers. Sums stay below 2^24, exact in float32 in any order: every machine
    gives the same picture, with or without OpenCV.
    """

    def __init__(self, height, width, size):
        down, across = math.gcd(height, size), math.gcd(width, size)
        self.rows = area_weights(height // down, size // down)
        self.columns = np.ascontiguousarray(area_weights(width // across, size // across).T)
        self.split = (down, height // down, width)
        self.size, self.weight = size, (height // down) * (width // across)

    def __call__(self, picture):
        grey = picture.astype(np.float32).reshape(self.split)
        tall = np.matmul(self.rows, grey)  # [groups, new rows of a group, width]
        sums = np.matmul(tall.reshape(-1, self.columns.shape[0]), self.columns)
        sums += self.weight // 2
        sums /= self.weight
        return sums.astype(np.uint8).reshape(self.size, self.size)


def area_weights(count, fewer):
    """[fewer, count]: how much of pixel j lies in new pixel i, in units of 1 / fewer."""
    rows = [[max(0, min((i + 1) * count, (j + 1) * fewer) - max(i * count, j * fewer))
             for j in range(count)] for i in range(fewer)]
    return np.array(rows, np.float32)


# ---- All of them -----------------------------------------------------------------------------


class Server:
    """The games and the memory they share with the parent."""

    def __init__(self, config):
        self.config, self.count = config, config["count"]
        self.make = Atari if config["atari"] else Plain
        first = made(self.make, config)
        self.actions_of, self.observations_of = first.actions, first.observations
        self.limit, self.rate = first.limit, first.rate
        self.games = [first] + [made(self.make, config) for _ in range(self.count - 1)]
        self.lengths = [0] * self.count
        self.layout = self.share()
        self.rows = list(self.observations)  # views of the rows
        self.check = self.observations.dtype.kind == "f"
        self.before = self.observations.copy() if self.check else None  # what is shown now
        self.faults = []
        self.seeds[0] = 0
        self.begin(0)  # shows early whether it plays at all, and tells the lives

    def share(self):
        """Takes the memory and cuts it into blocks, each from a multiple of 64 bytes."""
        n, size = self.count, self.observations_of.size
        kind = self.observations_of.dtype
        width = self.actions_of.width
        blocks = {
            "actions": ("<f4" if self.actions_of.real else "<i4", (n, width)),
            "seeds": ("<u4", (n,)),
            "modes": ("u1", (n,)),
            "rewards": ("<f8", (n,)),
            "lives": ("<i4", (n,)),
            "flags": ("u1", (n,)),
            "observations": (kind, (n, size)),
            "lasts": (kind, (n, size)),
        }
        layout, total = {}, 0
        for name, (dtype, shape) in blocks.items():
            layout[name] = total
            total += -(-np.dtype(dtype).itemsize * math.prod(shape) // 64) * 64
        layout["total"] = total
        try:
            os.ftruncate(MEMORY, total)
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(MEMORY, 0, total)
        except OSError as problem:
            raise Failure("NO_ROOM", f"no room for {total} bytes of shared memory ({problem})")
        memory = mmap.mmap(MEMORY, total)
        for name, (dtype, shape) in blocks.items():
            array = np.ndarray(shape, dtype, memory, layout[name])
            setattr(self, name, array)
        return layout

    def hello(self):
        """What the parent has to know, as JSON."""
        return {
            "actions": self.actions_of.facts,
            "observation": self.observations_of.facts,
            "maxSteps": int(self.limit),
            "decisionsPerSecond": float(self.rate) if self.rate else None,
            "lives": int(self.lives[0]),
            "layout": self.layout,
            "python": sys.executable,
            "gymnasium": gymnasium.__version__,
        }

    def play(self, first, last):
        """Plays the games [first, last); returns what went wrong in which of them."""
        self.faults = []
        if self.check:
            self.before[first:last] = self.observations[first:last]
        modes = self.modes[first:last].tolist()
        actions = self.actions_of.read(self.actions[first:last])
        for i, mode, action in zip(range(first, last), modes, actions):
            if mode:
                self.begin(i)
            else:
                self.step(i, action)
        if self.check and not self.all_finite(self.observations[first:last]):
            for i in range(first, last):
                if not self.all_finite(self.rows[i]):
                    self.fail(i, NotFinite("the observation is not finite"))
        return self.faults

    def all_finite(self, values):
        """Whether none is NaN or an infinity."""
        return bool(np.isfinite(values).all())

    def begin(self, i):
        """Starts an episode; a game that cannot is made anew, once."""
        seed, row = int(self.seeds[i]), self.rows[i]
        self.lengths[i] = 0
        self.flags[i] = 0
        self.rewards[i] = 0
        try:
            info = self.start(i, row, seed)
        except Exception:
            traceback.print_exc()
            self.replace(i)
            info = self.start(i, row, seed)
        self.lives[i] = int(info.get("lives", -1))

    def start(self, i, row, seed):
        """Starts an episode, or raises."""
        info = self.games[i].begin(row, seed)
        if self.check and not self.all_finite(row):
            raise NotFinite("the first observation of an episode is not finite")
        return info

    def step(self, i, action):
        """Plays one action; an episode that it ends is followed by the next one at once."""
        row = self.rows[i]
        try:
            reward, terminated, truncated, info = self.games[i].step(action, row)
            if not math.isfinite(reward):
                raise NotFinite(f"the reward is {reward}")
        except Exception as problem:
            self.fail(i, problem)
            return
        self.lengths[i] += 1
        over = TERMINATED if terminated else 0
        if not over and (truncated or self.lengths[i] >= self.limit):
            over = TRUNCATED
        if over:
            if self.check and not self.all_finite(row):
                self.fail(i, NotFinite("the last observation is not finite"))
                return
            self.lasts[i] = row
            self.begin(i)
        elif "lives" in info:
            self.lives[i] = int(info["lives"])
        self.rewards[i] = reward
        self.flags[i] = over

    def fail(self, i, problem):
        """Cuts the episode of a game that failed before that step, and makes the game anew."""
        traceback.print_exception(type(problem), problem, problem.__traceback__)
        kind = "not finite" if isinstance(problem, NotFinite) else "threw"
        self.faults.append({"env": i, "kind": kind, "message": sentence(problem)})
        self.lasts[i] = self.before[i] if self.check else self.observations[i]
        self.replace(i)
        self.begin(i)
        self.flags[i] = TRUNCATED | FAULT

    def replace(self, i):
        """Makes a game anew."""
        try:
            self.games[i].env.close()
        except Exception:
            traceback.print_exc()
        self.games[i] = self.make(self.config)

    def close(self):
        for game in self.games:
            game.env.close()


def made(make, config):
    """A game; every reason why it cannot be made becomes a Failure."""
    unknown = (gymnasium.error.UnregisteredEnv, gymnasium.error.DeprecatedEnv)
    try:
        return make(config)
    except Failure:
        raise
    except unknown as problem:
        raise Failure("UNKNOWN_ENV", "no such environment (gymnasium says: "
                      f"{str(problem).rstrip('.')})")
    except gymnasium.error.DependencyNotInstalled as problem:
        raise Failure("PACKAGE_MISSING", "a Python package that this environment needs is missing "
                      f"({where()}; gymnasium says: {str(problem).rstrip('.')})")
    except ModuleNotFoundError as problem:
        what = f"package {problem.name} is missing" if problem.name else sentence(problem)
        raise Failure("PACKAGE_MISSING", f"Python's {what} ({where()})")
    except gymnasium.error.Error as problem:
        raise Failure("UNKNOWN_ENV", f"no such environment ({sentence(problem)})")
    except Exception as problem:
        traceback.print_exc()
        raise Failure("ENV_FAULTY", f"it cannot be made ({sentence(problem)})")


def load(config):
    """Imports what the environment needs, or says what is missing."""
    global np, gymnasium, spaces
    gymnasium = need("gymnasium", "gymnasium")  # which brings numpy
    np = need("numpy", "numpy")
    from gymnasium import spaces

    if config["atari"] or config["id"].startswith("ALE/"):
        ale_py = need("ale_py", "ale-py")
        if hasattr(gymnasium, "register_envs"):
            gymnasium.register_envs(ale_py)


def need(package, wheel):
    """Imports a package, which the wheel brings."""
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as problem:
        if problem.name != package:
            raise Failure("PACKAGE_MISSING", f"Python's package {package} needs {problem.name}, "
                          f"which is missing ({where()})")
        raise Failure("PACKAGE_MISSING", f"Python's package {package} is missing "
                      f"({where()}; install it with: pip install {wheel})")
    except ImportError as problem:
        raise Failure("PACKAGE_MISSING", f"Python's package {package} does not load "
                      f"({where()}; {sentence(problem)})")


def where():
    """Which Python this is."""
    name = os.path.basename(sys.executable) or "python"
    return f"{name} at {sys.executable}"


def sentence(problem):
    """An exception in one line."""
    text = " ".join(str(problem).split())
    return f"{type(problem).__name__}: {text}" if text else type(problem).__name__


# ---- The conversation ------------------------------------------------------------------------


def send(status, value=None):
    """Writes a reply."""
    message = bytes([status])
    if value is not None:
        text = json.dumps(value, allow_nan=False).encode()
        message += struct.pack("<I", len(text)) + text
    while message:
        message = message[os.write(REPLIES, message):]


def receive():
    """The next command, or None when the parent has closed the pipe or is gone."""
    message = b""
    while len(message) < 8:
        more = os.read(COMMANDS, 8 - len(message))
        if not more:
            return None
        message += more
    return struct.unpack("<II", message)


def watch(seconds):
    """From now on, after so many seconds, SIGALRM prints where Python is and ends it (0: never).

    A timer of the kernel, so it holds even where C code keeps Python's lock."""
    signal.setitimer(signal.ITIMER_REAL, seconds)


def prepare():
    """Sets up files, paths and signals."""
    sys.path.append(os.getcwd())  # so that `module:Env-v0` finds the user's own module
    for fd in (COMMANDS, REPLIES, MEMORY):
        os.set_inheritable(fd, False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which closes the pipe
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    faulthandler.enable()
    faulthandler.register(signal.SIGALRM, chain=True)


def trim_log():
    """stdout and stderr go to a file that nobody empties; it is opened for appending."""
    if os.fstat(2).st_size > LOG_LIMIT:
        os.ftruncate(2, 0)


def serve(server, seconds):
    """Answers commands until there are none."""
    steps = 0
    while True:
        command = receive()
        if command is None:
            return
        watch(seconds)
        faults = server.play(*command)
        watch(0)
        send(FAULTS, faults) if faults else send(DONE)
        steps += 1
        if steps % 1024 == 0:
            trim_log()


# Python and the environment's package may take so long to start, however short a step must be.
START_SECONDS = 60


def main():
    config = json.loads(sys.argv[1])
    seconds = config["timeoutSeconds"]
    prepare()
    watch(seconds and max(seconds, START_SECONDS))
    try:
        load(config)
        server = Server(config)
        send(DONE, server.hello())
        watch(0)
        serve(server, seconds)
        watch(seconds)
        server.close()
    except Failure as failure:
        send(END, {"code": failure.code, "message": str(failure)})
    except BrokenPipeError:
        pass  # the parent is gone
    except Exception as problem:
        traceback.print_exc()
        send(END, {"code": "ENV_FAULTY", "message": f"it does not start ({sentence(problem)})"})


if __name__ == "__main__":
    main()
