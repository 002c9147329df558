/**
 * PQN, parallelised Q-learning (Gallici et al. 2024, "Simplifying deep temporal difference learning",
 * https://arxiv.org/abs/2407.04811): Q-learning online over many games side by side, without replay
 * memory and without target network. Layer normalisation keeps it stable.
 *
 *   L = mean (Q(s_t, a_t) - G_t)^2 / 2
 *   G_t = r_t + gamma ((1 - lambda) V_{t+1} + lambda G_{t+1}),   V_t = max_a Q(s_t, a)
 *
 * Every iteration plays `horizon` steps of every game epsilon-greedily, computes the returns from the
 * values that the network had while playing, and makes several passes over the samples in minibatches.
 * Departures: docs/algorithms/pqn.md. Legend: B minibatch, M minibatches per epoch, A actions,
 * O observation size.
 * Not here: collecting (rollout.ts; gpu-rollout.ts with games on a GPU), returns (math/lambda-returns.ts), the network
 * (q-network.ts).
 */
import { key, type VectorEnvState } from "@carom/envs";
import {
  loadParameters,
  type Optimizer,
  type OptimizerState,
  type ParameterBuffer,
  saveParameters,
} from "@carom/nn";
import {
  capture,
  type Device,
  increment,
  RandomState,
  type RandomWords,
  type Recording,
  type Tensor,
  tensor,
  valueAndGrad,
} from "@carom/tensor";
import type {
  IterationMetrics,
  SavedState,
  TrainedGames,
  Trainer,
  TrainerOptions,
} from "../agent.js";
import { seconds } from "../clock.js";
import { AgentError } from "../errors.js";
import type { CollectedGames } from "../games.js";
import { Statistics } from "../off-policy/statistics.js";
import { createOptimizer, setLearningRate } from "../optimizer-config.js";
import { packPolicy } from "../policy-state.js";
import type { QNetwork } from "../q-network.js";
import { packState, unpackState } from "../saved-state.js";
import { annealed, annealedLearningRate } from "../schedules.js";
import { createQParts } from "./collector.js";
import { type PqnConfig, pqnConfig } from "./config.js";
import { pqnLoss } from "./loss.js";
import { stateVersion } from "./policy.js";
import type { QRolloutBuffers, QRolloutState } from "./rollout.js";

/** A PQN trainer. @throws AgentError UNSUPPORTED_GAME, BAD_VALUE */
export function createPqn(options: TrainerOptions): Trainer {
  return new Pqn(options);
}

/** What `save` packs. */
interface PqnState {
  readonly env: VectorEnvState;
  readonly parameters: ReturnType<typeof saveParameters>;
  readonly optimizer: OptimizerState;
  readonly steps: number;
  readonly rollout: QRolloutState;
  readonly shuffle: RandomWords;
}

class Pqn implements Trainer {
  readonly env: TrainedGames;
  readonly notes: readonly string[];
  steps = 0;

  private readonly config: PqnConfig;
  private readonly totalSteps: number;
  private readonly device: Device;
  private readonly network: QNetwork;
  private readonly parameters: ParameterBuffer;
  private readonly optimizer: Optimizer;
  private readonly games: CollectedGames;
  private readonly rollout: QRolloutBuffers;
  private readonly estimate: () => void;
  private readonly shuffler: RandomState;
  private readonly cursor: Tensor; // int32 [1], the next minibatch of the epoch
  private readonly minibatches: number; // M
  private readonly shuffle: Recording<{ order: Tensor }>;
  private readonly update: Recording<unknown>;
  private readonly statistics: Statistics<"qLoss" | "qMean" | "gradNorm">;

  constructor(options: TrainerOptions) {
    const config = pqnConfig(options.config);
    const { device } = options;
    this.config = config;
    this.totalSteps = options.totalSteps;
    this.device = device;
    this.minibatches = countMinibatches(config);
    const { games, network, parameters, rollout, estimate } = createQParts(options, config);
    this.games = games;
    this.env = games.env;
    this.notes = games.notes;
    this.network = network;
    this.parameters = parameters;
    this.rollout = rollout;
    this.estimate = estimate;
    this.optimizer = createOptimizer(parameters, config);
    this.statistics = new Statistics(["qLoss", "qMean", "gradNorm"], device);
    const order = key(options.seed).child("shuffle").words;
    this.shuffler = new RandomState(order, { device });
    this.cursor = tensor([0], { dtype: "int32", device });
    this.shuffle = this.recordShuffle();
    const untouched = {
      parameters: this.parameters.flat.toTypedArray(),
      optimizer: this.optimizer.state(),
    };
    this.update = this.recordUpdate();
    // The recordings have run once, the update on empty buffers: take that back.
    this.shuffler.restore([...order, 0, 0]);
    this.parameters.flat.write(untouched.parameters);
    this.optimizer.restore(untouched.optimizer);
    this.statistics.read(1);
    games.reset();
  }

