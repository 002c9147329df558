/** The replay memory beside a naive one that keeps everything, and each rule by itself. */
import { key, nextBelow, type VectorEnv, wrapAll } from "@carom/envs";
import { capture, liveTensors, scope } from "@carom/tensor";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, describe, expect, test } from "vitest";
import { batchOf, type Content, contents } from "../../test/replay/contents.js";
import { NaiveReplay, type NaiveTransition } from "../../test/replay/naive-replay.js";
import { chooseActions, numberedEnv } from "../../test/replay/numbered-game.js";
import {
  BOX,
  DISCRETE,
  GAMMA,
  generator,
  type Played,
  type PlayedOptions,
  play,
  played as playedOn,
  SWITCHES,
} from "../../test/replay/played.js";
import { Replay } from "./replay.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

const played = (options: PlayedOptions): Played => playedOn(device, options);

/** Order that depends on the observations alone. */
function sorted<T extends NaiveTransition>(transitions: readonly T[]): T[] {
  const keyed = transitions.map((t) => [String(t.observation), t] as const);
  return keyed.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, t]) => t);
}

/** The same transitions in any order; returns are rounded to float32 in one of them. */
function expectSame(got: readonly Content[], expected: readonly NaiveTransition[]): void {
  const exact = ({ observation, action, nextObservation }: NaiveTransition) => ({
    observation,
    action,
    nextObservation,
  });
  const [ours, theirs] = [sorted(got), sorted(expected)];
  expect(ours.map(exact)).toEqual(theirs.map(exact));
  for (const [i, { reward, discount }] of ours.entries()) {
    expect(Math.abs(reward - theirs[i].reward)).toBeLessThan(1e-6);
    expect(Math.abs(discount - theirs[i].discount)).toBeLessThan(1e-6);
  }
}

describe("beside the naive memory", () => {
  const cases = [1, 2, 3, 4, 5].flatMap((nStep) =>
    [1, 4].flatMap(
      (frames) =>
        [
          { nStep, frames, count: 1, slots: nStep + 2 * frames, kind: "whole", actions: DISCRETE },
          { nStep, frames, count: 3, slots: 41, kind: "float", actions: BOX },
          { nStep, frames, count: 2, slots: 30, kind: "bytes", actions: SWITCHES },
        ] as const,
    ),
  );
  test.each(cases)(
    "[B11] n = $nStep, $frames frames ($kind), $count games of $slots slots: the same transitions",
    ({ nStep, frames, count, slots, kind, actions }) => {
      const { env, replay, naive, random, expected } = played({
        nStep,
        frames,
        count,
        kind,
        actions,
        capacity: count * slots + count - 1,
        shape: kind === "float" ? [5] : [2, 1, 3],
        prioritized: count === 3 ? { alpha: 0.5, epsilon: 0.01 } : undefined,
      });
      for (let round = 0; round < 60; round++) {
        play(env, [replay, naive], random, round < 20 ? 1 : 1 + nextBelow(random, 40));
        const found = contents(replay);
        expectSame(found, expected());
        expect(replay.size).toBe(found.length);
      }
      const ends = naive.games.flat().filter((step) => step.terminated || step.truncated);
      expect(ends.length).toBeGreaterThan(150 * count); // more than 10,000 episodes in all cases
    },
  );

  test("games that step in groups are kept like games that step together", () => {
    const [one, other] = [played({ count: 4 }), played({ count: 4 })];
    play(one.env, [one.replay], one.random, 50);
    const { env, replay, random } = other;
    for (let step = 0; step < 50; step++) {
      chooseActions(env, random);
      for (const [from, to] of [
        [2, 4],
        [0, 2],
      ] as const) {
        replay.beginRange(env, from, to);
        env.stepRange(from, to);
        replay.finishRange(env, from, to);
      }
    }
    expect(contents(replay)).toEqual(contents(one.replay));
  });

  test("play that is under way when the memory begins has its older frames", () => {
    const { env, random } = played({ frames: 4 });
    // the newest frame of each game begins with its number in the episode
    const isAtFirst = (): boolean => env.observations[6] * env.observations[32 + 6] === 0;
    while (isAtFirst()) play(env, [], random, 1);
    const replay = new Replay({ env, capacity: 80, device, batch: 32, gamma: GAMMA, frames: 4 });
    const naive = new NaiveReplay(2);
    play(env, [replay, naive], random, 12);
    expect(replay.size).toBe(24);
    expectSame(contents(replay), naive.transitions(40, 1, 4, GAMMA));
  });

  test("stacks of rows whose shape looks like a picture are put together as such", () => {
    const { env, replay, naive, random, expected } = played({ shape: [4, 4], frames: 4 });
    play(env, [replay, naive], random, 60);
    expect(env.spec.observation.shape).toEqual([4, 4, 4]);
    expectSame(contents(replay), expected());
  });

  test("rewards other than the env's are kept where they are given", () => {
    const { env, replay } = played({ count: 2 });
    replay.begin(env);
    env.step();
    replay.finish(env, Float32Array.of(5, -7));
    expect(contents(replay).map(({ reward }) => reward)).toEqual([5, -7]);
  });
});

