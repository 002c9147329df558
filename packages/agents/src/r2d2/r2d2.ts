/**
 * R2D2, recurrent Q-learning from replayed sequences (Kapturowski et al. 2019, "Recurrent experience replay
 * in distributed reinforcement learning", https://openreview.net/forum?id=r1lyTjAqYX).
 *
 *   y_t = h(R_t + d_t h^-1(Q'(s_{t+m}, argmax over a of Q(s_{t+m}, a))))
 *   L   = mean of w (Q(s_t, a_t) - y_t)^2 / 2
 *
 * Q depends on all observations of the episode through the state of a recurrent core. Sequences are stored
 * with the state that the network had where they begin; a burn-in without gradient refreshes it. R is the
 * n-step return, d = gamma^m, or 0 where the window ends in termination; an episode that a time limit cuts
 * continues with its final observation. Q' is the target network, h rescales values (rescaling.ts).
 *
 * What happens when is a function of the env steps done, as in dqn/dqn.ts. Departures:
 * docs/algorithms/r2d2.md. Legend: n games, B sequences, L their steps, U of them burn-in, A actions,
 * O observation size, S state size.
 * Not here: the memory (sequences.ts), the network (network.ts), targets and loss (loss.ts).
 */
import { key, seedRandom, type VectorEnv, type VectorEnvState } from "@carom/envs";
import {
  flatten,
  loadParameters,
  type Optimizer,
  type OptimizerState,
  type ParameterBuffer,
  saveParameters,
} from "@carom/nn";
import {
  capture,
  concat,
  type Device,
  fromShared,
  type Recording,
  type Tensor,
  valueAndGrad,
} from "@carom/tensor";
import type { IterationMetrics, SavedState, Trainer, TrainerOptions } from "../agent.js";
import { seconds } from "../clock.js";
import { moveTowards, timesDue } from "../dqn/target.js";
import { explore } from "../epsilon-greedy.js";
import { createTrainingEnv } from "../games.js";
import { maskLogits } from "../heads/masking.js";
import { Statistics } from "../off-policy/statistics.js";
import { createOptimizer, setLearningRate } from "../optimizer-config.js";
import { packPolicy } from "../policy-state.js";
import { packState, unpackState } from "../saved-state.js";
import { annealed, annealedLearningRate } from "../schedules.js";
import { type R2d2Config, r2d2Config, r2d2Shape } from "./config.js";
import { doubleTargets, r2d2Loss } from "./loss.js";
import { RecurrentQNetwork } from "./network.js";
import { stateVersion } from "./policy.js";
import { unrescale } from "./rescaling.js";
import { Sequences, type SequencesState } from "./sequences.js";

/** An R2D2 trainer. @throws AgentError UNSUPPORTED_GAME, BAD_VALUE */
export function createR2d2(options: TrainerOptions): Trainer {
  return new R2d2(options);
}

/** What `save` packs. */
interface R2d2State {
  readonly env: VectorEnvState;
  readonly parameters: ReturnType<typeof saveParameters>;
  readonly target: ReturnType<typeof saveParameters>;
  readonly optimizer: OptimizerState;
  readonly steps: number;
  readonly sequences: SequencesState;
  readonly exploration: Uint32Array;
  readonly memory: Float32Array;
  readonly starts: Uint8Array;
}

/** Env steps of an iteration, about. */
const iterationSteps = 256;

class R2d2 implements Trainer {
  readonly env: VectorEnv;
  steps = 0;

  private readonly config: R2d2Config;
  private readonly totalSteps: number;
  private readonly device: Device;
  private readonly network: RecurrentQNetwork;
  private readonly target: RecurrentQNetwork;
  private readonly parameters: ParameterBuffer;
  private readonly targetParameters: ParameterBuffer;
  private readonly optimizer: Optimizer;
  private readonly sequences: Sequences;
  private readonly act: Recording<unknown>;
  private readonly update: Recording<unknown>;
  private readonly moveTarget: Recording<unknown>;
  private readonly statistics: Statistics<"qLoss" | "qMean" | "gradNorm">;
  /** Generator of the exploring actions. */
  private readonly exploration: Uint32Array = new Uint32Array(4);
  /** State of every game's memory, `[n, S]`; the device reads and writes it in place. */
  private readonly memory: Float32Array;
  /** The same before the last observation. */
  private readonly memoryBefore: Float32Array;
  private readonly starts: Uint8Array; // [n], 1 where an episode begins; the device reads it
  private readonly allowed: Uint8Array | undefined; // [n, A], what is allowed now
  private readonly rewards: Float32Array; // [n], as the learner sees them
  private readonly errors: Float32Array; // [L * B], of the last update; the device writes them
  private readonly shared: Tensor[] = []; // over memory of the host
  private updates = 0; // since the statistics were read
  private episodes = 0; // since they were reported

