/**
 * normal, tanh-normal: D independent normal values per row, as they are or squashed into (-1, 1).
 *
 *   log N(x) = -((x - mean) / std)^2 / 2 - log std - log(2 pi) / 2, summed over the row
 *   a = tanh(u):  log p(a) = log N(u) - log(1 - tanh(u)^2),
 *                 log(1 - tanh(u)^2) = 2 (log 2 - u - softplus(-2u)), which does not lose digits
 *
 * Both take the logarithm of the standard deviation, which is what networks give.
 */
import { noGrad, type RandomState, scope, softplus, type Tensor } from "@carom/tensor";
import type { Distribution } from "./distribution.js";
import { NnError } from "./errors.js";

const halfLogTau = 0.5 * Math.log(2 * Math.PI);

/** Sum over the last dimension of log-densities of normal values. */
export function normalLogProb(value: Tensor, mean: Tensor, logStd: Tensor): Tensor {
  return scope(() => {
    const z = value.sub(mean).mul(logStd.neg().exp()); // [..., D]
    return z.square().mul(0.5).add(logStd).add(halfLogTau).sum(-1).neg();
  });
}

/** Kullback-Leibler divergence of the second from the first of two normal distributions, `[...]`. */
export function normalKl(
  mean: Tensor,
  logStd: Tensor,
  otherMean: Tensor,
  otherLogStd: Tensor,
): Tensor {
  return scope(() => {
    const apart = otherLogStd.sub(logStd); // [..., D]
    const shift = mean.sub(otherMean).mul(otherLogStd.neg().exp()).square();
    return apart.mul(-2).exp().add(shift).mul(0.5).add(apart).sub(0.5).sum(-1);
  });
}

/** A diagonal normal distribution of mean `[..., D]` and logStd that broadcasts to it. */
export class Normal implements Distribution {
  /** `[..., D]` */
  readonly mean: Tensor;
  /** Logarithm of the standard deviation; broadcasts to the mean. */
  readonly logStd: Tensor;

  constructor(mean: Tensor, logStd: Tensor) {
    checkParameters("Normal", mean, logStd);
    this.mean = mean;
    this.logStd = logStd;
  }

  /** Values, `[..., D]`. No gradient. */
  sample(random: RandomState): Tensor {
    return noGrad(() => this.rsample(random));
  }

  /** Values as a function of mean and logStd, so that gradients reach them. */
  rsample(random: RandomState): Tensor {
    return scope(() => {
      const noise = random.normal(this.mean.shape).cast(this.mean.dtype);
      return this.mean.add(noise.mul(this.logStd.exp()));
    });
  }

  /** Log-density of `value [..., D]`, `[...]`. */
  logProb(value: Tensor): Tensor {
    return normalLogProb(value, this.mean, this.logStd);
  }

  /** Entropy in nats, `[...]`; differential, so it may be negative. */
  entropy(): Tensor {
    return scope(() => {
      const each = this.logStd.expand(this.mean.shape); // [..., D]
      return each.add(halfLogTau + 0.5).sum(-1);
    });
  }

  /** Kullback-Leibler divergence of `other` from this, `[...]`. */
  kl(other: Normal): Tensor {
    return normalKl(this.mean, this.logStd, other.mean, other.logStd);
  }

  /** The mean, `[..., D]`, a tensor of its own. */
  mode(): Tensor {
    return this.mean.reshape(this.mean.shape);
  }
}

/** What {@link TanhNormal.rsampleWithLogProb} draws. */
export interface TanhNormalDraw {
  /** `[..., D]`, in (-1, 1). */
  readonly action: Tensor;
  /** Log-density of each action, `[...]`. */
  readonly logProb: Tensor;
}

/** tanh of a diagonal normal distribution: bounded actions, as in SAC (Haarnoja et al. 2018). */
export class TanhNormal implements Distribution {
  /** The distribution before tanh. */
  readonly base: Normal;

  constructor(mean: Tensor, logStd: Tensor) {
    checkParameters("TanhNormal", mean, logStd);
    this.base = new Normal(mean, logStd);
  }

  /** Values in (-1, 1), `[..., D]`. No gradient. */
  sample(random: RandomState): Tensor {
    return noGrad(() => this.rsample(random));
  }

  /** Values as a function of mean and logStd, so that gradients reach them. */
  rsample(random: RandomState): Tensor {
    return scope(() => this.base.rsample(random).tanh());
  }

  /** Values and their log-density, exact also where tanh rounds to 1; differentiable. */
  rsampleWithLogProb(random: RandomState): TanhNormalDraw {
    return scope(() => {
      const u = this.base.rsample(random); // [..., D]
      const logProb = this.base.logProb(u).sub(logSlope(u).sum(-1));
      return { action: u.tanh(), logProb };
    });
  }

  /**
   * Log-density of `action [..., D]`, `[...]`. Values are first limited to 1e-6 from the bounds, where
   * float32 no longer tells what tanh was taken of; for samples prefer `rsampleWithLogProb`.
   */
  logProb(action: Tensor): Tensor {
    return scope(() => {
      const inside = action.clamp(-1 + 1e-6, 1 - 1e-6);
      const u = inside.add(1).log().sub(inside.neg().add(1).log()).mul(0.5);
      return this.base.logProb(u).sub(logSlope(u).sum(-1));
    });
  }

  /**
   * Entropy in nats, `[...]`: that of the normal plus the mean of log(1 - tanh^2), which has no closed
   * form and is integrated over 33 points, to about 1e-4 for standard deviations up to 3.
   */
  entropy(): Tensor {
    return scope(() => {
      const { mean, logStd } = this.base;
      const std = logStd.exp();
      const total = points.reduce((sum, { weight }) => sum + weight, 0);
      const slopes = points.map(({ z, weight }) =>
        logSlope(mean.add(std.mul(z))).mul(weight / total),
      );
      const expected = slopes.reduce((sum, part) => sum.add(part)); // [..., D]
      return this.base.entropy().add(expected.sum(-1));
    });
  }

  /** Kullback-Leibler divergence of `other` from this, `[...]`; tanh changes nothing about it. */
  kl(other: TanhNormal): Tensor {
    return this.base.kl(other.base);
  }

  /** tanh of the mean: the median, and what one acts with; the density may peak elsewhere. */
  mode(): Tensor {
    return this.base.mean.tanh();
  }
}

/** Points of the trapezium rule for a standard normal. */
const points = Array.from({ length: 33 }, (_, i) => {
  const z = (i - 16) * 0.35;
  return { z, weight: Math.exp(-0.5 * z * z) };
});

/** log(1 - tanh(u)^2) of each value. */
function logSlope(u: Tensor): Tensor {
  return scope(() => {
    return softplus(u.mul(-2)).add(u).sub(Math.LN2).mul(-2);
  });
}

function checkParameters(where: string, mean: Tensor, logStd: Tensor): void {
  const offset = mean.rank - logStd.rank;
  const fits =
    mean.rank >= 1 &&
    offset >= 0 &&
    logStd.shape.every((size, i) => size === 1 || size === mean.shape[offset + i]);
  if (fits) return;
  throw new NnError(
    "INVALID_ARGUMENT",
    where,
    `logStd does not broadcast to the mean (got [${logStd.shape}], mean [${mean.shape}], expected ` +
      "at least one dimension)",
  );
}
