/** The suite has to find each kind of fault: every test here breaks the counter game in one way. */
import { describe, expect, test } from "vitest";
import { type Canvas, defineGame, type Game } from "../game.js";
import { games } from "../registry.js";
import { Counter } from "../testing/counter.js";
import { checkGame } from "./check-game.js";

function failuresOf(create: () => Game): readonly string[] {
  return checkGame(defineGame(create), { steps: 3000 }).failures;
}

/** A counter that counts episodes only until it is seeded, as G5 demands. */
class Sound extends Counter {
  override seed(seed: number): void {
    super.seed(seed);
    this.episodes = 0;
  }
}

test("every listed game passes in every variant", () => {
  for (const game of games) {
    for (const variant of game.variants) {
      expect(checkGame(game, { variant, seed: 7, steps: 20_000 }).failures).toEqual([]);
    }
  }
});

test("a sound game passes every rule", () => {
  const report = checkGame(
    defineGame(() => new Sound()),
    { steps: 3000 },
  );
  expect(report).toMatchObject({ game: "counter", variant: "classic", ok: true });
  expect(report.results.map((result) => result.id)).toEqual(
    Array.from({ length: 17 }, (_, i) => `G${i + 1}`),
  );
  expect(report.results.slice(12).map(({ outcome, detail }) => `${outcome}: ${detail}`)).toEqual([
    "not tried: the game has no legal()",
    "not tried: the game has one player",
    "not tried: the game has no copyFrom()",
    "not tried: the game has no actionAt()",
    "not tried: the game has no vector actions",
  ]);
});

test("a game that never ends is reported as not tried in G6", () => {
  class Endless extends Sound {
    override step(_action: number): number {
      return 0;
    }
  }
  const { results } = checkGame(
    defineGame(() => new Endless()),
    { steps: 3000 },
  );
  expect(results[5]).toMatchObject({ outcome: "not tried" });
});