  constructor(options: TrainerOptions) {
    const config = r2d2Config(options.config);
    const { device, createEncoder } = options;
    const root = key(options.seed);
    this.config = config;
    this.totalSteps = options.totalSteps;
    this.device = device;
    const report: TrainerOptions["onEpisode"] = (record) => {
      this.episodes++;
      options.onEpisode?.(record);
    };
    const games = root.child("games");
    this.env = createTrainingEnv("r2d2", options, config.envs, games, report, ["discrete"]);
    const { env } = this;
    const network = { spec: env.spec, device, key: root.child("network"), createEncoder };
    const shape = r2d2Shape(config);
    this.network = new RecurrentQNetwork({ ...network, ...shape });
    this.target = new RecurrentQNetwork({ ...network, ...shape }); // the same key: the same parameters
    this.parameters = flatten(this.network);
    this.targetParameters = flatten(this.target);
    this.optimizer = createOptimizer(this.parameters, config);
    const { stateSize } = this.network;
    const drawing = root.child("replay");
    this.sequences = new Sequences({ env, device, config, stateSize, key: drawing });
    this.statistics = new Statistics(["qLoss", "qMean", "gradNorm"], device);
    seedRandom(this.exploration, root.child("exploration").toSeed());
    this.memory = sharedFloats(env.count * stateSize);
    this.memoryBefore = new Float32Array(env.count * stateSize);
    this.starts = sharedBytes(env.count).fill(1);
    this.allowed = env.masks && sharedBytes(env.masks.length).fill(1);
    this.rewards = new Float32Array(env.count);
    this.errors = sharedFloats(this.sequences.length * config.batch);
    const untouched = this.learned();
    this.act = this.recordAct();
    this.update = this.recordUpdate();
    this.moveTarget = this.recordMoveTarget();
    // The recordings have run once: take that back.
    this.putBack(untouched);
    this.memory.fill(0);
    this.statistics.read(1);
    env.reset();
  }

  iterate(): IterationMetrics {
    const { config, env } = this;
    const learningRate = annealedLearningRate(config, this.steps, this.totalSteps);
    setLearningRate(this.optimizer, learningRate);
    const time = { game: 0, policy: 0, learn: 0 };
    const trainings = Math.ceil(iterationSteps / config.trainEvery);
    const turns = Math.ceil((trainings * config.trainEvery) / env.count);
    for (let turn = 0; turn < turns; turn++) {
      const began = seconds();
      this.chooseActions();
      const acted = seconds();
      this.play();
      const played = seconds();
      this.learn();
      time.policy += acted - began;
      time.game += played - acted;
      time.learn += seconds() - played;
    }
    return {
      steps: this.steps,
      episodes: this.takeEpisodes(),
      learningRate,
      measures: this.readMeasures(),
      timeGame: time.game,
      timePolicy: time.policy,
      timeLearn: time.learn,
    };
  }

  save(): SavedState {
    const state: R2d2State = {
      env: this.env.save(),
      steps: this.steps,
      sequences: this.sequences.save(),
      exploration: this.exploration.slice(),
      memory: Float32Array.from(this.memory),
      starts: Uint8Array.from(this.starts),
      ...this.learned(),
    };
    return packState("r2d2", stateVersion, state);
  }

  policyState(): SavedState {
    return packPolicy({
      algo: "r2d2",
      version: stateVersion,
      network: this.network,
      env: this.env,
    });
  }

  restore(state: SavedState): void {
    const saved = unpackState<R2d2State>(state, "r2d2", stateVersion);
    this.putBack(saved);
    this.env.restore(saved.env);
    this.sequences.restore(saved.sequences);
    this.exploration.set(saved.exploration);
    this.memory.set(saved.memory);
    this.starts.set(saved.starts);
    this.steps = saved.steps;
  }

  dispose(): void {
    for (const recording of [this.act, this.update, this.moveTarget]) recording.dispose();
    for (const owned of this.shared) owned.dispose();
    this.statistics.dispose();
    this.sequences.dispose();
    this.optimizer.dispose();
    this.parameters.dispose();
    this.targetParameters.dispose();
    this.network.dispose();
    this.target.dispose();
  }

  /** Writes the next action of every game; the memory moves on over what it shows. */
  private chooseActions(): void {
    const { env, network, exploration: random, epsilon } = this;
    this.memoryBefore.set(this.memory);
    if (env.masks !== undefined) this.allowed?.set(env.masks);
    this.act.replay();
    explore(env.actions, { epsilon, choices: network.actions, random, masks: env.masks });
  }

  /** Probability of an action at random now. */
  private get epsilon(): number {
    const { config, steps, totalSteps } = this;
    if (steps < config.learningStarts) return 1;
    const { epsilonStart: from, epsilonFinal: to, epsilonFraction: fraction } = config;
    return annealed({ from, to, fraction }, steps, totalSteps);
  }

  /** Plays the actions and remembers what came of them. */
  private play(): void {
    const { env, sequences, rewards, starts } = this;
    const bound = this.config.rewardClip || Number.POSITIVE_INFINITY;
    sequences.begin(env, this.memoryBefore);
    env.step();
    for (let game = 0; game < env.count; game++) {
      rewards[game] = Math.max(-bound, Math.min(bound, env.rewards[game]));
      starts[game] = env.terminated[game] | env.truncated[game];
    }
    sequences.finish(env, rewards);
    this.steps += env.count;
  }