describe("ends of episodes", () => {
  test("[B9] a cut episode's last next observation is its final one, not the next episode's first", () => {
    const { env, replay } = played({ count: 1, frames: 4 });
    const random = generator();
    let cuts = 0;
    for (let step = 0; step < 200; step++) {
      chooseActions(env, random);
      replay.begin(env);
      env.step();
      replay.finish(env);
      if (env.truncated[0] === 0) continue;
      cuts++;
      const all = contents(replay);
      const last = all.filter(({ nextObservation }) =>
        same(nextObservation, [...env.finalObservations]),
      );
      expect(last).toHaveLength(1);
      expect(last[0].discount).toBeCloseTo(GAMMA, 6);
      const reset = [...env.observations];
      expect(all.filter(({ nextObservation }) => same(nextObservation, reset))).toEqual([]);
    }
    expect(cuts).toBeGreaterThan(5);
  });

  test("[B10] nothing is there twice, and no stack that was never seen", () => {
    const { env, replay, random } = played({ count: 2, frames: 4, nStep: 3 });
    const seen = new Set<string>();
    const size = env.observations.length / 2;
    const see = (rows: VectorEnv["observations"], game: number): unknown =>
      seen.add(String(rows.subarray(game * size, (game + 1) * size)));
    for (let step = 0; step < 300; step++) {
      for (const game of [0, 1]) see(env.observations, game);
      play(env, [replay], random, 1);
      for (const game of [0, 1]) {
        see(env.observations, game);
        if (env.truncated[game] === 1) see(env.finalObservations, game);
      }
    }
    const all = contents(replay);
    expect(all.length).toBeGreaterThan(40);
    const observations = all.map(({ observation }) => String(observation));
    expect(new Set(observations).size).toBe(all.length);
    expect(observations.filter((stack) => !seen.has(stack))).toEqual([]);
    const next = all.flatMap(({ nextObservation }) => nextObservation?.join() ?? []);
    expect(next.filter((stack) => !seen.has(stack))).toEqual([]);
  });

  test("[B11] by hand: n = 3 sums three rewards, stops at ends, and leaves the newest two out", () => {
    const { env, replay } = played({ count: 1, shape: [2], kind: "float", nStep: 3, gamma: 0.5 });
    const steps = [
      { reward: 1, observation: 11 },
      { reward: 2, observation: 12 },
      { reward: 4, observation: 20, terminated: true },
      { reward: 8, observation: 21 },
      { reward: 16, observation: 30, final: 22 },
      { reward: 32, observation: 31 },
      { reward: 64, observation: 32 },
      { reward: 128, observation: 33 },
    ];
    const row = (value: number): Float32Array => Float32Array.of(value, 0);
    let observations = row(10);
    for (const { reward, observation, terminated = false, final } of steps) {
      replay.begin({ ...env, observations, actions: Int32Array.of(3) });
      observations = row(observation);
      replay.finish({
        observations,
        rewards: Float32Array.of(reward),
        terminated: Uint8Array.of(Number(terminated)),
        truncated: Uint8Array.of(Number(final !== undefined)),
        finalObservations: row(final ?? Number.NaN),
      });
    }
    const found = contents(replay).map(({ observation, reward, discount, nextObservation }) => [
      observation[0],
      reward,
      discount,
      nextObservation?.[0],
    ]);
    expect(found).toEqual([
      [10, 1 + 2 / 2 + 4 / 4, 0, undefined],
      [11, 2 + 4 / 2, 0, undefined],
      [12, 4, 0, undefined],
      [20, 8 + 16 / 2, 0.25, 22],
      [21, 16, 0.5, 22],
      [30, 32 + 64 / 2 + 128 / 4, 0.125, 33],
    ]);
  });
});

