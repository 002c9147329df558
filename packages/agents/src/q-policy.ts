/** The policy of a value-based trainer's saved state, for playing without learning. */
import { key, type ObservationArray, seedRandom } from "@carom/envs";
import { flatten, loadParameters, type saveParameters } from "@carom/nn";
import { scope, type Tensor, tensor } from "@carom/tensor";
import { evaluationSpec } from "./actor-critic-policy.js";
import type { Assessment, Policy, PolicyOptions } from "./agent.js";
import { firstRows } from "./encoders/encoder.js";
import { explore } from "./epsilon-greedy.js";
import { maskLogits } from "./heads/masking.js";
import { QNetwork, type QNetworkShape } from "./q-network.js";
import { checkState, savedPart } from "./saved-state.js";

/** The network's part of a state. */
type SavedParameters = ReturnType<typeof saveParameters>;

/** Whose state it is and how it is played. */
export interface QPolicySettings {
  /** Algorithm that packed the state. */
  readonly algo: string;
  /** Layout of the state. */
  readonly version: number;
  /** The network that was trained. */
  readonly shape: QNetworkShape;
  /** Probability of an action at random where the policy is not greedy. */
  readonly epsilon: number;
}

/** The policy of a saved state, whose noisy layers are without noise. @throws AgentError FOREIGN_STATE */
export function createQPolicy(options: PolicyOptions, settings: QPolicySettings): Policy {
  const { device, count, state, seed = 0, createEncoder } = options;
  const { algo, version, shape, epsilon } = settings;
  const root = key(seed).child("policy");
  const spec = options.spec ?? evaluationSpec(options);
  const network = new QNetwork({ spec, device, key: root, createEncoder, ...shape });
  const parameters = flatten(network);
  checkState(state, algo, version);
  loadParameters(network, savedPart<SavedParameters>(state, "parameters"));
  const random = new Uint32Array(4);
  seedRandom(random, root.child("actions").toSeed());
  const rowsOf = (observations: ObservationArray): Tensor =>
    tensor(observations, { shape: [count, spec.observation.size], device }); // [B, O]
  const look = (observations: ObservationArray): Tensor =>
    network.values(network.forward(network.prepare(rowsOf(observations)))); // [B, A]
  const choose = (...[observations, actions, options]: Parameters<Policy["act"]>): Tensor => {
    const { greedy, masks } = options;
    const mask = masks && tensor(masks, { shape: [count, network.actions], device });
    const q = look(observations); // [B, A]
    maskLogits(q, mask?.notEqual(0)).argmax(-1).read(actions);
    if (!greedy) explore(actions, { epsilon, choices: network.actions, random, masks });
    return q;
  };
  const told = (q: Tensor): Assessment => ({
    values: Float32Array.from(q.max(-1).toTypedArray()),
    actionValues: Float32Array.from(q.toTypedArray()),
  });
  return {
    count,
    hasMemory: false,
    act(observations, actions, options) {
      scope(() => {
        choose(observations, actions, options);
      });
    },
    decide: (observations, actions, options) =>
      scope(() => told(choose(observations, actions, options))),
    assess: (observations) => scope(() => told(look(observations))),
    layers: (observations) =>
      scope(() => firstRows(network.layerOutputs(network.prepare(rowsOf(observations))))),
    dispose() {
      parameters.dispose();
      network.dispose();
    },
  };
}
