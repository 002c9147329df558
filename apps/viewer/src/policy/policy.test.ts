/** The page's policies against those of the trainer's own device: same thoughts, same play. */
import {
  createEvaluationEnv,
  createPolicy,
  createTrainer,
  encodeAgent,
  resolveConfig,
  type SavedState,
} from "@carom/agents";
import { actionBytes, findGame, key } from "@carom/envs";
import { openDevice } from "@carom/tensor";
import { afterAll, describe, expect, test } from "vitest";
import { RunPolicy, type Subject } from "./agent.js";
import { assess } from "./assess.js";
import { layersAt, saliencyAt } from "./look.js";
import { play } from "./play.js";
import type { Script, Thoughts } from "./protocol.js";

const native = openDevice("cpu", { threads: 1 });
const reference = openDevice("reference");
afterAll(() => {
  native.dispose();
  reference.dispose();
});

interface Case {
  readonly algo: string;
  readonly game: string;
  readonly overrides?: Readonly<Record<string, number | string | boolean>>;
}

/** A policy after a little training, as the page has it and as the trainer does. */
function trained({ algo, game: id, overrides = {} }: Case): Trained {
  const game = findGame(id);
  const small = algo === "dqn" ? { learningStarts: 200 } : {};
  const config = resolveConfig(algo, id, game.defaultVariant, { ...small, ...overrides });
  const made = { algo, game, config };
  const trainer = createTrainer({ ...made, seed: 5, device: native, totalSteps: 5000 });
  for (let i = 0; i < 2; i++) trainer.iterate();
  const state = trainer.policyState();
  trainer.dispose();
  const subject: Subject = { ...made, variant: game.defaultVariant };
  return { subject, state, policy: new RunPolicy(subject, encodeAgent(state), reference) };
}

interface Trained {
  readonly subject: Subject;
  readonly state: SavedState;
  readonly policy: RunPolicy;
}

/** An episode as the trainer's own device plays it, with what it thought; decisions as bytes. */
function nativeEpisode({ subject, state }: Trained, seed: number, most = 300): Native {
  const made = { ...subject, state, count: 1 };
  const env = createEvaluationEnv({ ...made, key: key(seed) });
  const policy = createPolicy({ ...made, device: native });
  const values: number[] = [];
  const probabilities: number[] = [];
  const starts = Uint8Array.of(1);
  let length = 0;
  let actions = new Uint8Array(0);
  env.reset();
  const episodeSeed = env.current(0).seed;
  while (env.terminated[0] === 0 && env.truncated[0] === 0 && values.length < most) {
    const { masks } = env;
    const told = policy.decide(env.observations, env.actions, { greedy: true, starts, masks });
    starts[0] = 0;
    values.push(told.values[0]);
    probabilities.push(...(told.probabilities ?? told.actionValues ?? []));
    env.step();
    if (env.terminated[0] !== 0 || env.truncated[0] !== 0) break; // the log is another episode's
    ({ length } = env.current(0));
    actions = env.current(0).actions.slice();
  }
  policy.dispose();
  env.dispose();
  return { script: { seed: episodeSeed, actions, length }, values, probabilities };
}

interface Native {
  readonly script: Script;
  readonly values: readonly number[];
  readonly probabilities: readonly number[];
}

/** All parts and the result of a generator. */
function drained<T>(work: Generator<Thoughts | undefined, T>): { parts: Thoughts[]; result: T } {
  const parts: Thoughts[] = [];
  for (;;) {
    const next = work.next();
    if (next.done) return { parts, result: next.value };
    if (next.value) parts.push(next.value);
  }
}

function expectClose(got: readonly number[], expected: readonly number[]): void {
  expect(got.length).toBe(expected.length);
  for (const [i, value] of got.entries()) {
    const allowed = 1e-5 * Math.max(1, Math.abs(expected[i]));
    expect(Math.abs(value - expected[i]), `entry ${i}`).toBeLessThan(allowed);
  }
}

const cases: readonly Case[] = [
  { algo: "ppo", game: "breakout" },
  { algo: "dqn", game: "catch" },
  { algo: "ppo", game: "cartpole", overrides: { normalizeObservations: true, frameStack: 3 } },
  { algo: "ppo", game: "cartpole", overrides: { memory: "gru", separateCritic: false } },
  { algo: "ppo", game: "breakout", overrides: { frameSkip: 4 } },
  { algo: "dqn", game: "snake" },
];

