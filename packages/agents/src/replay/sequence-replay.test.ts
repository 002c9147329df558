/** The memory of sequences beside a naive one, and each rule by itself. */
import { nextBelow, type VectorEnv } from "@carom/envs";
import { capture, liveTensors, scope } from "@carom/tensor";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, describe, expect, test } from "vitest";
import { contents } from "../../test/replay/contents.js";
import { NaiveReplay } from "../../test/replay/naive-replay.js";
import {
  allSegments,
  batchOf,
  naiveSegments,
  type Segment,
  stateBefore,
} from "../../test/replay/naive-sequences.js";
import { chooseActions, type FrameKind, numberedEnv } from "../../test/replay/numbered-game.js";
import { BOX, DISCRETE, generator } from "../../test/replay/played.js";
import { packState, unpackState } from "../saved-state.js";
import { Replay } from "./replay.js";
import type { SequenceReplayState } from "./saved-sequences.js";
import { SequenceReplay, type SequenceReplayOptions } from "./sequence-replay.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

interface Options extends Partial<Omit<SequenceReplayOptions, "env" | "device">> {
  readonly count?: number;
  readonly kind?: FrameKind;
  readonly actions?: typeof DISCRETE | typeof BOX;
  readonly steps?: number;
}

interface Memory {
  readonly env: VectorEnv;
  readonly replay: SequenceReplay;
  readonly naive: NaiveReplay;
  readonly random: Uint32Array;
  expected(): Segment[];
}

function remembered(options: Options = {}): Memory {
  const { count = 2, kind = "whole", actions = DISCRETE, steps = 0, frames = 1 } = options;
  const { length = 6, overlap = 2, capacity = 60 * count } = options;
  const env = numberedEnv({ count, stack: frames, shape: [2, 1, 4], frames: kind, actions });
  env.reset();
  const sizes = { length, overlap, capacity, stateSize: 2, batch: 8 };
  const replay = new SequenceReplay({ env, device, ...sizes, ...options });
  const slots = replay.capacity / count;
  const naive = new NaiveReplay(count);
  const memory = {
    env,
    replay,
    naive,
    random: generator(),
    expected: () => naiveSegments(naive, { length, overlap, slots, frames }),
  };
  play(memory, steps);
  return memory;
}

function play({ env, replay, naive, random }: Memory, steps: number): void {
  const states = new Float32Array(2 * env.count); // the policy's own, which it writes again and again
  for (let step = 0; step < steps; step++) {
    chooseActions(env, random);
    states.set(naive.games.flatMap((played, game) => stateBefore(game, played.length)));
    replay.begin(env, states);
    naive.begin(env);
    env.step();
    replay.finish(env);
    naive.finish(env);
  }
}

/** In an order that depends on the first observations alone, which are all different. */
function sorted(segments: readonly Segment[]): Segment[] {
  const keyed = segments.map((segment) => [String(segment.observations[0]), segment] as const);
  return keyed.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, segment]) => segment);
}

