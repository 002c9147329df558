import { describe, expect, test } from "vitest";
import { type GaeInput, gae } from "./gae.js";

/** A one-game rollout from readable parts; flags are written as "." (goes on), "T" (terminated), "C" (cut). */
function rollout(
  flags: string,
  values: number[],
  extra: Partial<Pick<GaeInput, "gamma" | "lambda">> & {
    rewards: number[] | Float32Array;
    last: number;
    final?: number[];
  },
): GaeInput {
  return {
    horizon: flags.length,
    count: 1,
    values: Float32Array.from(values),
    lastValues: Float32Array.of(extra.last),
    terminated: Uint8Array.from(flags, (f) => Number(f === "T")),
    truncated: Uint8Array.from(flags, (f) => Number(f === "C")),
    finalValues: Float32Array.from(extra.final ?? values.map(() => Number.NaN)),
    gamma: extra.gamma ?? 0.5,
    lambda: extra.lambda ?? 0.5,
    rewards: Float32Array.from(extra.rewards),
  };
}

function run(input: GaeInput): { advantages: number[]; returns: number[] } {
  const advantages = new Float32Array(input.values.length);
  const returns = new Float32Array(input.values.length);
  gae(input, advantages, returns);
  return { advantages: [...advantages], returns: [...returns] };
}

describe("generalised advantage estimation", () => {
  test("[B6] six steps with a terminal in the middle, worked by hand", () => {
    // gamma = lambda = 1/2, so the recursion multiplies by 1/4.
    const { advantages, returns } = run(
      rollout("..T...", [1, 2, 3, 4, 5, 6], { rewards: [1, 1, 1, 1, 1, 1], last: 8 }),
    );
    // deltas: 1+1-1=1, 1+1.5-2=0.5, 1-3=-2 | 1+2.5-4=-0.5, 1+3-5=-1, 1+4-6=-1
    expect(advantages).toEqual([1, 0, -2, -0.8125, -1.25, -1]);
    expect(returns).toEqual([2, 2, 1, 3.1875, 3.75, 5]);
  });

  test("[B1] a time limit bootstraps from the final observation's value, an end does not", () => {
    const common = { rewards: [1], last: 100, gamma: 0.5, lambda: 1 };
    expect(run(rollout("C", [0], { ...common, final: [10] })).returns).toEqual([6]);
    expect(run(rollout("T", [0], { ...common, final: [10] })).returns).toEqual([1]);
  });

  test("[B5] the value of the next episode's first observation is never used at a boundary", () => {
    const sentinel = 1e6;
    const input = { rewards: [0, 0], last: sentinel, gamma: 1, lambda: 1 };
    const cut = run(rollout("C.", [0, sentinel], { ...input, final: [7, Number.NaN] }));
    expect(cut.advantages[0]).toBe(7);
    const ended = run(rollout("T.", [0, sentinel], input));
    expect(ended.advantages[0]).toBe(0);
  });

  test("[B3] a rollout with boundaries equals its episodes taken one by one", () => {
    let word = 12345;
    const random = (): number => {
      word = (Math.imul(word, 1664525) + 1013904223) >>> 0;
      return word / 2 ** 32;
    };
    for (let round = 0; round < 200; round++) {
      const horizon = 1 + Math.floor(random() * 20);
      const draw = (): number[] => Array.from({ length: horizon }, () => random() * 2 - 1);
      const flags = Array.from({ length: horizon }, () => ".....TC"[Math.floor(random() * 7)]).join(
        "",
      );
      const parts = { rewards: draw(), final: draw(), last: random(), gamma: 0.97, lambda: 0.9 };
      const values = draw();
      const whole = run(rollout(flags, values, parts));
      const split: number[] = [];
      for (const [from, to] of episodes(flags)) {
        const piece = run(
          rollout(flags.slice(from, to), values.slice(from, to), {
            ...parts,
            rewards: parts.rewards.slice(from, to),
            final: parts.final.slice(from, to),
          }),
        );
        split.push(...piece.advantages);
      }
      expect(split).toEqual(whole.advantages);
    }
  });

  test("with lambda 1 and no boundary, the return is the discounted sum", () => {
    const { returns } = run(
      rollout("...", [3, -1, 2], { rewards: [1, 2, 4], last: 8, gamma: 0.5, lambda: 1 }),
    );
    expect(returns).toEqual([4, 6, 8]);
  });

  test("games side by side do not mix", () => {
    const one = run(rollout("..", [1, 2], { rewards: [1, 0], last: 3 }));
    const two = run(rollout(".T", [5, 6], { rewards: [0, 2], last: 9 }));
    const both = run({
      ...rollout("....", [1, 5, 2, 6], { rewards: [1, 0, 0, 2], last: 0 }),
      horizon: 2,
      count: 2,
      lastValues: Float32Array.of(3, 9),
      terminated: Uint8Array.of(0, 0, 0, 1),
    });
    expect(both.advantages).toEqual([
      one.advantages[0],
      two.advantages[0],
      one.advantages[1],
      two.advantages[1],
    ]);
  });
});

/** Half-open ranges of the episodes in a string of flags. */
function episodes(flags: string): [number, number][] {
  const ranges: [number, number][] = [];
  let from = 0;
  for (let t = 0; t < flags.length; t++) {
    if (flags[t] === "." && t < flags.length - 1) continue;
    ranges.push([from, t + 1]);
    from = t + 1;
  }
  return ranges;
}
