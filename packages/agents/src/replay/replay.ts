/**
 * Replay memory (Lin 1992; Mnih et al. 2015) with n-step returns (Sutton 1988), sampled uniformly or by
 * priority (Schaul et al. 2016, https://arxiv.org/abs/1511.05952).
 *
 *   R_t = sum over k < m of gamma^k r_{t+k},   discount_t = gamma^m, 0 where the window ends in termination,
 *   m = n, or fewer where the episode ends;    target = R_t + discount_t * bootstrap(nextObservation_t)
 *
 *   P(i) = p_i / sum p,  p_i = (|delta_i| + epsilon)^alpha,  w_i = (N P(i))^-beta / max of the batch
 *
 * Every frame is stored once: stacks and next observations are put together on the device, by index, from
 * shared memory. Where an episode is cut by a limit, its final observation is stored too, and it is the
 * next observation of the last transition, never the first of the next episode. After termination nothing
 * comes: discount 0, and the next observation is the transition's own, a placeholder of no effect.
 *
 * What cannot be sampled is said in rings.ts. With frames > 1 the env's stacks must move by one frame
 * per step: normalise frames before they are stacked, or use frames 1 here. Every step of a game comes
 * between `begin` and `finish`; `env.cut`, `env.restart` and `env.reset` in between would go unseen.
 *
 * Legend: B batch, N slots of all games, A numbers of an action.
 * Not here: what is written into which slot (recorder.ts, rings.ts, frame-store.ts), losses, exploration.
 */
import { type Key, nextBelow, seedRandom, type VectorEnv } from "@carom/envs";
import type { Device, Tensor } from "@carom/tensor";
import { AgentError } from "../errors.js";
import { Priorities, type PriorityOptions } from "./priorities.js";
import {
  type AfterStep,
  type BeforeStep,
  checkCounts,
  Recorder,
  slotsPerGame,
} from "./recorder.js";
import { type HostBatch, SampledBatch } from "./sampled-batch.js";
import { type ReplayState, restoreTransitions, saveTransitions } from "./saved-replay.js";

/** What a replay memory is made from. */
export interface ReplayOptions {
  /** The env whose steps it keeps (only its facts are read). */
  readonly env: Pick<VectorEnv, "spec" | "count">;
  /** Slots of all games together; each game has floor(capacity / count) of them. */
  readonly capacity: number;
  /** Where batches are put together. */
  readonly device: Device;
  /** Transitions per batch, B. */
  readonly batch: number;
  /** Steps of a return, n (default 1). */
  readonly nStep?: number;
  /** Discount per step, 0 to 1. */
  readonly gamma: number;
  /**
   * Frames that the env's observations are stacks of, oldest first (default 1), as the frame-stack wrapper
   * makes them; see `ObservationSpec.frameShape`.
   */
  readonly frames?: number;
  /** Draws by priority; uniformly when absent. */
  readonly prioritized?: PriorityOptions | undefined;
  /** Key of the generator that `sample` uses where it is given none (default: seed 0). */
  readonly key?: Key;
}

/** A ring of transitions per game, and the batch that was sampled last. */
export class Replay {
  /** Transitions per batch, B. */
  readonly batch: number;
  /** Slots of all games, N. */
  readonly capacity: number;
  /** Steps of a return, n. */
  readonly nStep: number;
  /** Frames in a stack. */
  readonly frames: number;
  /** Slots of the last batch, `[B]`. */
  readonly slots: Int32Array;
  /** Actions of the last batch: `[B]` int32 for discrete actions, else `[B, A]` int32 or float32 (box). */
  readonly action: Tensor;
  /** n-step returns of the last batch without their bootstrap, `[B]`. */
  readonly reward: Tensor;
  /** What the value of the next observation counts: gamma^m, 0 after termination, `[B]`. */
  readonly discount: Tensor;
  /** Importance weights, the largest 1, `[B]`; all 1 where sampling is uniform. */
  readonly weight: Tensor;
  /** Host views of the same memory. */
  readonly host: HostBatch;
  /** The generator that `sample` uses where it is given none; saved with the memory. */
  readonly random: Uint32Array = new Uint32Array(4);

  private readonly kept: Recorder;
  private readonly drawn: SampledBatch;
  private readonly priorities: Priorities | undefined;

  /** @throws AgentError BAD_VALUE */
  constructor(options: ReplayOptions) {
    const { env, device, batch, nStep = 1, gamma, frames = 1, prioritized, key } = options;
    checkCounts({ batch, nStep, frames });
    checkGamma(gamma);
    const slots = slotsPerGame(options.capacity, env.count);
    this.batch = batch;
    this.capacity = slots * env.count;
    this.nStep = nStep;
    this.frames = frames;
    this.priorities = prioritized && new Priorities(this.capacity, prioritized);
    this.kept = new Recorder({ env, slots, device, nStep, frames, watcher: this.priorities });
    this.drawn = new SampledBatch(env.spec.actions, batch, frames, { nStep, gamma }, device);
    const { slots: drawnSlots, host, action, reward, discount, weight } = this.drawn;
    this.slots = drawnSlots;
    this.host = host;
    this.action = action;
    this.reward = reward;
    this.discount = discount;
    this.weight = weight;
    seedRandom(this.random, key?.toSeed() ?? 0);
  }

  /** Transitions that can be sampled now. */
  get size(): number {
    return this.kept.rings.size;
  }

