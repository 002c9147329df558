/**
 * Replay memory of sequences for recurrent Q-learning (Kapturowski et al. 2019, "Recurrent experience replay
 * in distributed reinforcement learning", R2D2, section 2.3): segments of L steps of one game, with the
 * recurrent state that the policy had where each begins ("stored state").
 *
 *   steps of a game  0 1 2 3 4 5 6 7 8 9 ...      L = 6, overlap 2
 *   segments         [0 1 2 3 4 5]
 *                            [4 5 6 7 8 9] ...
 *
 * - A new segment begins every L - overlap steps. Frames are stored once, however many segments show them.
 * - A segment runs on past the end of an episode by its rules: `reset` says where the next one begins, and
 *   there the state is to be zeroed. `terminated` says after which step nothing comes.
 * - Where a limit cuts an episode, all segments of that game end early: the row after the last step is the
 *   final observation, `mask` is 0 from there on, and rows of observations repeat the final one. The game's
 *   next segment begins with its next episode. A segment whose steps are all in the one before is dropped.
 * - A segment can be sampled once it is complete. It is gone once its first slot, or a frame of the stack
 *   that is seen there, has been overwritten.
 *
 * Priorities belong to segments and are given by the caller, usually eta max |delta| + (1 - eta) mean |delta|
 * over the steps with mask 1 (the paper's eta is 0.9); they are raised to alpha as in priorities.ts.
 * Burn-in is the learner's business: the first steps of each segment, run without a gradient.
 *
 * Legend: B batch, L steps of a segment, N slots of all games, A numbers of an action, H of a state.
 * Not here: what is written into which slot (recorder.ts, rings.ts), the actions and rewards before a segment.
 */
import { type Key, seedRandom, type VectorEnv } from "@carom/envs";
import { type Device, scope, type Tensor } from "@carom/tensor";
import { AgentError } from "../errors.js";
import { Priorities, type PriorityOptions } from "./priorities.js";
import {
  type AfterStep,
  type BeforeStep,
  checkCounts,
  Recorder,
  slotsPerGame,
} from "./recorder.js";
import { Kind, type ReadyWatcher } from "./rings.js";
import {
  type KeptSequences,
  restoreSequences,
  type SequenceFacts,
  type SequenceReplayState,
  saveSequences,
} from "./saved-sequences.js";
import { type HostSequences, SequenceBatch } from "./sequence-batch.js";

/** What a memory of sequences is made from. */
export interface SequenceReplayOptions {
  /** The env whose steps it keeps (only its facts are read). */
  readonly env: Pick<VectorEnv, "spec" | "count">;
  /** Slots of all games together, one per step; each game has floor(capacity / count) of them. */
  readonly capacity: number;
  /** Where batches are put together. */
  readonly device: Device;
  /** Segments per batch, B. */
  readonly batch: number;
  /** Steps of a segment, L. */
  readonly length: number;
  /** Steps that a segment shares with the one before, 0 to L - 1 (default 0). */
  readonly overlap?: number;
  /** Numbers of a recurrent state, H (for an LSTM both parts). */
  readonly stateSize: number;
  /** Frames that the env's observations are stacks of (default 1). */
  readonly frames?: number;
  /** Draws by priority; uniformly when absent. */
  readonly prioritized?: PriorityOptions | undefined;
  /** Key of the generator that `sample` uses where it is given none (default: seed 0). */
  readonly key?: Key;
}

/** Every entry alike: draws by priority are then uniform. */
const UNIFORM: PriorityOptions = { alpha: 0, epsilon: 1 };

/** Segments of every game's play, and the batch that was sampled last. */
export class SequenceReplay {
  /** Segments per batch, B. */
  readonly batch: number;
  /** Steps of a segment, L. */
  readonly length: number;
  /** Steps that a segment shares with the one before. */
  readonly overlap: number;
  /** Slots of all games, N. */
  readonly capacity: number;
  /** Slots in which the segments of the last batch begin, `[B]`. */
  readonly slots: Int32Array;
  /** Actions: `[L, B]` int32 for discrete ones, else `[L, B, A]` int32 or float32 (box). */
  readonly action: Tensor;
  /** Rewards of the steps, `[L, B]`. */
  readonly reward: Tensor;
  /** 1 where the rules ended the episode with that step: no value comes after, `[L, B]`. */
  readonly terminated: Tensor;
  /** 1 where a limit cut the episode after that step: the next row is the final observation, `[L, B]`. */
  readonly truncated: Tensor;
  /** 1 for the steps that there are, 0 after a cut, `[L, B]`. */
  readonly mask: Tensor;
  /** Recurrent states before the first observations, `[B, H]`. */
  readonly state: Tensor;
  /** Importance weights, the largest 1, `[B]`; all 1 where sampling is uniform. */
  readonly weight: Tensor;
  /** Host views of the same memory. */
  readonly host: HostSequences;
  /** The generator that `sample` uses where it is given none; saved with the memory. */
  readonly random: Uint32Array = new Uint32Array(4);

