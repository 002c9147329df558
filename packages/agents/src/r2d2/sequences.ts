/**
 * R2D2's replay memory as its update reads it: sequences of burn-in and learned steps with the state that
 * the network had where they begin, n-step returns, weights and, in games that forbid actions, masks.
 *
 * Masks lie in a second memory in step with the first, whose observations they are. Of the final
 * observation of a cut episode no mask is known: all actions count as allowed there.
 * Legend: L steps of a sequence, B sequences, n games, A actions, S state size.
 * Not here: which sequences are drawn (replay/sequence-replay.ts), targets (loss.ts).
 */
import type { Key, VectorEnv } from "@carom/envs";
import { type Device, fromShared, type Tensor } from "@carom/tensor";
import type { SequenceReplayState } from "../replay/saved-sequences.js";
import { SequenceReplay, type SequenceReplayOptions } from "../replay/sequence-replay.js";
import type { R2d2Config } from "./config.js";
import { mixErrors } from "./loss.js";
import { nStepReturns } from "./n-step.js";

/** What the memory is made from. */
export interface SequencesOptions {
  readonly env: VectorEnv;
  readonly device: Device;
  readonly config: R2d2Config;
  /** Numbers of state per game, S. */
  readonly stateSize: number;
  /** Key of the drawing. */
  readonly key: Key;
}

/** What decides what will be drawn. */
export interface SequencesState {
  readonly replay: SequenceReplayState;
  /** Absent where all actions are always allowed. */
  readonly masks: SequenceReplayState | null;
}

/** Added to errors, so that every sequence is seen again. */
const priorityEpsilon = 1e-6;

/** Sequences, and the batch that was drawn last. */
export class Sequences {
  /** Steps of a sequence, burn-in included, L. */
  readonly length: number;
  /** Actions, int32 `[L * B]`. */
  readonly action: Tensor;
  /** n-step returns without what comes after, `[L * B]`. */
  readonly reward: Tensor;
  /** What the value of row `next` counts, `[L * B]`. */
  readonly discount: Tensor;
  /** Row of the value that follows, of `[L + 1, B]`, int32 `[L * B]`. */
  readonly next: Tensor;
  /** Share of each step in means over the learned ones, `[L * B]`: sum 1. */
  readonly share: Tensor;
  /** The same times L * B and the importance weight of its sequence, `[L * B]`. */
  readonly weight: Tensor;
  /** States before the first observations, `[B, S]`. */
  readonly state: Tensor;

  private readonly config: R2d2Config;
  private readonly replay: SequenceReplay;
  private readonly masks: SequenceReplay | undefined;
  private readonly noStates: Float32Array; // [n]
  private readonly finalMasks: Uint8Array; // [n, A], all 1
  private readonly valid: Uint8Array; // [L * B]
  private readonly host: {
    readonly reward: Float32Array;
    readonly discount: Float32Array;
    readonly next: Int32Array;
    readonly share: Float32Array;
    readonly weight: Float32Array;
  };
  private readonly errors: Float32Array; // [B], one per sequence

  /** @throws AgentError BAD_VALUE */
  constructor(options: SequencesOptions) {
    const { env, device, config, stateSize } = options;
    const { batch } = config;
    this.config = config;
    this.length = config.burnIn + config.sequence;
    const memory = replayOptions(options);
    this.replay = new SequenceReplay({ ...memory, stateSize });
    this.masks = env.masks && new SequenceReplay(maskMemory(memory, env.masks));
    this.noStates = new Float32Array(env.count);
    this.finalMasks = new Uint8Array(env.masks?.length ?? 0).fill(1);
    const rows = this.length * batch;
    this.valid = new Uint8Array(rows);
    this.host = {
      reward: sharedFloats(rows),
      discount: sharedFloats(rows),
      next: new Int32Array(new SharedArrayBuffer(4 * rows)),
      share: sharedFloats(rows),
      weight: sharedFloats(rows),
    };
    const over = (view: Float32Array | Int32Array): Tensor => fromShared(view, [rows], { device });
    this.action = this.replay.action.reshape([rows]);
    this.reward = over(this.host.reward);
    this.discount = over(this.host.discount);
    this.next = over(this.host.next);
    this.share = over(this.host.share);
    this.weight = over(this.host.weight);
    this.state = this.replay.state;
    this.errors = new Float32Array(batch);
  }

