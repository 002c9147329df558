import type { IterationMetrics } from "@carom/agents";
import type { EpisodeRecord } from "@carom/envs";
import { createEpisodeKeeper } from "@carom/runs";
import { describe, expect, test } from "vitest";
import { Progress } from "../src/progress.js";
import type { Limits } from "../src/status/block.js";
import { runLoop } from "../src/train/loop.js";
import { Flags, type StopReason, type WorkerMessage } from "../src/train/protocol.js";
import { RandomTrainer } from "./random-trainer.js";

type Message<K extends WorkerMessage["kind"]> = Extract<WorkerMessage, { kind: K }>;

interface Setting {
  readonly limits?: Partial<Limits>;
  readonly checkpointEvery?: number;
  readonly savedStep?: number;
  /** Seconds that pass between two looks at the clock. */
  readonly tick?: number;
  /** Episodes of every iteration that nobody is told of, but for one with a return of 7 in each. */
  readonly untold?: number;
  readonly onPost?: (message: WorkerMessage, flags: Flags) => void;
}

/** Runs the loop on random play of Catch, with a clock that moves by `tick` at every look. */
function runOn(setting: Setting): {
  reason: StopReason;
  messages: WorkerMessage[];
  progress: Progress;
  of: <K extends WorkerMessage["kind"]>(kind: K) => Message<K>[];
} {
  const messages: WorkerMessage[] = [];
  const ended: EpisodeRecord[] = [];
  const remarkable: EpisodeRecord[] = [];
  const { untold = 0 } = setting;
  class WithUntold extends RandomTrainer {
    override iterate(): IterationMetrics {
      const measured = super.iterate();
      if (untold > 0 && measured.steps > 1000) remarkable.push(outstanding(measured.steps));
      return { ...measured, episodes: ended.length + untold };
    }
  }
  const progress = new Progress();
  const flags = new Flags();
  let now = 0;
  const reason = runLoop({
    trainer: new WithUntold("catch", 8, (record) => ended.push(record)),
    ...{ progress, ended, remarkable },
    keeper: createEpisodeKeeper(),
    limits: { steps: 3200, seconds: null, score: null, ...setting.limits },
    flags,
    checkpointEvery: setting.checkpointEvery ?? 1000,
    savedStep: setting.savedStep ?? null,
    post(message) {
      messages.push(message);
      if (message.kind === "checkpoint") flags.set("saving", 0);
      if (message.kind === "paused" && message.isPaused) now += 100;
      setting.onPost?.(message, flags);
    },
    clock: () => {
      now += setting.tick ?? 0.01;
      return now;
    },
  });
  const of = <K extends WorkerMessage["kind"]>(kind: K): Message<K>[] =>
    messages.filter((message): message is Message<K> => message.kind === kind);
  return { reason, messages, progress, of };
}

/** An episode of a game that is not watched. */
function outstanding(episode: number): EpisodeRecord {
  const actions = Uint8Array.of(0, 1, 2);
  const ends = { terminated: true, truncated: false };
  return { env: 99, episode, seed: 5, actions, length: 3, return: 7, ...ends };
}

test("episodes told beside the others are kept and may be the best, but are in no mean", () => {
  const plain = runOn({});
  const { progress, of } = runOn({ untold: 10 });
  expect(progress.episodes).toBe(plain.progress.episodes + 10 * (3200 / 32));
  expect(progress.best).toBe(7);
  expect(progress.save().window).toEqual(plain.progress.save().window);
  const kept = of("episodes").flatMap(({ episodes }) => episodes);
  const own = kept.filter(({ facts }) => facts.env === 99);
  expect(own[0]).toMatchObject({ reason: "best", facts: { return: 7, length: 3 } });
  const bests = own.filter(({ reason }) => reason === "best");
  expect(bests).toHaveLength(1);
});

