/**
 * What the learner's network says about a rollout that the actors' network played: log-probabilities of
 * the actions, values of all steps and of what comes after the last one. Recorded; the host reads the
 * results in place.
 *
 * Not here: values of final observations at time limits, which stay the actors'.
 */
import type { VectorEnv } from "@carom/envs";
import { capture, type Device, fromShared, type Recording, type Tensor } from "@carom/tensor";
import { assessRollout } from "../a2c/whole-rollout.js";
import type { ActorCritic } from "../actor-critic.js";
import type { Rollout } from "../rollout.js";

/** What the learner's view is made from. */
export interface LearnerViewOptions {
  readonly env: VectorEnv;
  readonly rollout: Rollout;
  /** The learner's. */
  readonly network: ActorCritic;
  readonly device: Device;
}

/** Buffers of the learner's view; lives as long as its trainer. Rows as in the rollout. */
export class LearnerView {
  /** log pi(a|s) of the learner, `[G, T, n]`. */
  readonly targetLogProbs: Float32Array;
  /** log mu(a|s) of the actors, `[G, T, n]`. */
  readonly behaviourLogProbs: Float32Array;
  private readonly rollout: Rollout;
  private readonly lastValues: Float32Array; // [N]
  private readonly ended: Uint8Array; // [N], 1 where the last step ended an episode
  private readonly owned: readonly Tensor[];
  private readonly look: Recording<unknown>;

  constructor({ env, rollout, network, device }: LearnerViewOptions) {
    const { size } = rollout;
    const { count, spec, observations } = env;
    this.rollout = rollout;
    this.targetLogProbs = new Float32Array(new SharedArrayBuffer(4 * size));
    this.behaviourLogProbs = new Float32Array(new SharedArrayBuffer(4 * size));
    this.lastValues = new Float32Array(new SharedArrayBuffer(4 * count));
    this.ended = new Uint8Array(new SharedArrayBuffer(count));
    const shared = {
      targets: fromShared(this.targetLogProbs, [size], { device }),
      behaviour: fromShared(this.behaviourLogProbs, [size], { device }),
      lastValues: fromShared(this.lastValues, [count], { device }),
      ended: fromShared(this.ended, [1, count], { device }),
      next: fromShared(observations, [count, spec.observation.size], { device }), // [N, O]
    };
    this.owned = Object.values(shared);
    this.look = capture(device, () => {
      const { logProb, value, state } = assessRollout(network, rollout); // [B], [B], [N, S]
      const memory = state && { state, reset: shared.ended.notEqual(0) };
      const last = network.forward(network.prepare(shared.next), memory).value; // [N]
      shared.targets.copyFrom(logProb);
      shared.behaviour.copyFrom(rollout.logProbs);
      shared.lastValues.copyFrom(last);
      rollout.values.copyFrom(value);
    });
  }

  /** Fills the buffers, and puts the learner's values in the place of the actors' in the rollout. */
  refresh(): void {
    const { groups, groupSize: n, horizon, host } = this.rollout;
    for (let g = 0; g < groups; g++) {
      const last = ((g + 1) * horizon - 1) * n;
      for (let i = 0; i < n; i++) {
        this.ended[g * n + i] = host.terminated[last + i] | host.truncated[last + i];
      }
    }
    this.look.replay();
    host.lastValues.set(this.lastValues);
  }

  dispose(): void {
    this.look.dispose();
    for (const tensor of this.owned) tensor.dispose();
  }
}
