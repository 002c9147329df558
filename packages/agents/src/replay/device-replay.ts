/**
 * Replay memory on the device, of games that step together: what `Replay` is on the host, made of tensor ops, so that
 * remembering a step of all games, and drawing a batch, can be parts of recordings.
 *
 *   row t mod S of every column: step t of all games; the newest row, the head, has an observation and nothing else
 *
 * The equations are those of replay.ts, and so are batches, bit for bit. What can be sampled differs a little: the
 * newest nStep - 1 steps wait for their windows even where the episode has ended, and in a ring that has wrapped the
 * oldest frames - 1 rows are left out whether their stacks need what is gone or not. What is not checked on the
 * device: that observations are stacks, and whole where their spec says so.
 *
 * Legend: B batch, S rows, n games, A actions. A slot is row * n + game.
 * Not here: frames and stacks (device-frames.ts), priorities (device-priorities.ts), saved states
 * (saved-device-replay.ts), losses, exploration.
 */
import { actionWidth, key as keyOf, type VectorEnv } from "@carom/envs";
import {
  arange,
  type Device,
  type DType,
  full,
  increment,
  RandomState,
  type RandomWords,
  scope,
  storeRow,
  type Tensor,
  tensor,
  where,
  zeros,
} from "@carom/tensor";
import { AgentError } from "../errors.js";
import { DeviceFrames, type FrameRows } from "./device-frames.js";
import { DevicePriorities } from "./device-priorities.js";
import { checkCounts, slotsPerGame } from "./recorder.js";
import { checkGamma, type ReplayOptions } from "./replay.js";
import { checkSlots } from "./rings.js";

/** What a memory on the device is made from. */
export interface DeviceReplayOptions extends Omit<ReplayOptions, "env"> {
  /** The games (only their facts are read). */
  readonly env: Pick<VectorEnv, "spec" | "count" | "maxSteps">;
  /** Actions that some observations forbid, A; 0 (the default) where all are always allowed. */
  readonly masked?: number;
}

/** What a step of all games leaves behind, `[n, ...]` each. */
export interface PlayedRows extends FrameRows {
  /** What was played. */
  readonly actions: Tensor;
  /** uint8 `[n, A]`: 1 for every action that is allowed next; where the memory keeps masks. */
  readonly masks?: Tensor | undefined;
}

/** Transitions; see `Replay` for what they are. */
export interface DeviceBatch {
  /** int32 `[B]`: where they lie. */
  readonly slots: Tensor;
  /** `[B, ...shape]`: uint8 where the env's are, else float32. */
  readonly observation: Tensor;
  /** The same m steps on; those where `discount` is 0 mean nothing. */
  readonly nextObservation: Tensor;
  /** bool `[B, A]`: what is allowed there; all of it after a cut. Absent without masks. */
  readonly nextAllowed: Tensor | undefined;
  /** int32 `[B]`, or `[B, A]`. */
  readonly action: Tensor;
  /** `[B]`: n-step returns without their bootstrap. */
  readonly reward: Tensor;
  /** `[B]`: what the value of the next observation counts. */
  readonly discount: Tensor;
  /** `[B]`: importance weights, the largest 1. */
  readonly weight: Tensor;
}

/** See the head of the file. */
export class DeviceReplay {
  /** Transitions per batch, B. */
  readonly batch: number;
  /** Games, n. */
  readonly count: number;
  /** Rows, S. */
  readonly rows: number;
  /** Steps of a return. */
  readonly nStep: number;
  readonly frames: DeviceFrames;
  readonly priorities: DevicePriorities | undefined;
  /** What sampling draws from. */
  readonly random: RandomState;
  /** int32 `[1]`: steps of all games so far, t of the newest row. */
  readonly head: Tensor;
  /** int32 `[1]`: the first step that can be sampled, where the memory did not begin empty. */
  readonly first: Tensor;
  /** `[S, n, ...]` each. */
  readonly columns: {
    readonly actions: Tensor;
    readonly rewards: Tensor;
    /** uint8 */
    readonly terminated: Tensor;
    /** uint8 */
    readonly truncated: Tensor;
    /** uint8 `[S, n, A]`: what is allowed where the step begins. */
    readonly masks: Tensor | undefined;
  };
  private readonly words: RandomWords;
  private readonly ahead: Tensor; // int32 [nStep]: 0, 1, 2, ...
  private readonly powers: Tensor; // float64 [nStep + 1]: of gamma