describe("limits", () => {
  test("steps: stops at the first iteration that reaches them", () => {
    const { reason, progress } = runOn({ limits: { steps: 1000 } });
    expect(reason).toBe("steps");
    expect(progress.steps).toBe(1024);
  });

  test("time: stops at the first iteration after it", () => {
    const { reason, progress } = runOn({ limits: { steps: 1e9, seconds: 2 } });
    expect(reason).toBe("time");
    expect(progress.seconds).toBeGreaterThanOrEqual(2);
    expect(progress.seconds).toBeLessThan(2.1);
  });

  test("score: counts only once 100 episodes have ended", () => {
    const { reason, progress } = runOn({ limits: { steps: 1e9, score: -10 } });
    expect(reason).toBe("score");
    expect(progress.episodes).toBeGreaterThanOrEqual(100);
    expect(progress.episodes).toBeLessThan(120);
  });

  test("the stop flag ends it after the iteration in progress", () => {
    const { reason, progress } = runOn({
      limits: { steps: 1e9 },
      onPost: (message, flags) => message.kind === "metrics" && flags.set("stop", 1),
    });
    expect(reason).toBe("asked");
    expect(progress.steps).toBeGreaterThan(0);
  });
});

describe("checkpoints", () => {
  test("one at the very start, one per interval, one at the end", () => {
    const { of, progress } = runOn({ checkpointEvery: 1 });
    const steps = of("checkpoint").map((message) => message.steps);
    expect(steps[0]).toBe(0);
    expect(steps.at(-1)).toBe(progress.steps);
    expect(steps.length).toBeGreaterThanOrEqual(3);
    expect(steps).toEqual([...new Set(steps)]);
  });

  test("none at the start of a run that goes on from one", () => {
    expect(runOn({ savedStep: 0 }).of("checkpoint")).toHaveLength(1);
  });

  test("carry the progress of their own moment", () => {
    for (const { steps, progress } of runOn({ checkpointEvery: 0.5 }).of("checkpoint")) {
      expect(progress.steps).toBe(steps);
    }
  });

  test("carry a score only after 100 episodes", () => {
    for (const { score, progress } of runOn({ checkpointEvery: 0.1 }).of("checkpoint")) {
      expect(score === null).toBe(progress.episodes < 100);
    }
  });

  test("none is taken while the last is being written", () => {
    const { of } = runOn({
      checkpointEvery: 0.1,
      onPost: (message, flags) => message.kind === "checkpoint" && flags.set("saving", 1),
    });
    expect(of("checkpoint")).toHaveLength(2); // the first, and the last, which is never left out
  });
});

describe("policies", () => {
  test("one at the start, more and more rarely, one at the end", () => {
    const { of, progress } = runOn({ limits: { steps: 64_000 } });
    const steps = of("policy").map((message) => message.steps);
    expect(steps[0]).toBe(0);
    expect(steps.at(-1)).toBe(progress.steps);
    expect(steps).toEqual([...new Set(steps)]);
    const gaps = steps.slice(1, -1).map((step, i) => step - steps[i]);
    expect(gaps.length).toBeGreaterThan(3);
    expect(gaps.at(-1)).toBeGreaterThanOrEqual(gaps[0]);
  });

  test("a run that goes on begins with none", () => {
    const [first] = runOn({ savedStep: 0 }).of("policy");
    expect(first.steps).toBeGreaterThan(0);
  });

  test("carry the mean score of their moment, none before an episode ended", () => {
    const policies = runOn({}).of("policy");
    expect(policies[0].score).toBe(null);
    expect(policies.at(-1)?.score).toEqual(expect.any(Number));
  });
});

describe("metrics", () => {
  test("are the means over the iterations of a line, times as shares", () => {
    const { of, progress } = runOn({});
    const rows = of("metrics").map((message) => message.row);
    expect(rows.length).toBeGreaterThan(3);
    for (const row of rows) {
      expect(row.policyLoss).toBeCloseTo(-0.5);
      expect(row.explainedVariance).toBeNaN();
      expect(row.learningRate).toBe(0.001);
      expect(row.timeGame / row.timeLearn).toBeCloseTo(0.5);
    }
    expect(rows.at(-1)?.steps).toBe(progress.steps);
  });

  test("come at most every quarter of a second", () => {
    const seconds = runOn({})
      .of("metrics")
      .map((message) => message.row.seconds);
    for (let i = 1; i < seconds.length - 1; i++) {
      expect(seconds[i] - seconds[i - 1]).toBeGreaterThanOrEqual(0.25);
    }
  });
});

