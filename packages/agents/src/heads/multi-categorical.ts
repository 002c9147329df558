/**
 * Several discrete choices at once (multi-discrete), or switches (multi-binary, as choices of two):
 * independent categorical policies whose logits lie side by side (Huang et al. 2022).
 */
import { MultiCategorical, type Parameter } from "@carom/nn";
import type { RandomState, Tensor } from "@carom/tensor";
import type { ActionHead, DrawHeadOptions, HeadDraw, HeadEvaluation } from "./head.js";
import { maskLogits } from "./masking.js";

/** H choices of `sizes[h]` actions by logits `[B, sum of sizes]`. */
export class MultiCategoricalHead implements ActionHead {
  readonly kind = "multi-categorical";
  readonly outputs: number;
  readonly shape: readonly number[];
  readonly dtype = "int32";
  private readonly sizes: readonly number[];

  constructor(sizes: readonly number[]) {
    this.sizes = sizes;
    this.outputs = sizes.reduce((sum, size) => sum + size, 0);
    this.shape = [sizes.length];
  }

  draw(outputs: Tensor, random: RandomState, options: DrawHeadOptions = {}): HeadDraw {
    const { greedy = false, mask } = options;
    const policy = this.policy(outputs, mask);
    if (greedy) {
      const action = policy.mode(); // [B, H]
      return { action, played: action, logProb: policy.logProb(action) };
    }
    const { action, logProb } = policy.sampleWithLogProb(random);
    return { action, played: action, logProb };
  }

  evaluate(outputs: Tensor, action: Tensor, mask?: Tensor): HeadEvaluation {
    const policy = this.policy(outputs, mask);
    return { logProb: policy.logProb(action), entropy: policy.entropy() };
  }

  probabilities(): undefined {
    return undefined;
  }

  parameters(): ReadonlyMap<string, Parameter> {
    return new Map();
  }

  dispose(): void {}

  private policy(outputs: Tensor, mask: Tensor | undefined): MultiCategorical {
    return new MultiCategorical(maskLogits(outputs, mask), this.sizes);
  }
}
