/** The rows of all games over shared memory, shaped like those of one env. */
import { observationRows, sharedBuffer } from "../local-env.js";
import { actionArray, actionWidth } from "../spaces.js";
import type { VectorEnv } from "../vector-env.js";
import type { SharedRows } from "./protocol.js";

/** Rows for `count` games that look like `sample`'s. */
export function sharedRows(sample: VectorEnv, count: number): SharedRows {
  const { actions, observation } = sample.spec;
  const length = count * actionWidth(actions);
  const ints = (): Int32Array => new Int32Array(sharedBuffer(4 * count));
  const masks = sample.masks && sample.masks.length / sample.count;
  return {
    observations: observationRows(observation, count),
    finalObservations: observationRows(observation, count),
    actions: actionArray(actions, length, sharedBuffer(4 * length)),
    rewards: new Float32Array(sharedBuffer(4 * count)),
    terminated: new Uint8Array(sharedBuffer(count)),
    truncated: new Uint8Array(sharedBuffer(count)),
    episodeReturn: new Float64Array(sharedBuffer(8 * count)),
    episodeLength: ints(),
    masks: masks === undefined ? undefined : new Uint8Array(sharedBuffer(count * masks)),
    lives: sample.lives(0) === undefined ? undefined : ints(),
    turns: sample.turn(0) === undefined ? undefined : ints(),
    episodes: ints(),
  };
}
