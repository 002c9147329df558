/**
 * Games on worker threads: the same as in one thread, bit for bit, and what happens when threads fail.
 * Runs the built package: threads load files.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { EpisodeRecord, Fault, GameDefinition, VectorEnv, WrapperSpec } from "@carom/envs";
import type { GameSource, WorkerEnvOptions } from "@carom/envs/workers";
import { afterEach, describe, expect, test } from "vitest";
import { importBuilt } from "./support/built.js";
import { broken, exiting, hanging, notANumber, sound, throwing } from "./support/chaos-games.mjs";

const chaos = { exiting, hanging, notANumber, throwing };

const { createVectorEnv, findGame, key, nextBelow, seedRandom } =
  await importBuilt<typeof import("@carom/envs")>("envs/dist/index.js");
const { createWorkerEnv, WorkerVectorEnv } = await importBuilt<
  typeof import("@carom/envs/workers")
>("envs/dist/workers/index.js");
const module = new URL("./support/chaos-games.mjs", import.meta.url).href;
const open: VectorEnv[] = [];

afterEach(() => {
  for (const env of open.splice(0)) env.dispose();
});

function opened<E extends VectorEnv>(env: E): E {
  open.push(env);
  return env;
}

/** Plays the same random actions in all envs, now in one step and now in two ranges. */
function play(envs: readonly VectorEnv[], steps: number, each: (step: number) => void): void {
  const random = new Uint32Array(4);
  seedRandom(random, 11);
  const { spec, count } = envs[0];
  const actions = spec.actions.kind === "discrete" ? spec.actions.names.length : 0;
  for (let step = 0; step < steps; step++) {
    const chosen = Int32Array.from({ length: count }, () => nextBelow(random, actions));
    const middle = step % 3 === 0 ? count : Math.floor(count / 2);
    for (const env of envs) {
      env.actions.set(chosen);
      env.stepRange(0, middle);
      if (middle < count) env.stepRange(middle, count);
    }
    each(step);
  }
}

const ROWS = ["observations", "rewards", "terminated", "truncated", "finalObservations"] as const;

/** What a step left, as text; final observations only where an episode ended. */
function left(env: VectorEnv, rows: readonly number[]): string {
  return rows.map((row) => rowOf(env, row)).join("\n");
}

function rowOf(env: VectorEnv, row: number): string {
  const { size } = env.spec.observation;
  const ended = env.terminated[row] !== 0 || env.truncated[row] !== 0;
  const parts = ROWS.filter((name) => ended || name !== "finalObservations").map((name) => {
    const width = name.endsWith("bservations") ? size : 1;
    return env[name].subarray(row * width, (row + 1) * width).join();
  });
  return ended ? `${parts} ${env.episodeReturn[row]} ${env.episodeLength[row]}` : String(parts);
}

