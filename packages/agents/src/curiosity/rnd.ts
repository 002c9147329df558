/**
 * Curiosity by random network distillation (Burda et al. 2018, https://arxiv.org/abs/1810.12894) for
 * algorithms that learn from rollouts: what has been seen seldom is predicted badly, and worth a visit.
 *
 *   e_t = mean_F (predictor(x) - target(x))^2,   x = observation s_{t+1}, standardised, within +-5
 *   r_t = e_t / std(running discounted returns of e)
 *   A   = A_game + curiosity * A_curiosity
 *
 * s_{t+1} is what the action led to: at the end of an episode its final observation, not the first of
 * the next. A_curiosity are generalised advantages of r over a value of its own, which go on past ends of
 * episodes: dying is not the end of what there is to discover. Departures: docs/algorithms/rnd.md.
 * Legend: B rows of a chunk, M chunks of a rollout, O observation size, N games.
 */
import type { Key, VectorEnv } from "@carom/envs";
import {
  Adam,
  flatten,
  loadParameters,
  type OptimizerState,
  type ParameterBuffer,
  saveParameters,
} from "@carom/nn";
import {
  capture,
  type Device,
  fromShared,
  increment,
  type Recording,
  storeRow,
  type Tensor,
  tensor,
  valueAndGrad,
} from "@carom/tensor";
import type { ActorCritic } from "../actor-critic.js";
import type { EncoderFactory, EncoderShape } from "../encoders/encoder.js";
import type { Rollout } from "../rollout.js";
import {
  type CuriosityRows,
  type CuriousConfig,
  createRows,
  estimateCuriosity,
} from "./advantages.js";
import { DeviceMoments, type MomentsState } from "./moments.js";
import { CuriosityNetworks } from "./networks.js";
import { keepNextObservations } from "./next-observations.js";
import { ReturnScale, type ReturnScaleState } from "./returns.js";

/** What curiosity is made from. */
export interface CuriosityOptions {
  readonly env: VectorEnv;
  readonly rollout: Rollout;
  /** The policy's network, whose way of keeping observations is shared. */
  readonly network: ActorCritic;
  /** Shape of that network's encoder. */
  readonly shape: EncoderShape;
  readonly device: Device;
  /** Key of everything random in the run. */
  readonly root: Key;
  readonly createEncoder?: EncoderFactory | undefined;
}

/** What `save` gives. */
export interface CuriosityState {
  readonly parameters: ReturnType<typeof saveParameters>;
  readonly target: ReturnType<typeof saveParameters>;
  readonly optimizer: OptimizerState;
  readonly moments: MomentsState;
  readonly scale: ReturnScaleState;
}

/** Bound of standardised observations (Burda et al. 2018, section 2.4). */
const bound = 5;
/** Rows of a gradient step, where they divide the rollout. */
const usualRows = 256;

/** Curiosity where the configuration asks for it, else undefined. */
export function createCuriosity(
  config: CuriousConfig,
  options: CuriosityOptions,
): Curiosity | undefined {
  return config.curiosity > 0 ? new Curiosity(config, options) : undefined;
}

/** Networks, statistics and buffers of curiosity; lives as long as its trainer. */
export class Curiosity {
  private readonly config: CuriousConfig;
  private readonly options: CuriosityOptions;
  private readonly networks: CuriosityNetworks;
  private readonly parameters: ParameterBuffer;
  private readonly optimizer: Adam;
  private readonly moments: DeviceMoments;
  private readonly scale: ReturnScale;
  private readonly chunks: number; // M
  private readonly cursor: Tensor; // int32 [1], the next chunk
  private readonly rows: CuriosityRows;
  private readonly buffers: Readonly<Record<BufferName, Tensor>>;
  private readonly recordings: Readonly<Record<PassName | "look", Recording<unknown>>>;

  constructor(config: CuriousConfig, options: CuriosityOptions) {
    this.config = config;
    this.options = options;
    const { env, rollout, device, shape, root, createEncoder } = options;
    const key = root.child("curiosity");
    this.networks = new CuriosityNetworks({ spec: env.spec, device, shape, key, createEncoder });
    this.parameters = flatten(this.networks);
    this.optimizer = new Adam(this.parameters, { lr: config.curiosityLearningRate, eps: 1e-5 });
    this.moments = new DeviceMoments(env.spec.observation.size, device);
    this.scale = new ReturnScale(env.count, config.curiosityGamma);
    this.chunks = countChunks(rollout.size);
    this.cursor = tensor([0], { dtype: "int32", device });
    this.rows = createRows(rollout.size, env.count);
    this.buffers = this.createBuffers();
    const untouched = this.save();
    this.recordings = {
      observe: this.recordObserve(),
      assess: this.recordAssess(),
      learn: this.recordLearn(),
      look: this.recordLook(),
    };
    this.restore(untouched); // the recordings have run once
  }

  /** What the last rollout was worth: mean error of the predictor, and mean reward made of it. */
  get measures(): { readonly curiosityError: number; readonly curiosityReward: number } {
    const { errors } = this.rows;
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    return { curiosityError: mean, curiosityReward: mean / this.scale.deviation };
  }

  /** Adds curiosity's advantages to those of a collected rollout, then learns from it. */
  addAdvantages(): void {
    this.pass("observe");
    this.pass("assess");
    this.recordings.look.replay();
    estimateCuriosity(this.options.rollout, this.rows, this.scale, this.config);
    this.pass("learn");
  }

