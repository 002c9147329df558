/**
 * How PPO cuts a rollout into minibatches, on the device.
 *
 *   samples    every epoch is a new order of all samples
 *   segments   whole games over the horizon stay together, step after step, as recurrent policies need
 *              (Huang et al. 2022, LSTM detail 4)
 *   prioritized segments are drawn with replacement in proportion to (mean |advantage|)^alpha, and
 *              weighted by (count p)^-beta relative to the largest weight: prioritised experience replay
 *              (Schaul et al. 2016, section 3.4) applied to the segments of a rollout
 *
 * Legend: B minibatch, M minibatches per epoch, N games, T steps, K = B / T segments per minibatch.
 */
import { type Key, nextFloat, seedRandom } from "@carom/envs";
import {
  capture,
  type Device,
  fromShared,
  increment,
  RandomState,
  type RandomWords,
  type Recording,
  type Tensor,
  tensor,
} from "@carom/tensor";
import { AgentError } from "../errors.js";
import type { RolloutBuffers } from "../rollout.js";

/** How to cut. */
export interface MinibatchOptions {
  readonly rollout: RolloutBuffers;
  readonly device: Device;
  /** Samples per minibatch, B. */
  readonly size: number;
  /** Whether games stay together over the horizon. */
  readonly bySegments: boolean;
  /** Exponents of prioritised segments; alpha 0: every segment once per epoch. */
  readonly priority: { readonly alpha: number; readonly beta: number };
  /** Key of the order. */
  readonly key: Key;
}

/** What decides the orders to come. */
export interface MinibatchState {
  readonly shuffle: RandomWords;
  readonly draws: Uint32Array;
}

/** One minibatch, as a recording reads it. */
export interface MinibatchRows {
  /** Samples of the rollout, int32 `[B]`; by segments: step after step, `[T, K]` flattened. */
  readonly rows: Tensor;
  /** Games, int32 `[K]`; only by segments. */
  readonly segments: Tensor | undefined;
  /** Weight of each sample's advantage, `[B]`; only of prioritised segments. */
  readonly weight: Tensor | undefined;
}

/** Orders and draws; lives as long as its trainer. */
export class Minibatches {
  /** Minibatches per epoch, M. */
  readonly count: number;
  private readonly options: MinibatchOptions;
  private readonly cursor: Tensor; // int32 [1], the next minibatch of the epoch
  private readonly shuffler: RandomState;
  private readonly shuffle: Recording<{ order: Tensor }>;
  private readonly table: Tensor | undefined; // int32 [N, T], the samples of each game
  private readonly draws: Uint32Array = new Uint32Array(4);
  private readonly drawn: Int32Array; // [M * K]
  private readonly weights: Float32Array; // [M * K]
  private readonly shared: { readonly drawn: Tensor; readonly weights: Tensor } | undefined;

  /** @throws AgentError BAD_VALUE when minibatches do not divide the rollout evenly */
  constructor(options: MinibatchOptions) {
    const { rollout, device, key, bySegments, priority } = options;
    this.options = options;
    this.count = countMinibatches(options);
    this.cursor = tensor([0], { dtype: "int32", device });
    this.shuffler = new RandomState(key.words, { device });
    seedRandom(this.draws, key.child("draws").toSeed());
    const units = bySegments ? rollout.size / rollout.horizon : rollout.size;
    const begin = (): { order: Tensor } => {
      this.cursor.fill(0);
      return { order: this.shuffler.permutation(units) };
    };
    this.shuffle = capture(device, begin, { name: "shuffle" });
    this.shuffler.restore([...key.words, 0, 0]); // the recording has run once
    this.table = bySegments ? segmentTable(rollout, device) : undefined;
    const isPrioritized = bySegments && priority.alpha > 0;
    this.drawn = new Int32Array(new SharedArrayBuffer(4 * (isPrioritized ? units : 0)));
    this.weights = new Float32Array(new SharedArrayBuffer(4 * (isPrioritized ? units : 0)));
    this.shared = isPrioritized
      ? {
          drawn: fromShared(this.drawn, [units], { device }),
          weights: fromShared(this.weights, [units], { device }),
        }
      : undefined;
  }

  /** Chooses the minibatches of an epoch. */
  begin(): void {
    this.shuffle.replay(); // also sets the cursor
    if (this.shared !== undefined) this.drawSegments();
  }