function all(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/** Records by env and episode: within one step their order may differ where wrappers take several turns. */
function inOrder(records: readonly EpisodeRecord[]): EpisodeRecord[] {
  return [...records].sort((a, b) => a.env - b.env || a.episode - b.episode);
}

/** What a saved env needs to go on: not what earlier episodes and steps left behind. */
function needed(env: VectorEnv): unknown {
  const {
    facts,
    arrays: { finalObservations: _, episodeReturn: __, episodeLength: ___, ...arrays },
  } = env.save();
  return { facts, arrays };
}

const ATARI: readonly WrapperSpec[] = [
  { wrapper: "pixels", width: 20, height: 20 },
  { wrapper: "sticky-actions", probability: 0.25 },
  { wrapper: "no-op-start", most: 5 },
  { wrapper: "frame-skip", frames: 4, max: true },
  { wrapper: "episodic-life" },
  { wrapper: "frame-stack", frames: 4 },
];
const NORMALIZED: readonly WrapperSpec[] = [
  { wrapper: "time-limit", steps: 60 },
  { wrapper: "normalize-observations" },
  { wrapper: "normalize-returns" },
];

describe("the same trajectories as in one thread", () => {
  test.each([
    ["breakout", [], 1],
    ["breakout", [], 3],
    ["breakout", ATARI, 2],
    ["cartpole", NORMALIZED, 2],
    ["tictactoe", [{ wrapper: "opponent" }, { wrapper: "action-mask" }], 2],
  ] as const)("%s with wrappers %j on %i threads", (id, wrappers, workers) => {
    const game = findGame(id);
    const records: EpisodeRecord[][] = [[], []];
    const options = (i: number): WorkerEnvOptions => ({
      count: 7,
      key: key(3),
      workers,
      wrappers,
      onEpisode: (record) => records[i].push(record),
    });
    const local = createVectorEnv(game, options(0));
    const threads = opened(createWorkerEnv(game, options(1)));
    local.reset();
    threads.reset();
    expect(threads.spec).toEqual(local.spec);
    play([local, threads], 400, (step) => {
      expect(left(threads, all(7))).toBe(left(local, all(7)));
      expect(threads.masks).toEqual(local.masks);
      if (step !== 250) return;
      expect(threads.save()).toEqual(local.save());
      expect(threads.current(4)).toEqual(local.current(4));
      local.restore(threads.save());
      threads.restore(local.save());
    });
    expect(records[1].length).toBeGreaterThan(0);
    expect(inOrder(records[1])).toEqual(inOrder(records[0]));
  });

  test("a command is carried out once, also where the call to wake comes when it is done", () => {
    const game = findGame("breakout");
    const options = { count: 4, key: key(3), workers: 2 };
    const local = createVectorEnv(game, options);
    const threads = opened(createWorkerEnv(game, options));
    const { notify } = Atomics;
    const clock = new Int32Array(new SharedArrayBuffer(4));
    Atomics.notify = (words, index) => {
      notify(words as Int32Array, index);
      Atomics.wait(clock, 0, 0, 5); // by now the other has stepped, and waits for the next command
      return notify(words as Int32Array, index); // as where the system held up this thread before it came to its call
    };
    try {
      for (const env of [local, threads]) env.reset();
      play([local, threads], 20, () => expect(left(threads, all(4))).toBe(left(local, all(4))));
    } finally {
      Atomics.notify = notify;
    }
  });

  test("cut and restart", () => {
    const game = findGame("breakout");
    const options = { count: 4, key: key(3), workers: 2, onEpisode: () => {} };
    const local = createVectorEnv(game, options);
    const threads = opened(createWorkerEnv(game, options));
    for (const env of [local, threads]) env.reset();
    play([local, threads], 30, (step) => {
      for (const env of [local, threads]) {
        if (step === 10) env.cut(2);
        if (step === 20) env.restart(1, 5);
      }
      expect(left(threads, all(4))).toBe(left(local, all(4)));
      expect(threads.lives(3)).toBe(local.lives(3));
    });
    expect(threads.current(1).episode).toBe(local.current(1).episode);
  });
});

interface Survived {
  readonly faults: Fault[];
  readonly cut: Set<string>;
}

/**
 * Plays a failing game on threads beside the sound one, and expects that they agree in every episode
 * that did not fail; gives the faults and the episodes that were cut.
 */
function survive(name: keyof typeof chaos, options: Partial<WorkerEnvOptions> = {}): Survived {
  const game: GameDefinition = chaos[name];
  const faults: Fault[] = [];
  const played: EpisodeRecord[] = [];
  const count = 6;
  const env = opened(
    createWorkerEnv(game, {
      count,
      key: key(7),
      workers: 2,
      source: { id: game.id, module, export: name },
      onFault: (fault) => faults.push(fault),
      onEpisode: (record) => played.push(record),
      timeout: name === "hanging" ? 0.7 : 20,
      ...options,
    }),
  );
  env.reset();
  play([env], 120, () => {
    for (const row of all(count)) expect(Number.isFinite(env.observations[2 * row])).toBe(true);
  });
  const failed = new Set(faults.map((fault) => `${fault.env} ${fault.episode}`));
  const cut = new Set<string>();
  for (const record of played) {
    const name = `${record.env} ${record.episode}`;
    if (record.truncated && record.length < 50) cut.add(name);
    expect(soundReturn(record)).toBe(record.return);
  }
  expect(cut).toEqual(failed);
  expect(faults.length).toBe(failed.size); // each reported once
  // no episode is missing
  for (const row of all(count)) {
    const numbers = played.filter((record) => record.env === row).map((record) => record.episode);
    expect(numbers).toEqual(all(numbers.length));
  }
  return { faults, cut };
}

/** The return of an episode's seed and actions in the game that does not fail. */
function soundReturn({ seed, actions }: EpisodeRecord): number {
  const game = sound.create();
  game.seed(seed);
  game.reset();
  let total = 0;
  for (const action of actions) total += game.step(action);
  return total;
}

describe("games that fail", () => {
  test.each([
    ["throwing", "threw"],
    ["notANumber", "not finite"],
    ["hanging", "hung"],
    ["exiting", "died"],
  ] as const)("%s: their episodes are cut and reported once, the others go on", (name, kind) => {
    const { faults } = survive(name);
    expect(faults.length).toBeGreaterThan(3);
    for (const fault of faults) {
      expect(fault.kind).toBe(kind);
      expect(fault.seed).toBe(
        key(7).child("env", fault.env).child("episode", fault.episode).toSeed(),
      );
      expect(fault.step).toBeGreaterThanOrEqual(0);
      expect(fault.step).toBeLessThan(8);
      expect([0, 1]).toContain(fault.action[0]);
    }
  });

  test("with wrappers around them", () => {
    survive("exiting", {
      wrappers: [
        { wrapper: "sticky-actions", probability: 0.3 },
        { wrapper: "frame-stack", frames: 2 },
      ],
    });
  });

  test("threads that end between two steps lose nothing", () => {
    const game = findGame("breakout");
    const options = { count: 6, key: key(3), workers: 2, onEpisode: () => {} };
    const local = createVectorEnv(game, options);
    const threads = opened(new WorkerVectorEnv(game, options));
    for (const env of [local, threads]) env.reset();
    play([local, threads], 200, (step) => {
      if (step % 40 === 20) threads.endThread((step - 20) / 40 === 2 ? 1 : 0);
      expect(left(threads, all(6))).toBe(left(local, all(6)));
    });
    expect(needed(threads)).toEqual(needed(local));
  });

  test("a game that always fails ends training with a message", () => {
    const env = opened(
      createWorkerEnv(broken, {
        count: 2,
        key: key(7),
        workers: 1,
        source: { id: "chaos", module, export: "broken" },
      }),
    );
    env.reset();
    expect(() => play([env], 40, () => {})).toThrow(
      /^chaos: 10 episodes in a row failed in env 0, the last like this: the game threw "always" \(env 0, episode 9, seed \d+, step 0, action [01]\)$/,
    );
  });

  test('with faults: "throw" the first one ends training', () => {
    expect(() => survive("throwing", { faults: "throw" })).toThrow(/the game threw "boom"/);
    expect(() => survive("exiting", { faults: "throw" })).toThrow(/was lost with its thread/);
  });
});

test("the program in the README of @carom/envs runs as it stands there", () => {
  const text = readFileSync(new URL("../packages/envs/README.md", import.meta.url), "utf8");
  const blocks = [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1]);
  const program = blocks.find((block) => block.includes("@carom/envs/workers")) ?? "";
  const args = ["--input-type=module", "-e", program];
  const cwd = fileURLToPath(new URL(".", import.meta.url));
  const options = { cwd, encoding: "utf8", env: { ...process.env, NODE_OPTIONS: "" } } as const;
  expect(execFileSync(process.execPath, args, options)).toBe(`${64 * 84 * 84}\n`);
});

describe("messages", () => {
  test("counts that make no sense", () => {
    const make = (count: number, workers: number) => () =>
      createWorkerEnv(findGame("catch"), { count, key: key(1), workers });
    expect(make(0, 1)).toThrow("workers: count must be a positive integer (got 0)");
    expect(make(4, 0)).toThrow("workers: workers must be a positive integer (got 0)");
    expect(make(2, 3)).toThrow("workers: more threads than games (got 3, expected at most 2)");
  });

  test("a module that is not there, or has no such game", () => {
    const make = (source: GameSource) => () =>
      createWorkerEnv(findGame("catch"), { count: 2, key: key(1), workers: 1, source });
    expect(make({ id: "x", module: "file:///nowhere/game.mjs" })).toThrow(/nowhere\/game\.mjs/);
    expect(make({ id: "x", module, export: "missing" })).toThrow(
      /its export "missing" is no game definition/,
    );
  });
});
