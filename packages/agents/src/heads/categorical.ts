/** Discrete actions: a categorical policy over logits. */
import { Categorical, categoricalEntropy, categoricalLogProb, type Parameter } from "@carom/nn";
import { categoricalSample, type RandomState, type Tensor } from "@carom/tensor";
import type { ActionHead, DrawHeadOptions, HeadDraw, HeadEvaluation } from "./head.js";
import { maskLogits } from "./masking.js";

/** One of A actions by logits `[B, A]`. */
export class CategoricalHead implements ActionHead {
  readonly kind = "categorical";
  readonly outputs: number;
  readonly shape: readonly number[] = [];
  readonly dtype = "int32";

  constructor(actions: number) {
    this.outputs = actions;
  }

  draw(outputs: Tensor, random: RandomState, options: DrawHeadOptions = {}): HeadDraw {
    const { greedy = false, mask } = options;
    const { action, logProb } = categoricalSample(maskLogits(outputs, mask), random, { greedy });
    return { action, played: action, logProb };
  }

  evaluate(outputs: Tensor, action: Tensor, mask?: Tensor): HeadEvaluation {
    const logits = maskLogits(outputs, mask); // [B, A]
    return {
      logProb: categoricalLogProb(logits, action),
      entropy: categoricalEntropy(logits),
    };
  }

  probabilities(outputs: Tensor, mask?: Tensor): Tensor {
    return new Categorical(maskLogits(outputs, mask)).probabilities();
  }

  parameters(): ReadonlyMap<string, Parameter> {
    return new Map();
  }

  dispose(): void {}
}
