/**
 * An agent as a library offers it: made for a game, trained, asked for actions, saved.
 *
 *   const agent = ppo(game, { seed: 1 });
 *   await agent.train({ steps: 100_000 });
 *   agent.act(observation);
 *
 * What is learned is the algorithm's trainer's business (createTrainer); here is everything around it: when
 * the trainer is made, the loop, evaluations on games of their own, the best state, acting with the present
 * parameters. Listening, evaluating, acting and pausing change nothing of what is learned.
 * Not here: files, processes, screens.
 */
import { type GameDefinition, type GameSpec, key } from "@carom/envs";
import type { SavedState } from "../agent.js";
import { seconds } from "../clock.js";
import type { Config } from "../config.js";
import { AgentError } from "../errors.js";
import { Actors, type AgentActOptions, type AgentBatchOptions } from "./actor.js";
import { decodeAgent, encodeAgent } from "./bytes.js";
import {
  type AgentEvaluation,
  type AgentEvents,
  type AgentListener,
  Listeners,
  type TrainingEvaluation,
} from "./events.js";
import type { GameSource } from "./game.js";
import { Learner } from "./learner.js";
import { runLoop } from "./loop.js";
import {
  type AgentOptions,
  type BestScore,
  checkTrainOptions,
  type TrainOptions,
  type TrainSummary,
} from "./options.js";
import { play } from "./play.js";
import { Setup } from "./setup.js";

/** How to evaluate an agent. */
export interface AgentEvaluateOptions {
  /** Complete episodes to play (default 100). They are played in one go. */
  readonly episodes?: number;
  /** The most probable (best, middle) action instead of one drawn at random (default true). */
  readonly greedy?: boolean;
  /**
   * Seed of the games (default: the agent's). Whatever it is, they are none of the games of training, nor
   * of the evaluations by which the best state is chosen.
   */
  readonly seed?: number;
}

/** The state with the best evaluation so far. */
export interface BestState extends BestScore {
  /** The complete state, as `save` gives it. */
  readonly state: SavedState;
}

/** An agent for one game; see the head of this file. Made by {@link createAgent}. */
export class Agent {
  /** Name of the algorithm. */
  readonly algo: string;
  /** The game. */
  readonly game: GameDefinition;
  /** Its variant. */
  readonly variant: string;
  /** Root of everything random. */
  readonly seed: number;
  /** All settings: defaults, the game's preset, and what was asked for. */
  readonly config: Config;

  private readonly setup: Setup;
  private readonly learner: Learner;
  private readonly actors: Actors;
  private readonly listeners: Listeners = new Listeners();
  private bestScore: BestScore | null = null;
  private kept: BestState | undefined;
  private isTraining = false;
  private isDisposed = false;

  /** @internal */
  constructor(algo: string, game: GameSource, options: AgentOptions) {
    const setup = new Setup(algo, game, options);
    this.algo = algo;
    this.game = setup.game;
    this.variant = setup.variant;
    this.seed = setup.seed;
    this.config = setup.config;
    this.setup = setup;
    this.learner = new Learner(setup);
    this.actors = new Actors(setup, this.learner);
  }

  /** The game as the agent sees it, through the wrappers of its settings. */
  get spec(): GameSpec {
    this.assertAlive("spec");
    return this.setup.view.spec;
  }

  /** Env steps that it has trained for. */
  get steps(): number {
    return this.learner.steps;
  }

  /** Mean raw return of the last 100 training episodes, or of all so far; null before the first ended. */
  get score(): number | null {
    return this.learner.progress.score();
  }