describe.each(cases)("$algo on $game $overrides", (one) => {
  const made = trained(one);
  const { policy } = made;
  afterAll(() => policy.dispose());
  const seeds = [1, 2, 3];

  test("thinks of an episode what the trainer's device thought in it", () => {
    for (const seed of seeds) {
      const { script, values, probabilities } = nativeEpisode(made, seed);
      const { parts, result } = drained(assess(policy, script));
      const count = parts.reduce((sum, { at }) => sum + at.length, 0);
      const kept = (all: readonly number[]) => all.slice(0, (all.length / values.length) * count);
      expect(count).toBeGreaterThanOrEqual(values.length - 1);
      expectClose(
        parts.flatMap((part) => [...part.values]),
        kept(values),
      );
      expectClose(
        parts.flatMap(({ probabilities: p, actionValues: q }) => [...(p ?? q ?? [])]),
        kept(probabilities),
      );
      expect(result.returns.length).toBe(count);
    }
  });

  test("plays the same decisions from the same seed", () => {
    for (const seed of seeds) {
      const { script } = nativeEpisode(made, seed);
      const { result } = drained(
        play(policy, { seed: script.seed, greedy: true, maxSteps: script.length }),
      );
      expect(result.actions.slice(0, script.actions.length)).toEqual(script.actions);
      expect(result.thoughts.at[0]).toBe(0);
    }
  });
});

test("a game of a continuous action plays on", () => {
  const { policy, subject } = trained({
    algo: "td3",
    game: "pendulum",
    overrides: { learningStarts: 100, hidden: "16,16" },
  });
  const { result } = drained(play(policy, { seed: 4, greedy: true, maxSteps: 50 }));
  expect(result.length).toBe(50);
  const bytes = actionBytes(subject.game.create(subject.variant).spec.actions);
  expect(result.actions.length).toBe(50 * bytes);
  const { parts } = drained(assess(policy, result));
  expectClose(
    parts.flatMap((part) => [...part.values]),
    [...result.thoughts.values],
  );
  policy.dispose();
});

test("after a given beginning the policy goes on, from the state that it led to", () => {
  const { policy } = trained({ algo: "ppo", game: "breakout" });
  const whole = drained(play(policy, { seed: 9, greedy: true, maxSteps: 120 })).result;
  const from = { actions: whole.actions.slice(0, 50), length: 50 };
  const again = drained(play(policy, { seed: 9, greedy: true, maxSteps: 120, from })).result;
  expect(again.actions).toEqual(whole.actions);
  expect(again.rewards).toEqual(whole.rewards);
  expect(again.thoughts.at[0]).toBe(50);
  expectClose([...again.thoughts.values], [...whole.thoughts.values.slice(50)]);
  const other = Uint8Array.from({ length: 50 }, (_, i) => 1 + (i % 2));
  const branch = drained(
    play(policy, { seed: 9, greedy: true, maxSteps: 120, from: { actions: other, length: 50 } }),
  ).result;
  expect(branch.actions.slice(0, 50)).toEqual(other);
  expect(branch.actions).not.toEqual(whole.actions);
  policy.dispose();
});

test("not greedy, the same seed plays the same episode, another seed another", () => {
  const { policy } = trained({ algo: "ppo", game: "breakout" });
  const played = (seed: number) =>
    drained(play(policy, { seed, greedy: false, maxSteps: 200 })).result.actions;
  expect(played(1)).toEqual(played(1));
  expect(played(1)).not.toEqual(played(2));
  policy.dispose();
});

test("tries from one decision on differ by their number, and are the same each time", () => {
  const { policy } = trained({ algo: "ppo", game: "breakout" });
  const actions = Uint8Array.from({ length: 20 }, (_, i) => i % 3);
  const from = { actions, length: 20 };
  const tried = (draw: number) =>
    drained(play(policy, { seed: 9, greedy: false, maxSteps: 60, from, draw })).result.actions;
  expect(tried(1)).toEqual(tried(1));
  expect(tried(1)).not.toEqual(tried(2));
  expect(tried(2).slice(0, 20)).toEqual(actions);
  policy.dispose();
});