test("kept episodes are stamped with the steps at the end of their iteration, in order", () => {
  const { of } = runOn({});
  const kept = of("episodes").flatMap((message) => message.episodes);
  expect(kept[0].reason).toBe("first");
  const steps = kept.map(({ facts }) => facts.steps);
  expect(steps).toEqual(steps.toSorted((a, b) => a - b));
  for (const { facts, actions } of kept) {
    expect(facts.steps % 32).toBe(0);
    expect(actions).toHaveLength(facts.length);
  }
});

describe("live boards", () => {
  /** Shows every frame at once, as a fast viewer would. */
  const watching = (boards: number): Setting => ({
    onPost: (message, flags) => {
      if (message.kind === "checkpoint") flags.set("boards", boards);
      if (message.kind === "boards") flags.set("showing", 0);
    },
  });

  test("nobody watches: nothing is gathered", () => {
    expect(runOn({}).of("boards")).toHaveLength(0);
  });

  test("each board's actions follow each other without a gap, from 0 after a reset", () => {
    const frames = runOn(watching(3)).of("boards");
    expect(frames.length).toBeGreaterThan(3);
    const played = new Map<number, { episode: number; length: number }>();
    for (const board of frames.flatMap((frame) => frame.boards)) {
      expect(board.env).toBeLessThan(3);
      const before = played.get(board.env);
      if (board.reset) expect(board.from).toBe(0);
      else expect({ episode: board.episode, length: board.from }).toEqual(before);
      const length = board.from + board.actions.length;
      played.set(board.env, { episode: board.episode, length });
    }
  });

  test("a viewer that is behind gets no further frame", () => {
    const { of } = runOn({
      onPost: (message, flags) => message.kind === "checkpoint" && flags.set("boards", 3),
    });
    expect(of("boards")).toHaveLength(1);
  });

  test("asked to resend, it starts every board from the beginning of its episode", () => {
    let frames = 0;
    const { of } = runOn({
      onPost: (message, flags) => {
        if (message.kind === "checkpoint") flags.set("boards", 2);
        if (message.kind !== "boards") return;
        flags.set("showing", 0);
        flags.set("resend", 1);
        frames++;
      },
    });
    expect(frames).toBeGreaterThan(2);
    for (const board of of("boards").flatMap((frame) => frame.boards)) {
      expect([board.from, board.reset]).toEqual([0, true]);
    }
  });
});

describe("pausing", () => {
  test("stands still between iterations, saves when asked, and goes on; no time counts", () => {
    const seen: string[] = [];
    const { of, progress, reason } = runOn({
      limits: { steps: 6400 },
      onPost: (message, flags) => {
        if (message.kind === "metrics" && seen.length === 0) {
          seen.push("asked");
          flags.set("pause", 1);
        } else if (message.kind === "paused" && message.isPaused) {
          seen.push("paused");
          flags.set("save", 1);
        } else if (message.kind === "checkpoint" && message.isAsked) {
          seen.push(`saved at ${message.steps}`);
          flags.set("pause", 0);
        }
      },
    });
    const [saved] = of("checkpoint").filter(({ isAsked }) => isAsked);
    expect(seen).toEqual(["asked", "paused", `saved at ${saved.steps}`]);
    expect(of("paused").map(({ isPaused }) => isPaused)).toEqual([true, false]);
    expect(reason).toBe("steps");
    expect(progress.steps).toBe(6400);
  });

  test("time that stands still is not time of training", () => {
    const run = (pausing: boolean): number => {
      let looks = 0;
      const { progress } = runOn({
        limits: { steps: 3200 },
        onPost: (message, flags) => {
          if (message.kind === "metrics" && looks === 0) flags.set("pause", pausing ? 1 : 0);
          if (message.kind === "metrics") looks++;
          if (message.kind === "paused" && message.isPaused) flags.set("pause", 0);
        },
      });
      return progress.seconds;
    };
    // Each pause takes 100 seconds of these tests' clock, and each look at it a hundredth.
    expect(run(true) - run(false)).toBeLessThan(0.05);
  });

  test("stopping ends a pause", () => {
    const { reason, of } = runOn({
      limits: { steps: 1e9 },
      onPost: (message, flags) => {
        if (message.kind === "metrics") flags.set("pause", 1);
        if (message.kind === "paused" && message.isPaused) flags.set("stop", 1);
      },
    });
    expect(reason).toBe("asked");
    expect(of("checkpoint").at(-1)?.steps).toBeGreaterThan(0);
  });
});
