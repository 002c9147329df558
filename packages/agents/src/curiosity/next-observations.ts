/**
 * What every step of a rollout led to: the observation after it, at the end of an episode its final one.
 * Rows are in the rollout's order, `[G * T * n, O]`. Legend: O observation size.
 */
import type { ObservationArray, VectorEnv } from "@carom/envs";
import { type Device, fromShared, type Tensor } from "@carom/tensor";
import type { Rollout } from "../rollout.js";

/** Fills `[size, O]` rows while the rollout is collected; returns them as the device sees them. */
export function keepNextObservations(env: VectorEnv, rollout: Rollout, device: Device): Tensor {
  const { size: width } = env.spec.observation;
  const rows = sharedRows(env.observations, rollout.size * width);
  rollout.onStep = (from, to, row) => {
    rows.set(env.observations.subarray(from * width, to * width), row * width);
    for (let game = from; game < to; game++) {
      if ((env.terminated[game] | env.truncated[game]) === 0) continue;
      const final = env.finalObservations.subarray(game * width, (game + 1) * width);
      rows.set(final, (row + game - from) * width);
    }
  };
  return fromShared(rows, [rollout.size, width], { device });
}

/** Zeroed rows of the same type that the device can read in place. */
function sharedRows(like: ObservationArray, length: number): ObservationArray {
  return like instanceof Uint8Array
    ? new Uint8Array(new SharedArrayBuffer(length))
    : new Float32Array(new SharedArrayBuffer(4 * length));
}