describe("beside the naive memory", () => {
  const cases = [
    { length: 6, overlap: 2, frames: 1, count: 2, slots: 60, kind: "whole", actions: DISCRETE },
    { length: 6, overlap: 3, frames: 4, count: 2, slots: 14, kind: "bytes", actions: DISCRETE },
    { length: 12, overlap: 0, frames: 2, count: 3, slots: 50, kind: "float", actions: BOX },
    { length: 5, overlap: 4, frames: 1, count: 1, slots: 7, kind: "float", actions: DISCRETE },
    { length: 1, overlap: 0, frames: 1, count: 2, slots: 20, kind: "whole", actions: BOX },
    { length: 20, overlap: 10, frames: 3, count: 2, slots: 90, kind: "whole", actions: DISCRETE },
  ] as const;
  test.each(cases)(
    "[B23] L = $length, overlap $overlap, $frames frames, $count games of $slots slots: the same segments",
    ({ slots, count, ...options }) => {
      const memory = remembered({ ...options, count, capacity: count * slots });
      const { replay, naive, random, expected } = memory;
      for (let round = 0; round < 50; round++) {
        play(memory, round < 25 ? 1 : 1 + nextBelow(random, 30));
        const found = allSegments(replay);
        expect(sorted(found)).toEqual(sorted(expected()));
        expect(replay.size).toBe(found.length);
      }
      const cuts = naive.games.flat().filter(({ truncated }) => truncated);
      expect(cuts.length).toBeGreaterThan(15 * count);
    },
  );

  test("nothing beyond the end of a segment that was cut has an effect", () => {
    const memory = remembered({ length: 10, steps: 60 });
    const { replay, random } = memory;
    let cut = 0;
    for (let round = 0; round < 30; round++) {
      replay.sample(random);
      for (const { segment, beyond } of batchOf(replay)) {
        expect(new Set([0, ...beyond])).toEqual(new Set([0]));
        const { truncated } = segment;
        if (truncated.length === 10) continue;
        cut++;
        expect(truncated).toEqual(truncated.map((_, t) => Number(t === truncated.length - 1)));
      }
    }
    expect(cut).toBeGreaterThan(20);
  });

  test("[B23] an episode that begins inside a segment resets the state there and nowhere else", () => {
    const { replay, expected } = remembered({ length: 12, overlap: 0, steps: 58 });
    const resets = allSegments(replay).flatMap((segment) => segment.resets.slice(1));
    expect(resets.filter((reset) => reset === 1).length).toBeGreaterThan(5);
    for (const { resets: own, terminated } of expected()) {
      expect(own.slice(1)).toEqual(terminated);
    }
  });
});

describe("the batch", () => {
  test("is read by a recorded update at every replay", () => {
    const memory = remembered({ frames: 2, kind: "bytes" });
    const { replay, random } = memory;
    const update = capture(device, () => ({
      observation: replay.observation(),
      reset: replay.reset(),
      gain: replay.reward.mul(replay.mask).sum(0),
    }));
    for (let round = 0; round < 4; round++) {
      play(memory, 20);
      replay.sample(random);
      update.replay();
      const { observation, reset, gain } = update.outputs;
      expect([observation.dtype, observation.shape]).toEqual(["uint8", [7, 8, 2, 1, 8]]);
      expect([reset.dtype, reset.shape]).toEqual(["bool", [7, 8]]);
      scope(() => {
        expect(observation.toTypedArray()).toEqual(replay.observation().toTypedArray());
      });
      for (const [b, { segment }] of batchOf(replay).entries()) {
        const sum = segment.rewards.reduce((total, reward) => total + reward, 0);
        expect(gain.toTypedArray()[b]).toBeCloseTo(sum, 5);
      }
    }
    update.dispose();
  });

  test("every segment comes with the same probability where there are no priorities", () => {
    const { replay, random } = remembered({ steps: 100, batch: 64 });
    const counts = new Float64Array(replay.capacity);
    for (let round = 0; round < 300; round++) {
      replay.sample(random);
      replay.updatePriorities(new Float32Array(64).fill(round));
      for (const slot of replay.slots) counts[slot]++;
    }
    const expected = (300 * 64) / replay.size;
    for (const [slot, count] of counts.entries()) {
      if (!replay.canSample(slot)) expect(count).toBe(0);
      else expect(Math.abs(count - expected)).toBeLessThan(5 * Math.sqrt(expected));
    }
    expect(new Set(replay.host.weight)).toEqual(new Set([1]));
  });

  test("[B13] segments come as often as their priorities say, and weigh the less", () => {
    const prioritized = { alpha: 0.5, epsilon: 0.25 };
    const { replay, random } = remembered({ steps: 50, batch: 64, prioritized });
    const slots = Array.from({ length: replay.capacity }, (_, slot) => slot).filter((slot) =>
      replay.canSample(slot),
    );
    replay.load(Array.from({ length: 64 }, (_, i) => slots[i % slots.length]));
    // (3.75 + 0.25)^0.5 = 2 for the first, (0.0 + 0.25)^0.5 = 0.5 for all others
    const given = Array.from(replay.slots, (slot) => (slot === slots[0] ? 3.75 : 0));
    replay.updatePriorities(Float32Array.from(given));
    let count = 0;
    for (let round = 0; round < 500; round++) {
      replay.sample(random, 1);
      count += replay.slots.filter((slot) => slot === slots[0]).length;
      const first = replay.slots.indexOf(slots[0]);
      expect(replay.host.weight[first]).toBeCloseTo(0.25, 6);
    }
    expect(count / (500 * 64) / (4 / (4 + slots.length - 1))).toBeCloseTo(1, 1);
  });
});