  iterate(): IterationMetrics {
    const { rollout, games, config, steps, totalSteps } = this;
    const learningRate = annealedLearningRate(config, steps, totalSteps);
    setLearningRate(this.optimizer, learningRate);
    const epsilon = this.epsilon();
    rollout.collect(epsilon);
    this.steps += rollout.size;
    const began = seconds();
    this.estimate();
    const updates = this.learn();
    return {
      steps: this.steps,
      episodes: games.takeEpisodes(),
      learningRate,
      measures: { ...this.statistics.read(updates), epsilon },
      timeGame: rollout.time.game,
      timePolicy: rollout.time.policy,
      timeLearn: seconds() - began,
    };
  }

  save(): SavedState {
    const state: PqnState = {
      env: this.games.saveGames(),
      parameters: saveParameters(this.network),
      optimizer: this.optimizer.state(),
      steps: this.steps,
      rollout: this.rollout.save(),
      shuffle: this.shuffler.toWords(),
    };
    return packState("pqn", stateVersion, state);
  }

  policyState(): SavedState {
    return packPolicy({
      algo: "pqn",
      version: stateVersion,
      network: this.network,
      env: this.games.saveStatistics(),
    });
  }

  restore(state: SavedState): void {
    const saved = unpackState<PqnState>(state, "pqn", stateVersion);
    loadParameters(this.network, saved.parameters);
    this.optimizer.restore(saved.optimizer);
    this.games.restoreGames(saved.env);
    this.steps = saved.steps;
    this.rollout.restore(saved.rollout);
    this.shuffler.restore(saved.shuffle);
  }

  dispose(): void {
    this.update.dispose();
    this.shuffle.dispose();
    this.shuffler.dispose();
    this.cursor.dispose();
    this.statistics.dispose();
    this.rollout.dispose();
    this.optimizer.dispose();
    this.parameters.dispose();
    this.network.dispose();
  }

  /** Chance of a random action in this iteration. */
  private epsilon(): number {
    const { epsilonStart: from, epsilonFinal: to, epsilonFraction: fraction } = this.config;
    return annealed({ from, to, fraction }, this.steps, this.totalSteps);
  }

  /** Replays the recorded minibatch step over every epoch; returns the number of updates. */
  private learn(): number {
    const { config, minibatches } = this;
    for (let epoch = 0; epoch < config.epochs; epoch++) {
      this.shuffle.replay();
      for (let m = 0; m < minibatches; m++) this.update.replay();
    }
    return config.epochs * minibatches;
  }

  /** Records the start of an epoch: a new order of all samples. */
  private recordShuffle(): Recording<{ order: Tensor }> {
    return capture(this.device, () => {
      this.cursor.fill(0);
      return { order: this.shuffler.permutation(this.rollout.size) };
    });
  }

  /** Records one minibatch step: gather, loss, gradients, clip, optimiser, statistics. */
  private recordUpdate(): Recording<unknown> {
    const { network, rollout, cursor, minibatches, parameters, optimizer } = this;
    return capture(this.device, () => {
      const parts = this.shuffle.outputs.order.reshape([minibatches, rollout.size / minibatches]);
      const rows = parts.indexSelect(cursor).reshape([rollout.size / minibatches]); // [B]
      increment(cursor);
      const prepared = rollout.observations.indexSelect(rows); // [B, O]
      const action = rollout.actions.indexSelect(rows); // [B]
      const returns = rollout.returns.indexSelect(rows); // [B]
      const { value, aux, grads } = valueAndGrad(() => {
        return pqnLoss({ q: network.forward(prepared), action, returns });
      }, parameters.tensors);
      optimizer.step(grads);
      const { gradNorm } = optimizer;
      this.statistics.add({ qLoss: value, qMean: aux.qMean, gradNorm });
    });
  }
}

/** @throws AgentError BAD_VALUE when minibatches do not divide the rollout evenly */
function countMinibatches({ envs, horizon, minibatch }: PqnConfig): number {
  const size = envs * horizon;
  if (size % minibatch === 0) return size / minibatch;
  throw new AgentError(
    "BAD_VALUE",
    `pqn: minibatch must divide envs x horizon (got ${minibatch}, expected a divisor of ${envs} x ${horizon} = ${size})`,
  );
}
