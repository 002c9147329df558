/**
 * `count` games stepping together in this thread, into flat typed arrays that are allocated once.
 * Terms are Gymnasium's; an ended game is reset within the same step ("same-step" autoreset): its
 * row of `observations` is the first of the next episode, its last one is in `finalObservations`.
 * Every episode has its own seed from the key tree, `key.child("env", i).child("episode", k)`, so
 * {seed, actions} alone replays it.
 *
 * Not here: saving and restoring (vector-state.ts), games on other threads or on a GPU.
 */
import { EnvError } from "./errors.js";
import type { Game, GameDefinition, GameSpec } from "./game.js";
import type { Key } from "./key.js";
import { captureVector, restoreVector, type VectorEnvState } from "./vector-state.js";

/** How to make a VectorEnv. */
export interface VectorEnvOptions {
  /** Number of games. */
  readonly count: number;
  /** Where all seeds come from. */
  readonly key: Key;
  /** Decisions after which an episode is cut (default: the game's `spec.maxSteps`). */
  readonly maxSteps?: number;
  /** The variant, where the game is given as a definition (default: the definition's). */
  readonly variant?: string;
  /** Called within the step for every episode that ends. */
  readonly onEpisode?: (episode: EpisodeRecord) => void;
}

/** One finished episode. */
export interface EpisodeRecord {
  /** Which of the games played it. */
  readonly env: number;
  /** Counts from 0 in each env. */
  readonly episode: number;
  /** Seed of the game's generator. */
  readonly seed: number;
  /** One byte per decision; the receiver owns it. */
  readonly actions: Uint8Array<ArrayBuffer>;
  /** Number of decisions. */
  readonly length: number;
  /** Sum of the raw rewards. */
  readonly return: number;
  /** Ended by the rules. */
  readonly terminated: boolean;
  /** Cut by the time limit. */
  readonly truncated: boolean;
}

/** An episode that is still being played. */
export interface CurrentEpisode {
  /** Seed of the game's generator. */
  readonly seed: number;
  /** Counts from 0 in each env. */
  readonly episode: number;
  /** A view of the log, valid until the next step: copy what is kept. */
  readonly actions: Uint8Array;
  /** Decisions so far. */
  readonly length: number;
  /** Sum of the raw rewards so far. */
  readonly return: number;
}

const FIRST_LOG_BYTES = 256;

/** `count` games of one kind that step together into flat typed arrays. */
export class VectorEnv {
  /** A game that ends is reset within the same step; see `finalObservations`. */
  readonly autoreset = "same-step";
  /** Number of games. */
  readonly count: number;
  /** What each of the games is. */
  readonly spec: GameSpec;
  /** Time limit of an episode, in decisions. */
  readonly maxSteps: number;
  /** Root of the games' seeds. */
  readonly key: Key;
  /** `[count, O]`: what the policy sees next. Shared memory where the platform has it. */
  readonly observations: Float32Array;
  /** `[count]`: written by the caller before `step`. Shared memory where the platform has it. */
  readonly actions: Int32Array;
  /** `[count]`: rewards of the last step, raw. */
  readonly rewards: Float32Array;
  /** `[count]`: 1 where the last step ended the episode by the rules. */
  readonly terminated: Uint8Array;
  /** `[count]`: 1 where the last step hit the time limit (and the rules did not end it). */
  readonly truncated: Uint8Array;
  /**
   * `[count, O]`: the last observation of an episode; a row is valid where it has just terminated or
   * been truncated.
   */
  readonly finalObservations: Float32Array;
  /** `[count]`: return of the episode that has just ended, where one has. */
  readonly episodeReturn: Float64Array;
  /** `[count]`: length in decisions of the episode that has just ended, where one has. */
  readonly episodeLength: Int32Array;

  // The episodes being played; VectorEnvState names these fields too.
  /** @internal */ readonly games: readonly Game[];
  /** @internal */ readonly logs: Uint8Array<ArrayBuffer>[];
  /** @internal */ readonly seeds: Float64Array;
  /** @internal */ readonly episodes: Int32Array;
  /** @internal */ readonly lengths: Int32Array;
  /** @internal */ readonly returns: Float64Array;
  /** @internal */ started = false;
  private readonly actionCount: number;
  private readonly onEpisode: ((episode: EpisodeRecord) => void) | undefined;

  /**
   * @param game a definition, or a function that makes a new game. Throws EnvError
   * INVALID_ARGUMENT, UNSUPPORTED.
   */
  constructor(game: GameDefinition | (() => Game), options: VectorEnvOptions) {
    const { count, key, variant, onEpisode } = options;
    if (!Number.isInteger(count) || count < 1) {
      throw new EnvError(
        "INVALID_ARGUMENT",
        `VectorEnv: count must be a positive integer (got ${count})`,
      );
    }
    const create = typeof game === "function" ? game : () => game.create(variant);
    this.games = Array.from({ length: count }, create);
    this.spec = this.games[0].spec;
    this.actionCount = discreteActions(this.spec);
    this.count = count;
    this.key = key;
    this.maxSteps = options.maxSteps ?? this.spec.maxSteps;
    if (!Number.isInteger(this.maxSteps) || this.maxSteps < 1) {
      throw new EnvError(
        "INVALID_ARGUMENT",
        `VectorEnv: maxSteps must be a positive integer (got ${this.maxSteps})`,
      );
    }
    this.onEpisode = onEpisode;
    const values = count * this.spec.observation.size;
    this.observations = new Float32Array(sharedBuffer(4 * values));
    this.finalObservations = new Float32Array(values);
    this.actions = new Int32Array(sharedBuffer(4 * count));
    this.rewards = new Float32Array(count);
    this.terminated = new Uint8Array(count);
    this.truncated = new Uint8Array(count);
    this.episodeReturn = new Float64Array(count);
    this.episodeLength = new Int32Array(count);
    this.logs = Array.from({ length: count }, () => new Uint8Array(FIRST_LOG_BYTES));
    this.seeds = new Float64Array(count);
    this.episodes = new Int32Array(count);
    this.lengths = new Int32Array(count);
    this.returns = new Float64Array(count);
  }

