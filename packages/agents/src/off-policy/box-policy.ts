/** The policy of a saved state of an actor-critic over bounded numbers, for playing without learning. */
import { key, type ObservationArray } from "@carom/envs";
import { loadParameters, type saveParameters } from "@carom/nn";
import { RandomState, scope, type Tensor, tensor } from "@carom/tensor";
import { evaluationSpec } from "../actor-critic-policy.js";
import type { Assessment, Policy, PolicyOptions } from "../agent.js";
import type { EncoderShape } from "../encoders/encoder.js";
import { checkState, savedPart } from "../saved-state.js";
import { Box } from "./box.js";
import type { ActorFactory } from "./box-networks.js";
import { createFlat, disposeFlat, together } from "./flat.js";
import { smallest } from "./loss.js";
import { type BoxActor, Critics, type NetworkOptions } from "./networks.js";

/** Whose state it is and what it holds. */
export interface BoxPolicySettings {
  /** Algorithm that packed the state. */
  readonly algo: string;
  /** Layout of the state. */
  readonly version: number;
  readonly shape: EncoderShape;
  /** Makes the policy network that was trained. */
  readonly createActor: ActorFactory<BoxActor>;
  /** How many critics were trained. */
  readonly critics: number;
}

/**
 * The policy of a saved state. Its values are those of the best action by the most cautious critic:
 * min_i Q_i(s, a).
 *
 * @throws AgentError FOREIGN_STATE
 */
export function createBoxPolicy(options: PolicyOptions, settings: BoxPolicySettings): Policy {
  const { device, count, state, seed = 0, createEncoder } = options;
  const { algo, version, shape } = settings;
  checkState(state, algo, version);
  const root = key(seed).child("policy");
  const spec = options.spec ?? evaluationSpec(options);
  const network: NetworkOptions = { spec, device, shape, createEncoder };
  const box = new Box(algo, spec.actions, device);
  const actor = createFlat(device, root.child("actor"), (random) =>
    settings.createActor(network, box.size, random),
  );
  const { encoder } = actor.network;
  const critics = createFlat(
    device,
    root.child("critics"),
    (random) => new Critics(network, box.size, settings.critics, encoder, random),
  );
  loadParameters(
    together({ actor: actor.network, critics: critics.network }),
    savedPart<ReturnType<typeof saveParameters>>(state, "parameters"),
  );
  const random = new RandomState(root.child("actions").words, { device });
  const shapeOfRows = [count, spec.observation.size];
  const prepare = (observations: ObservationArray): Tensor =>
    encoder.prepare(tensor(observations, { shape: shapeOfRows, device })); // [B, O]
  const choose = (...[observations, actions, options]: Parameters<Policy["act"]>): Tensor => {
    const prepared = prepare(observations);
    const chosen = actor.network.choose(prepared, options.greedy ? undefined : random); // [B, A]
    box.toEnv(chosen).read(actions);
    return prepared;
  };
  const told = (prepared: Tensor): Assessment => {
    const best = actor.network.choose(prepared); // [B, A]
    const values = smallest(critics.network.forward(prepared, best)); // [B]
    return { values: Float32Array.from(values.toTypedArray()) };
  };
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
    assess: (observations) => scope(() => told(prepare(observations))),
    dispose() {
      random.dispose();
      box.dispose();
      disposeFlat(actor, critics);
    },
  };
}
