/**
 * The slow, obvious memory of sequences: segments are cut out of the complete record of each game's steps,
 * by the definition at the head of sequence-replay.ts.
 */
import { scope } from "@carom/tensor";
import type { SequenceReplay } from "../../src/replay/sequence-replay.js";
import type { NaiveReplay, NaiveStep } from "./naive-replay.js";

/** A segment; what lies beyond its last step is not in it. */
export interface Segment {
  /** Before each step and after the last one; undefined after an episode that has ended there. */
  readonly observations: readonly (readonly number[] | undefined)[];
  readonly actions: readonly (readonly number[])[];
  readonly rewards: readonly number[];
  readonly terminated: readonly number[];
  readonly truncated: readonly number[];
  /** Whether an episode begins with each of the observations. */
  readonly resets: readonly number[];
  readonly state: readonly number[];
}

/** What decides which segments there are. */
export interface SegmentRules {
  readonly length: number;
  readonly overlap: number;
  /** Slots of each game in the memory. */
  readonly slots: number;
  readonly frames: number;
}

/** The recurrent state with which step `i` of a game is met, for tests. */
export function stateBefore(game: number, i: number): number[] {
  return [game + 1, i];
}

/** All segments that a memory must offer. */
export function naiveSegments(naive: NaiveReplay, rules: SegmentRules): Segment[] {
  return naive.games.flatMap((steps, game) => {
    const used = steps.reduce((sum, { truncated }) => sum + (truncated ? 2 : 1), 0);
    return startsOf(steps, rules)
      .filter(([from]) => {
        const { slot, time } = steps[from];
        return slot - Math.min(rules.frames - 1, time) > used - rules.slots;
      })
      .map(([from, to]) => segmentOf(steps, game, from, to));
  });
}

/** The steps [from, to) of every segment of a game that is complete. */
function startsOf(steps: readonly NaiveStep[], { length, overlap }: SegmentRules) {
  const found: [number, number][] = [];
  let begin = 0;
  while (begin < steps.length) {
    const cut = steps.findIndex((step, i) => i >= begin && step.truncated);
    const end = cut < 0 ? steps.length : cut + 1;
    for (let from = begin; from < end; from += length - overlap) {
      const isFull = from + length <= end;
      const hasOwnSteps = from === begin || end - from > overlap;
      if (isFull || (cut >= 0 && hasOwnSteps)) found.push([from, Math.min(end, from + length)]);
    }
    begin = end;
  }
  return found;
}

function segmentOf(steps: readonly NaiveStep[], game: number, from: number, to: number): Segment {
  const some = steps.slice(from, to);
  const last = some[some.length - 1];
  return {
    observations: [
      ...some.map(({ observation }) => observation),
      last.terminated ? undefined : last.nextObservation,
    ],
    actions: some.map(({ action }) => action),
    rewards: some.map(({ reward }) => reward),
    terminated: some.map(({ terminated }) => Number(terminated)),
    truncated: some.map(({ truncated }) => Number(truncated)),
    resets: [
      ...some.map(({ time }, i) => Number(time === 0 && from + i > 0)),
      Number(last.terminated),
    ],
    state: stateBefore(game, from),
  };
}

/** The segments of the memory's last batch, and what lies beyond their ends. */
export function batchOf(replay: SequenceReplay): { segment: Segment; beyond: number[] }[] {
  const { batch, length } = replay;
  return scope(() => {
    const read = (values: ArrayLike<number>, rows: number) => {
      const size = values.length / rows / batch;
      return (t: number, b: number): number[] =>
        Array.from({ length: size }, (_, i) => values[(t * batch + b) * size + i]);
    };
    const observation = read(replay.observation().toTypedArray(), length + 1);
    const reset = read(replay.reset().cast("int32").toTypedArray(), length + 1);
    const [action, reward, terminated, truncated, mask] = [
      replay.action,
      replay.reward,
      replay.terminated,
      replay.truncated,
      replay.mask,
    ].map((one) => read(one.toTypedArray(), length));
    const state = read(replay.state.toTypedArray(), 1);
    return Array.from({ length: batch }, (_, b) => {
      const masks = Array.from({ length }, (_, t) => mask(t, b)[0]);
      const steps = masks.indexOf(0) < 0 ? length : masks.indexOf(0);
      const each = (from: (t: number, b: number) => number[], count = steps) =>
        Array.from({ length: count }, (_, t) => from(t, b));
      const isEnd = terminated(steps - 1, b)[0] === 1;
      const last = observation(steps, b);
      const isFinal = (t: number): boolean => observation(t, b).join() === last.join();
      const beyond = Array.from({ length: length - steps }, (_, i) => steps + i).flatMap((t) => [
        ...[masks[t], reset(t + 1, b)[0], isFinal(t + 1) ? 0 : 1],
        ...[reward, terminated, truncated, action].flatMap((from) => from(t, b)),
      ]);
      const segment = {
        observations: [...each(observation), isEnd ? undefined : last],
        actions: each(action),
        rewards: each(reward).flat(),
        terminated: each(terminated).flat(),
        truncated: each(truncated).flat(),
        resets: each(reset, steps + 1).flat(),
        state: state(0, b),
      };
      return { segment, beyond };
    });
  });
}

/** Every segment that can be sampled, in the order of the slots. */
export function allSegments(replay: SequenceReplay): Segment[] {
  const slots = Array.from({ length: replay.capacity }, (_, slot) => slot).filter((slot) =>
    replay.canSample(slot),
  );
  const found: Segment[] = [];
  for (let from = 0; from < slots.length; from += replay.batch) {
    const some = slots.slice(from, from + replay.batch);
    replay.load(Array.from({ length: replay.batch }, (_, i) => some[i] ?? some[0]));
    found.push(
      ...batchOf(replay)
        .slice(0, some.length)
        .map(({ segment }) => segment),
    );
  }
  return found;
}
