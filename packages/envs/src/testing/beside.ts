/**
 * A wrapped env and the bare one played beside it, for the tests of this package that compute from
 * what the bare env shows what the wrapped one should.
 */
import type { Game, GameDefinition } from "../game.js";
import { key } from "../key.js";
import { LocalVectorEnv } from "../local-env.js";
import type { VectorEnv } from "../vector-env.js";
import { RandomPlay } from "./random-play.js";

/** A vector env of `count` games, started. */
export function startLocal(game: GameDefinition | (() => Game), count: number): LocalVectorEnv {
  const env = new LocalVectorEnv(game, { count, key: key(5) });
  env.reset();
  return env;
}

/**
 * Plays `steps` random steps in the bare env and the same actions in the wrapped one (which shares
 * its seeds); calls `compare` after each.
 */
export function playBeside(
  bare: VectorEnv,
  wrapped: VectorEnv,
  steps: number,
  compare: (step: number) => void,
): void {
  const play = new RandomPlay(bare);
  for (let step = 0; step < steps; step++) {
    play.choose();
    wrapped.actions.set(bare.actions);
    bare.step();
    wrapped.step();
    compare(step);
  }
}

/** Row `i` of a flat array of `count` rows. */
export function rowOf(values: Float32Array | Uint8Array, i: number, count: number): number[] {
  const size = values.length / count;
  return Array.from(values.subarray(i * size, (i + 1) * size));
}

/** Whether the last step ended the episode of env `i`. */
export function hasEnded(env: VectorEnv, i: number): boolean {
  return env.terminated[i] !== 0 || env.truncated[i] !== 0;
}