/** Goes on with all in turns until they are done. */
function inTurns<T>(works: readonly Generator<Thoughts | undefined, T>[]): readonly T[] {
  const results = new Map<number, T>();
  while (results.size < works.length) {
    for (const [i, work] of works.entries()) {
      const next = results.has(i) ? undefined : work.next();
      if (next?.done) results.set(i, next.value);
    }
  }
  return works.map((_, i) => results.get(i) as T);
}

test("questions to a policy that remembers do not mix what it remembers of each", () => {
  const { policy } = trained({
    algo: "ppo",
    game: "breakout",
    overrides: { memory: "gru", separateCritic: false },
  });
  const asked = (seed: number) => play(policy, { seed, greedy: true, maxSteps: 100 });
  const alone = [1, 2].map((seed) => drained(asked(seed)).result);
  expect(inTurns([asked(1), asked(2)])).toEqual(alone);
  const [first, second] = alone;
  const errors = alone.map((episode) => drained(assess(policy, episode)).result.errors);
  const mixed = inTurns([assess(policy, first), assess(policy, second)]);
  expect(mixed.map((one) => one.errors)).toEqual(errors);
  const cut = asked(3);
  cut.next();
  cut.return(first); // nobody waits for it any more
  expect(drained(asked(1)).result).toEqual(first);
  policy.dispose();
});

test("where frames are skipped, the policy decides once among so many of the game's decisions", () => {
  const { policy } = trained({ algo: "ppo", game: "breakout", overrides: { frameSkip: 4 } });
  const whole = drained(play(policy, { seed: 9, greedy: true, maxSteps: 60 })).result;
  for (const step of [40, 41, 42, 43]) {
    const from = { actions: whole.actions.slice(0, step - 3), length: step - 3 };
    const asked = { seed: 9, greedy: true, maxSteps: step + 1, from };
    expect([...drained(play(policy, asked)).result.thoughts.at]).toEqual([40]);
  }
  policy.dispose();
});

test("returns and errors are the learner's: discounted, to the end of the game", () => {
  const { policy, subject } = trained({ algo: "ppo", game: "catch" });
  const { result } = drained(play(policy, { seed: 2, greedy: true }));
  expect(result.terminated).toBe(true);
  const { parts, result: sums } = drained(assess(policy, result));
  const values = parts.flatMap((part) => [...part.values]);
  expect(sums.gamma).toBe(subject.config.gamma);
  const last = result.length - 1;
  expect(sums.returns[last]).toBeCloseTo(result.rewards[last], 6);
  expect(sums.returns[0]).toBeCloseTo(sums.gamma ** last * result.rewards[last], 5);
  expect(sums.errors[last]).toBeCloseTo(result.rewards[last] - values[last], 5);
  expect(sums.errors[0]).toBeCloseTo(sums.gamma * values[1] - values[0], 5);
  policy.dispose();
});

test("in a game for two only what is allowed has a probability, and both sides' moves are given", () => {
  const { policy } = trained({ algo: "ppo", game: "connect4" });
  const { result } = drained(play(policy, { seed: 3, greedy: true }));
  const { parts } = drained(assess(policy, result));
  const count = parts.reduce((sum, { at }) => sum + at.length, 0);
  expect(count).toBe(result.length);
  for (const { probabilities, allowed, at } of parts) {
    if (!probabilities || !allowed) throw new Error("probabilities and masks are missing");
    const width = probabilities.length / at.length;
    for (let row = 0; row < at.length; row++) {
      const chances = probabilities.subarray(row * width, (row + 1) * width);
      expect(chances.reduce((sum, chance) => sum + chance, 0)).toBeCloseTo(1, 5);
      chances.forEach((chance, a) => {
        if (allowed[row * width + a] === 0) expect(chance).toBe(0);
      });
    }
  }
  policy.dispose();
});

test("in a game for two it answers for either side, with the move that it thinks best", () => {
  const { policy } = trained({ algo: "ppo", game: "connect4" });
  const both = { seed: 3, greedy: true, bothSides: true };
  const { result: whole } = drained(play(policy, both));
  const { parts } = drained(assess(policy, whole));
  const chances = parts.flatMap((part) => [...(part.probabilities ?? [])]);
  const width = chances.length / whole.length;
  for (const length of [4, 5, 6]) {
    const from = { actions: whole.actions.subarray(0, length), length };
    const { result } = drained(play(policy, { ...both, from, maxSteps: length + 1 }));
    expect([...result.actions]).toEqual([...whole.actions.subarray(0, length + 1)]);
    const own = chances.slice(length * width, (length + 1) * width);
    expect(whole.actions[length]).toBe(own.indexOf(Math.max(...own)));
  }
  policy.dispose();
});

