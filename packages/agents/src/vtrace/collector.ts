/**
 * Games, networks and rollouts of a V-trace run, on the processor or on the GPU: actors play, and what the learner says
 * of what they played becomes advantages and targets. Not here: updates, what is saved.
 */
import { type GameSpec, key } from "@carom/envs";
import { flatten, type ParameterBuffer } from "@carom/nn";
import { keep, type Tensor, zeros } from "@carom/tensor";
import { assessRollout } from "../a2c/whole-rollout.js";
import { ActorCritic, type NetworkShape } from "../actor-critic.js";
import { actorCriticShape } from "../actor-critic-config.js";
import type { TrainerOptions } from "../agent.js";
import type { GpuEnv } from "../gpu-games/env.js";
import type { RolloutEstimator } from "../gpu-games/gpu-rollout.js";
import { createTrainingGpuEnv } from "../gpu-games/training.js";
import { vtraceOnDevice } from "../math/on-device.js";
import { vtrace } from "../math/vtrace.js";
import {
  type CollectingParts,
  createGpuParts,
  createHostCollector,
  createOnPolicyParts,
  eachGroup,
} from "../on-policy.js";
import type { Rollout } from "../rollout.js";
import type { VtraceConfig } from "./config.js";
import { LearnerView } from "./learner-view.js";
import { type RatioMeasures, ratioMeasures, ratioMeasuresOnDevice } from "./ratios.js";

/** What a V-trace run is built from; network and parameters are the actors'. */
export interface VtraceParts extends CollectingParts {
  readonly learner: ActorCritic;
  readonly learnerParameters: ParameterBuffer;
  /** How far the learner was ahead of the actors in the last rollout. */
  readonly ratios: () => RatioMeasures;
  /** Frees what neither the rollout nor the networks own. */
  readonly dispose: () => void;
}

/**
 * Builds them; on a GPU with its games, where the game translates and nothing around it needs them on the processor.
 *
 * @throws AgentError UNSUPPORTED_GAME
 */
export function createVtraceParts(options: TrainerOptions, config: VtraceConfig): VtraceParts {
  const shape = actorCriticShape("vtrace", config);
  const games = key(options.seed).child("games");
  const found = createTrainingGpuEnv(options, config.envs, games, []);
  if (typeof found !== "string" && found !== undefined) {
    return gpuParts(options, config, shape, found);
  }
  return hostParts(options, config, shape, found);
}

function hostParts(
  options: TrainerOptions,
  config: VtraceConfig,
  shape: NetworkShape,
  note: string | undefined,
): VtraceParts {
  const parts = createOnPolicyParts("vtrace", options, config, shape);
  const { env, rollout } = parts;
  const learned = createLearner(options, shape, env.spec);
  const { device } = options;
  const view = new LearnerView({ env, rollout, network: learned.learner, device });
  const estimate = (): void => {
    view.refresh();
    estimateOnHost(rollout, view, config);
  };
  return {
    ...{ ...parts, ...learned, collector: createHostCollector(parts, estimate, note) },
    ratios: () => ratioMeasures(view, config.rhoBar),
    dispose: () => view.dispose(),
  };
}

/** Advantages and value targets of the rollout, by the learner's values and the ratios. */
function estimateOnHost(rollout: Rollout, view: LearnerView, config: VtraceConfig): void {
  const { gamma, lambda, rhoBar, cBar } = config;
  let from = 0;
  eachGroup(rollout, (group, advantages, targets) => {
    const to = from + advantages.length;
    const behaviourLogProbs = view.behaviourLogProbs.subarray(from, to);
    const targetLogProbs = view.targetLogProbs.subarray(from, to);
    const settings = { gamma, lambda, rhoBar, cBar };
    vtrace({ ...group, behaviourLogProbs, targetLogProbs, ...settings }, advantages, targets);
    from = to;
  });
}

function gpuParts(
  options: TrainerOptions,
  config: VtraceConfig,
  shape: NetworkShape,
  games: GpuEnv,
): VtraceParts {
  const learned = createLearner(options, shape, games.spec);
  const measured = keep(zeros([2], { device: options.device })); // approxKl, clipFraction
  const estimator = () => vtraceEstimator(learned.learner, measured, config);
  return {
    ...createGpuParts(options, config, shape, { games, estimator }),
    ...learned,
    ratios: () => {
      const [approxKl, clipFraction] = measured.toTypedArray();
      return { approxKl, clipFraction };
    },
    dispose: () => measured.dispose(),
  };
}

/**
 * What LearnerView and `estimateOnHost` do, as a part of the rollout's recording: the learner's values take the place of
 * the actors' in the rollout; those of final observations at time limits stay the actors'.
 */
function vtraceEstimator(
  learner: ActorCritic,
  measured: Tensor,
  { gamma, lambda, rhoBar, cBar }: VtraceConfig,
): RolloutEstimator {
  return (rollout, { nextObservations, ...played }) => {
    const { logProb, value, state } = assessRollout(learner, rollout); // [T * n] each, [n, S]
    const memory = state && rollout.memory && { ...rollout.memory.now(), state };
    const lastValues = learner.forward(learner.prepare(nextObservations), memory).value; // [n]
    const grid = (rows: Tensor): Tensor => rollout.games.grid(rows); // [T, n]
    rollout.values.copyFrom(value);
    measured.copyFrom(ratioMeasuresOnDevice(logProb, rollout.logProbs, rhoBar));
    const { advantages, targets } = vtraceOnDevice({
      ...{ ...played, values: grid(value), lastValues },
      ...{ behaviourLogProbs: grid(rollout.logProbs), targetLogProbs: grid(logProb) },
      ...{ gamma, lambda, rhoBar, cBar },
    });
    return { advantages, returns: targets };
  };
}

function createLearner(
  { device, createEncoder, seed }: TrainerOptions,
  shape: NetworkShape,
  spec: GameSpec,
): Pick<VtraceParts, "learner" | "learnerParameters"> {
  const weights = key(seed).child("network");
  const learner = new ActorCritic({ spec, device, key: weights, createEncoder, ...shape });
  return { learner, learnerParameters: flatten(learner) };
}
