/**
 * n-step returns within sequences of a replay memory (Sutton 1988), on the host.
 *
 *   R_t = sum over k < m of gamma^k r_{t+k},   d_t = gamma^m, 0 where the window ends in termination
 *
 * m = n, or fewer where the episode or the sequence ends; the value of row t + m follows. The row after a
 * step that a time limit cut is the final observation. Rows are step after step, `[L, B]` flattened.
 *
 * Steps count where there is one (`mask`) and the state of the memory is known: after the burn-in, or from
 * the first step on where the sequence begins with an episode, whose state is zeros.
 */

/** A batch of sequences of L steps; every array `[L, B]` flattened. */
export interface SequenceSteps {
  readonly reward: Float32Array;
  /** 1 where the rules ended the episode with that step. */
  readonly terminated: Float32Array;
  /** 1 where a limit cut the episode after that step. */
  readonly truncated: Float32Array;
  /** 1 for the steps that there are. */
  readonly mask: Float32Array;
  /** 1 where an episode begins with that observation, `[L + 1, B]`. */
  readonly reset: Uint8Array;
}

/** How returns are counted. */
export interface NStepOptions {
  /** Sequences, B. */
  readonly batch: number;
  /** Steps of a return, n. */
  readonly nStep: number;
  /** Discount per step. */
  readonly gamma: number;
  /** Steps that only refresh the state. */
  readonly burnIn: number;
}

/** What is written; every array `[L, B]` flattened. */
export interface NStepRows {
  /** R. */
  readonly reward: Float32Array;
  /** d. */
  readonly discount: Float32Array;
  /** Row m steps on, of `[L + 1, B]`. */
  readonly next: Int32Array;
  /** 1 for the steps that are learned. */
  readonly valid: Uint8Array;
}

/** Writes returns, discounts and rows of the values that follow. */
export function nStepReturns(steps: SequenceSteps, options: NStepOptions, out: NStepRows): void {
  const { batch, nStep, gamma, burnIn } = options;
  const { reward, terminated, truncated, mask, reset } = steps;
  for (let row = 0; row < reward.length; row++) {
    let sum = 0;
    let discount = 1;
    let at = row;
    for (let k = 0; k < nStep && at < reward.length; k++) {
      sum += discount * reward[at];
      discount *= terminated[at] === 1 ? 0 : gamma;
      const hasEnded = terminated[at] === 1 || truncated[at] === 1;
      at += batch;
      if (hasEnded) break;
    }
    const isKnown = row >= burnIn * batch || reset[row % batch] === 1;
    out.reward[row] = sum;
    out.discount[row] = discount;
    out.next[row] = at;
    out.valid[row] = mask[row] === 1 && isKnown ? 1 : 0;
  }
}