test("pictures are seen as in training", () => {
  const made = trained({
    algo: "dqn",
    game: "catch",
    overrides: { observation: "pixels", pixelSize: 36, envs: 2, learningStarts: 100, batch: 4 },
  });
  const { script, values } = nativeEpisode(made, 1, 20);
  const { parts } = drained(assess(made.policy, script));
  expectClose(
    parts.flatMap((part) => [...part.values]),
    values.slice(0, script.length),
  );
  made.policy.dispose();
});

/** The policy without any use for one entry of the observation. */
function blindTo({ subject, state }: Trained, entry: number): RunPolicy {
  const arrays = Object.entries(state.arrays).map(([name, array]) => {
    if (!/(trunk|critic)\.0\.weight$/.test(name)) return [name, array] as const;
    const data = array.data.slice();
    const [, inputs] = array.shape;
    for (let at = entry; at < data.length; at += inputs) data[at] = 0;
    return [name, { ...array, data }] as const;
  });
  const blind = { ...state, arrays: Object.fromEntries(arrays) };
  return new RunPolicy(subject, encodeAgent(blind), reference);
}

test("what a policy does not use does not matter to it, and the rest does", () => {
  const made = trained({ algo: "ppo", game: "breakout" });
  const names = made.subject.game.create(made.subject.variant).spec.observation.names ?? [];
  const blind = blindTo(made, names.indexOf("score"));
  const { script } = nativeEpisode(made, 1);
  const { result } = drained(saliencyAt(blind, script, script.length >> 1));
  if (!result) throw new Error("nothing was measured");
  expect(result.layout).toBe("things");
  const of = (thing: string) => result.names.indexOf(thing);
  expect(result.names).toEqual(expect.arrayContaining(["paddle", "ball", "brick", "balls left"]));
  expect(result.choice[of("score")]).toBeCloseTo(0, 7);
  expect(result.value[of("score")]).toBeCloseTo(0, 6);
  expect(result.choice[of("ball")]).toBeGreaterThan(1e-4);
  const again = drained(saliencyAt(blind, script, script.length >> 1)).result;
  expect(again).toEqual(result); // also from what it remembers of the episode
  for (const policy of [made.policy, blind]) policy.dispose();
});

test("where observations are boards, every cell is a part, in all frames at once", () => {
  const { policy } = trained({ algo: "dqn", game: "snake" });
  const { result: episode } = drained(play(policy, { seed: 3, greedy: true, maxSteps: 30 }));
  const { result } = drained(saliencyAt(policy, episode, 5));
  const { shape } = policy.createView(policy.subject.game).spec.observation;
  expect([result?.layout, result?.rows, result?.columns]).toEqual(["board", shape[0], shape[1]]);
  expect(result?.choice.length).toBe(shape[0] * shape[1]);
  expect(Math.max(...(result?.choice ?? []))).toBeGreaterThan(0);
  policy.dispose();
});

test("layers at a decision end with what the policy thinks there", () => {
  const made = trained({ algo: "ppo", game: "breakout" });
  const { script, values } = nativeEpisode(made, 2);
  const { result } = drained(layersAt(made.policy, script, 7));
  expect(result?.map(({ name }) => name)).toEqual(["hidden 1", "hidden 2", "policy", "value"]);
  expect(Math.abs((result?.at(-1)?.values[0] ?? 0) - values[7])).toBeLessThan(1e-5);
  made.policy.dispose();
});

test("policies that remember are not looked into", () => {
  const { policy } = trained({
    algo: "ppo",
    game: "cartpole",
    overrides: { memory: "gru", separateCritic: false },
  });
  const { result: episode } = drained(play(policy, { seed: 3, greedy: true, maxSteps: 30 }));
  expect(drained(saliencyAt(policy, episode, 5)).result).toBe(undefined);
  expect(drained(layersAt(policy, episode, 5)).result).toBe(undefined);
  policy.dispose();
});

test("bytes that are no policy are refused in words", () => {
  const { subject } = trained({ algo: "ppo", game: "catch" });
  expect(() => new RunPolicy(subject, new Uint8Array(10), reference)).toThrow(/decodeSafetensors/);
});
