/**
 * The network of the policy-gradient agents: a shared trunk of fully connected layers and one linear
 * layer whose first A outputs are the logits of a categorical policy and whose last is the value.
 *
 * Initialised orthogonally: gain sqrt(2) in the trunk, 0.01 for the logits, 1 for the value (Huang et
 * al. 2022, detail 2). Observations are divided by the typical magnitude that the game declares.
 * Legend: B batch, O observation size, A actions.
 */
import { actionWidth, type GameSpec, type Key, key, type ObservationArray } from "@carom/envs";
import {
  flatten,
  Linear,
  loadParameters,
  type Module,
  orthogonalInit,
  type Parameter,
  parametersOf,
  rowBlocks,
  type saveParameters,
  zerosInit,
} from "@carom/nn";
import {
  categoricalSample,
  type Device,
  RandomState,
  scope,
  type Tensor,
  tensor,
} from "@carom/tensor";
import type { Policy, PolicyOptions, SavedState } from "./agent.js";
import { createEvaluationEnv } from "./games.js";
import { unpackState } from "./saved-state.js";

/** Shape of the network, beside what the game decides. */
export interface NetworkShape {
  /** Width of each hidden layer. */
  readonly widths: readonly number[];
  readonly activation: "tanh" | "relu";
}

/** What an actor-critic network is made from. */
export interface ActorCriticOptions extends NetworkShape {
  readonly spec: GameSpec;
  readonly device: Device;
  /** Key of the initial weights. */
  readonly key: Key;
}

/** Policy and value of a batch of observations. */
export interface ActorCriticOutput {
  /** Unnormalised log-probabilities, `[B, A]`. */
  readonly logits: Tensor;
  /** State values, `[B]`. */
  readonly value: Tensor;
}

/** Trunk and heads; see the head of this file. */
export class ActorCritic implements Module {
  readonly layers: readonly Linear[];
  readonly actions: number;
  private readonly inverseScale: Tensor | undefined; // [O], or [] for bytes

  constructor(options: ActorCriticOptions) {
    const { spec, device, widths, activation } = options;
    this.actions =
      spec.actions.kind === "discrete" ? spec.actions.names.length : actionWidth(spec.actions);
    const random = new RandomState(options.key.words, { device });
    const sizes = [spec.observation.size, ...widths];
    const trunk = widths.map((width, i) => {
      const weightInit = orthogonalInit(Math.SQRT2);
      return new Linear(sizes[i], width, { random, activation, weightInit, biasInit: zerosInit });
    });
    const heads = new Linear(sizes[sizes.length - 1], this.actions + 1, {
      random,
      weightInit: rowBlocks([this.actions, orthogonalInit(0.01)], [1, orthogonalInit(1)]),
      biasInit: zerosInit,
    });
    random.dispose();
    this.layers = [...trunk, heads];
    const { scale, dtype } = spec.observation;
    const inverse = dtype === "uint8" ? [1 / 255] : scale?.map((magnitude) => 1 / magnitude);
    this.inverseScale = inverse && tensor(Float32Array.from(inverse), { device });
  }

  /** Parameters by name: `trunk.0.weight` and so on, `heads.weight`, `heads.bias`. */
  parameters(): ReadonlyMap<string, Parameter> {
    const last = this.layers.length - 1;
    const named = this.layers.map((layer, i) => [i === last ? "heads" : `trunk.${i}`, layer]);
    return parametersOf(Object.fromEntries(named));
  }

  /** Observations `[B, O]` as float32 in units of their typical magnitude; bytes from 0 to 1. */
  scale(observation: Tensor): Tensor {
    const numbers = observation.dtype === "float32" ? observation : observation.cast("float32");
    return this.inverseScale === undefined ? numbers : numbers.mul(this.inverseScale);
  }

  /** Policy and value of scaled observations `[B, O]`. */
  forward(observation: Tensor): ActorCriticOutput {
    let hidden = observation;
    for (const layer of this.layers) hidden = layer.forward(hidden); // [B, width], at last [B, A + 1]
    return {
      logits: hidden.slice(null, [0, this.actions]), // [B, A]
      value: hidden.slice(null, this.actions), // [B]
    };
  }

  /** Frees what is not a parameter. */
  dispose(): void {
    this.inverseScale?.dispose();
  }
}

/** The policy of an actor-critic trainer's saved state. @throws AgentError FOREIGN_STATE */
export function createActorCriticPolicy(
  algo: string,
  options: PolicyOptions,
  shape: NetworkShape,
): Policy {
  const { device, count, state, seed = 0 } = options;
  const root = key(seed).child("policy");
  const spec = options.spec ?? evaluationSpec(options);
  const network = new ActorCritic({ spec, device, key: root, ...shape });
  const parameters = flatten(network);
  loadParameters(network, savedParameters(algo, state));
  const random = new RandomState(root.child("actions").words, { device });
  const look = (observations: ObservationArray): ActorCriticOutput => {
    const input = tensor(observations, { shape: [count, spec.observation.size], device }); // [B, O]
    return network.forward(network.scale(input));
  };
  return {
    count,
    act(observations, actions, { greedy }) {
      scope(() => {
        const { logits } = look(observations); // [B, A]
        categoricalSample(logits, random, { greedy }).action.read(actions);
      });
    },
    assess(observations) {
      return scope(() => {
        const { logits, value } = look(observations); // [B, A], [B]
        const probabilities = Float32Array.from(logits.softmax().toTypedArray());
        return { probabilities, values: Float32Array.from(value.toTypedArray()) };
      });
    },
    dispose() {
      random.dispose();
      parameters.dispose();
      network.dispose();
    },
  };
}

/** What the policy sees: the game through the wrappers of its configuration. */
function evaluationSpec({ game, variant, config }: PolicyOptions): GameSpec {
  const options = { game, config, count: 1, key: key(0) };
  return createEvaluationEnv(variant === undefined ? options : { ...options, variant }).spec;
}

/** The network's part of a state that PPO or REINFORCE saved. */
function savedParameters(algo: string, state: SavedState): ReturnType<typeof saveParameters> {
  return unpackState<{ readonly parameters: ReturnType<typeof saveParameters> }>(state, algo, 1)
    .parameters;
}