  /** Sequences that can be drawn now. */
  get size(): number {
    return this.replay.size;
  }

  /** Keeps what every game shows, its action, and the state before both, `[n * S]`; before `env.step`. */
  begin(env: VectorEnv, states: Float32Array): void {
    this.replay.begin(env, states);
    if (env.masks === undefined) return;
    this.masks?.begin({ observations: env.masks, actions: env.actions }, this.noStates);
  }

  /** Keeps what came of the actions; after `env.step`. `rewards` `[n]`: as the learner sees them. */
  finish(env: VectorEnv, rewards: Float32Array): void {
    this.replay.finish(env, rewards);
    if (env.masks === undefined) return;
    const { terminated, truncated } = env;
    const seen = { observations: env.masks, finalObservations: this.finalMasks };
    this.masks?.finish({ ...seen, rewards, terminated, truncated });
  }

  /** Draws a batch and works out its returns and weights. */
  sample(): void {
    const { replay, config, host, valid } = this;
    const { batch, nStep, gamma, burnIn } = config;
    replay.sample(replay.random, config.priorityBeta);
    this.masks?.load(replay.slots);
    nStepReturns(replay.host, { batch, nStep, gamma, burnIn }, { ...host, valid });
    const learned = valid.reduce((sum, one) => sum + one, 0);
    for (let row = 0; row < valid.length; row++) {
      host.share[row] = valid[row] / Math.max(1, learned);
      host.weight[row] = host.share[row] * valid.length * replay.host.weight[row % batch];
    }
  }

  /** Gives the sequences of the batch priorities by the errors of their steps, `[L * B]`. */
  updatePriorities(errors: Float32Array): void {
    mixErrors(errors, this.valid, this.config.priorityEta, this.errors);
    this.replay.updatePriorities(this.errors);
  }

  /** Observations, `[(L + 1) * B, O]`; inside a recording. */
  observation(): Tensor {
    return flatRows(this.replay.observation());
  }

  /** Where an episode begins with an observation, bool `[L + 1, B]`; inside a recording. */
  reset(): Tensor {
    return this.replay.reset();
  }

  /** What was allowed, bool `[(L + 1) * B, A]`; inside a recording. Undefined where all always is. */
  allowed(): Tensor | undefined {
    return this.masks && flatRows(this.masks.observation()).notEqual(0);
  }

  /** All that decides what will be drawn; a copy. */
  save(): SequencesState {
    return { replay: this.replay.save(), masks: this.masks?.save() ?? null };
  }

  /** Goes on from a saved memory. @throws AgentError FOREIGN_STATE */
  restore(state: SequencesState): void {
    this.replay.restore(state.replay);
    if (state.masks !== null) this.masks?.restore(state.masks);
  }

  /** Frees the tensors; idempotent. */
  dispose(): void {
    const { action, reward, discount, next, share, weight } = this;
    for (const owned of [action, reward, discount, next, share, weight]) owned.dispose();
    this.replay.dispose();
    this.masks?.dispose();
  }
}

/** The memory that a configuration asks for, but for its states. */
function replayOptions(options: SequencesOptions): Omit<SequenceReplayOptions, "stateSize"> {
  const { env, device, config, key } = options;
  const { batch, burnIn, frameStack, normalizeObservations } = config;
  return {
    env,
    capacity: config.buffer,
    device,
    batch,
    length: burnIn + config.sequence,
    overlap: burnIn,
    frames: normalizeObservations ? 1 : frameStack, // normalised after they were stacked
    prioritized: { alpha: config.priorityAlpha, epsilon: priorityEpsilon },
    key,
  };
}

/** A memory in step with another, of masks `[n, A]`. */
function maskMemory(
  options: Omit<SequenceReplayOptions, "stateSize">,
  masks: Uint8Array,
): SequenceReplayOptions {
  const { spec, count } = options.env;
  const size = masks.length / count;
  const observation = { size, shape: [size], dtype: "uint8" } as const;
  const env = { spec: { ...spec, observation }, count };
  return { ...options, env, frames: 1, stateSize: 1 };
}

/** `[T, B, ...shape]` as `[T * B, O]`. */
function flatRows(rows: Tensor): Tensor {
  const [steps, batch] = rows.shape;
  return rows.reshape([steps * batch, rows.size / (steps * batch)]);
}

/** Zeroed floats that the device can read in place. */
function sharedFloats(length: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(4 * length));
}
