/**
 * Actions of a bounded box in units in which its bounds are -1 and 1, and back. Policies, critics and noise
 * work in these units; envs, replay memories and recordings of episodes hold the env's own.
 */
import type { ActionSpace, BoxActions } from "@carom/envs";
import { type Device, keep, type Tensor, tensor } from "@carom/tensor";
import { AgentError } from "../errors.js";
import { boxUnits } from "../heads/normal.js";

/** A box of A numbers with bounds. Its tensors are exempt from scopes. */
export class Box {
  /** Numbers per action, A. */
  readonly size: number;
  private readonly middle: Tensor; // [A]
  private readonly half: Tensor; // [A]
  private readonly low: Tensor; // [A]
  private readonly high: Tensor; // [A]

  /** @throws AgentError UNSUPPORTED_GAME where an entry lacks a bound */
  constructor(algo: string, space: ActionSpace, device: Device) {
    const { size, low, high } = boundedBox(algo, space);
    const { middle, half } = boxUnits({ kind: "box", size, low, high });
    const row = (values: Iterable<number>): Tensor =>
      keep(tensor(Float32Array.from(values), { device }));
    this.size = size;
    this.middle = row(middle);
    this.half = row(half);
    this.low = row(low);
    this.high = row(high);
  }

  /** Actions `[B, A]` in [-1, 1] as the env takes them: rounding never leads out of its bounds. */
  toEnv(action: Tensor): Tensor {
    return action.mul(this.half).add(this.middle).maximum(this.low).minimum(this.high);
  }

  /** Actions `[B, A]` of the env in [-1, 1]. */
  fromEnv(action: Tensor): Tensor {
    return action.sub(this.middle).div(this.half);
  }

  /** Frees the tensors. Idempotent. */
  dispose(): void {
    for (const row of [this.middle, this.half, this.low, this.high]) row.dispose();
  }
}

/** @throws AgentError UNSUPPORTED_GAME */
function boundedBox(algo: string, space: ActionSpace): BoxActions {
  const isBounded =
    space.kind === "box" &&
    space.low.every((low, i) => Number.isFinite(low) && Number.isFinite(space.high[i]));
  if (space.kind === "box" && isBounded) return space;
  const got = space.kind === "box" ? `bounds [${space.low}] and [${space.high}]` : space.kind;
  throw new AgentError(
    "UNSUPPORTED_GAME",
    `${algo}: takes actions that are numbers with two bounds each (got ${got})`,
  );
}
