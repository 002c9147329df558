/** The policy of a saved R2D2 state, for playing without learning. */
import { key, type ObservationArray, seedRandom } from "@carom/envs";
import { flatten, loadParameters, type saveParameters } from "@carom/nn";
import { keep, scope, type Tensor, tensor, zeros } from "@carom/tensor";
import { evaluationSpec } from "../actor-critic-policy.js";
import type { Assessment, Policy, PolicyOptions } from "../agent.js";
import { explore } from "../epsilon-greedy.js";
import { maskLogits } from "../heads/masking.js";
import { checkState, savedPart } from "../saved-state.js";
import { r2d2Config, r2d2Shape } from "./config.js";
import { RecurrentQNetwork, type RecurrentQOutput } from "./network.js";
import { unrescale } from "./rescaling.js";

/** The network's part of a state. */
type SavedParameters = ReturnType<typeof saveParameters>;

/** Layout of a saved R2D2 state. */
export const stateVersion = 1;

/** The policy of a saved R2D2 state. @throws AgentError FOREIGN_STATE */
export function createR2d2Policy(options: PolicyOptions): Policy {
  const { device, count, state: saved, seed = 0, createEncoder } = options;
  const config = r2d2Config(options.config);
  const root = key(seed).child("policy");
  const spec = options.spec ?? evaluationSpec(options);
  const shape = r2d2Shape(config);
  const network = new RecurrentQNetwork({ spec, device, key: root, createEncoder, ...shape });
  const parameters = flatten(network);
  checkState(saved, "r2d2", stateVersion);
  loadParameters(network, savedPart<SavedParameters>(saved, "parameters"));
  const random = new Uint32Array(4);
  seedRandom(random, root.child("actions").toSeed());
  const state = keep(zeros([count, network.stateSize], { device })); // [B, S]
  let isNew = true;
  const look = (observations: ObservationArray, starts?: Uint8Array): RecurrentQOutput => {
    const flags = isNew ? ones(count) : (starts ?? new Uint8Array(count));
    const reset = tensor(flags, { shape: [1, count], device }).notEqual(0);
    const input = tensor(observations, { shape: [count, spec.observation.size], device }); // [B, O]
    return network.forward(network.prepare(input), { state, reset });
  };
  const choose = (...[observations, actions, options]: Parameters<Policy["act"]>): Tensor => {
    const { greedy, masks, starts } = options;
    const { q, state: after } = look(observations, starts); // [B, A]
    const mask = masks && tensor(masks, { shape: [count, network.actions], device });
    maskLogits(q, mask?.notEqual(0)).argmax(-1).read(actions);
    state.copyFrom(after);
    isNew = false;
    const { epsilonEvaluation: epsilon } = config;
    if (!greedy) explore(actions, { epsilon, choices: network.actions, random, masks });
    return q;
  };
  const told = (learned: Tensor): Assessment => {
    const q = config.rescale ? unrescale(learned) : learned; // [B, A]
    return {
      values: Float32Array.from(q.max(-1).toTypedArray()),
      actionValues: Float32Array.from(q.toTypedArray()),
    };
  };
  return {
    count,
    hasMemory: true,
    act(observations, actions, options) {
      scope(() => {
        choose(observations, actions, options);
      });
    },
    decide: (observations, actions, options) =>
      scope(() => told(choose(observations, actions, options))),
    assess: (observations) => scope(() => told(look(observations, ones(count)).q)),
    dispose(): void {
      state.dispose();
      parameters.dispose();
      network.dispose();
    },
  };
}

function ones(count: number): Uint8Array {
  return new Uint8Array(count).fill(1);
}
