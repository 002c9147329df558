/** multi-categorical: several independent choices at once, from logits that lie side by side. */
import { type RandomState, scope, stack, type Tensor } from "@carom/tensor";
import { type ActionDraw, Categorical, type CategoricalOptions } from "./categorical.js";
import type { Distribution } from "./distribution.js";
import { NnError } from "./errors.js";

/** H choices of `sizes[h]` actions each; an action is a row of H numbers. */
export class MultiCategorical implements Distribution {
  /** As given, `[..., sum of sizes]`. */
  readonly logits: Tensor;
  /** Number of actions of each choice. */
  readonly sizes: readonly number[];
  /** bool, of the shape of the logits, if some actions may be forbidden. */
  readonly mask: Tensor | undefined;

  constructor(logits: Tensor, sizes: readonly number[], options: CategoricalOptions = {}) {
    const total = sizes.reduce((sum, size) => sum + size, 0);
    if (sizes.length === 0 || logits.shape[logits.rank - 1] !== total) {
      throw new NnError(
        "INVALID_ARGUMENT",
        "MultiCategorical",
        `sizes do not fit (got [${sizes}] for logits [${logits.shape}], expected them to fill the ` +
          "last dimension)",
      );
    }
    this.logits = logits;
    this.sizes = sizes;
    this.mask = options.mask;
  }

  /** An action per row and choice, int32 `[..., H]`. No gradient. */
  sample(random: RandomState): Tensor {
    return scope(() => this.sampleWithLogProb(random).action);
  }

  /** An action per row and choice, int32 `[..., H]`, and the log-probability of all, `[...]`. */
  sampleWithLogProb(random: RandomState): ActionDraw {
    return scope(() => {
      const draws = this.#heads().map((head) => head.sampleWithLogProb(random));
      const action = stack(
        draws.map((draw) => draw.action),
        -1,
      );
      return { action, logProb: total(draws.map((draw) => draw.logProb)) };
    });
  }

  /** Log-probability of `action`, int32 `[..., H]` -> `[...]`. */
  logProb(action: Tensor): Tensor {
    return scope(() => {
      const last = new Array<null>(action.rank - 1).fill(null);
      const logs = this.#heads().map((head, h) => head.logProb(action.slice(...last, h)));
      return total(logs);
    });
  }

  /** Entropy in nats, `[...]`. */
  entropy(): Tensor {
    return scope(() => total(this.#heads().map((head) => head.entropy())));
  }

  /** Kullback-Leibler divergence of `other` from this, `[...]`. */
  kl(other: MultiCategorical): Tensor {
    return scope(() => {
      const others = other.#heads();
      return total(this.#heads().map((head, h) => head.kl(others[h])));
    });
  }

  /** The most probable action of each choice, int32 `[..., H]`. */
  mode(): Tensor {
    return scope(() => {
      return stack(
        this.#heads().map((head) => head.mode()),
        -1,
      );
    });
  }

  #heads(): Categorical[] {
    const lead = new Array<null>(this.logits.rank - 1).fill(null);
    let start = 0;
    return this.sizes.map((size) => {
      const range: [number, number] = [start, start + size];
      start += size;
      const mask = this.mask?.slice(...lead, range);
      return new Categorical(this.logits.slice(...lead, range), mask && { mask });
    });
  }
}

function total(parts: readonly Tensor[]): Tensor {
  return parts.reduce((sum, part) => sum.add(part));
}