  /** Keeps what every game shows and the actions it is given; called before `env.step`. */
  begin(env: BeforeStep): void {
    this.beginRange(env, 0, this.kept.rings.count);
  }

  /** `begin` for some of the games, before `env.stepRange(from, to)`. */
  beginRange(env: BeforeStep, from: number, to: number): void {
    for (let game = from; game < to; game++) this.kept.begin(env, game);
  }

  /**
   * Keeps what came of the actions; called after `env.step`.
   * @param rewards `[count]`: what the learner is to see (default: `env.rewards`).
   */
  finish(env: AfterStep, rewards: Float32Array = env.rewards): void {
    this.finishRange(env, 0, this.kept.rings.count, rewards);
  }

  /** `finish` for some of the games, after `env.stepRange(from, to)`. */
  finishRange(env: AfterStep, from: number, to: number, rewards: Float32Array = env.rewards): void {
    const { kept } = this;
    for (let game = from; game < to; game++) {
      kept.rings.settle(game, kept.finish(env, game, rewards[game]));
    }
  }

  /**
   * Draws B transitions with replacement and makes them the batch: `slots`, `action`, `reward`,
   * `discount`, `weight`, and what `observation` and `nextObservation` read.
   *
   * @param random generator of four words, see `seedRandom`.
   * @param beta how far weights make up for priorities: 0 not at all, 1 fully.
   * @throws AgentError BAD_VALUE when nothing can be sampled yet.
   */
  sample(random: Uint32Array = this.random, beta = 1): void {
    const { slots, priorities } = this;
    if (this.size === 0) {
      throw new AgentError("BAD_VALUE", "replay: nothing can be sampled yet (got 0 transitions)");
    }
    if (priorities === undefined) {
      this.drawUniformly(random);
    } else {
      priorities.draw(random, slots);
      priorities.weigh(slots, beta, this.host.weight);
    }
    this.drawn.fill(this.kept);
  }

  /** Makes the transitions of the given slots, which `canSample` says are there, the batch. */
  load(slots: ArrayLike<number>): void {
    for (let i = 0; i < this.batch; i++) {
      if (!this.canSample(slots[i])) {
        throw new AgentError("BAD_VALUE", `replay: no transition to load (got slot ${slots[i]})`);
      }
    }
    this.slots.set(slots);
    this.drawn.fill(this.kept);
  }

  /** Whether a slot holds a transition that can be sampled now. */
  canSample(slot: number): boolean {
    return this.kept.rings.isReady[slot] === 1;
  }

  /**
   * Observations of the batch, `[B, ...shape]`: uint8 where the env's are, else float32. Made of ops: call
   * it inside a recorded update.
   */
  observation(): Tensor {
    return this.kept.store.stacks(this.drawn.index);
  }

  /** Next observations of the batch, m steps on; those where `discount` is 0 mean nothing. */
  nextObservation(): Tensor {
    return this.kept.store.stacks(this.drawn.nextIndex);
  }

  /**
   * Gives the transitions of the last batch the priorities (|delta| + epsilon)^alpha; those that have been
   * overwritten since are passed over. Does nothing where sampling is uniform.
   *
   * @param tdErrors deltas, `[B]`; their signs do not matter.
   * @throws AgentError NOT_FINITE
   */
  updatePriorities(tdErrors: Float32Array): void {
    const { priorities } = this;
    const { rings } = this.kept;
    const { slots, serials } = this.drawn;
    if (priorities === undefined) return;
    for (let i = 0; i < slots.length; i++) {
      const isThere = rings.isReady[slots[i]] === 1 && rings.serial(slots[i]) === serials[i];
      if (isThere) priorities.update(slots[i], tdErrors[i]);
    }
  }

  /** All that decides what will be sampled; copies of what is filled. */
  save(): ReplayState {
    return {
      random: this.random.slice(),
      largest: this.priorities?.largest ?? 1,
      ...saveTransitions(this.kept, this.priorities?.tree),
    };
  }

  /**
   * Goes on from a saved memory.
   *
   * @throws AgentError FOREIGN_STATE when it is one of another capacity, shape, nStep or frames.
   */
  restore(state: ReplayState): void {
    const { rings } = this.kept;
    restoreTransitions(state, this.kept, this.priorities?.tree, (slot) => rings.canSample(slot));
    if (this.priorities !== undefined) this.priorities.largest = state.largest;
    this.random.set(state.random);
    this.drawn.serials.fill(-1);
  }

  /** Frees the tensors; idempotent. */
  dispose(): void {
    this.drawn.dispose();
    this.kept.store.dispose();
  }

  /** Fills `slots` with draws from those that are ready: places at random, until one is. */
  private drawUniformly(random: Uint32Array): void {
    const { slots } = this;
    const { rings } = this.kept;
    const longest = rings.filled.reduce((most, filled) => Math.max(most, filled), 0);
    for (let i = 0; i < slots.length; ) {
      const head = rings.head(nextBelow(random, rings.count));
      slots[i] = rings.before(head, 1 + nextBelow(random, longest - 1));
      if (rings.isReady[slots[i]] === 1) i++;
    }
  }
}

/** Refuses what is no discount. @throws AgentError BAD_VALUE */
export function checkGamma(gamma: number): void {
  if (gamma >= 0 && gamma <= 1) return;
  throw new AgentError("BAD_VALUE", `replay: wrong gamma (got ${gamma}, expected 0 to 1)`);
}