describe("the batch", () => {
  test("is read by a recorded update at every replay", () => {
    const { env, replay, naive, random, expected } = played({ frames: 4, kind: "bytes" });
    const update = capture(device, () => ({
      observation: replay.observation(),
      next: replay.nextObservation(),
      double: replay.reward.mul(2),
    }));
    for (let round = 0; round < 5; round++) {
      play(env, [replay, naive], random, 20);
      replay.sample(random);
      update.replay();
      const { observation, next, double } = update.outputs;
      expect([observation.dtype, observation.shape]).toEqual(["uint8", [32, 2, 2, 8]]);
      const eager = batchOf(replay);
      expect([...observation.toTypedArray()]).toEqual(eager.flatMap((t) => t.observation));
      const found = [...next.toTypedArray()];
      for (const [i, { nextObservation }] of eager.entries()) {
        if (nextObservation) expect(found.slice(32 * i, 32 * (i + 1))).toEqual(nextObservation);
      }
      expect([...double.toTypedArray()]).toEqual(eager.map(({ reward }) => 2 * reward));
      const all = new Map(expected().map((t) => [String(t.observation), t]));
      for (const { observation: seen, action } of eager) {
        expect(all.get(String(seen))?.action).toEqual(action);
      }
    }
    update.dispose();
  });

  test.each([
    ["whole", DISCRETE, "float32", "int32", [32]],
    ["float", BOX, "float32", "float32", [32, 2]],
    ["bytes", SWITCHES, "uint8", "int32", [32, 3]],
  ] as const)("%s frames and %o have their types", (kind, actions, frames, type, shape) => {
    const { replay, random } = played({ kind, actions, steps: 20 });
    replay.sample(random);
    const shown = scope(() => [replay.observation().dtype, replay.nextObservation().shape]);
    expect(shown).toEqual([frames, [32, 2, 2, 2]]);
    expect([replay.action.dtype, replay.action.shape]).toEqual([type, shape]);
  });

  test("whole numbers are kept as bytes, others are not", () => {
    const bytesOf = (kind: "whole" | "float"): number => {
      const { blocks } = played({ kind, steps: 20 }).replay.save();
      return blocks.reduce((sum, block) => sum + block.byteLength, 0);
    };
    expect(bytesOf("float")).toBe(4 * bytesOf("whole"));
  });

  test("[B28] what is written into the env's arrays afterwards changes nothing", () => {
    const { env, replay, random } = played({ frames: 4 });
    chooseActions(env, random);
    const before = { observations: env.observations.slice(), actions: env.actions.slice() };
    const writable = { ...env, ...before };
    replay.begin(writable);
    for (const array of [before.observations, before.actions]) array.fill(77);
    env.step();
    const after = {
      observations: env.observations.slice(),
      finalObservations: env.finalObservations.slice(),
      rewards: env.rewards.slice(),
      terminated: Uint8Array.of(0, 0),
      truncated: Uint8Array.of(0, 1),
    };
    replay.finish(after);
    const kept = contents(replay);
    for (const array of Object.values(after)) array.fill(77);
    expect(contents(replay)).toEqual(kept);
    expect(kept.flatMap(({ observation, action }) => [...observation, ...action])).not.toContain(
      77,
    );
  });

  test("every transition that can be sampled is, with the same probability", () => {
    const { replay, random } = played({ count: 3, nStep: 2, steps: 150, batch: 1000 });
    const counts = new Float64Array(replay.capacity);
    const rounds = 200;
    for (let round = 0; round < rounds; round++) {
      replay.sample(random);
      for (const slot of replay.slots) counts[slot]++;
    }
    const expected = (rounds * 1000) / replay.size;
    let chiSquare = 0;
    for (let slot = 0; slot < replay.capacity; slot++) {
      if (!replay.canSample(slot)) expect(counts[slot]).toBe(0);
      else chiSquare += (counts[slot] - expected) ** 2 / expected;
    }
    const freedom = replay.size - 1;
    expect(Math.abs(chiSquare - freedom)).toBeLessThan(4 * Math.sqrt(2 * freedom));
  });

  test("the same words draw the same batches; its own generator serves where none is given", () => {
    const [one, other] = [played({ steps: 60 }), played({ steps: 60 })];
    const draws = ({ replay }: Played, words?: Uint32Array): number[] => {
      replay.sample(words);
      return [...replay.slots];
    };
    expect(draws(one, generator(5))).toEqual(draws(other, generator(5)));
    const first = draws(one);
    expect(draws(other)).toEqual(first);
    expect(draws(one)).not.toEqual(first);
    const keyed = played({ steps: 60, key: key(9) });
    expect(draws(keyed)).not.toEqual(first);
  });
});

