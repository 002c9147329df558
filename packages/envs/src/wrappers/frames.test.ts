/** Frame skip and frame stack: what is seen of which steps. */
import { describe, expect, test } from "vitest";
import type { GameDefinition } from "../game.js";
import { pendulum } from "../games/classic-control/pendulum.js";
import { key } from "../key.js";
import { LocalVectorEnv } from "../local-env.js";
import { findGame } from "../registry.js";
import { hasEnded, playBeside, rowOf, startLocal } from "../testing/beside.js";
import { Counter } from "../testing/counter.js";
import { RandomPlay } from "../testing/random-play.js";
import type { VectorEnv } from "../vector-env.js";
import { frameSkip } from "./frame-skip.js";
import { frameStack } from "./frame-stack.js";
import { createVectorEnv, type WrapperSpec } from "./wrap.js";

const breakout = findGame("breakout");
const pixels: WrapperSpec = { wrapper: "pixels", width: 7, height: 6 };
const colors: WrapperSpec = { ...pixels, color: "rgb" };

const kinds: readonly (readonly [string, GameDefinition, readonly WrapperSpec[]])[] = [
  ["breakout", breakout, []],
  ["catch", findGame("catch"), []],
  ["pendulum", pendulum, []],
  ["mini-breakout", findGame("mini-breakout"), []],
  ["grey pictures of breakout", breakout, [pixels]],
  ["coloured pictures of catch", findGame("catch"), [colors]],
];

function make(
  game: GameDefinition | (() => Counter),
  wrappers: readonly WrapperSpec[],
  count = 2,
): VectorEnv {
  const env = createVectorEnv(game, { count, key: key(5), wrappers, maxSteps: 50 });
  env.reset();
  return env;
}

/** `steps` steps of one counter, whose observation begins with the number of its decisions. */
function countersShow(env: VectorEnv, steps: number, show: () => unknown): unknown[] {
  return Array.from({ length: steps }, (_, step) => {
    env.actions[0] = step % 5;
    env.step();
    return show();
  });
}

describe("frame-skip", () => {
  test("adds the rewards of the steps up; an episode that ends in between ends there", () => {
    const env = make(() => new Counter(), [{ wrapper: "frame-skip", frames: 3 }], 1);
    const shown = countersShow(env, 4, () => [
      env.rewards[0],
      env.terminated[0],
      env.observations[0],
      env.finalObservations[0],
    ]);
    expect(shown).toEqual([
      [1 + 2 + 3, 0, 3, 0],
      [4 + 5, 1, 0, 5],
      [6, 0, 3, 5],
      [9, 1, 0, 5],
    ]);
    expect([env.episodeReturn[0], env.episodeLength[0]]).toEqual([15, 5]);
  });

  test("with max, shows the larger of the last two observations, entry by entry", () => {
    // counters count up: only the episode's number and the action could be larger before
    const env = make(() => new Falling(), [{ wrapper: "frame-skip", frames: 3, max: true }], 1);
    const rows = countersShow(env, 3, () => [...rowOf(env.observations, 0, 1)]);
    expect(rows).toEqual([
      [3, 1, -2], // of decision 3, and -2 of decision 2
      [0, 2, 0], // the episode has ended: the next one's first, alone
      [3, 2, -2],
    ]);
    expect(rowOf(env.finalObservations, 0, 1)).toEqual([5, 1, -5]); // alone as well
  });

  test("with max, the rows inside stay what they were", () => {
    const inner = startLocal(() => new Falling(), 1);
    const env = frameSkip(inner, { frames: 2, max: true });
    env.reset();
    env.step();
    expect([inner.observations[2], env.observations[2]]).toEqual([-2, -1]);
  });

  test.each(kinds)("%s: is as steps one by one say", (_name, game, wrappers) => {
    for (const [frames, max] of [
      [1, false],
      [2, true],
      [4, false],
      [4, true],
    ] as const) {
      const bare = make(game, wrappers);
      const env = make(game, [...wrappers, { wrapper: "frame-skip", frames, max }]);
      const play = new RandomPlay(env);
      for (let step = 0; step < 60; step++) {
        play.choose();
        bare.actions.set(env.actions);
        env.step();
        for (let i = 0; i < 2; i++) {
          const expected = playSlowly(bare, i, frames, max);
          expect(env.rewards[i]).toBe(Math.fround(expected.reward));
          expect([env.terminated[i], env.truncated[i]]).toEqual(expected.ends);
          expect(rowOf(env.observations, i, 2)).toEqual(expected.row);
          if (hasEnded(env, i)) expect(rowOf(env.finalObservations, i, 2)).toEqual(expected.last);
        }
      }
    }
  });

  test("a step that is not looked at plays all the same", () => {
    const looked = make(breakout, [{ wrapper: "frame-skip", frames: 3, max: true }]);
    const blind = make(breakout, [{ wrapper: "frame-skip", frames: 3, max: true }]);
    for (let step = 0; step < 40; step++) {
      looked.step();
      blind.stepRange(0, 2, step % 3 === 2);
      expect(blind.rewards).toEqual(looked.rewards);
      if (step % 3 === 2) expect(blind.observations).toEqual(looked.observations);
    }
  });

  test("counts its own steps; refuses a number that is none", () => {
    const inner = startLocal(() => new Counter(), 1);
    expect(frameSkip(inner, { frames: 3 }).maxSteps).toBe(334);
    for (const frames of [0, 1.5]) {
      expect(() => frameSkip(inner, { frames })).toThrow(
        `frame-skip: frames must be a positive integer (got ${frames})`,
      );
    }
  });
});