  /**
   * Trains. Other work of the thread gets a turn between iterations, about every 50 ms; an iteration that
   * has begun is finished. Called again, it goes on: after an abort exactly as if there had been none.
   *
   * @returns a summary, also where it was aborted.
   * @throws AgentError UNKNOWN_KEY, OUT_OF_RANGE, BAD_VALUE for the options, BUSY where it is training
   *   already, DISPOSED, FAILED; what the game or the algorithm throws · AggregateError of what listeners
   *   threw, where nobody listens to "error": training has ended in good order by then.
   */
  async train(options: TrainOptions = {}): Promise<TrainSummary> {
    checkTrainOptions(options);
    this.assertUsable("train");
    this.assertNotTraining("train");
    this.isTraining = true;
    const endListening = this.listen(options);
    let summary: TrainSummary | undefined;
    const errors: unknown[] = [];
    try {
      summary = await this.trainOnce(options);
    } catch (error) {
      errors.push(error);
    }
    await this.listeners.settled();
    this.isTraining = false;
    endListening();
    const failures = this.listeners.takeFailures();
    if (failures.count > 0) {
      const text = `train: listeners failed ${failures.count} times (${String(failures.errors[0])})`;
      throw new AggregateError([...errors, ...failures.errors], text);
    }
    if (summary === undefined) throw errors[0];
    return summary;
  }

  /**
   * Calls `listener` for every event of that name, between iterations: it may act, save and evaluate.
   *
   * @returns a function that ends it. @throws AgentError UNKNOWN_KEY
   */
  on<Name extends keyof AgentEvents>(name: Name, listener: AgentListener<Name>): () => void {
    return this.listeners.add(name, listener);
  }

  /**
   * The action for one observation, with the present parameters: an index, or one number per entry.
   *
   * After parameters have changed, the first call makes a policy from a copy of the complete state, replay
   * memory included; calls in between cost one forward pass. Policies with memory remember from call to
   * call, until `resetMemory` or until the parameters change.
   *
   * @param observation what the env of the settings shows (`spec.observation`): of a stack of frames all of
   *   them, of pictures bytes; not yet standardised where `normalizeObservations` is set.
   * @throws AgentError BAD_VALUE, NOT_FINITE, DISPOSED, FAILED
   */
  act(
    observation: ArrayLike<number>,
    options: AgentActOptions = {},
  ): number | Float32Array | Int32Array {
    this.assertUsable("act");
    const { greedy = true, mask } = options;
    const actions = this.actors.act("act", observation, { greedy, ...(mask && { masks: mask }) });
    return this.spec.actions.kind === "discrete" ? actions[0] : actions;
  }

  /**
   * The actions for several observations, each of a game of its own; see `act`.
   *
   * @param observations `[count, O]` flattened; another count than the last time starts anew.
   * @returns `[count]`, or `[count, A]` flattened for vector actions; the caller's.
   * @throws AgentError BAD_VALUE, NOT_FINITE, DISPOSED, FAILED
   */
  actBatch(
    observations: ArrayLike<number>,
    options: AgentBatchOptions = {},
  ): Float32Array | Int32Array {
    this.assertUsable("actBatch");
    return this.actors.act("actBatch", observations, options);
  }

  /** Clears what policies with memory remember: the next observation begins an episode. */
  resetMemory(): void {
    this.actors.resetMemory();
  }

  /**
   * Plays complete episodes on games of their own, with raw rewards and frozen statistics; training does
   * not notice.
   *
   * @throws AgentError OUT_OF_RANGE, DISPOSED, FAILED
   */
  evaluate(options: AgentEvaluateOptions = {}): AgentEvaluation {
    this.assertUsable("evaluate");
    const { episodes = 100, greedy = true, seed = this.seed } = options;
    const root = key(seed).child("evaluation");
    return play(this.setup, this.save(), { episodes, greedy, root, steps: this.steps });
  }

  /** The state with the best evaluation in training so far, where one was kept. */
  best(): BestState | undefined {
    return this.kept;
  }

  /** Goes back to the best state. @throws AgentError BAD_VALUE where there is none · as `restore` */
  useBest(): void {
    if (this.kept === undefined) {
      const text = "useBest: there is no best state (train with evaluateEvery first)";
      throw new AgentError("BAD_VALUE", text);
    }
    this.restore(this.kept.state);
  }

  /**
   * A copy of the complete state, from which training goes on bit for bit.
   *
   * @throws AgentError DISPOSED, FAILED
   */
  save(): SavedState {
    this.assertUsable("save");
    return this.learner.save();
  }