  /** A copy of the complete state. */
  save(): CuriosityState {
    return {
      parameters: saveParameters(this.networks),
      target: saveParameters(this.networks.target),
      optimizer: this.optimizer.state(),
      moments: this.moments.save(),
      scale: this.scale.save(),
    };
  }

  /** Goes on from a saved state. */
  restore(state: CuriosityState): void {
    loadParameters(this.networks, state.parameters);
    loadParameters(this.networks.target, state.target);
    this.optimizer.restore(state.optimizer);
    this.moments.restore(state.moments);
    this.scale.restore(state.scale);
  }

  /** Frees everything. */
  dispose(): void {
    this.options.rollout.onStep = undefined;
    for (const recording of Object.values(this.recordings)) recording.dispose();
    for (const buffer of [this.cursor, ...Object.values(this.buffers)]) buffer.dispose();
    this.optimizer.dispose();
    this.moments.dispose();
    this.parameters.dispose();
    this.networks.dispose();
  }

  /** Replays a recording over all chunks. */
  private pass(name: PassName): void {
    this.cursor.write(Int32Array.of(0));
    for (let m = 0; m < this.chunks; m++) this.recordings[name].replay();
  }

  private createBuffers(): Record<BufferName, Tensor> {
    const { rows: host, chunks } = this;
    const { env, rollout, device } = this.options;
    const { size } = rollout;
    const rows = size / chunks; // B
    const strides = Int32Array.from({ length: size }, (_, i) => {
      return (i % rows) * chunks + Math.floor(i / rows);
    });
    const shared = (view: Float32Array): Tensor => fromShared(view, [view.length], { device });
    const width = env.spec.observation.size;
    return {
      next: keepNextObservations(env, rollout, device),
      now: fromShared(env.observations, [env.count, width], { device }),
      strides: tensor(strides, { shape: [chunks, rows], dtype: "int32", device }),
      errors: shared(host.errors),
      values: shared(host.values),
      lastValues: shared(host.lastValues),
      returns: shared(host.returns),
    };
  }

  /** Records what one replay does to chunk `cursor`; the next replay takes the next chunk. */
  private record(fn: () => void): Recording<unknown> {
    this.cursor.write(Int32Array.of(0));
    return capture(this.options.device, () => {
      fn();
      increment(this.cursor);
    });
  }

  /** One chunk of what the steps led to, for the statistics of observations. */
  private recordObserve(): Recording<unknown> {
    return this.record(() => this.moments.add(this.prepared(this.chunk(this.buffers.next))));
  }

  /** One chunk's errors of the predictor and values. */
  private recordAssess(): Recording<unknown> {
    const { chunks, buffers, cursor, networks } = this;
    const { rollout } = this.options;
    return this.record(() => {
      const rows = rollout.size / chunks;
      const error = networks.error(this.standardized(this.chunk(buffers.next))); // [B]
      storeRow(buffers.errors.reshape([chunks, rows]), cursor, error);
      const value = networks.value(this.chunk(rollout.observations)); // [B]
      storeRow(buffers.values.reshape([chunks, rows]), cursor, value);
    });
  }

  /** Values of what the games show after the rollout. */
  private recordLook(): Recording<unknown> {
    const { buffers, networks, options } = this;
    return capture(options.device, () => {
      buffers.lastValues.copyFrom(networks.value(options.network.prepare(buffers.now))); // [N]
    });
  }

  /** One gradient step of predictor and value, on rows from all over the rollout. */
  private recordLearn(): Recording<unknown> {
    const { buffers, networks, chunks, cursor } = this;
    const { rollout } = this.options;
    return this.record(() => {
      const rows = buffers.strides.indexSelect(cursor).reshape([rollout.size / chunks]); // [B]
      const next = this.standardized(buffers.next.indexSelect(rows)); // [B, O]
      const now = rollout.observations.indexSelect(rows); // [B, O]
      const returns = buffers.returns.indexSelect(rows); // [B]
      const { grads } = valueAndGrad(() => {
        const valueLoss = networks.value(now).sub(returns).square().mean().mul(0.5);
        return networks.error(next).mean().add(valueLoss);
      }, this.parameters.tensors);
      this.optimizer.step(grads);
    });
  }

  /** Chunk `cursor` of rows `[G * T * n, O]`: `[B, O]`. */
  private chunk(rows: Tensor): Tensor {
    const [size, width] = rows.shape;
    const { chunks, cursor } = this;
    return rows
      .reshape([chunks, size / chunks, width])
      .indexSelect(cursor)
      .reshape([size / chunks, width]);
  }

  /** Observations as floats, as the policy's network keeps them. */
  private prepared(observation: Tensor): Tensor {
    const prepared = this.options.network.prepare(observation);
    return prepared.dtype === "float32" ? prepared : prepared.cast("float32");
  }

  private standardized(observation: Tensor): Tensor {
    return this.moments.standardize(this.prepared(observation), bound);
  }
}

type BufferName = "next" | "now" | "strides" | keyof CuriosityRows;
type PassName = "observe" | "assess" | "learn";

/** The fewest chunks of equal size that have at most `usualRows` rows. */
function countChunks(size: number): number {
  let chunks = Math.ceil(size / usualRows);
  while (size % chunks !== 0) chunks++;
  return chunks;
}