test("priorities that come late are not given to what has taken the slot since", () => {
  const prioritized = { alpha: 1, epsilon: 1 };
  const memory = remembered({
    count: 1,
    capacity: 30,
    length: 3,
    overlap: 2,
    steps: 90,
    prioritized,
  });
  memory.replay.sample();
  play(memory, 40);
  memory.replay.updatePriorities(new Float32Array(8).fill(1e6));
  expect(new Set(memory.replay.save().priorities)).toEqual(new Set([0, 1]));
});

describe("stacks that go on through the end of an episode", () => {
  // as where a lost life is an end for the learner alone: the next stack still shows the frames before it
  const stackAt = (frame: number): number[] => [frame - 2, frame - 1, frame];
  const lives = [4, 9, 11]; // steps with which one is lost

  test("are kept with their older frames; segments end there", () => {
    const env = numberedEnv({ count: 1, stack: 3, shape: [1], frames: "whole", actions: DISCRETE });
    const options = { env, device, capacity: 60, batch: 1, frames: 3 };
    const transitions = new Replay({ ...options, gamma: 0.5 });
    const sequences = new SequenceReplay({ ...options, length: 4, overlap: 0, stateSize: 1 });
    for (let step = 0; step < 14; step++) {
      const actions = Int32Array.of(step % 5);
      const before = { observations: Float32Array.from(stackAt(10 + step)), actions };
      const after = Float32Array.from(stackAt(11 + step));
      const outcome = {
        observations: after,
        finalObservations: after,
        rewards: Float32Array.of(step),
        terminated: Uint8Array.of(Number(lives.includes(step))),
        truncated: Uint8Array.of(0),
      };
      transitions.begin(before);
      sequences.begin(before, Float32Array.of(step));
      transitions.finish(outcome);
      sequences.finish(outcome);
    }
    const seen = contents(transitions).map(({ observation, reward }) => [observation, reward]);
    expect(seen).toEqual(Array.from({ length: 14 }, (_, step) => [stackAt(10 + step), step]));
    const segments = allSegments(sequences).map(({ observations, rewards, resets }) => {
      for (const [i, step] of rewards.entries())
        expect(observations[i]).toEqual(stackAt(10 + step));
      return [rewards, resets.slice(0, rewards.length)];
    });
    expect(segments).toEqual([
      [
        [0, 1, 2, 3],
        [0, 0, 0, 0],
      ],
      [[4], [0]],
      [
        [5, 6, 7, 8],
        [1, 0, 0, 0],
      ],
      [[9], [0]],
      [
        [10, 11],
        [1, 0],
      ],
    ]);
  });
});