  /**
   * Goes on from a state that `save` gave, of the same algorithm, game, variant, seed and settings. Where it
   * does not fit, the agent stays as it is.
   *
   * @throws AgentError FOREIGN_STATE, BUSY while training, DISPOSED
   */
  restore(state: SavedState): void {
    this.assertAlive("restore");
    this.assertNotTraining("restore");
    this.learner.restore(state);
  }

  /** The complete state as the bytes of a safetensors file; see {@link encodeAgent}. */
  toBytes(): Uint8Array {
    return encodeAgent(this.save());
  }

  /** Goes on from bytes that `toBytes` gave; see `restore` and {@link decodeAgent}. */
  fromBytes(bytes: Uint8Array): void {
    this.restore(decodeAgent(bytes));
  }

  /** Frees everything, and ends training between two iterations. Idempotent. */
  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    this.actors.dispose();
    this.learner.dispose();
    this.setup.dispose();
  }

  /** What `using` calls: dispose. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /**
   * Goes on from a state whose trainer is made when one is needed: acting needs none.
   *
   * @internal
   */
  park(state: SavedState): void {
    this.learner.park(state);
  }

  private async trainOnce(options: TrainOptions): Promise<TrainSummary> {
    const began = seconds();
    const { learner, listeners } = this;
    const run = learner.prepare(options.steps);
    const { progress } = learner;
    const episodesBefore = progress.episodes;
    const reason = await runLoop({
      ...{ run, progress, listeners, options, began },
      until: options.steps === undefined ? run.totalSteps : run.trainer.steps + options.steps,
      isDisposed: () => this.isDisposed,
      evaluate: () => this.evaluateInTraining(options),
      checkpoint: () => this.tellCheckpoint(),
    });
    if (reason !== "disposed") this.tellCheckpoint();
    return {
      steps: run.trainer.steps,
      seconds: seconds() - began,
      episodes: progress.episodes - episodesBefore,
      score: progress.score(),
      best: this.bestScore,
      reason,
    };
  }

  /** Adds the listeners of the options; the function that it returns removes them. */
  private listen(options: TrainOptions): () => void {
    const { onMetrics, onEpisode, onRemarkable, onEvaluation, onCheckpoint } = options;
    const { listeners } = this;
    const ends = [
      onMetrics && listeners.add("metrics", onMetrics),
      onEpisode && listeners.add("episode", onEpisode),
      onRemarkable && listeners.add("remarkable", onRemarkable),
      onEvaluation && listeners.add("evaluation", onEvaluation),
      onCheckpoint && listeners.add("checkpoint", onCheckpoint),
    ];
    return () => {
      for (const end of ends) end?.();
    };
  }

  /** Always on the same games, so that scores can be compared. */
  private evaluateInTraining(options: TrainOptions): TrainingEvaluation {
    const { evaluateEpisodes: episodes = 20, keepBest = true } = options;
    const state = this.save();
    const root = key(this.seed).child("selection");
    const { steps } = this;
    const evaluation = play(this.setup, state, { episodes, greedy: true, root, steps });
    const { score } = evaluation;
    const isBest = this.bestScore === null || score > this.bestScore.score;
    if (isBest) {
      this.bestScore = { score, steps };
      this.kept = keepBest ? { score, steps, state } : undefined;
    }
    return { ...evaluation, isBest };
  }

  private tellCheckpoint(): void {
    if (!this.listeners.has("checkpoint")) return;
    const { steps, score } = this;
    this.listeners.tell("checkpoint", { steps, score, state: this.save() });
  }

  private assertUsable(what: string): void {
    this.assertAlive(what);
    if (!this.learner.hasFailed) return;
    const text = `${what}: an iteration failed and left the agent half way (restore a saved state first)`;
    throw new AgentError("FAILED", text);
  }

  private assertAlive(what: string): void {
    if (this.isDisposed) throw new AgentError("DISPOSED", `${what}: the agent was disposed`);
  }

  private assertNotTraining(what: string): void {
    if (!this.isTraining) return;
    throw new AgentError("BUSY", `${what}: the agent is training (await or abort train first)`);
  }
}
