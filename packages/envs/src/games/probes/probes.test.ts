/** The probe games: conformance, and each rule. */
import { describe, expect, test } from "vitest";
import { checkGame } from "../../conformance/check-game.js";
import { key } from "../../key.js";
import { LocalVectorEnv } from "../../local-env.js";
import { pixelObserver } from "../../pixels/observer.js";
import { findGame, games } from "../../registry.js";
import { probes } from "./probes.js";

test.each(
  probes.flatMap((probe) =>
    probe.variants.map((variant) => [`${probe.id}/${variant}`, probe, variant] as const),
  ),
)("%s keeps the contract of games", (_, probe, variant) => {
  expect(checkGame(probe, { variant, steps: 5000 }).failures).toEqual([]);
  expect(findGame(probe.id)).toBe(probe);
  expect(games).not.toContain(probe);
});

/** One decision: what was seen before it, and what came of it. */
interface Decision {
  readonly seen: number[];
  readonly reward: number;
  readonly terminated: number;
  readonly truncated: number;
  /** The last observation where the episode has ended. */
  readonly final: number[];
}

interface Sight {
  readonly seen: number[];
  /** What is allowed, where the game says so. */
  readonly mask: number[];
}

/** Plays a policy of observations (`id` may name a variant: "probe:memory/2"). */
function play(id: string, policy: (sight: Sight) => number[], steps = 40): Decision[] {
  const [name, variant] = id.split("/");
  const env = new LocalVectorEnv(() => findGame(name).create(variant), { count: 1, key: key(3) });
  env.reset();
  return Array.from({ length: steps }, () => {
    const seen = [...env.observations];
    env.actions.set(policy({ seen, mask: [...(env.masks ?? [])] }));
    env.step();
    const { rewards, terminated, truncated, finalObservations } = env;
    const ended = terminated[0] + truncated[0] > 0;
    return {
      seen,
      reward: rewards[0],
      terminated: terminated[0],
      truncated: truncated[0],
      final: ended ? [...finalObservations] : [],
    };
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

const rewardsOf = (decisions: readonly Decision[]) => decisions.map(({ reward }) => reward);

test("constant: one decision, reward 1", () => {
  expect(new Set(play("probe:constant", () => [0]).map((step) => JSON.stringify(step)))).toEqual(
    new Set(['{"seen":[0],"reward":1,"terminated":1,"truncated":0,"final":[0]}']),
  );
});

test("observation: the reward is what was seen, and both cues occur", () => {
  const seen = play("probe:observation", () => [1]).map((step) => `${step.seen} ${step.reward}`);
  expect(new Set(seen)).toEqual(new Set(["1 1", "-1 -1"]));
});

test("delay: the reward comes with the third decision", () => {
  const steps = play("probe:delay", () => [0], 3);
  expect(steps.map(({ seen, reward, terminated }) => [...seen, reward, terminated])).toEqual([
    [0, 0, 0],
    [0.5, 0, 0],
    [1, 1, 1],
  ]);
});

test("action: action 1 is good, action 0 bad", () => {
  expect(play("probe:action", () => [1])[0].reward).toBe(1);
  expect(play("probe:action", () => [0])[0].reward).toBe(-1);
});

test("match: the action has to fit the observation", () => {
  const right = play("probe:match", ({ seen: [cue] }) => [cue > 0 ? 1 : 0]);
  const wrong = play("probe:match", ({ seen: [cue] }) => [cue > 0 ? 0 : 1]);
  expect(rewardsOf(right).every((reward) => reward === 1)).toBe(true);
  expect(rewardsOf(wrong).every((reward) => reward === -1)).toBe(true);
});

test("truncation: reward 1 for ever, cut at every tenth decision, never ended", () => {
  const steps = play("probe:truncation", () => [0]);
  expect(steps.map((step) => step.truncated)).toEqual(steps.map((_, i) => (i % 10 === 9 ? 1 : 0)));
  expect(steps.every((step) => step.reward === 1 && step.terminated === 0)).toBe(true);
});

describe("identity", () => {
  test("the action that was seen earns 1, any other 0, 16 times an episode", () => {
    const right = play("probe:identity", ({ seen }) => [seen.indexOf(1)], 64);
    const wrong = play("probe:identity", ({ seen }) => [(seen.indexOf(1) + 1) % 4], 64);
    expect(new Set(rewardsOf(right))).toEqual(new Set([1]));
    expect(new Set(rewardsOf(wrong))).toEqual(new Set([0]));
    expect(right.map(({ terminated }) => terminated)).toEqual(
      right.map((_, i) => (i % 16 === 15 ? 1 : 0)),
    );
  });

  test("every decision has a cue of its own: the one before is right once in four times", () => {
    let before = 0;
    const steps = play(
      "probe:identity",
      ({ seen }) => {
        const action = before;
        before = seen.indexOf(1);
        return [action];
      },
      4000,
    );
    expect(Math.abs(mean(rewardsOf(steps)) - 0.25)).toBeLessThan(0.03);
  });
});

describe.each([
  ["probe:memory/2", 3],
  ["probe:memory/10", 11],
])("%s", (id, length) => {
  /** Keeps the cue of the present episode, or of the one before. */
  function remembering(which: "this" | "the one before"): (sight: Sight) => number[] {
    let [cue, before] = [0, 0];
    return ({ seen }) => {
      if (seen[0] !== 0) [cue, before] = [seen[0], cue];
      return [(which === "this" ? cue : before) > 0 ? 1 : 0];
    };
  }

  test("the cue is seen once, the reward comes with the last decision", () => {
    const steps = play(id, remembering("this"), 20 * length);
    steps.forEach(({ seen, reward, terminated, final }, i) => {
      const time = i % length;
      expect(Math.abs(seen[0])).toBe(time === 0 ? 1 : 0);
      expect(seen[1]).toBe(Math.fround(time / length));
      const isLast = time === length - 1;
      expect([reward, terminated, final]).toEqual(isLast ? [1, 1, [0, 1]] : [0, 0, []]);
    });
    expect(new Set(steps.map(({ seen }) => seen[0]))).toEqual(new Set([-1, 0, 1]));
  });

  test("without memory, or with another episode's, it earns 0 on average", () => {
    const policies = [() => [0], () => [1], remembering("the one before")];
    for (const policy of policies) {
      const steps = play(id, policy, 2000 * length).filter(({ terminated }) => terminated === 1);
      expect(steps).toHaveLength(2000);
      expect(new Set(rewardsOf(steps))).toEqual(new Set([-1, 1]));
      expect(Math.abs(mean(rewardsOf(steps)))).toBeLessThan(0.09); // 4 standard errors
    }
  });

  test("the picture shows the cue only while the observation does", () => {
    const [, variant] = id.split("/");
    const game = findGame("probe:memory").create(variant);
    const observer = pixelObserver(game.spec, { width: 8, height: 8, color: "rgb" });
    const pictures: string[][] = [[], []];
    for (let seed = 0; pictures.some(({ length }) => length === 0); seed++) {
      game.seed(seed);
      game.reset();
      const values = new Float32Array(2);
      game.observe(values, 0);
      pictures[values[0] > 0 ? 1 : 0] = Array.from({ length }, () => {
        const pixels = new Uint8Array(8 * 8 * 3);
        observer.observe(game, pixels, 0);
        game.step(0);
        return pixels.join(" ");
      });
    }
    const [low, high] = pictures;
    expect(low[0]).not.toBe(high[0]);
    expect(low.slice(1)).toEqual(high.slice(1));
  });
});

test("memory: the default is 10, other delays are refused", () => {
  expect(findGame("probe:memory").create().spec.variant).toBe("10");
  expect(() => findGame("probe:memory").create("5")).toThrow(
    'probe:memory: no such variant (got "5", expected one of 2, 10)',
  );
});

describe("mask", () => {
  const allowedOf = (mask: number[]) => [...mask.keys()].filter((action) => mask[action] === 1);

  test("8 of 72 actions are allowed, by the group that is seen", () => {
    const masks = new Map<number, string>();
    const groups: number[] = [];
    play(
      "probe:mask",
      ({ seen, mask }) => {
        const group = seen.indexOf(1);
        groups.push(group);
        expect(mask).toHaveLength(72);
        expect(allowedOf(mask)).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((i) => group + 9 * i));
        masks.set(group, mask.join(""));
        return [allowedOf(mask)[0]];
      },
      400,
    );
    expect(new Set(masks.values()).size).toBe(9);
    expect(new Set(groups.slice(0, 4)).size).toBeGreaterThan(1); // within an episode too
  });

  test("one allowed action per group earns 1, the others 0, four times an episode", () => {
    const wins = new Map<number, Set<number>>();
    for (let k = 0; k < 8; k++) {
      const played: number[] = [];
      const steps = play(
        "probe:mask",
        ({ mask }) => {
          const action = allowedOf(mask)[k];
          played.push(action);
          return [action];
        },
        400,
      );
      steps.forEach(({ seen, reward, terminated }, i) => {
        expect([0, 1]).toContain(reward);
        expect([seen[9], terminated]).toEqual([(i % 4) / 4, i % 4 === 3 ? 1 : 0]);
        const group = seen.indexOf(1);
        if (reward === 1) wins.set(group, (wins.get(group) ?? new Set()).add(played[i]));
      });
    }
    const counts = Array.from({ length: 9 }, (_, group) => wins.get(group)?.size);
    expect(counts).toEqual(new Array(9).fill(1));
    expect(new Set([...wins.values()].map(([action]) => Math.floor(action / 9))).size).toBe(8);
  });

  test("an action that is not allowed loses at once", () => {
    const steps = play("probe:mask", ({ mask }) => [mask.indexOf(0)]);
    expect(new Set(rewardsOf(steps))).toEqual(new Set([-1]));
    expect(steps.every(({ terminated }) => terminated === 1)).toBe(true);
    const game = findGame("probe:mask").create();
    game.reset();
    const mask = new Uint8Array(72);
    game.legal?.(mask);
    game.step(mask.indexOf(0));
    game.legal?.(mask);
    expect(mask.includes(1)).toBe(false);
  });
});

describe("multi-discrete", () => {
  const sizes = [3, 2, 4];

  /** The choices that an observation asks for. */
  function wanted(seen: number[]): number[] {
    let from = 0;
    return sizes.map((size) => {
      const part = seen.slice(from, from + size);
      from += size;
      expect(part.filter((value) => value === 1)).toHaveLength(1);
      return part.indexOf(1);
    });
  }

  test("the reward is the share of right choices", () => {
    for (const wrong of [0, 1, 2, 3]) {
      const steps = play("probe:multi-discrete", ({ seen }) =>
        wanted(seen).map((choice, i) => (i < wrong ? (choice + 1) % sizes[i] : choice)),
      );
      const rewards = rewardsOf(steps).map((reward) => Math.round(3 * reward));
      expect(new Set(rewards)).toEqual(new Set([3 - wrong]));
      expect(steps.every(({ terminated }) => terminated === 1)).toBe(true);
    }
  });

  test("all 24 tasks occur, and no choice helps everywhere", () => {
    const tasks = play("probe:multi-discrete", () => [0, 0, 0], 2000);
    expect(new Set(tasks.map(({ seen }) => String(wanted(seen)))).size).toBe(24);
    const expected = (1 / 3 + 1 / 2 + 1 / 4) / 3;
    expect(Math.abs(mean(rewardsOf(tasks)) - expected)).toBeLessThan(0.03);
  });
});

describe("multi-binary", () => {
  test("the reward is the share of right switches", () => {
    for (const wrong of [0, 1, 2, 3, 4]) {
      const steps = play("probe:multi-binary", ({ seen }) =>
        seen.map((on, i) => (i < wrong ? 1 - on : on)),
      );
      expect(new Set(rewardsOf(steps))).toEqual(new Set([1 - wrong / 4]));
      expect(steps.every(({ terminated }) => terminated === 1)).toBe(true);
    }
  });

  test("all 16 tasks occur, and no switch helps everywhere", () => {
    const tasks = play("probe:multi-binary", () => [1, 1, 1, 1], 2000);
    expect(new Set(tasks.map(({ seen }) => String(seen))).size).toBe(16);
    expect(Math.abs(mean(rewardsOf(tasks)) - 0.5)).toBeLessThan(0.03);
  });
});

describe("continuous", () => {
  test("half of the cue earns 0, a miss costs its square", () => {
    const right = play("probe:continuous", ({ seen: [cue] }) => [0.5 * cue]);
    const off = play("probe:continuous", ({ seen: [cue] }) => [0.5 * cue + 0.25]);
    expect(new Set(rewardsOf(right))).toEqual(new Set([0]));
    for (const { reward } of off) expect(reward).toBeCloseTo(-0.0625, 6);
    expect(right.every(({ terminated }) => terminated === 1)).toBe(true);
  });

  test("cues fill -1 to 1, so that an action blind to them loses a twelfth at least", () => {
    const steps = play("probe:continuous", () => [0], 4000);
    const cues = steps.map(({ seen }) => seen[0]);
    expect(Math.min(...cues)).toBeLessThan(-0.99);
    expect(Math.max(...cues)).toBeGreaterThan(0.99);
    expect(mean(rewardsOf(steps))).toBeCloseTo(-1 / 12, 2);
  });
});

describe("continuous-2d", () => {
  const target = (cue: number) => (cue > 0 ? [1.5, 0.1] : [-1.5, 0.9]);

  test("the target of each cue earns 0, a miss costs the square of the distance", () => {
    const right = play("probe:continuous-2d", ({ seen: [cue] }) => target(cue));
    const off = play("probe:continuous-2d", ({ seen: [cue] }) => {
      const [a, b] = target(cue);
      return [a - 0.3, b + (b < 0.5 ? 0.4 : -0.4)];
    });
    for (const { reward } of right) expect(reward).toBeCloseTo(0, 6);
    for (const { reward } of off) expect(reward).toBeCloseTo(-0.25, 6);
    expect(new Set(right.map(({ seen }) => seen[0]))).toEqual(new Set([-1, 1]));
  });

  test("who forgets half of the bounds cannot reach it", () => {
    const rewards = (reach: (value: number, i: number) => number) =>
      rewardsOf(play("probe:continuous-2d", ({ seen: [cue] }) => target(cue).map(reach)));
    const withoutWidth = rewards((value) => Math.max(-1, Math.min(1, value)));
    expect(Math.max(...withoutWidth)).toBeCloseTo(-0.25, 6);
    const half = [2, 0.5];
    const withoutMiddle = rewards((value, i) => Math.max(-half[i], Math.min(half[i], value)));
    expect(Math.min(...withoutMiddle)).toBeCloseTo(-0.16, 6);
  });

  test("what lies beyond the bounds is played as the bound", () => {
    for (const { seen, reward } of play("probe:continuous-2d", () => [9, -9])) {
      const [a, b] = target(seen[0]);
      expect(reward).toBeCloseTo(-((2 - a) ** 2) - b ** 2, 6);
    }
  });
});

test("continuous-delay: the reward comes with the third decision, whatever the action", () => {
  for (const action of [-1, 0.3]) {
    const steps = play("probe:continuous-delay", () => [action], 3);
    expect(steps.map(({ seen, reward, terminated }) => [...seen, reward, terminated])).toEqual([
      [0, 0, 0],
      [0.5, 0, 0],
      [1, 1, 1],
    ]);
  }
});

test("[B2] continuous-truncation: reward 1 for ever, cut at every tenth decision, never ended", () => {
  const steps = play("probe:continuous-truncation", () => [0.3]);
  expect(steps.map((step) => step.truncated)).toEqual(steps.map((_, i) => (i % 10 === 9 ? 1 : 0)));
  expect(
    steps.every(({ seen, reward, terminated }) => [...seen, reward, terminated].join() === "0,1,0"),
  ).toBe(true);
});
