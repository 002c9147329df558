/**
 * Networks of actor-critics over bounded numbers. Legend: B batch, O observation size, F features, A numbers
 * of an action.
 *
 *   policies   encoder, then one linear layer: mean and log std (Gaussian) or the action (deterministic)
 *   critics    Q(s, a), each with an encoder of its own: of flat observations the fully connected layers read
 *              observation and action side by side; other encoders are followed by the action and one more
 *              layer
 *
 * Encoders are initialised as everywhere (encoders/); policies begin near 0 with a standard deviation of 1,
 * before tanh. Gradients reach the parameters that `valueAndGrad` is given and no others: a critic inside a
 * policy's loss is a constant function.
 */
import type { GameSpec } from "@carom/envs";
import {
  Linear,
  type Module,
  orthogonalInit,
  type Parameter,
  parametersOf,
  TanhNormal,
  zerosInit,
} from "@carom/nn";
import { concat, type Device, type RandomState, type Tensor } from "@carom/tensor";
import { createEncoder } from "../encoders/create.js";
import type { Encoder, EncoderFactory, EncoderShape } from "../encoders/encoder.js";
import { MlpEncoder } from "../encoders/mlp.js";

/** What networks are made from. */
export interface NetworkOptions {
  readonly spec: GameSpec;
  readonly device: Device;
  readonly shape: EncoderShape;
  /** Makes the encoders; chosen by the shape when absent. */
  readonly createEncoder?: EncoderFactory | undefined;
}

/** Bounds of the log std of a Gaussian policy (Haarnoja et al. 2018, their code). */
const logStdRange = [-20, 2] as const;
/** Units of the layer that joins features and action. */
const jointUnits = 256;

const policyInit = { weightInit: orthogonalInit(0.01), biasInit: zerosInit };
const valueInit = { weightInit: orthogonalInit(1), biasInit: zerosInit };
const hiddenInit = { weightInit: orthogonalInit(Math.SQRT2), biasInit: zerosInit };

/** An encoder and a linear layer: outputs of a policy, or the values of discrete actions. */
export class EncodedLinear implements Module {
  readonly encoder: Encoder;
  private readonly layer: Linear;
  private readonly layerName: "policy" | "value";

  /** @param outputs columns, P @param layerName what the layer gives, and its name */
  constructor(
    options: NetworkOptions,
    outputs: number,
    layerName: "policy" | "value",
    random: RandomState,
  ) {
    this.encoder = newEncoder(options, random);
    const init = layerName === "policy" ? policyInit : valueInit;
    this.layer = new Linear(this.encoder.size, outputs, { random, ...init });
    this.layerName = layerName;
  }

  /** Prepared observations `[B, O]` to `[B, P]`. */
  forward(prepared: Tensor): Tensor {
    return this.layer.forward(this.encoder.forward(prepared));
  }

  /** `trunk.*` and `policy.*` or `value.*`. */
  parameters(): ReadonlyMap<string, Parameter> {
    return parametersOf({ trunk: this.encoder, [this.layerName]: this.layer });
  }

  /** Frees what is not a parameter. */
  dispose(): void {
    this.encoder.dispose();
  }
}

/** A policy over bounded numbers, in units in which the bounds are -1 and 1. */
export interface BoxActor extends Module {
  /** Its encoder, whose `prepare` observations go through. */
  readonly encoder: Encoder;
  /** Actions `[B, A]` for prepared observations `[B, O]`: drawn where there is a `random`, else the best. */
  choose(prepared: Tensor, random?: RandomState): Tensor;
  /** Frees what is not a parameter. */
  dispose(): void;
}

/** A policy without chance: tanh of the linear layer. */
export class DeterministicActor extends EncodedLinear implements BoxActor {
  constructor(options: NetworkOptions, actionSize: number, random: RandomState) {
    super(options, actionSize, "policy", random);
  }

  choose(prepared: Tensor): Tensor {
    return this.forward(prepared).tanh(); // [B, A]
  }
}

/** A tanh-normal policy; the best action is tanh of the mean. */
export class GaussianActor extends EncodedLinear implements BoxActor {
  private readonly actionSize: number;