  /** @throws AgentError BAD_VALUE */
  constructor(options: DeviceReplayOptions) {
    const { env, device, batch, nStep = 1, gamma, frames = 1, prioritized, masked = 0 } = options;
    const { count, spec } = env;
    checkCounts({ batch, nStep, frames });
    checkGamma(gamma);
    const rows = slotsPerGame(options.capacity, count);
    checkSlots(rows, { count, nStep, frames });
    this.batch = batch;
    this.count = count;
    this.rows = rows;
    this.nStep = nStep;
    const longest = env.maxSteps;
    this.frames = new DeviceFrames({
      ...{ spec: spec.observation, device, rows, count, frames, longest },
    });
    this.priorities = prioritized && new DevicePriorities(rows * count, batch, prioritized, device);
    const { actions } = spec;
    const make = (dtype: DType, ...shape: number[]): Tensor =>
      zeros([rows, count, ...shape], { dtype, device });
    this.columns = {
      actions: make(
        actions.kind === "box" ? "float32" : "int32",
        ...(actions.kind === "discrete" ? [] : [actionWidth(actions)]),
      ),
      rewards: make("float32"),
      terminated: make("uint8"),
      truncated: make("uint8"),
      masks: masked > 0 ? make("uint8", masked) : undefined,
    };
    this.words = [...(options.key ?? keyOf(0)).words, 0, 0];
    this.random = new RandomState([this.words[0], this.words[1]], { device });
    this.head = zeros([1], { dtype: "int32", device });
    this.first = zeros([1], { dtype: "int32", device });
    this.ahead = arange(0, nStep, 1, { dtype: "int32", device });
    this.powers = powersOf(gamma, nStep, device);
  }

  /** Transitions that can be sampled now; reads the device. */
  get size(): number {
    return scope(() => Math.max(0, this.readyRows().count.item()) * this.count);
  }

  /** Forgets everything; all games begin an episode with these observations. Not inside a recording. */
  reset(observations: Tensor, masks?: Tensor): void {
    this.head.fill(0);
    this.first.fill(0);
    this.priorities?.clear();
    this.random.restore(this.words);
    this.frames.begin(this.head, observations);
    this.keepMasks(masks);
  }

  /**
   * Remembers a step of all games. Can be recorded.
   *
   * @param rewards `[n]`: what the learner is to see
   */
  record(played: PlayedRows, rewards: Tensor): void {
    const { columns, head, frames } = this;
    storeRow(columns.actions, head, played.actions);
    storeRow(columns.rewards, head, rewards);
    storeRow(columns.terminated, head, played.terminated);
    storeRow(columns.truncated, head, played.truncated);
    frames.keepFinals(head, played);
    increment(head);
    frames.follow(head, played);
    this.keepMasks(played.masks);
    this.keepPriorities();
  }

  /**
   * Draws B transitions with replacement. Can be recorded.
   *
   * @param beta `[1]`: how far weights make up for priorities, 0 not at all, 1 fully; of no effect without priorities
   */
  sample(beta: Tensor): DeviceBatch {
    return scope(() => {
      const { low, count } = this.readyRows();
      if (this.priorities !== undefined) {
        const size = count.mul(this.count).cast("float64"); // [1]
        const { slots, weight } = this.priorities.draw(this.random, size, beta);
        return this.batchOf(slots, weight);
      }
      const { batch, random, rows, count: games } = this;
      const share = random.uniform([batch]); // [B]
      const place = share.mul(count.maximum(1).cast("float32")).cast("int32"); // [B]
      const row = low.add(place).mod(rows); // [B]
      return this.batchOf(row.mul(games).add(random.integers([batch], 0, games)));
    });
  }