describe("saving", () => {
  /** As a trainer's state is stored: through JSON and named arrays. */
  function stored(state: SequenceReplayState): SequenceReplayState {
    const { arrays, json } = packState("test", 1, state);
    return unpackState({ arrays, json: JSON.parse(JSON.stringify(json)) }, "test", 1);
  }

  function goOn(memory: Memory): unknown[] {
    const { replay } = memory;
    return Array.from({ length: 8 }, (_, round) => {
      play(memory, 9);
      replay.sample(undefined, 0.5);
      replay.updatePriorities(Float32Array.from({ length: 8 }, (_, i) => (i * round) % 5));
      return [batchOf(replay), [...replay.host.weight], replay.size];
    });
  }

  test.each<Options>([
    { steps: 15 },
    { steps: 130, frames: 4, length: 9, prioritized: { alpha: 0.7, epsilon: 0.1 } },
    { steps: 400, length: 5, overlap: 4, kind: "float", actions: BOX },
  ])("[B20] saved, restored and continued equals never stopped: %o", (options) => {
    const whole = remembered(options);
    const resumed = remembered(options);
    whole.replay.sample();
    whole.replay.updatePriorities(Float32Array.from({ length: 8 }, (_, i) => i));
    const state = stored(whole.replay.save());
    goOn(resumed); // what was there before is forgotten
    resumed.replay.restore(state);
    const { env, random, naive } = remembered(options);
    const second = { ...resumed, env, random, naive };
    expect(allSegments(resumed.replay)).toEqual(allSegments(whole.replay));
    expect(goOn(second)).toEqual(goOn(whole));
    expect(second.replay.save()).toEqual(whole.replay.save());
  });

  test("an empty memory restored over a full one goes on like a new one", () => {
    const empty = remembered().replay.save();
    for (let steps = 100; steps < 110; steps++) {
      const [fresh, full] = [remembered(), remembered({ steps })];
      full.replay.restore(empty);
      expect(full.replay.size).toBe(0);
      const other = { ...remembered(), replay: full.replay };
      for (const memory of [fresh, other]) play(memory, 20);
      expect(allSegments(other.replay)).toEqual(allSegments(fresh.replay));
    }
  });

  test.each<[string, Options, string]>([
    ["length", { length: 7 }, "got 7, expected 6"],
    ["overlap", { overlap: 1 }, "got 1, expected 2"],
    ["stateSize", { stateSize: 3 }, "got 3, expected 2"],
    ["prioritized", { prioritized: { alpha: 1, epsilon: 1 } }, "got true, expected false"],
    ["slots", { capacity: 40 }, "got 20, expected 60"],
  ])("a memory of another %s is refused", (name, options, text) => {
    const state = remembered(options).replay.save();
    expect(() => remembered().replay.restore(state)).toThrow(
      expect.objectContaining({
        code: "FOREIGN_STATE",
        message: `replay: the saved memory has another ${name} (${text})`,
      }),
    );
  });
});

test("a memory that is disposed leaves no tensor behind", () => {
  const before = liveTensors(device);
  const { replay } = remembered({ steps: 30 });
  replay.sample();
  scope(() => [replay.observation(), replay.reset()].length);
  replay.dispose();
  expect(liveTensors(device)).toBe(before);
});

test("mistakes are named", () => {
  const { replay } = remembered();
  expect(() => replay.sample()).toThrowErrorMatchingInlineSnapshot(
    `[AgentError: replay: nothing can be sampled yet (got 0 segments)]`,
  );
  expect(() => replay.load([3])).toThrowErrorMatchingInlineSnapshot(
    `[AgentError: replay: no segment to load (got slot 3)]`,
  );
  expect(() => remembered({ overlap: 6 })).toThrowErrorMatchingInlineSnapshot(
    `[AgentError: replay: wrong overlap (got 6, expected 0 to 5)]`,
  );
  expect(() => remembered({ length: 0 })).toThrowErrorMatchingInlineSnapshot(
    `[AgentError: replay: wrong length (got 0, expected a positive integer)]`,
  );
  expect(() => remembered({ capacity: 14 })).toThrowErrorMatchingInlineSnapshot(
    `[AgentError: replay: the capacity is too small (got 7 slots for each of 2 games, expected at least 8)]`,
  );
});