  constructor(options: NetworkOptions, actionSize: number, random: RandomState) {
    super(options, 2 * actionSize, "policy", random);
    this.actionSize = actionSize;
  }

  choose(prepared: Tensor, random?: RandomState): Tensor {
    const policy = this.distribution(prepared);
    return random === undefined ? policy.mode() : policy.sample(random); // [B, A]
  }

  /** The distribution of actions in (-1, 1) for prepared observations `[B, O]`. */
  distribution(prepared: Tensor): TanhNormal {
    const outputs = this.forward(prepared); // [B, 2A]
    const mean = outputs.slice(null, [0, this.actionSize]); // [B, A]
    const logStd = outputs.slice(null, [this.actionSize, 2 * this.actionSize]); // [B, A]
    return new TanhNormal(mean, logStd.clamp(...logStdRange));
  }
}

/** Several critics of states and actions, each with parameters of its own. */
export class Critics implements Module {
  private readonly critics: readonly Critic[];
  private readonly isFlat: boolean;

  /** @param like encoder of the policy, whose `prepare` observations have gone through */
  constructor(
    options: NetworkOptions,
    actionSize: number,
    count: number,
    like: Encoder,
    random: RandomState,
  ) {
    this.isFlat = like instanceof MlpEncoder;
    const make = this.isFlat ? flatCritic : joinedCritic;
    this.critics = Array.from({ length: count }, () => make(options, actionSize, random));
  }

  /** Q of every critic, `[B]` each, for prepared observations `[B, O]` and actions `[B, A]` in [-1, 1]. */
  forward(prepared: Tensor, action: Tensor): Tensor[] {
    const input = this.isFlat ? concat([prepared, action], 1) : prepared; // [B, O + A] or [B, O]
    return this.critics.map((critic) => critic.forward(input, action));
  }

  /** Q of the first critic alone, `[B]`. */
  first(prepared: Tensor, action: Tensor): Tensor {
    const input = this.isFlat ? concat([prepared, action], 1) : prepared; // [B, O + A] or [B, O]
    return this.critics[0].forward(input, action);
  }

  /** `0.trunk.*`, `0.value.*` and so on. */
  parameters(): ReadonlyMap<string, Parameter> {
    return parametersOf(Object.fromEntries(this.critics.entries()));
  }

  /** Frees what is not a parameter. */
  dispose(): void {
    for (const critic of this.critics) critic.dispose();
  }
}

/** One critic. */
interface Critic extends Module {
  /** `[B]`; `input` is what `Critics.forward` makes of observations. */
  forward(input: Tensor, action: Tensor): Tensor;
  dispose(): void;
}

/** Fully connected layers over observation and action side by side. */
function flatCritic(options: NetworkOptions, actionSize: number, random: RandomState): Critic {
  const size = options.spec.observation.size + actionSize;
  const spec: GameSpec = { ...options.spec, observation: { size, shape: [size] } };
  const shape = { ...options.shape, encoder: "mlp" } as const;
  const network = new EncodedLinear({ ...options, spec, shape }, 1, "value", random);
  return {
    forward: (input) => network.forward(input).slice(null, 0),
    parameters: () => network.parameters(),
    dispose: () => network.dispose(),
  };
}

/** Features of the observation, then a layer that joins them with the action. */
function joinedCritic(options: NetworkOptions, actionSize: number, random: RandomState): Critic {
  const trunk = newEncoder(options, random);
  const inputs = trunk.size + actionSize;
  const joint = new Linear(inputs, jointUnits, { random, activation: "relu", ...hiddenInit });
  const value = new Linear(jointUnits, 1, { random, ...valueInit });
  return {
    forward(prepared, action) {
      const features = trunk.forward(prepared); // [B, F]
      return value.forward(joint.forward(concat([features, action], 1))).slice(null, 0);
    },
    parameters: () => parametersOf({ trunk, joint, value }),
    dispose: () => trunk.dispose(),
  };
}

function newEncoder(options: NetworkOptions, random: RandomState): Encoder {
  const { spec, shape, createEncoder: make } = options;
  return make?.(spec, random) ?? createEncoder(spec, shape, random);
}