  /** The transitions of slots, int32 `[B]`, which hold some that can be sampled. Can be recorded. */
  batchOf(slots: Tensor, weight?: Tensor): DeviceBatch {
    const { frames, columns, rows, count, head, powers, device } = this;
    const [batch] = slots.shape;
    return scope(() => {
      const window = slots.unsqueeze(1).add(this.ahead.mul(count)); // [B, nStep]
      const places = window.mod(rows * count).reshape([-1]); // [B * nStep]
      const grid = (column: Tensor): Tensor =>
        column.reshape([-1]).indexSelect(places).reshape(window.shape);
      const terminated = grid(columns.terminated).notEqual(0); // [B, nStep], as all of these
      const ended = terminated.logicalOr(grid(columns.truncated).notEqual(0)).cast("int32");
      const isOf = ended.cumsum(1).sub(ended).equal(0); // whether the step belongs to the window
      const length = isOf.cast("int32").sum(1); // [B], m
      const worth = grid(columns.rewards)
        .cast("float64")
        .mul(powers.slice([0, this.nStep]));
      const hasEnded = terminated.logicalAnd(isOf).any(1); // [B]
      const last = slots.add(length.sub(1).mul(count)).mod(rows * count); // [B]
      const cut = columns.truncated.reshape([-1]).indexSelect(last).notEqual(0); // [B]
      const row = last.floorDivide(count); // [B]
      const step = head.sub(head.sub(row).mod(rows)); // [B], which step the row holds
      const { actions } = columns;
      return {
        slots,
        observation: frames.stacks(slots),
        nextObservation: frames.nextStacks(last, step, cut),
        nextAllowed: this.allowedAfter(last, cut),
        action: actions.reshape([-1, ...actions.shape.slice(2)]).indexSelect(slots),
        reward: where(isOf, worth, 0).sum(1).cast("float32"),
        discount: where(hasEnded, 0, powers.indexSelect(length)).cast("float32"),
        weight: weight ?? full([batch], 1, { device }),
      };
    });
  }

  /**
   * Gives the transitions that `sample` drew the priorities (|delta| + epsilon)^alpha. Can be recorded. Does nothing
   * where sampling is uniform.
   *
   * @param deltas `[B]`; their signs do not matter
   */
  updatePriorities(slots: Tensor, deltas: Tensor): void {
    this.priorities?.update(slots, deltas);
  }

  /** Reads whether every priority so far was a number. @throws AgentError NOT_FINITE */
  checkPriorities(): void {
    const largest = this.priorities?.largest.toTypedArray()[0] ?? 1;
    if (largest < Number.POSITIVE_INFINITY) return;
    throw new AgentError(
      "NOT_FINITE",
      `replay: a priority must be finite and not negative (got ${largest})`,
    );
  }

  /** Where the tensors are. */
  get device(): Device {
    return this.head.device;
  }

  /** Frees the tensors; idempotent. */
  dispose(): void {
    const { actions, rewards, terminated, truncated, masks } = this.columns;
    for (const column of [actions, rewards, terminated, truncated, masks]) column?.dispose();
    for (const owned of [this.head, this.first, this.ahead, this.powers]) owned.dispose();
    this.frames.dispose();
    this.priorities?.dispose();
    this.random.dispose();
  }

  /** The first step that can be sampled, and how many can: int32 `[1]` each. */
  private readyRows(): { readonly low: Tensor; readonly count: Tensor } {
    const { head, rows, frames, first, nStep } = this;
    const low = head.sub(rows - frames.layout.frames).maximum(first);
    return { low, count: head.sub(nStep - 1).sub(low) };
  }

  /** After a step: the transitions whose windows it completes can be drawn, those that lose a frame cannot. */
  private keepPriorities(): void {
    const { priorities, head, rows, count, nStep, first, frames } = this;
    if (priorities === undefined) return;
    scope(() => {
      const grid = priorities.byRow(rows, count);
      const ready = head.sub(nStep); // [1], a step
      const isThere = ready.greaterEqual(first);
      storeRow(grid, ready, where(isThere, priorities.largest, 0).expand([count]));
      const gone = head.add(frames.layout.frames - 1);
      storeRow(grid, gone, zeros([count], { device: this.device }));
    });
  }

  private keepMasks(masks: Tensor | undefined): void {
    const column = this.columns.masks;
    if (column === undefined) return;
    if (masks === undefined) {
      throw new AgentError("BAD_VALUE", "replay: no masks (got none, expected uint8 [n, A])");
    }
    storeRow(column, this.head, masks);
  }

  /** What is allowed one step after the slots; everything where the episode was cut. */
  private allowedAfter(slots: Tensor, cut: Tensor): Tensor | undefined {
    const { masks } = this.columns;
    if (masks === undefined) return undefined;
    const rows = masks.reshape([-1, masks.shape[2]]); // [S * n, A]
    const allowed = rows.indexSelect(this.frames.later(slots)).notEqual(0); // [B, A]
    return allowed.logicalOr(cut.unsqueeze(1));
  }
}

/** 1, gamma, gamma^2, ... as the host multiplies them: float64 `[most + 1]`. */
function powersOf(gamma: number, most: number, device: Device): Tensor {
  const powers = new Float64Array(most + 1).fill(1);
  for (let i = 1; i <= most; i++) powers[i] = powers[i - 1] * gamma;
  return tensor(powers, { device });
}
