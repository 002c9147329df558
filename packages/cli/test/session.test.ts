import { decodeAgent, type SavedState } from "@carom/agents";
import { findGame, type GameDefinition } from "@carom/envs";
import { createRun, type Disk, type DiskFile, memoryDisk, type Run } from "@carom/runs";
import { afterEach, expect, test } from "vitest";
import { Progress } from "../src/progress.js";
import { createDisplay } from "../src/status/terminal.js";
import { Flags, type Plan, type WorkerMessage } from "../src/train/protocol.js";
import { Session } from "../src/train/session.js";

const state: SavedState = {
  arrays: { "parameters.w": { dtype: "float32", shape: [2], data: Float32Array.of(1, 2) } },
  json: { algo: "ppo" },
};
const game = findGame("catch");
const { variant, version } = game.create().spec;
const limits = { steps: 1000, seconds: null, score: null };
const plan: Plan = {
  ...{ game: "catch", module: null, variant, algo: "ppo", seed: 1, device: "cpu", threads: 1 },
  ...{ precision: null, config: {} },
  ...{ totalSteps: 1000, limits, checkpointEvery: 30, from: null, init: null },
  flags: new SharedArrayBuffer(0),
};

/** A disk in memory that refuses to grow once `full` is set, as ENOSPC does. */
function fillableDisk(): Disk & { full: boolean } {
  const inner = memoryDisk();
  const fillable = { ...inner, full: false };
  const wrap = (file: DiskFile): DiskFile => ({
    get size() {
      return file.size;
    },
    write(bytes) {
      if (!fillable.full) return file.write(bytes);
      throw Object.assign(new Error("no space left on device"), {
        code: "ENOSPC",
        syscall: "write",
      });
    },
    sync: () => file.sync(),
    truncate: (size) => file.truncate(size),
    close: () => file.close(),
  });
  fillable.create = (path) => wrap(inner.create(path));
  fillable.append = (path) => wrap(inner.append(path));
  return fillable;
}

const open: Run[] = [];
afterEach(() => {
  for (const run of open.splice(0)) run.close();
});

function setUp(played: GameDefinition = game): {
  session: Session;
  run: Run;
  flags: Flags;
  disk: { full: boolean };
  text: () => string;
} {
  const disk = fillableDisk();
  let session: Session | undefined;
  const facts = { game: "catch", variant, gameVersion: version, algo: "ppo", seed: 1 };
  const run = createRun(
    "/run",
    { ...facts, config: {}, device: "cpu", threads: 1, totalSteps: 1000, versions: {} },
    { disk, onProblem: (problem) => session?.onProblem(problem) },
  );
  open.push(run);
  let text = "";
  const output = { write: (more: string) => (text += more) };
  const flags = new Flags();
  session = new Session({
    run,
    flags,
    start: {
      ...{ plan, game: played, dir: "/run", notes: [], before: null, init: null },
      ...{ open: () => run, abandon: () => {} },
    },
    display: createDisplay(output, {}),
    clock: () => 0,
  });
  return { session, run, flags, disk, text: () => text };
}

function checkpoint(steps: number): WorkerMessage {
  const progress = { ...new Progress().save(), steps };
  return { kind: "checkpoint", steps, score: 5, state, progress, isAsked: false };
}

const row = {
  ...{ steps: 64, seconds: 1, stepsPerSecond: 64, episodes: 2, score: 0.5, best: 1 },
  ...{ timeGame: 0.2, timePolicy: 0.3, timeLearn: 0.4 },
};

test("metrics go to the run folder and to the display", () => {
  const { session, run, text } = setUp();
  session.handle({ kind: "metrics", row });
  expect(run.metrics(0).rows).toEqual([row]);
  expect(text()).toContain("steps 64 | 64 steps/s | episodes 2");
});

test("a checkpoint is on the disk before the next one may be taken", () => {
  const { session, run, flags } = setUp();
  flags.set("saving", 1);
  session.handle(checkpoint(64));
  expect(flags.get("saving")).toBe(0);
  expect(run.checkpoints()).toMatchObject([{ step: 64, score: 5 }]);
  expect(session.savedStep).toBe(64);
});

test("a kept episode becomes a replay that plays", () => {
  const { session, run } = setUp();
  const actions = new Uint8Array(3).fill(1);
  const facts = { env: 0, episode: 0, seed: 3, length: 3, return: 0, terminated: false, steps: 64 };
  session.handle({ kind: "episodes", episodes: [{ reason: "first", facts, actions }] });
  const { episodes } = run.episodes(0);
  expect(episodes).toMatchObject([{ seed: 3, reason: "first", length: 3 }]);
  expect(run.replay(episodes[0].id).length).toBeGreaterThan(0);
});

test("an episode of a game that runs elsewhere is not kept: nobody could play it again", () => {
  const { session, run } = setUp({ ...game, remote: () => game.create().spec });
  const actions = new Uint8Array(3).fill(1);
  const facts = { env: 0, episode: 0, seed: 3, length: 3, return: 0, terminated: false, steps: 64 };
  session.handle({ kind: "episodes", episodes: [{ reason: "first", facts, actions }] });
  expect(run.episodes(0).episodes).toEqual([]);
  expect(session.failure).toBeUndefined();
});

