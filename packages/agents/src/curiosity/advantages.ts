/**
 * From the predictor's errors over a rollout to advantages: curiosity's rewards are the errors in units of
 * the spread of their returns, and its advantages are generalised ones (Schulman et al. 2016) over a value of
 * its own that nothing ends: what comes after the last step of an episode is the first of the next.
 */
import { gae } from "../math/gae.js";
import type { Rollout } from "../rollout.js";
import type { CuriosityConfig } from "./config.js";
import type { ReturnScale } from "./returns.js";

/** The settings that curiosity reads: its own, and the algorithm's mixing of advantages. */
export interface CuriousConfig extends CuriosityConfig {
  readonly lambda: number;
}

/** Numbers per step that host and device share; rows as in the rollout, `[G, T, n]`. */
export interface CuriosityRows {
  /** Of the predictor, at what each step led to. */
  readonly errors: Float32Array;
  /** Value of curiosity's rewards at what each step saw. */
  readonly values: Float32Array;
  /** Targets of that value; written. */
  readonly returns: Float32Array;
  /** Value of the observation after the last step, `[G, n]`. */
  readonly lastValues: Float32Array;
}

/** What of a rollout says how its rows lie, and receives the advantages. */
export type CuriousRollout = Pick<Rollout, "groups" | "groupSize" | "horizon"> & {
  readonly host: Pick<Rollout["host"], "advantages">;
};

/** Zeroed rows for a rollout of `size` samples of `games` games. */
export function createRows(size: number, games: number): CuriosityRows {
  const floats = (length: number): Float32Array =>
    new Float32Array(new SharedArrayBuffer(4 * length));
  return {
    errors: floats(size),
    values: floats(size),
    returns: floats(size),
    lastValues: floats(games),
  };
}

/** Takes the errors into `scale`, writes returns, and adds weighted advantages to the rollout's. */
export function estimateCuriosity(
  rollout: CuriousRollout,
  rows: CuriosityRows,
  scale: ReturnScale,
  config: CuriousConfig,
): void {
  const { groups, groupSize: count, horizon, host } = rollout;
  const block = horizon * count;
  for (let g = 0; g < groups; g++) {
    scale.add(rows.errors.subarray(g * block, (g + 1) * block), g * count, count);
  }
  const factor = 1 / scale.deviation;
  const never = new Uint8Array(block);
  const advantages = new Float32Array(block);
  for (let g = 0; g < groups; g++) {
    const [from, to] = [g * block, (g + 1) * block];
    const steps = {
      ...{ horizon, count, gamma: config.curiosityGamma, lambda: config.lambda },
      ...{ terminated: never, truncated: never, finalValues: advantages }, // the last is not read
      rewards: rows.errors.subarray(from, to).map((error) => error * factor),
      values: rows.values.subarray(from, to),
      lastValues: rows.lastValues.subarray(g * count, (g + 1) * count),
    };
    gae(steps, advantages, rows.returns.subarray(from, to));
    for (let i = 0; i < block; i++) {
      host.advantages[from + i] += config.curiosity * advantages[i];
    }
  }
}
