/** bernoulli: independent switches, by the logit of each being on. */
import {
  bceWithLogits,
  greater,
  less,
  type RandomState,
  scope,
  softplus,
  type Tensor,
} from "@carom/tensor";
import type { Distribution } from "./distribution.js";

/** A independent switches per row of logits `[..., A]`; an action is a row of A zeros and ones. */
export class Bernoulli implements Distribution {
  /** As given, `[..., A]`. */
  readonly logits: Tensor;

  constructor(logits: Tensor) {
    this.logits = logits;
  }

  /** Probabilities of being on, `[..., A]`. */
  probabilities(): Tensor {
    return this.logits.sigmoid();
  }

  /** Zeros and ones of the logits' dtype, `[..., A]`. No gradient. */
  sample(random: RandomState): Tensor {
    return scope(() => {
      const share = this.logits.detach().sigmoid();
      return less(random.uniform(share.shape).cast(share.dtype), share).cast(share.dtype);
    });
  }

  /** Log-probability of `action`, zeros and ones of any dtype, `[..., A]` -> `[...]`. */
  logProb(action: Tensor): Tensor {
    return scope(() => {
      const target = action.cast(this.logits.dtype);
      return bceWithLogits(this.logits, target, { reduction: "none" }).sum(-1).neg();
    });
  }

  /** Entropy in nats, `[...]`. */
  entropy(): Tensor {
    return scope(() => {
      const { logits } = this;
      return softplus(logits).sub(logits.mul(logits.sigmoid())).sum(-1);
    });
  }

  /** Kullback-Leibler divergence of `other` from this, `[...]`. */
  kl(other: Bernoulli): Tensor {
    return scope(() => {
      const share = this.logits.sigmoid();
      const apart = share.mul(this.logits.sub(other.logits));
      return apart.add(softplus(other.logits)).sub(softplus(this.logits)).sum(-1);
    });
  }

  /** Each switch in its more probable position, `[..., A]`. */
  mode(): Tensor {
    return scope(() => greater(this.logits, 0).cast(this.logits.dtype));
  }
}
