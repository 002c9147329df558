/** The policy of a saved discrete SAC state, for playing without learning. */
import { type ActionSpace, key, type ObservationArray } from "@carom/envs";
import { loadParameters, type saveParameters } from "@carom/nn";
import { categoricalSample, RandomState, scope, type Tensor, tensor } from "@carom/tensor";
import { evaluationSpec } from "../actor-critic-policy.js";
import type { Assessment, Policy, PolicyOptions } from "../agent.js";
import { AgentError } from "../errors.js";
import { maskLogits } from "../heads/masking.js";
import { encoderShape } from "../network-config.js";
import { createFlat, disposeFlat, together } from "../off-policy/flat.js";
import { smallest } from "../off-policy/loss.js";
import { EncodedLinear, type NetworkOptions } from "../off-policy/networks.js";
import { checkState, savedPart } from "../saved-state.js";
import { sacDiscreteConfig } from "./config.js";
import { DiscreteCritics } from "./critics.js";

/** Layout of a saved state. */
export const stateVersion = 1;

/**
 * The policy of a saved state. The value of an action is that of the more cautious critic, min_i Q_i(s, a), and
 * that of a state their mean under the policy: what is worth a reward now, without the entropy of this choice.
 *
 * @throws AgentError FOREIGN_STATE
 */
export function createSacDiscretePolicy(options: PolicyOptions): Policy {
  const { device, count, state, seed = 0, createEncoder } = options;
  const shape = encoderShape("sac-discrete", sacDiscreteConfig(options.config));
  checkState(state, "sac-discrete", stateVersion);
  const root = key(seed).child("policy");
  const spec = options.spec ?? evaluationSpec(options);
  const network: NetworkOptions = { spec, device, shape, createEncoder };
  const actions = actionCount(spec.actions);
  const actor = createFlat(
    device,
    root.child("actor"),
    (random) => new EncodedLinear(network, actions, "policy", random),
  );
  const critics = createFlat(
    device,
    root.child("critics"),
    (random) => new DiscreteCritics(network, actions, 2, random),
  );
  loadParameters(
    together({ actor: actor.network, critics: critics.network }),
    savedPart<ReturnType<typeof saveParameters>>(state, "parameters"),
  );
  const random = new RandomState(root.child("actions").words, { device });
  const prepare = (observations: ObservationArray): Tensor => {
    const input = tensor(observations, { shape: [count, spec.observation.size], device });
    return actor.network.encoder.prepare(input); // [B, O]
  };
  const choose = (...[observations, chosen, options]: Parameters<Policy["act"]>): Tensor => {
    const { greedy, masks } = options;
    const prepared = prepare(observations);
    const allowed = masks && tensor(masks, { shape: [count, actions], device }).notEqual(0);
    const logits = maskLogits(actor.network.forward(prepared), allowed); // [B, A]
    categoricalSample(logits, random, { greedy }).action.read(chosen);
    return prepared;
  };
  const told = (prepared: Tensor): Assessment => {
    const probabilities = actor.network.forward(prepared).softmax(-1); // [B, A]
    const actionValues = smallest(critics.network.forward(prepared)); // [B, A]
    const values = probabilities.mul(actionValues).sum(-1); // [B]
    return {
      values: floats(values),
      probabilities: floats(probabilities),
      actionValues: floats(actionValues),
    };
  };
  return {
    count,
    hasMemory: false,
    act(observations, chosen, options) {
      scope(() => {
        choose(observations, chosen, options);
      });
    },
    decide: (observations, chosen, options) =>
      scope(() => told(choose(observations, chosen, options))),
    assess: (observations) => scope(() => told(prepare(observations))),
    dispose() {
      random.dispose();
      disposeFlat(actor, critics);
    },
  };
}

/** How many actions there are, A. @throws AgentError UNSUPPORTED_GAME where they are no choices. */
export function actionCount(space: ActionSpace): number {
  if (space.kind === "discrete") return space.names.length;
  throw new AgentError(
    "UNSUPPORTED_GAME",
    `sac-discrete: takes discrete actions (got ${space.kind})`,
  );
}

function floats(values: Tensor): Float32Array {
  return Float32Array.from(values.toTypedArray());
}
