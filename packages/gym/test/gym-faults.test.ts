import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EpisodeRecord, type Fault, frameStack, key } from "@carom/envs";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { findGymGame, GymError, GymVectorEnv, type GymVectorEnvOptions } from "../src/index.js";
import { lastWords } from "../src/link.js";
import { MEMORY_FOLDERS } from "../src/pipes.js";
import { needPython, pythonFolder, pythonProgram, until } from "./helpers.js";

beforeAll(() => {
  process.env["PYTHONPATH"] = pythonFolder;
});

const FAULTY = "gym:carom_test_envs:carom/Faulty-v0";

function made(options: Partial<GymVectorEnvOptions> = {}): GymVectorEnv {
  const env = new GymVectorEnv({ id: FAULTY, count: 1, key: key(3), ...options });
  onTestFinished(() => env.dispose());
  return env;
}

/** A file that lets one env fail once. */
function onceFile(): string {
  const folder = mkdtempSync(join(tmpdir(), "carom-once-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "once");
  writeFileSync(file, "");
  return file;
}

function messageOf(action: () => unknown): { code: string; message: string } {
  try {
    action();
  } catch (error) {
    if (error instanceof GymError) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("what is missing is said in one sentence", () => {
  test("a Python that is named but not there", () => {
    expect(messageOf(() => findGymGame("gym:CartPole-v1", { python: "/nowhere/python" }))).toEqual({
      code: "PYTHON_MISSING",
      message:
        "gym:CartPole-v1: that Python does not run (got /nowhere/python, expected a Python program)",
    });
  });

  test("CAROM_PYTHON and the search path", () => {
    const saved = { ...process.env };
    onTestFinished(() => {
      process.env = saved;
    });
    process.env = { ...saved, CAROM_PYTHON: "/nowhere/python" };
    expect(messageOf(() => findGymGame("gym:CartPole-v1")).message).toBe(
      "gym:CartPole-v1: CAROM_PYTHON does not run (got /nowhere/python, expected a Python program)",
    );
    const onlyFifos = mkdtempSync(join(tmpdir(), "carom-path-"));
    const mkfifo = execFileSync("sh", ["-c", "command -v mkfifo"]).toString().trim();
    writeFileSync(join(onlyFifos, "mkfifo"), `#!/bin/sh\nexec ${mkfifo} "$@"\n`, { mode: 0o755 });
    process.env = { ...saved, CAROM_PYTHON: "", PATH: onlyFifos };
    expect(messageOf(() => findGymGame("gym:CartPole-v1")).message).toBe(
      "gym:CartPole-v1: there is no Python here (tried python3 and python; CAROM_PYTHON names another)",
    );
    rmSync(onlyFifos, { recursive: true });
  });

  test("a program that is no Python", () => {
    expect(messageOf(() => findGymGame("gym:CartPole-v1", { python: "true" }))).toEqual({
      code: "CHILD_DIED",
      message:
        "gym:CartPole-v1: the Python process ended (killed, or out of memory) before it could start",
    });
  });

  test("a Python without gymnasium", (context) => {
    if (bare() === "") context.skip("no python3 on the path");
    // -S leaves out all installed packages; a small program starts Python so.
    const program = join(mkdtempSync(join(tmpdir(), "carom-python-")), "python");
    onTestFinished(() => rmSync(join(program, ".."), { recursive: true }));
    writeFileSync(program, `#!/bin/sh\nexec ${bare()} -S -E "$@"\n`, { mode: 0o755 });
    const { code, message } = messageOf(() => findGymGame("gym:CartPole-v1", { python: program }));
    expect(code).toBe("PACKAGE_MISSING");
    expect(message).toMatch(
      /^gym:CartPole-v1: Python's package gymnasium is missing \(python3?[.\d]* at \/[^ ]+; install it with: pip install gymnasium\)$/,
    );
  });

  test("names that are none", (context) => {
    expect(messageOf(() => findGymGame("CartPole-v1"))).toEqual({
      code: "INVALID_ARGUMENT",
      message:
        'gym: wrong name (got "CartPole-v1", expected "gym:" and an id, such as "gym:CartPole-v1")',
    });
    needPython(context);
    for (const id of [
      "gym:CartPool-v1",
      "gym:CartPole-v77",
      "gym:nowhere/CartPole-v1",
      "gym:a b",
    ]) {
      const { code, message } = messageOf(() => findGymGame(id));
      expect([id, code]).toEqual([id, "UNKNOWN_ENV"]);
      expect(message).toMatch(/^gym:[^\n]+: no such environment \([^\n]+\)$/);
    }
  });

  test("a module that is not there, and an environment that cannot be made", (context) => {
    needPython(context);
    expect(messageOf(() => findGymGame("gym:no_such_module:Thing-v0")).message).toMatch(
      /^gym:no_such_module:Thing-v0: [^\n]*no_such_module[^\n]* \(python[^\n]+\)$/,
    );
    expect(messageOf(() => made({ make: { how: "reset" } }))).toEqual({
      code: "ENV_FAULTY",
      message: `${FAULTY}: it does not start (ValueError: no start today)`,
    });
    expect(messageOf(() => made({ make: { nothing: 1 } })).code).toBe("ENV_FAULTY");
  });

  test("options that are wrong", () => {
    for (const options of [{ count: 0 }, { maxSteps: 1.5 }, { timeoutSeconds: -1 }]) {
      expect(messageOf(() => made(options)).code).toBe("INVALID_ARGUMENT");
    }
    expect(messageOf(() => made({ atari: { frameSkip: 0 } })).message).toBe(
      "atari.frameSkip: wrong (got 0, expected a whole number from 1 to 1000)",
    );
  });
});

describe("environments that fail lose their episode only", () => {
  const cases: [string, Fault["kind"], string][] = [
    ["raise", "threw", "ValueError: a bad thing"],
    ["reward", "not finite", "NotFinite: the reward is nan"],
    ["observation", "not finite", "NotFinite: the observation is not finite"],
  ];

  test.for(cases)("%s: one env is truncated, the others go on", ([how, kind, message], context) => {
    needPython(context);
    const faults: Fault[] = [];
    const records: EpisodeRecord[] = [];
    const env = made({
      count: 2,
      make: { how, at: 3, only: onceFile() }, // the first env takes the file
      onFault: (fault) => faults.push(fault),
      onEpisode: (record) => records.push(record),
    });
    env.reset();
    env.actions.set([2, 1]);
    env.step();
    env.step();
    const last = env.observations.slice(0, 2);
    env.step();
    const seed = key(3).child("env", 0).child("episode", 0).toSeed() % 2 ** 32;
    expect(faults).toEqual([{ kind, env: 0, episode: 0, seed, step: 2, action: [2], message }]);
    expect(records).toMatchObject([{ env: 0, length: 2, return: 2, truncated: true }]);
    expect([...env.truncated, ...env.terminated, ...env.rewards]).toEqual([1, 0, 0, 0, 0, 1]);
    expect(env.finalObservations.slice(0, 2)).toEqual(last);
    expect([env.observations[0], env.observations[2]]).toEqual([0, 3]);
    env.step();
    expect([env.observations[0], env.observations[2]]).toEqual([1, 4]);
  });

  test("one that always fails is faulty", (context) => {
    needPython(context);
    const env = made({ make: { how: "raise", at: 1 } });
    env.reset();
    const step = () => {
      for (let i = 0; i < 100; i++) env.step();
    };
    expect(step).toThrow(
      /^gym:\S+: 10 episodes in a row failed in env 0, the last like this: the game threw "ValueError: a bad thing" \(env 0, episode 9, /,
    );
  });

  test("faults can be asked to throw", (context) => {
    needPython(context);
    const env = made({ make: { how: "raise", at: 1 }, faults: "throw" });
    env.reset();
    expect(() => env.step()).toThrow('the game threw "ValueError: a bad thing"');
  });
});

describe("a process that ends loses its episodes only", () => {
  test("kill -9 in the middle of a run", (context) => {
    needPython(context);
    const faults: Fault[] = [];
    const env = made({ count: 3, onFault: (fault) => faults.push(fault) });
    env.reset();
    env.step();
    env.step();
    const last = env.observations.slice();
    const first = env.pid;
    kill(first);
    env.stepRange(0, 2);
    expect(env.pid).not.toBe(first);
    expect([...env.truncated]).toEqual([1, 1, 0]); // the third env has not been asked yet
    expect(env.finalObservations.slice(0, 4)).toEqual(last.slice(0, 4));
    expect([env.observations[0], env.observations[2], env.observations[4]]).toEqual([0, 0, 2]);
    env.stepRange(2, 3);
    expect([env.truncated[2], env.rewards[2], env.observations[4]]).toEqual([1, 0, 0]);
    expect(env.finalObservations).toEqual(last);
    env.step();
    expect([env.observations[0], env.observations[2], env.observations[4]]).toEqual([1, 1, 1]);
    expect(faults.map(({ kind, env: at, step, message }) => [kind, at, step, message])).toEqual(
      [0, 1, 2].map((at) => ["died", at, 2, "the Python process ended (killed, or out of memory)"]),
    );
  });

  test("one that is killed at its start is started once more", (context) => {
    needPython(context);
    const once = onceFile();
    const program = join(once, "..", "python");
    const lines = [
      `if [ -e ${once} ]; then rm ${once}; kill -9 $$; fi`,
      `exec ${pythonProgram} "$@"`,
    ];
    writeFileSync(program, `#!/bin/sh\n${lines.join("\n")}\n`, { mode: 0o755 });
    const env = made({ python: program });
    env.reset();
    env.step();
    expect(env.observations[0]).toBe(1);
  });

  test("wrappers around it see a truncation like any other", (context) => {
    needPython(context);
    const inner = made({ count: 2 });
    const env = frameStack(inner, { frames: 2 });
    env.reset();
    env.step();
    env.step();
    const last = env.observations.slice();
    kill(inner.pid);
    env.step();
    expect([...env.truncated]).toEqual([1, 1]);
    const times = (rows: ArrayLike<number>) => Array.from(rows).filter((_, i) => i % 2 === 0);
    expect(times(last)).toEqual([1, 2, 1, 2]);
    expect(times(env.finalObservations)).toEqual([2, 2, 2, 2]); // the last one once more
    expect(times(env.observations)).toEqual([0, 0, 0, 0]);
    const state = structuredClone(env.save());
    env.step();
    env.restore(state);
    env.step();
    expect([...env.truncated, ...times(env.observations)]).toEqual([1, 1, 0, 0, 0, 0]);
  });

  test("kill -9 while nothing is running, then reset", (context) => {
    needPython(context);
    const env = made();
    kill(env.pid);
    env.reset();
    env.step();
    expect(env.observations[0]).toBe(1);
  });

  const ends: [string, Fault["kind"], RegExp][] = [
    ["exit", "died", /^the Python process ended \(it last said: good bye\)$/],
    ["abort", "died", /^the Python process crashed \(Fatal Python error: Aborted\)$/],
    [
      "hang",
      "hung",
      /^the Python process did not come back in time \(File ".+", line \d+ in step\)$/,
    ],
  ];

  test.for(ends)(
    "%s in one step: it is said how, and the run goes on",
    ([how, kind, text], context) => {
      needPython(context);
      const faults: Fault[] = [];
      const env = made({
        make: { how, at: 2, only: onceFile() },
        timeoutSeconds: how === "hang" ? 15 : 60,
        onFault: (fault) => faults.push(fault),
      });
      env.reset();
      for (let step = 0; step < 12; step++) env.step();
      expect(faults).toMatchObject([{ kind, env: 0, episode: 0, step: 1 }]);
      expect(faults[0].message).toMatch(text);
      expect(env.current(0)).toMatchObject({ episode: 1, length: 10 });
    },
  );

  test("one that ends again and again is given up", (context) => {
    needPython(context);
    const env = made({ make: { how: "exit", at: 1 } });
    env.reset();
    const step = () => {
      for (let i = 0; i < 100; i++) env.step();
    };
    expect(messageOf(step)).toEqual({
      code: "CHILD_DIED",
      message: `${FAULTY}: the Python process ended (it last said: good bye), 6 times in a row`,
    });
  });

  test("last words are found in what was printed", () => {
    expect(lastWords("")).toMatchObject({ kind: "died" });
    expect(
      lastWords(
        "Fatal Python error: Segmentation fault\n\nCurrent thread 0x1 (most recent call first):\n  File x",
      ),
    ).toMatchObject({
      kind: "died",
      message: "the Python process crashed (Fatal Python error: Segmentation fault)",
    });
    expect(lastWords("Current thread 0x1 (most recent call first):")).toMatchObject({
      kind: "hung",
    });
  });
});

describe("nothing is left behind", () => {
  test("the process ends with dispose, and no file stays", async (context) => {
    needPython(context);
    const files = (): string[] =>
      MEMORY_FOLDERS.flatMap((folder) => (existsSync(folder) ? readdirSync(folder) : []));
    const before = new Set(files());
    const env = made();
    env.reset();
    const { pid } = env;
    // Other tests have some for a moment.
    const more = files().filter((name) => name.startsWith("carom-gym-") && !before.has(name));
    await until(() => files().every((name) => !more.includes(name)), "nothing of it has a name");
    env.dispose();
    env.dispose();
    expect(() => env.step()).toThrow(`${FAULTY}: the env has been disposed of`);
    await until(() => pid !== undefined && !isRunning(pid), "the Python process ends");
  });
});

/** kill -9; without a process id it would be the whole group. */
function kill(pid: number | undefined): void {
  if (pid === undefined) throw new Error("there is no process to kill");
  process.kill(pid, "SIGKILL");
}

/** Whether there is a process of this id. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The real path of python3, if there is one. */
function bare(): string {
  try {
    const code = "import sys; print(sys.executable)";
    return execFileSync("python3", ["-c", code]).toString().trim();
  } catch {
    return "";
  }
}
