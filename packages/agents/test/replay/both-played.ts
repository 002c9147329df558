/** A memory on the device and one on the host that have seen the same play, and the slots that hold the same steps. */
import { type ActionSpace, nextBelow, type VectorEnv } from "@carom/envs";
import { type Device, full, scope, type Tensor, tensor } from "@carom/tensor";
import { MaskMemory } from "../../src/off-policy/mask-memory.js";
import { DeviceReplay, type PlayedRows } from "../../src/replay/device-replay.js";
import { Replay } from "../../src/replay/replay.js";
import { NaiveReplay } from "./naive-replay.js";
import { chooseActions, type FrameKind, numberedEnv } from "./numbered-game.js";
import { DISCRETE, GAMMA, generator } from "./played.js";

/** What is played and kept. */
export interface BothOptions {
  readonly nStep?: number;
  readonly frames?: number;
  readonly count?: number;
  /** Rows of the memory on the device. */
  readonly rows?: number;
  readonly kind?: FrameKind;
  readonly actions?: ActionSpace;
  readonly shape?: readonly number[];
  readonly batch?: number;
  /** Slots of the host for a row of the device (default 2: final observations take up slots there). */
  readonly factor?: number;
  /** Exponent of priorities; absent: uniform. */
  readonly alpha?: number;
}

/** Actions that masks are drawn for. */
const MASKED = 5;

/** The two memories; the host's forgets later. */
export class BothPlayed {
  readonly env: VectorEnv;
  readonly own: DeviceReplay;
  readonly host: Replay;
  readonly hostMasks: MaskMemory;
  readonly naive: NaiveReplay;
  private readonly device: Device;
  private readonly random = generator();
  private readonly masks: Uint8Array; // [n, MASKED], drawn anew for every step
  private readonly hostRows: number;

  constructor(device: Device, wanted: BothOptions = {}) {
    const { nStep = 1, frames = 1, count = 2, rows = 20, kind = "whole" } = wanted;
    const { actions = DISCRETE, shape = [2, 1, 3], batch = 16, alpha, factor = 2 } = wanted;
    const env = numberedEnv({ count, stack: frames, shape, frames: kind, actions });
    env.reset();
    const prioritized = alpha === undefined ? undefined : { alpha, epsilon: 0.01 };
    const rest = { env, device, batch, gamma: GAMMA, nStep, frames, prioritized };
    this.device = device;
    this.env = env;
    this.own = new DeviceReplay({ ...rest, capacity: rows * count + count - 1, masked: MASKED });
    this.hostRows = factor * rows;
    const capacity = this.hostRows * count;
    this.host = new Replay({ ...rest, capacity });
    this.masks = new Uint8Array(count * MASKED);
    this.hostMasks = new MaskMemory({ ...rest, capacity }, this.masks);
    this.naive = new NaiveReplay(count);
    this.drawMasks();
    this.reset();
  }

  /** Empties the memory on the device. */
  reset(): void {
    scope(() => {
      const { observations, masks } = this.rowsNow();
      this.own.reset(observations, masks);
    });
  }

  play(steps: number): void {
    const { env, host, naive, hostMasks } = this;
    for (let step = 0; step < steps; step++) {
      chooseActions(env, this.random);
      for (const memory of [host, naive, hostMasks]) memory.begin(env);
      env.step();
      this.drawMasks();
      for (const memory of [host, naive, hostMasks]) memory.finish(env);
      scope(() => this.own.record(this.rowsNow(), this.onDevice(env.rewards)));
    }
  }

  /** Slots that can be sampled, by the definition, and those of the same steps on the host. */
  slots(): { readonly own: number[]; readonly host: number[] } {
    const { rows, count, nStep } = this.own;
    const { frames } = this.own.frames.layout;
    const time = this.naive.games[0].length;
    const slots: { own: number[]; host: number[] } = { own: [], host: [] };
    for (let t = Math.max(0, time - rows + frames); t <= time - nStep; t++) {
      for (let game = 0; game < count; game++) {
        const { slot } = this.naive.games[game][t];
        slots.own.push((t % rows) * count + game);
        slots.host.push(game * this.hostRows + (slot % this.hostRows));
      }
    }
    return slots;
  }

  /** What both memories make of the same steps, batch after batch. */
  batches(): { readonly own: Values; readonly host: Values }[] {
    const { own, host } = this.slots();
    const size = this.own.batch;
    const starts = Array.from({ length: Math.ceil(own.length / size) }, (_, i) => i * size);
    return starts.map((from) => {
      const some = (slots: number[]) =>
        Int32Array.from({ length: size }, (_, i) => slots[from + i] ?? slots[0]);
      return { own: this.ownBatch(some(own)), host: this.hostBatch(some(host)) };
    });
  }

  dispose(): void {
    for (const memory of [this.own, this.host, this.hostMasks]) memory.dispose();
  }

  private ownBatch(slots: Int32Array): Values {
    return scope(() => {
      const {
        slots: _slots,
        weight: _weight,
        nextAllowed,
        ...rest
      } = this.own.batchOf(tensor(slots, { device: this.device }));
      return valuesOf(nextAllowed ? { ...rest, nextAllowed } : rest);
    });
  }

  private hostBatch(slots: Int32Array): Values {
    const { host, hostMasks } = this;
    host.load(slots);
    hostMasks.load(slots);
    return scope(() =>
      valuesOf({
        observation: host.observation(),
        nextObservation: host.nextObservation(),
        nextAllowed: hostMasks.nextAllowed(),
        action: host.action,
        reward: host.reward,
        discount: host.discount,
      }),
    );
  }

  private drawMasks(): void {
    for (let i = 0; i < this.masks.length; i++) this.masks[i] = nextBelow(this.random, 2);
  }

  /** What the env shows now, as tensors. */
  private rowsNow(): PlayedRows & { readonly masks: Tensor } {
    const { env } = this;
    const width = env.actions.length / env.count;
    return {
      observations: this.onDevice(env.observations, env.spec.observation.size),
      finalObservations: this.onDevice(env.finalObservations, env.spec.observation.size),
      actions: this.onDevice(env.actions, ...(env.spec.actions.kind === "discrete" ? [] : [width])),
      terminated: this.onDevice(env.terminated),
      truncated: this.onDevice(env.truncated),
      masks: this.onDevice(this.masks, MASKED),
    };
  }

  private onDevice(values: Float32Array | Int32Array | Uint8Array, ...shape: number[]): Tensor {
    return tensor(values, { shape: [this.env.count, ...shape], device: this.device });
  }
}

/** A batch as arrays; next observations and what is allowed there only where they count. */
type Values = Readonly<Record<string, unknown>>;

function valuesOf(batch: Readonly<Record<string, Tensor>>): Values {
  const arrays = Object.entries(batch).map(([name, values]) => {
    const counts = /^next/.test(name) ? countingRows(values, batch.discount) : values;
    return [name, { shape: values.shape, values: Array.from(counts.toTypedArray()) }];
  });
  return Object.fromEntries(arrays);
}

function countingRows(values: Tensor, discount: Tensor): Tensor {
  const [batch] = values.shape;
  const rows = values.cast("float32").reshape([batch, values.size / batch]);
  const counts = discount.greater(0).unsqueeze(1); // [B, 1]
  return rows.where(counts, full([1], -1, { device: values.device }));
}
