/** The policy of an actor-critic trainer's saved state, for playing without learning. */
import { type GameSpec, key, type ObservationArray } from "@carom/envs";
import { flatten, loadParameters, type saveParameters } from "@carom/nn";
import { type Device, keep, RandomState, scope, type Tensor, tensor, zeros } from "@carom/tensor";
import { ActorCritic, type ActorCriticOutput, type NetworkShape } from "./actor-critic.js";
import type { Assessment, Policy, PolicyOptions } from "./agent.js";
import { firstRows } from "./encoders/encoder.js";
import { createEvaluationEnv } from "./games.js";
import { checkState, savedPart } from "./saved-state.js";

/** The network's part of a state. */
type SavedParameters = ReturnType<typeof saveParameters>;

/** The policy of a saved state of `algo`. @throws AgentError FOREIGN_STATE */
export function createActorCriticPolicy(
  algo: string,
  options: PolicyOptions,
  shape: NetworkShape,
): Policy {
  const { device, count, state, seed = 0, createEncoder } = options;
  const root = key(seed).child("policy");
  const spec = options.spec ?? evaluationSpec(options);
  const network = new ActorCritic({ spec, device, key: root, createEncoder, ...shape });
  const parameters = flatten(network);
  checkState(state, algo, 1);
  loadParameters(network, savedPart<SavedParameters>(state, "parameters"));
  const random = new RandomState(root.child("actions").words, { device });
  const memory = new PolicyMemory(network.stateSize, count, device);
  const rowsOf = (observations: ObservationArray): Tensor =>
    tensor(observations, { shape: [count, spec.observation.size], device }); // [B, O]
  const look = (
    observations: ObservationArray,
    starts: ArrayLike<number> | undefined,
  ): ActorCriticOutput => {
    return network.forward(network.prepare(rowsOf(observations)), memory.before(starts));
  };
  const choose: Choose = (observations, actions, { greedy, masks, starts }) => {
    const seen = look(observations, starts); // [B, P], [B]
    const mask = masks && maskOf(masks, count, device); // [B, P]
    network.head.draw(seen.policy, random, { greedy, mask }).played.read(actions);
    memory.after(seen.state);
    return seen;
  };
  const told = ({ policy, value }: ActorCriticOutput): Assessment => {
    const probabilities = network.head.probabilities(policy);
    return {
      values: Float32Array.from(value.toTypedArray()),
      ...(probabilities && { probabilities: Float32Array.from(probabilities.toTypedArray()) }),
    };
  };
  return {
    count,
    hasMemory: network.stateSize > 0,
    act(observations, actions, options) {
      scope(() => {
        choose(observations, actions, options);
      });
    },
    decide: (observations, actions, options) =>
      scope(() => told(choose(observations, actions, options))),
    assess: (observations) => scope(() => told(look(observations, new Uint8Array(count).fill(1)))),
    ...(network.stateSize === 0 && {
      layers: (observations: ObservationArray) =>
        scope(() => firstRows(network.layerOutputs(network.prepare(rowsOf(observations))))),
    }),
    dispose() {
      random.dispose();
      memory.dispose();
      parameters.dispose();
      network.dispose();
    },
  };
}

type Choose = (...given: Parameters<Policy["act"]>) => ActorCriticOutput;

/** The state of the recurrent core between calls. */
class PolicyMemory {
  private readonly state: Tensor | undefined; // [B, S]
  private readonly count: number;
  private isNew = true;

  constructor(stateSize: number, count: number, device: Device) {
    this.count = count;
    this.state = stateSize > 0 ? keep(zeros([count, stateSize], { device })) : undefined;
  }

  /** What the core needs for one step. */
  before(starts: ArrayLike<number> | undefined): { state: Tensor; reset: Tensor } | undefined {
    const { state, count, isNew } = this;
    if (state === undefined) return undefined;
    const flags = Uint8Array.from({ length: count }, (_, i) => (isNew ? 1 : (starts?.[i] ?? 0)));
    const { device } = state;
    return { state, reset: tensor(flags, { shape: [1, count], device }).notEqual(0) };
  }

  after(state: Tensor | undefined): void {
    if (state === undefined) return;
    this.state?.copyFrom(state);
    this.isNew = false;
  }

  dispose(): void {
    this.state?.dispose();
  }
}

/** Masks `[B, A]` as bool. */
function maskOf(masks: Uint8Array, count: number, device: Device): Tensor {
  return tensor(masks, { shape: [count, masks.length / count], device }).notEqual(0);
}

/** What the policy sees: the game through the wrappers of its configuration. */
export function evaluationSpec({ game, variant, config }: PolicyOptions): GameSpec {
  const options = { game, config, count: 1, key: key(0) };
  return createEvaluationEnv(variant === undefined ? options : { ...options, variant }).spec;
}
