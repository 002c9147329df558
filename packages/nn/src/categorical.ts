/**
 * categorical: one action of A, by unnormalised logits [..., A].
 *
 * Composed of ops, so everything is differentiable with respect to the logits.
 */
import {
  argmax,
  categoricalSample,
  logSoftmax,
  mul,
  notEqual,
  type RandomState,
  scope,
  type Tensor,
  takeAlongLast,
  where,
} from "@carom/tensor";
import type { Distribution } from "./distribution.js";
import { NnError } from "./errors.js";

/** Log-probability of each row's action: logits [B, A], action int32 [B] -> [B]. */
export function categoricalLogProb(logits: Tensor, action: Tensor): Tensor {
  return scope(() => takeAlongLast(logSoftmax(logits), action)); // [B]
}

/** Entropy of each row, in nats: logits [B, A] -> [B]. A logit of -Infinity is an action without share. */
export function categoricalEntropy(logits: Tensor): Tensor {
  return scope(() => {
    const logs = logSoftmax(logits); // [B, A]
    return mul(logs.exp(), finiteLogs(logs)).sum(-1).neg(); // [B]
  });
}

/**
 * Kullback-Leibler divergence of q from p for each row of logits, `sum p (log p - log q)`; infinite
 * where q excludes what p allows.
 */
export function categoricalKl(p: Tensor, q: Tensor): Tensor {
  return scope(() => {
    const [logP, logQ] = [logSoftmax(p), logSoftmax(q)]; // [B, A]
    const ratio = where(notEqual(logP, -Infinity), logP.sub(logQ), 0);
    return mul(logP.exp(), ratio).sum(-1); // [B]
  });
}

/** Options of {@link Categorical}. */
export interface CategoricalOptions {
  /** bool `[..., A]`: true where an action is allowed. Each row allows at least one. */
  mask?: Tensor;
}

/** What `sampleWithLogProb` of a discrete distribution draws. */
export interface ActionDraw {
  /** The actions. */
  readonly action: Tensor;
  /** Their log-probabilities, one per row. */
  readonly logProb: Tensor;
}

/** One of A actions; forbidden ones have probability 0. */
export class Categorical implements Distribution {
  /** As given, `[..., A]`. */
  readonly logits: Tensor;
  /** bool `[..., A]`, if some actions may be forbidden. */
  readonly mask: Tensor | undefined;

  constructor(logits: Tensor, options: CategoricalOptions = {}) {
    const { mask } = options;
    if (logits.rank < 1 || logits.shape[logits.rank - 1] === 0) {
      throw new NnError(
        "INVALID_ARGUMENT",
        "Categorical",
        `there are no actions (got logits [${logits.shape}], expected [...,A] with A > 0)`,
      );
    }
    if (
      mask !== undefined &&
      (mask.dtype !== "bool" || mask.shape.join() !== logits.shape.join())
    ) {
      throw new NnError(
        "INVALID_ARGUMENT",
        "Categorical",
        `mask does not fit (got ${mask.dtype} [${mask.shape}], expected bool [${logits.shape}])`,
      );
    }
    this.logits = logits;
    this.mask = mask;
  }

  /** Probabilities, `[..., A]`. */
  probabilities(): Tensor {
    return scope(() => this.masked().softmax());
  }

  /** An action per row, int32 `[...]`. No gradient. */
  sample(random: RandomState): Tensor {
    return scope(() => this.sampleWithLogProb(random).action);
  }

  /** An action per row and its log-probability, int32 and float `[...]`, in one op. No gradient. */
  sampleWithLogProb(random: RandomState): ActionDraw {
    return scope(() => {
      const batch = this.logits.shape.slice(0, -1);
      const rows = this.masked().reshape([-1, this.logits.shape[batch.length]]); // [B, A]
      const { action, logProb } = categoricalSample(rows, random);
      return { action: action.reshape(batch), logProb: logProb.reshape(batch) };
    });
  }

  /** Log-probability of `action`, int32 `[...]` -> `[...]`; -Infinity for a forbidden one. */
  logProb(action: Tensor): Tensor {
    return scope(() => categoricalLogProb(this.masked(), action));
  }

  /** Entropy in nats, `[...]`. */
  entropy(): Tensor {
    return scope(() => categoricalEntropy(this.masked()));
  }

  /** Kullback-Leibler divergence of `other` from this, `[...]`. */
  kl(other: Categorical): Tensor {
    return scope(() => categoricalKl(this.masked(), other.masked()));
  }

  /** The most probable action, the first of several, int32 `[...]`. */
  mode(): Tensor {
    return scope(() => argmax(this.masked(), -1));
  }

  /** The logits, -Infinity where an action is forbidden; `[..., A]`, a tensor of its own. */
  masked(): Tensor {
    if (this.mask === undefined) return this.logits.reshape(this.logits.shape);
    return where(this.mask, this.logits, -Infinity);
  }
}

/** log p where p > 0, else 0: what p log p is then made of. */
function finiteLogs(logs: Tensor): Tensor {
  return where(notEqual(logs, -Infinity), logs, 0);
}