  /** Starts episode 0 of every env; forgets everything played before. */
  reset(): void {
    this.started = true;
    this.rewards.fill(0);
    this.terminated.fill(0);
    this.truncated.fill(0);
    for (let env = 0; env < this.count; env++) this.begin(env, 0);
  }

  /**
   * Plays `actions` in every env. Throws EnvError INVALID_ACTION, INVALID_REWARD, and
   * INVALID_ARGUMENT before `reset`.
   */
  step(): void {
    this.stepRange(0, this.count);
  }

  /**
   * Plays `actions[from..to)` in these envs only, so that a policy can work on other envs
   * meanwhile.
   */
  stepRange(from: number, to: number): void {
    if (!this.started) throw new EnvError("INVALID_ARGUMENT", "VectorEnv.step: call reset() first");
    if (!(from >= 0 && to <= this.count)) {
      throw new EnvError(
        "INVALID_ARGUMENT",
        `VectorEnv.stepRange: [${from}, ${to}) is outside [0, ${this.count})`,
      );
    }
    const { games, actions, rewards, lengths, returns, observations } = this;
    const size = this.spec.observation.size;
    for (let env = from; env < to; env++) {
      const action = actions[env];
      if (action < 0 || action >= this.actionCount) throw this.invalidAction(env);
      const game = games[env];
      const reward = game.step(action);
      if (!Number.isFinite(reward)) throw this.invalidReward(env, reward);
      this.log(env, lengths[env], action);
      lengths[env] += 1;
      returns[env] += reward;
      rewards[env] = reward;
      const terminated = game.terminated;
      const truncated = !terminated && lengths[env] >= this.maxSteps;
      this.terminated[env] = terminated ? 1 : 0;
      this.truncated[env] = truncated ? 1 : 0;
      if (terminated || truncated) this.end(env, terminated);
      else game.observe(observations, env * size);
    }
  }

  /** The episode that `env` is playing. */
  current(env: number): CurrentEpisode {
    const length = this.lengths[env];
    return {
      seed: this.seeds[env],
      episode: this.episodes[env],
      actions: this.logs[env].subarray(0, length),
      length,
      return: this.returns[env],
    };
  }

  /**
   * Everything needed to go on bit for bit, in the middle of episodes; later steps do not change
   * it.
   */
  save(): VectorEnvState {
    return captureVector(this);
  }

  /**
   * Goes on from a saved state of the same game, count and time limit. Throws EnvError
   * STATE_MISMATCH.
   */
  restore(state: VectorEnvState): void {
    restoreVector(this, state);
  }

  /** Starts an episode of one env. */
  private begin(env: number, episode: number): void {
    const seed = this.key.child("env", env).child("episode", episode).toSeed();
    const game = this.games[env];
    this.seeds[env] = seed;
    this.episodes[env] = episode;
    this.lengths[env] = 0;
    this.returns[env] = 0;
    game.seed(seed);
    game.reset();
    game.observe(this.observations, env * this.spec.observation.size);
  }

  /** Keeps what the ended episode leaves behind, then starts the next one. */
  private end(env: number, terminated: boolean): void {
    const length = this.lengths[env];
    this.games[env].observe(this.finalObservations, env * this.spec.observation.size);
    this.episodeReturn[env] = this.returns[env];
    this.episodeLength[env] = length;
    const record = this.onEpisode && {
      env,
      episode: this.episodes[env],
      seed: this.seeds[env],
      actions: this.logs[env].slice(0, length),
      length,
      return: this.returns[env],
      terminated,
      truncated: !terminated,
    };
    this.begin(env, this.episodes[env] + 1);
    if (record) this.onEpisode?.(record);
  }

  private log(env: number, at: number, action: number): void {
    let log = this.logs[env];
    if (at >= log.length) {
      log = new Uint8Array(2 * log.length);
      log.set(this.logs[env]);
      this.logs[env] = log;
    }
    log[at] = action;
  }

  private invalidReward(env: number, reward: number): EnvError {
    const played = `step ${this.lengths[env]}, action ${this.actions[env]}`;
    const where = `env ${env}, seed ${this.seeds[env]}, ${played}`;
    return new EnvError(
      "INVALID_REWARD",
      `${this.spec.id}: the reward is not finite (got ${reward}; ${where})`,
    );
  }

  private invalidAction(env: number): EnvError {
    const values = `got ${this.actions[env]}, expected 0 to ${this.actionCount - 1}`;
    return new EnvError(
      "INVALID_ACTION",
      `${this.spec.id}: invalid action of env ${env} (${values})`,
    );
  }
}

/** How many actions the game has; a byte holds each. */
function discreteActions(spec: GameSpec): number {
  if (spec.actions.kind !== "discrete") {
    throw new EnvError(
      "UNSUPPORTED",
      `VectorEnv: ${spec.id} has continuous actions (expected discrete ones)`,
    );
  }
  return spec.actions.names.length;
}

function sharedBuffer(bytes: number): ArrayBuffer | SharedArrayBuffer {
  return typeof SharedArrayBuffer === "undefined"
    ? new ArrayBuffer(bytes)
    : new SharedArrayBuffer(bytes);
}