  /** Moves the target network and makes the updates that are due after this step of the games. */
  private learn(): void {
    const { config, steps, env, sequences } = this;
    const before = steps - env.count;
    if (steps < config.learningStarts) return;
    if (timesDue(config.targetEvery, before, steps) > 0) this.moveTarget.replay();
    const updates = config.gradientSteps * timesDue(config.trainEvery, before, steps);
    for (let i = 0; i < updates; i++) {
      sequences.sample();
      this.update.replay();
      sequences.updatePriorities(this.errors);
    }
    this.updates += updates;
  }

  /** Records the best actions of all games: observations and memory in, actions and memory out, in place. */
  private recordAct(): Recording<unknown> {
    const { env, network } = this;
    const { count: n } = env;
    const observations = this.share(env.observations, [n, env.spec.observation.size]);
    const actions = this.share(env.actions, [n]);
    const state = this.share(this.memory, [n, network.stateSize]);
    const starts = this.share(this.starts, [1, n]);
    const allowed = this.allowed && this.share(this.allowed, [n, network.actions]);
    return capture(this.device, () => {
      const prepared = network.prepare(observations); // [n, O]
      const { q, state: next } = network.forward(prepared, { state, reset: starts.notEqual(0) });
      actions.copyFrom(maskLogits(q, allowed?.notEqual(0)).argmax(-1));
      state.copyFrom(next);
    });
  }

  /** Records one update: values of both networks, targets, loss, gradients, optimiser, statistics. */
  private recordUpdate(): Recording<unknown> {
    const { network, target, sequences, optimizer, config } = this;
    const learnedRows = sequences.length * config.batch;
    const errors = this.share(this.errors, [learnedRows]);
    return capture(this.device, () => {
      const prepared = network.prepare(sequences.observation()); // [(L + 1) * B, O]
      const reset = sequences.reset(); // [L + 1, B]
      const targetQ = target.forward(prepared, { state: sequences.state, reset }).q;
      const { value, aux, grads } = valueAndGrad(() => {
        const q = this.unroll(prepared, reset); // [(L + 1) * B, A]
        const next = { online: q.detach(), target: targetQ, mask: sequences.allowed() };
        const y = doubleTargets(next, sequences, config.rescale); // [L * B]
        const { action, weight } = sequences;
        const batch = { action, weight, target: y };
        const { loss, error } = r2d2Loss(q.slice([0, learnedRows]), batch);
        return { loss, error, taken: error.add(y) };
      }, this.parameters.tensors);
      optimizer.step(grads);
      errors.copyFrom(aux.error);
      const values = config.rescale ? unrescale(aux.taken) : aux.taken; // [L * B]
      const qMean = values.mul(sequences.share).sum();
      this.statistics.add({ qLoss: value, qMean, gradNorm: optimizer.gradNorm });
    });
  }

  /**
   * Values of whole sequences, `[(L + 1) * B, A]`. No gradient goes from the learned steps into the burn-in;
   * its own values get one where a sequence begins with an episode (n-step.ts).
   */
  private unroll(prepared: Tensor, reset: Tensor): Tensor {
    const { network, sequences, config } = this;
    const { batch, burnIn } = config;
    const { state } = sequences;
    if (burnIn === 0) return network.forward(prepared, { state, reset }).q;
    const rows = burnIn * batch;
    const first = network.forward(prepared.slice([0, rows]), {
      state,
      reset: reset.slice([0, burnIn]),
    });
    const rest = network.forward(prepared.slice([rows, null]), {
      state: first.state.detach(),
      reset: reset.slice([burnIn, null]),
    });
    return concat([first.q, rest.q]);
  }

  private recordMoveTarget(): Recording<unknown> {
    const { device, parameters, targetParameters, config } = this;
    return capture(device, () => moveTowards(targetParameters, parameters, config.tau));
  }

  /** A copy of what updates change. */
  private learned(): Pick<R2d2State, "parameters" | "target" | "optimizer"> {
    return {
      parameters: saveParameters(this.network),
      target: saveParameters(this.target),
      optimizer: this.optimizer.state(),
    };
  }

  private putBack(saved: ReturnType<R2d2["learned"]>): void {
    loadParameters(this.network, saved.parameters);
    loadParameters(this.target, saved.target);
    this.optimizer.restore(saved.optimizer);
  }

  /** A tensor over memory that the host shares. */
  private share(view: Float32Array | Int32Array | Uint8Array, shape: readonly number[]): Tensor {
    const tensor = fromShared(view, shape, { device: this.device });
    this.shared.push(tensor);
    return tensor;
  }

  private takeEpisodes(): number {
    const taken = this.episodes;
    this.episodes = 0;
    return taken;
  }

  /** Means over the updates since the last call. */
  private readMeasures(): Record<string, number> {
    const means = this.statistics.read(this.updates);
    this.updates = 0;
    return { ...means, epsilon: this.epsilon, replaySize: this.sequences.size };
  }
}

/** Zeroed floats that the device can read in place. */
function sharedFloats(length: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(4 * length));
}

/** Zeroed bytes that the device can read in place. */
function sharedBytes(length: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(length));
}