/** A counter whose action entry falls instead. */
class Falling extends Counter {
  override observe(out: Float32Array, at: number): void {
    super.observe(out, at);
    out[at + 2] = 0 - this.time;
  }
}

/** `frames` steps of env `i`, one by one. */
function playSlowly(env: VectorEnv, i: number, frames: number, max: boolean) {
  let reward = 0;
  let before: number[] = [];
  for (let frame = 1; frame <= frames; frame++) {
    env.stepRange(i, i + 1);
    reward += env.rewards[i];
    const row = rowOf(env.observations, i, 2);
    const last = rowOf(env.finalObservations, i, 2);
    const ends = [env.terminated[i], env.truncated[i]];
    if (hasEnded(env, i)) return { reward, row, last, ends };
    const shown = max && frame > 1 ? row.map((value, k) => Math.max(value, before[k])) : row;
    if (frame === frames) return { reward, row: shown, last, ends };
    before = row;
  }
  throw new Error("no frames");
}

describe("frame-stack", () => {
  test("shows the last frames, oldest first; an episode begins with copies of its first", () => {
    const env = make(() => new Counter(), [{ wrapper: "frame-stack", frames: 3 }], 1);
    // an observation is [decisions, episodes, last action]
    expect([...env.observations]).toEqual([0, 1, 0, 0, 1, 0, 0, 1, 0]);
    const rows = countersShow(env, 6, () => rowOf(env.observations, 0, 1));
    expect(rows).toEqual([
      [0, 1, 0, 0, 1, 0, 1, 1, 0],
      [0, 1, 0, 1, 1, 0, 2, 1, 1],
      [1, 1, 0, 2, 1, 1, 3, 1, 2],
      [2, 1, 1, 3, 1, 2, 4, 1, 3],
      [0, 2, 0, 0, 2, 0, 0, 2, 0], // the next episode's first frame, three times
      [0, 2, 0, 0, 2, 0, 1, 2, 0],
    ]);
    // the last stack of the first episode holds its last three frames
    expect([...env.finalObservations]).toEqual([3, 1, 2, 4, 1, 3, 5, 1, 4]);
  });

  test("an episode that is cut ends with the stack that was seen last", () => {
    const env = make(() => new Counter(), [{ wrapper: "frame-stack", frames: 2 }], 1);
    countersShow(env, 3, () => 0);
    const seen = [...env.observations];
    env.cut(0);
    expect([...env.finalObservations]).toEqual(seen);
    expect([...env.observations]).toEqual([0, 2, 0, 0, 2, 0]);
    env.restart(0, 7);
    expect([...env.observations]).toEqual([0, 3, 0, 0, 3, 0]);
  });

  test.each(kinds)("%s: is as a list of frames says", (_name, game, wrappers) => {
    for (const frames of [1, 3, 4]) {
      const bare = make(game, wrappers);
      const env = make(game, [...wrappers, { wrapper: "frame-stack", frames }]);
      const histories = [0, 1].map((i) => [rowOf(bare.observations, i, 2)]);
      const expected = (i: number) => stackOf(histories[i], frames, bare.spec.observation);
      for (let i = 0; i < 2; i++) expect(rowOf(env.observations, i, 2)).toEqual(expected(i));
      playBeside(bare, env, 60, () => {
        for (let i = 0; i < 2; i++) {
          if (hasEnded(bare, i)) {
            histories[i].push(rowOf(bare.finalObservations, i, 2));
            expect(rowOf(env.finalObservations, i, 2)).toEqual(expected(i));
            histories[i] = [];
          }
          histories[i].push(rowOf(bare.observations, i, 2));
          expect(rowOf(env.observations, i, 2)).toEqual(expected(i));
        }
      });
    }
  });

  test("the shape of pictures and boards grows by channels, that of others by a dimension", () => {
    const shapes = kinds.map(([, game, wrappers]) => {
      const { spec } = make(game, [...wrappers, { wrapper: "frame-stack", frames: 3 }]);
      return spec.observation.shape;
    });
    expect(shapes).toEqual([
      [3, 118],
      [3, 10, 5],
      [3, 3],
      [10, 10, 12],
      [6, 7, 3],
      [6, 7, 9],
    ]);
  });

  test("what is known of each entry is known of each frame", () => {
    const { observation } = make(pendulum, [{ wrapper: "frame-stack", frames: 2 }]).spec;
    expect(observation).toMatchObject({
      size: 6,
      names: ["cos, 1 ago", "sin, 1 ago", "speed, 1 ago", "cos", "sin", "speed"],
      scale: [1, 1, 4, 1, 1, 4],
      low: [-1, -1, -8, -1, -1, -8],
      high: [1, 1, 8, 1, 1, 8],
    });
    expect(observation.frameShape).toEqual([3]);
    const board = make(findGame("mini-breakout"), [{ wrapper: "frame-stack", frames: 2 }]);
    expect(board.spec.observation).toMatchObject({ whole: true, frameShape: [10, 10, 4] });
    const pictures = make(breakout, [
      { wrapper: "pixels", width: 4, height: 4 },
      { wrapper: "frame-stack", frames: 4 },
    ]);
    expect(pictures.spec.observation.dtype).toBe("uint8");
    expect(pictures.observations).toBeInstanceOf(Uint8Array);
    expect(pictures.observations.length).toBe(2 * 4 * 4 * 4);
  });

  test("bounds of coloured pictures are repeated channel by channel", () => {
    const low = [0, 1, 2, 3, 4, 5];
    const spec = { size: 6, shape: [1, 2, 3], dtype: "uint8" as const, low };
    const inner = new LocalVectorEnv(findGame("catch"), {
      count: 1,
      key: key(1),
      observer: () => ({ spec, observe: (_game, out, at) => out.set(low, at) }),
    });
    const stacked = frameStack(inner, { frames: 2 });
    stacked.reset();
    expect([...stacked.observations]).toEqual(stacked.spec.observation.low);
    expect(stacked.spec.observation.low).toEqual([0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5]);
  });

  test("refuses a number of frames that is none", () => {
    const inner = startLocal(() => new Counter(), 1);
    for (const frames of [0, 2.5]) {
      expect(() => frameStack(inner, { frames })).toThrow(
        `frame-stack: frames must be a positive integer (got ${frames})`,
      );
    }
  });
});

/** The stack of the last frames of a history, padded with its first one. */
function stackOf(
  history: readonly number[][],
  frames: number,
  { shape, size }: VectorEnv["spec"]["observation"],
): number[] {
  const last = Array.from(
    { length: frames },
    (_, frame) => history[Math.max(0, history.length - frames + frame)],
  );
  if (shape.length !== 3) return last.flat();
  const channels = shape[2];
  return Array.from({ length: size / channels }, (_, pixel) =>
    last.flatMap((frame) => frame.slice(pixel * channels, (pixel + 1) * channels)),
  ).flat();
}