test("a memory that is disposed leaves no tensor behind", () => {
  const before = liveTensors(device);
  const { replay, random } = played({ frames: 4, kind: "bytes", steps: 30 });
  replay.sample(random);
  scope(() => [replay.observation(), replay.nextObservation()].length);
  replay.dispose();
  replay.dispose();
  expect(liveTensors(device)).toBe(before);
});

describe("mistakes", () => {
  test("are named", () => {
    const { env, replay } = played({ count: 2 });
    const make = (options: PlayedOptions) => () => played(options);
    expect(() => replay.sample()).toThrowErrorMatchingInlineSnapshot(
      `[AgentError: replay: nothing can be sampled yet (got 0 transitions)]`,
    );
    expect(() => replay.load([79])).toThrowErrorMatchingInlineSnapshot(
      `[AgentError: replay: no transition to load (got slot 79)]`,
    );
    expect(make({ batch: 0 })).toThrowErrorMatchingInlineSnapshot(
      `[AgentError: replay: wrong batch (got 0, expected a positive integer)]`,
    );
    expect(make({ nStep: 1.5 })).toThrowErrorMatchingInlineSnapshot(
      `[AgentError: replay: wrong nStep (got 1.5, expected a positive integer)]`,
    );
    expect(make({ gamma: 2 })).toThrowErrorMatchingInlineSnapshot(
      `[AgentError: replay: wrong gamma (got 2, expected 0 to 1)]`,
    );
    expect(make({ capacity: 20, frames: 4, nStep: 3 })).toThrowErrorMatchingInlineSnapshot(
      `[AgentError: replay: the capacity is too small (got 10 slots for each of 2 games, expected at least 11)]`,
    );
    expect(make({ capacity: 1e9 })).toThrowErrorMatchingInlineSnapshot(
      `[AgentError: replay: wrong capacity (got 1000000000, expected 1 to 4194304)]`,
    );
    const frames = { env, capacity: 80, device, batch: 1, gamma: 1, frames: 4 };
    expect(() => new Replay(frames)).toThrowErrorMatchingInlineSnapshot(
      `[AgentError: replay: the observations are no stacks (got 4 frames of shape [2,2,0.5] for [2,2,2], expected at most 256 that fill it)]`,
    );
  });

  test("observations that are whole only by their spec are found out", () => {
    const { env, replay } = played({ count: 1, shape: [2] });
    const observations = Float32Array.of(1, 2.5);
    expect(() => replay.begin({ ...env, observations })).toThrowErrorMatchingInlineSnapshot(
      `[AgentError: replay: the observation's spec says whole, but a value is not (got 2.5, expected a whole number from 0 to 255)]`,
    );
  });

  test("stacks that change after they were stacked are found out", () => {
    const inner = numberedEnv({
      count: 2,
      stack: 3,
      shape: [4],
      frames: "float",
      actions: DISCRETE,
    });
    const env = wrapAll(inner, [{ wrapper: "normalize-observations" }]);
    env.reset();
    const replay = new Replay({ env, capacity: 200, device, batch: 1, gamma: 1, frames: 3 });
    expect(() => play(env, [replay], generator(), 5)).toThrowErrorMatchingInlineSnapshot(
      `[AgentError: replay: the observations are no stacks that move by one frame per step (got 3 frames, expected 1 for observations that change after they were stacked)]`,
    );
  });
});

function same(a: readonly number[] | undefined, b: readonly number[]): boolean {
  return a?.join() === b.join();
}
