// Games that fail on purpose, for threads of games: every export is a game definition. Threads load this file as it is,
// so it imports the built package.
import { threadId } from "node:worker_threads";

const built = new URL("../../packages/envs/dist/index.js", import.meta.url).href;
const { defineGame, EnvError, findGame, nextFloat, seedRandom } = await import(built);

const cartPole = findGame("cartpole");

/** A counting game whose episodes fail by their seed: `fails(game)` is asked before every step. */
class Counter {
  spec = {
    id: "chaos",
    variant: "classic",
    version: 1,
    title: "Chaos",
    actions: { kind: "discrete", names: ["stay", "go"] },
    observation: { size: 2, shape: [2] },
    board: { width: 1, height: 1 },
    decisionsPerSecond: 1,
    maxSteps: 50,
  };
  terminated = true;
  time = 0;
  sum = 0;
  random = new Uint32Array(4);
  seed(seed) {
    seedRandom(this.random, seed);
  }
  reset() {
    this.terminated = false;
    this.time = 0;
    this.sum = 0;
  }
  step(action) {
    if (this.terminated) throw new EnvError("EPISODE_OVER", "step: the episode has ended");
    this.time += 1;
    this.sum += action * nextFloat(this.random);
    this.terminated = this.time >= 9 && nextFloat(this.random) < 0.1;
    return this.sum;
  }
  observe(out, at) {
    out[at] = this.time;
    out[at + 1] = this.sum;
  }
  draw(canvas) {
    canvas.background(0);
  }
}

/** A counter that fails in one of its steps in about every eighth episode. */
function failing(fail) {
  return defineGame(
    () =>
      new (class extends Counter {
        failsAt = 0;
        reset() {
          super.reset();
          const chance = nextFloat(this.random);
          this.failsAt = chance < 0.125 ? 1 + Math.floor(chance * 64) : 0;
        }
        step(action) {
          if (this.time + 1 === this.failsAt) {
            const wrong = fail();
            if (wrong !== undefined) return wrong;
          }
          return super.step(action);
        }
      })(),
  );
}

export const sound = failing(() => undefined);
export const throwing = failing(() => {
  throw new Error("boom");
});
export const hanging = failing(() => {
  for (;;);
});
export const exiting = failing(() => process.exit(3));
export const exhausting = failing(() => {
  const kept = [];
  for (;;) kept.push(new Array(100_000).fill(kept.length + 0.5));
});
export const notANumber = failing(() => Number.NaN);

/** Fails in every episode. */
export const broken = defineGame(
  () =>
    new (class extends Counter {
      step() {
        throw new Error("always");
      }
    })(),
);

let chaos = Math.imul(threadId + 1, 2654435761) >>> 0;

/** Chance that the games' seeds do not decide: another one in every thread. */
function chance() {
  chaos = (Math.imul(chaos, 1664525) + 1013904223) >>> 0;
  return chaos / 2 ** 32;
}

/** CartPole that throws, hangs, ends its thread and returns NaN, each at random. */
export const wild = {
  id: "cartpole",
  title: "Wild CartPole",
  variants: cartPole.variants,
  defaultVariant: cartPole.defaultVariant,
  create(variant) {
    const game = cartPole.create(variant);
    const step = game.step.bind(game);
    const fails = (action) => {
      const draw = chance();
      if (draw < 1e-4) throw new Error("boom");
      if (draw < 1.2e-4) for (;;);
      if (draw < 1.4e-4) process.exit(1);
      if (draw < 2.4e-4) return Number.NaN;
      return step(action);
    };
    Object.defineProperty(game, "step", { value: fails, enumerable: false });
    return game;
  },
};