  private readonly stateSize: number;
  private readonly isPrioritized: boolean;
  private readonly parts: KeptSequences;
  private readonly drawn: SequenceBatch;

  /** @throws AgentError BAD_VALUE */
  constructor(options: SequenceReplayOptions) {
    const { env, device, batch, length, overlap = 0, stateSize, frames = 1, key } = options;
    checkCounts({ batch, length, frames, stateSize });
    if (!(Number.isInteger(overlap) && overlap >= 0 && overlap < length)) {
      const expected = `0 to ${length - 1}`;
      throw new AgentError(
        "BAD_VALUE",
        `replay: wrong overlap (got ${overlap}, expected ${expected})`,
      );
    }
    const slots = slotsPerGame(options.capacity, env.count);
    this.batch = batch;
    this.length = length;
    this.overlap = overlap;
    this.capacity = slots * env.count;
    this.stateSize = stateSize;
    this.isPrioritized = options.prioritized !== undefined;
    const priorities = new Priorities(this.capacity, options.prioritized ?? UNIFORM);
    const states = new Map<number, Float32Array>();
    const watcher: ReadyWatcher = {
      ready: (slot) => priorities.ready(slot),
      gone: (slot) => {
        priorities.gone(slot);
        states.delete(slot);
      },
    };
    this.parts = {
      kept: new Recorder({ env, slots, device, nStep: length, frames, watcher }),
      priorities,
      firsts: new Uint8Array(this.capacity),
      since: new Float64Array(env.count),
      states,
      open: Array.from({ length: env.count }, () => []),
      random: this.random,
    };
    this.drawn = new SequenceBatch(env.spec.actions, { batch, length, frames, stateSize }, device);
    this.slots = this.drawn.slots;
    this.host = this.drawn.host;
    const { action, reward, terminated, truncated, mask, state, weight } = this.drawn.tensors;
    this.action = action;
    this.reward = reward;
    this.terminated = terminated;
    this.truncated = truncated;
    this.mask = mask;
    this.state = state;
    this.weight = weight;
    seedRandom(this.random, key?.toSeed() ?? 0);
  }

  /** Segments that can be sampled now. */
  get size(): number {
    return this.parts.kept.rings.size;
  }

  /**
   * Keeps what every game shows and the actions it is given; called before `env.step`.
   * @param states `[count * H]`: the recurrent states with which the policy has met these observations.
   */
  begin(env: BeforeStep, states: Float32Array): void {
    const { stateSize } = this;
    const { kept, open, since, states: stored } = this.parts;
    for (let game = 0; game < open.length; game++) {
      const slot = kept.begin(env, game);
      if (since[game] % (this.length - this.overlap) === 0) {
        open[game].push(slot);
        stored.set(slot, states.slice(game * stateSize, (game + 1) * stateSize));
      }
      since[game]++;
    }
  }

  /**
   * Keeps what came of the actions; called after `env.step`.
   * @param rewards `[count]`: what the learner is to see (default: `env.rewards`).
   */
  finish(env: AfterStep, rewards: Float32Array = env.rewards): void {
    const { kept, firsts } = this.parts;
    const { rings } = kept;
    for (let game = 0; game < rings.count; game++) {
      const slot = kept.finish(env, game, rewards[game]);
      const head = rings.head(game);
      for (let at = slot; at !== head; ) {
        at = rings.after(at);
        firsts[at] = 0;
      }
      if (rings.kinds[slot] !== Kind.goesOn) firsts[head] = 1;
      this.closeSegments(game, slot);
    }
  }