test("a full disk stops training, is said once, and leaves the checkpoint before whole", () => {
  const { session, run, flags, disk } = setUp();
  session.handle(checkpoint(64));
  disk.full = true;
  session.handle(checkpoint(128));
  session.handle(checkpoint(192));
  expect(session.failure).toMatchObject({ code: "DISK_FULL" });
  expect(flags.get("stop")).toBe(1);
  expect(flags.get("saving")).toBe(0);
  expect(session.savedStep).toBe(64);
  disk.full = false;
  expect(run.loadCheckpoint("latest")).toMatchObject({ step: 64, skipped: [] });
});

test("Ctrl-C is obeyed though the disk takes no line of it", () => {
  const { session, run, flags, disk } = setUp();
  disk.full = true;
  expect(session.control.ask("stop", "terminal").accepted).toBe(true);
  expect(flags.get("stop")).toBe(1);
  disk.full = false;
  expect(run.events(0).events).toEqual([]);
});

test("a disk that is full for metrics only stops training too", () => {
  const { session, flags, disk } = setUp();
  disk.full = true;
  session.handle({ kind: "metrics", row });
  expect(session.failure).toMatchObject({ code: "DISK_FULL" });
  expect(flags.get("stop")).toBe(1);
});

test("how training ended is remembered", () => {
  const { session } = setUp();
  const progress = new Progress().save();
  session.handle({ kind: "done", reason: "time", progress });
  expect(session.ending).toEqual({ reason: "time", progress });
  expect(session.failure).toBeUndefined();
});

test("a pause is said in run.json and on the display, and taken back", () => {
  const { session, run, text } = setUp();
  session.handle({ kind: "metrics", row });
  session.handle({ kind: "paused", isPaused: true });
  expect(run.facts().status).toBe("paused");
  expect(text()).toContain("paused");
  session.handle({ kind: "paused", isPaused: false });
  expect(run.facts().status).toBe("running");
  expect(text().trimEnd().split("\n").at(-1)).not.toContain("paused");
});

test("what viewers ask becomes flags, a line in the run folder and one on the terminal", () => {
  const { session, run, flags, text } = setUp();
  session.handle({ kind: "metrics", row });
  const { control } = session;
  expect(control.request("resume")).toMatchObject({ accepted: false });
  expect(control.request("pause")).toMatchObject({ accepted: true });
  expect(flags.get("pause")).toBe(1);
  expect(control.request("pause")).toMatchObject({ accepted: false });
  expect(control.request("resume")).toMatchObject({ accepted: true });
  expect(flags.get("pause")).toBe(0);
  expect(control.request("save")).toMatchObject({ accepted: true });
  expect(control.request("save")).toMatchObject({ accepted: false });
  session.handle({ ...checkpoint(64), isAsked: true } as WorkerMessage);
  expect(control.ask("stop", "terminal")).toMatchObject({ accepted: true });
  expect(flags.get("stop")).toBe(1);
  expect(control.request("resume")).toMatchObject({ accepted: false });
  const told = run.events(0).events.map((event) => {
    const what = event.kind === "control" ? `${event.verb} by ${event.by}` : event.kind;
    return `${what} at ${event.steps}`;
  });
  expect(told).toEqual([
    "pause by viewer at 64",
    "resume by viewer at 64",
    "save by viewer at 64",
    "saved at 64",
    "stop by terminal at 64",
  ]);
  expect(text()).toContain("paused at step 64, asked by a viewer");
  expect(text()).not.toContain("stopping"); // the terminal's own Ctrl-C says that itself
});

test("what is wrong is printed once and kept with its beginning and its end", () => {
  const { session, run, text } = setUp();
  const broken = { ...row, policyLoss: Number.POSITIVE_INFINITY };
  session.handle({ kind: "metrics", row: broken });
  session.handle({ kind: "metrics", row: { ...row, steps: 128 } });
  session.handle({ kind: "metrics", row: { ...broken, steps: 192 } });
  expect(text().match(/danger: Not a finite number: policyLoss/g)).toHaveLength(1);
  const told = run.events(0).events.map((event) => event.kind === "alert" && event.state);
  expect(told).toEqual(["raised", "cleared", "raised"]);
});

test("a policy is kept with its moment, as bytes that an agent is made from", () => {
  const { session, run } = setUp();
  session.handle({ kind: "policy", steps: 40, score: 1.5, state });
  const [entry] = run.policies(0).policies;
  expect(entry).toMatchObject({ steps: 40, score: 1.5 });
  expect(decodeAgent(run.policy(entry.id))).toEqual(state);
});

test("a disk that takes no policy ends training in good order", () => {
  const { session, run, disk, flags } = setUp();
  disk.full = true;
  session.handle({ kind: "policy", steps: 0, score: null, state });
  expect(session.failure).toMatchObject({ code: "DISK_FULL" });
  expect(flags.get("stop")).toBe(1);
  disk.full = false;
  expect(run.policies(0).policies).toEqual([]);
});