  /** The next minibatch; inside a recording, whose every replay gives the one after. */
  next(): MinibatchRows {
    const { count, cursor, table, shared } = this;
    const { size, rollout } = this.options;
    const order = shared?.drawn ?? this.shuffle.outputs.order;
    const chosen = pick(order, count, cursor); // [B] or [K]
    if (table === undefined) {
      increment(cursor);
      return { rows: chosen, segments: undefined, weight: undefined };
    }
    const rows = table.indexSelect(chosen).transpose().reshape([size]); // [T * K]
    const segmentWeight = shared && pick(shared.weights, count, cursor); // [K]
    const weight = segmentWeight?.expand([rollout.horizon, chosen.size]).reshape([size]);
    increment(cursor);
    return { rows, segments: chosen, weight };
  }

  save(): MinibatchState {
    return { shuffle: this.shuffler.toWords(), draws: Uint32Array.from(this.draws) };
  }

  restore(state: MinibatchState): void {
    this.shuffler.restore(state.shuffle);
    this.draws.set(state.draws);
  }

  dispose(): void {
    this.shuffle.dispose();
    this.shuffler.dispose();
    for (const owned of [this.cursor, this.table, this.shared?.drawn, this.shared?.weights]) {
      owned?.dispose();
    }
  }

  /** Segments by priority, and their weights. */
  private drawSegments(): void {
    const { rollout, priority } = this.options;
    const { drawn, weights, draws } = this;
    const cumulated = cumulatedPriorities(rollout, priority.alpha); // [N]
    const total = cumulated[cumulated.length - 1];
    let largest = 0;
    for (let i = 0; i < drawn.length; i++) {
      const segment = firstAbove(cumulated, nextFloat(draws) * total);
      const share = (cumulated[segment] - (segment > 0 ? cumulated[segment - 1] : 0)) / total;
      drawn[i] = segment;
      weights[i] = (cumulated.length * share) ** -priority.beta;
      largest = Math.max(largest, weights[i]);
    }
    for (let i = 0; i < weights.length; i++) weights[i] /= largest;
  }
}

/** Part `cursor` of `order`, cut into `count` parts. */
function pick(order: Tensor, count: number, cursor: Tensor): Tensor {
  const size = order.size / count;
  return order.reshape([count, size]).indexSelect(cursor).reshape([size]);
}

/** The samples of each game, int32 `[N, T]`; games in the order of the env. */
function segmentTable({ groups, groupSize: n, horizon }: RolloutBuffers, device: Device): Tensor {
  const table = new Int32Array(groups * n * horizon);
  for (let game = 0; game < groups * n; game++) {
    const g = Math.floor(game / n);
    for (let t = 0; t < horizon; t++) {
      table[game * horizon + t] = (g * horizon + t) * n + (game % n);
    }
  }
  return tensor(table, { shape: [groups * n, horizon], dtype: "int32", device });
}

/** Running sum over the games of (mean |advantage|)^alpha; a little above 0 each, so that all can come. */
function cumulatedPriorities(rollout: RolloutBuffers, alpha: number): Float64Array {
  const { groups, groupSize: n, horizon } = rollout;
  const advantages = rollout.advantages.toTypedArray();
  const sums = new Float64Array(groups * n);
  for (let g = 0; g < groups; g++) {
    for (let t = 0; t < horizon; t++) {
      const base = (g * horizon + t) * n;
      for (let i = 0; i < n; i++) sums[g * n + i] += Math.abs(advantages[base + i]);
    }
  }
  let total = 0;
  return sums.map((sum) => {
    total += (sum / horizon + 1e-6) ** alpha;
    return total;
  });
}

/** Index of the first entry above `mass`; the last one if none is. */
function firstAbove(cumulated: Float64Array, mass: number): number {
  let low = 0;
  let high = cumulated.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cumulated[middle] > mass) high = middle;
    else low = middle + 1;
  }
  return low;
}

function countMinibatches({ rollout, size, bySegments }: MinibatchOptions): number {
  const { horizon } = rollout;
  const games = rollout.size / horizon;
  if (rollout.size % size !== 0) {
    throw new AgentError(
      "BAD_VALUE",
      `ppo: minibatch must divide envs x horizon (got ${size}, expected a divisor of ${games} x ${horizon} = ${rollout.size})`,
    );
  }
  if (bySegments && size % horizon !== 0) {
    throw new AgentError(
      "BAD_VALUE",
      `ppo: minibatch must be whole segments of the horizon where games stay together (got ${size}, expected a multiple of ${horizon})`,
    );
  }
  return rollout.size / size;
}