  /**
   * Draws B segments with replacement and makes them the batch, which the tensors and `observation` show.
   *
   * @param random generator of four words, see `seedRandom`.
   * @param beta how far weights make up for priorities: 0 not at all, 1 fully.
   * @throws AgentError BAD_VALUE when nothing can be sampled yet.
   */
  sample(random: Uint32Array = this.random, beta = 1): void {
    if (this.size === 0) {
      throw new AgentError("BAD_VALUE", "replay: nothing can be sampled yet (got 0 segments)");
    }
    this.parts.priorities.draw(random, this.slots);
    this.parts.priorities.weigh(this.slots, beta, this.host.weight);
    this.drawn.fill(this.parts);
  }

  /** Makes the segments that begin in the given slots, see `canSample`, the batch. */
  load(slots: ArrayLike<number>): void {
    for (let i = 0; i < this.batch; i++) {
      if (!this.canSample(slots[i])) {
        throw new AgentError("BAD_VALUE", `replay: no segment to load (got slot ${slots[i]})`);
      }
    }
    this.slots.set(slots);
    this.drawn.fill(this.parts);
  }

  /** Whether a complete segment begins in a slot. */
  canSample(slot: number): boolean {
    return this.parts.kept.rings.isReady[slot] === 1;
  }

  /**
   * What was seen before each step and after the last, `[L + 1, B, ...shape]`: uint8 where the env's
   * observations are, else float32. Made of ops: call it inside a recorded update.
   */
  observation(): Tensor {
    const { length, batch } = this;
    return scope(() => {
      const rows = this.parts.kept.store.stacks(this.drawn.tensors.index); // [(L + 1) * B, ...shape]
      return rows.reshape([length + 1, batch, ...rows.shape.slice(1)]); // [L + 1, B, ...shape]
    });
  }

  /**
   * Where an episode begins, so that the recurrent state is zeroed before the observation: bool
   * `[L + 1, B]`. False for the first steps that the memory has ever seen: their states are as given. Made
   * of ops.
   */
  reset(): Tensor {
    return this.drawn.tensors.reset.notEqual(0);
  }

  /**
   * Gives the segments of the last batch the priorities (|priority| + epsilon)^alpha; those that have been
   * overwritten since are passed over. Does nothing where sampling is uniform.
   *
   * @param priorities `[B]`.
   * @throws AgentError NOT_FINITE
   */
  updatePriorities(priorities: Float32Array): void {
    const { rings } = this.parts.kept;
    const { slots, serials } = this.drawn;
    for (let i = 0; i < slots.length; i++) {
      const isThere = rings.isReady[slots[i]] === 1 && rings.serial(slots[i]) === serials[i];
      if (isThere) this.parts.priorities.update(slots[i], priorities[i]);
    }
  }

  /** All that decides what will be sampled; copies of what is filled. */
  save(): SequenceReplayState {
    return saveSequences(this.parts, this.facts());
  }

  /**
   * Goes on from a saved memory.
   *
   * @throws AgentError FOREIGN_STATE when it is one of another capacity, shape, length, overlap or frames.
   */
  restore(state: SequenceReplayState): void {
    restoreSequences(state, this.parts, this.facts());
    this.drawn.serials.fill(-1);
  }

  /** Frees the tensors; idempotent. */
  dispose(): void {
    this.drawn.dispose();
    this.parts.kept.store.dispose();
  }

  /** Completes the segments that the step at `slot` has filled, or that cannot go on after it. */
  private closeSegments(game: number, slot: number): void {
    const { length, overlap } = this;
    const { kept, since, open, states } = this.parts;
    const { rings } = kept;
    const isCut = rings.kinds[slot] !== Kind.goesOn && !this.runsOn(game, slot);
    open[game] = open[game].filter((start) => {
      const steps = rings.distance(start) - rings.distance(slot) + 1;
      if (steps < length && !isCut) return true;
      const hasOwnSteps = steps > overlap || steps === since[game];
      if (hasOwnSteps) rings.makeReady(start);
      else states.delete(start);
      return false;
    });
    if (isCut) since[game] = 0;
  }

  /** Whether the next episode's first observation lies in the slot after an ended one's last. */
  private runsOn(game: number, slot: number): boolean {
    const { rings } = this.parts.kept;
    return rings.after(slot) === rings.head(game);
  }

  private facts(): SequenceFacts {
    const { length, overlap, stateSize, isPrioritized: prioritized } = this;
    return { length, overlap, stateSize, prioritized };
  }
}