describe("faults", () => {
  test("[G1] a spec that contradicts itself", () => {
    class Wrong extends Sound {
      override readonly spec = {
        ...new Counter().spec,
        observation: { size: 3, shape: [2, 2], low: [0] },
      };
    }
    expect(failuresOf(() => new Wrong())[0]).toBe(
      "[G1] the spec is complete and consistent: the product of spec.observation.shape differs (got 4, expected 3)",
    );
  });

  test("[G2] a field that is not plain", () => {
    class Fancy extends Sound {
      readonly history: number[] = [];
    }
    expect(failuresOf(() => new Fancy())[0]).toContain(
      '[G2] fields are numbers, booleans and typed arrays: counter: the field "history" is not plain',
    );
  });

  test("[G3] chance that is not seeded", () => {
    class Chancy extends Sound {
      override step(action: number): number {
        return this.time === 3 ? Math.random() : super.step(action);
      }
    }
    expect(failuresOf(() => new Chancy())[0]).toMatch(
      /\[G3\] .*: seed 0, step 3: the reward differs \(got 0\.\d+, expected 0\.\d+\)/,
    );
  });

  test("[G4] state that games share", () => {
    let shared = 0;
    class Shared extends Sound {
      override seed(seed: number): void {
        super.seed(seed);
        shared = 0;
      }
      override step(action: number): number {
        shared += this.seedLow[0];
        return super.step(action) + (shared > 1000 ? 1 : 0);
      }
    }
    expect(failuresOf(() => new Shared()).some((failure) => failure.startsWith("[G4]"))).toBe(true);
  });

  test("[G5] something left of earlier episodes", () => {
    const failures = failuresOf(() => new Counter());
    expect(failures).toEqual([
      '[G5] seed and reset leave nothing of earlier episodes: seed 1, after 500 steps: the field "episodes" differs (got 101, expected 1)',
    ]);
  });

  test("[G6] a step after the end that passes", () => {
    class Zombie extends Sound {
      override step(action: number): number {
        if (this.terminated) return 0;
        return super.step(action);
      }
    }
    expect(failuresOf(() => new Zombie())[0]).toContain(
      "[G6] step after the end throws, reset begins anew: seed 1, step 5: step after the end did not throw",
    );
  });

  test("[G7] observations that are not finite, or outside the declared space", () => {
    class Infinite extends Sound {
      override observe(out: Float32Array, at: number): void {
        super.observe(out, at);
        if (this.time === 4) out[at] = Number.POSITIVE_INFINITY;
      }
    }
    expect(failuresOf(() => new Infinite())[0]).toContain(
      "[G7] random play stays within the declared space: seed 1, step 3: of the observation, entry 0 is Infinity, expected a finite number",
    );
    class Outside extends Sound {
      override readonly spec = {
        ...new Counter().spec,
        observation: {
          size: 3,
          shape: [3],
          names: ["time", "episodes", "action"],
          high: [3, 1e9, 9],
        },
      };
    }
    expect(failuresOf(() => new Outside())[0]).toContain(
      "seed 1, step 3: of the observation, entry 0 (time) is 4, expected -Infinity to 3",
    );
    class Fractional extends Sound {
      override readonly spec = {
        ...new Counter().spec,
        observation: { size: 3, shape: [3], whole: true },
      };
      override observe(out: Float32Array, at: number): void {
        super.observe(out, at);
        if (this.time === 2) out[at + 1] = 0.5;
      }
    }
    expect(failuresOf(() => new Fractional())[0]).toContain(
      "seed 1, step 1: of the observation, entry 1 is 0.5, expected a whole number from 0 to 255",
    );
    class Rich extends Sound {
      override readonly spec = { ...new Counter().spec, maxScore: 14 };
    }
    expect(failuresOf(() => new Rich())[0]).toContain(
      "seed 1, step 4: return 15 is above maxScore 14",
    );
  });

  test("[G8] an observation that leaves entries out or writes beyond its row", () => {
    class Lazy extends Sound {
      override observe(out: Float32Array, at: number): void {
        out[at] = this.time;
        out[at + 2] = 0;
      }
    }
    expect(failuresOf(() => new Lazy())[0]).toContain(
      "[G8] observe writes its own row, all of it: seed 1, step 0: observe did not write entry 1",
    );
    class Greedy extends Sound {
      override observe(out: Float32Array, at: number): void {
        super.observe(out, at);
        out[at + 3] = 0;
      }
    }
    expect(failuresOf(() => new Greedy())[0]).toContain("[G8]");
  });

  test("[G9] a buffer that the game keeps and writes to later", () => {
    let kept: Float32Array = new Float32Array(0);
    class Clinging extends Sound {
      override observe(out: Float32Array, at: number): void {
        super.observe(out, at);
        kept = out;
      }
      override step(action: number): number {
        if (kept.length === 3) kept[0] = 99;
        return super.step(action);
      }
    }
    expect(failuresOf(() => new Clinging()).some((failure) => failure.startsWith("[G9]"))).toBe(
      true,
    );
  });

  test("[G10] [G11] state outside the fields", () => {
    const hidden = new WeakMap<Game, number>();
    class Hiding extends Sound {
      override reset(): void {
        super.reset();
        hidden.set(this, 0);
      }
      override step(action: number): number {
        const steps = (hidden.get(this) ?? 0) + 1;
        hidden.set(this, steps);
        return super.step(action) + steps;
      }
    }
    const failures = failuresOf(() => new Hiding());
    expect(failures[0]).toContain(
      "[G10] the state survives a copy: after a copy at step 487, seed 1, step 0: the reward differs",
    );
  });

  test("[G12] painting outside the board, in colours that are none, or with effects on the game", () => {
    class Sloppy extends Sound {
      override draw(canvas: Canvas): void {
        canvas.circle(0, 5, 1, 0xffffff);
      }
    }
    expect(failuresOf(() => new Sloppy())).toEqual([
      "[G12] draw paints within the board and changes nothing: seed 1, step 0: circle: outside the board (got -1, 4, 1, 6, expected within 0, 0, 10, 10)",
    ]);
    class Gaudy extends Sound {
      override draw(canvas: Canvas): void {
        canvas.rect(0, 0, 1, 1, 0x1ffffff, 2);
      }
    }
    expect(failuresOf(() => new Gaudy())[0]).toContain("rect: invalid colour");
    class Counting extends Sound {
      override draw(canvas: Canvas): void {
        super.draw(canvas);
        this.lastAction += 1;
      }
    }
    expect(failuresOf(() => new Counting())[0]).toContain(
      "the state's checksum after draw differs",
    );
  });
});
