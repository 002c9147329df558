/**
 * What a policy's outputs mean: one head per kind of action space turns rows of network outputs into
 * actions, log-probabilities and entropies. Legend: B batch, P outputs of the policy, A numbers per action.
 */
import type { Parameter } from "@carom/nn";
import type { RandomState, Tensor } from "@carom/tensor";

/** What a head draws. */
export interface HeadDraw {
  /** As the learner keeps it (not clipped), `[B]` for discrete actions, else `[B, A]`. */
  readonly action: Tensor;
  /** As the env takes it: within its bounds, the same shape. */
  readonly played: Tensor;
  /** log pi(action), `[B]`. */
  readonly logProb: Tensor;
}

/** Options of {@link ActionHead.draw}. */
export interface DrawHeadOptions {
  /** The most probable action. */
  readonly greedy?: boolean;
  /** bool `[B, P]`: true where an action is allowed. */
  readonly mask?: Tensor | undefined;
}

/** Log-probability and entropy of stored actions. */
export interface HeadEvaluation {
  /** `[B]` */
  readonly logProb: Tensor;
  /** Nats, `[B]`. */
  readonly entropy: Tensor;
}

/** The policy over one kind of action space. */
export interface ActionHead {
  /** Which kind. */
  readonly kind: "categorical" | "multi-categorical" | "normal";
  /** Columns that the network has to give, P. */
  readonly outputs: number;
  /** Shape of one stored action: [] or [A]. */
  readonly shape: readonly number[];
  /** Type of stored actions. */
  readonly dtype: "int32" | "float32";
  /** Actions out of outputs `[B, P]`. No gradient. */
  draw(outputs: Tensor, random: RandomState, options?: DrawHeadOptions): HeadDraw;
  /** Log-probability and entropy of stored actions, differentiable. `mask` bool `[B, P]`. */
  evaluate(outputs: Tensor, action: Tensor, mask?: Tensor): HeadEvaluation;
  /** Probabilities `[B, P]` for discrete ones; undefined for the others. */
  probabilities(outputs: Tensor, mask?: Tensor): Tensor | undefined;
  /** What is trained beside the network, by name. */
  parameters(): ReadonlyMap<string, Parameter>;
  /** Frees what is not a parameter. */
  dispose(): void;
}
