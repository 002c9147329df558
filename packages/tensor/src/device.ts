/**
 * device: where tensors live and ops run.
 *
 * A device is opened by name and never changes silently: if `cpu` cannot be opened the caller learns
 * why, and nothing falls back to the slow reference.
 */
import type { Backend, BackendInfo, MemoryFigures } from "./backend.js";
import { NativeBackend } from "./backends/native/backend.js";
import { loadNativeCore } from "./backends/native/load.js";
import { ReferenceBackend } from "./backends/reference/backend.js";
import type { DType } from "./dtype.js";
import { DeviceError } from "./errors.js";
import type { Tensor } from "./tensor.js";

/**
 * `cpu`: the native core. `reference`: plain TypeScript, runs in any browser. `cuda`: an NVIDIA GPU, the
 * first one; `cuda:1` the second.
 */
export type DeviceName = "cpu" | "reference" | "cuda" | `cuda:${number}`;

/** What matrix products and convolutions of float32 round their factors to on a GPU; sums are float32. */
export type Precision = "float32" | "tf32" | "bfloat16";

/** Instruction sets of the native core; `auto` takes the best one this processor has. */
export type Isa = "auto" | "avx512" | "avx2" | "portable";

/** Options of {@link openDevice}. */
export interface DeviceOptions {
  /**
   * Threads that an op may use, the caller's included (`cpu` only). Default: all cores that this process may use. Recordings take
   * fewer for a while where other programs keep the cores busy; results are the same bits.
   */
  threads?: number;
  /** Instruction set (`cpu` only). Default `auto`. */
  isa?: Isa;
  /**
   * What products may round their factors to (`cuda` only): `tf32` keeps 10 bits of the mantissa, `bfloat16` 7;
   * both run on tensor cores. Parameters, activations and sums stay float32. Default `float32`: nothing.
   */
  precision?: Precision;
  /** Waits after every op, so that an error names the op that made it (`cuda` only). Slow. */
  debug?: boolean;
  /** Most bytes to hold; what goes beyond is an `OUT_OF_MEMORY` error. Default: no limit. */
  memoryLimit?: number;
}

/** Scalar tensors by dtype and value. */
export type ConstantTable = { readonly [K in DType]: Map<number | string, Tensor> };

export function constantTable(): ConstantTable {
  return {
    float32: new Map(),
    float64: new Map(),
    int32: new Map(),
    uint8: new Map(),
    bool: new Map(),
  };
}

/** The device whose ops a `capture` is recording at this moment, if any. @internal */
export let recordingDevice: Device | undefined;

/** Tells all ops that a `capture` begins or ends. @internal */
export function setRecordingDevice(device: Device | undefined): void {
  recordingDevice = device;
}

const open = new Set<Device>();

/** All devices that are not disposed. @internal */
export function openDevices(): ReadonlySet<Device> {
  return open;
}

/** A place where tensors live. It holds memory and threads until it is disposed. Open one with {@link openDevice}. */
export class Device {
  /** The name it was opened by. */
  readonly name: DeviceName;
  /** What computes; another one stands in during `detectNaN`. @internal */
  backend: Backend;
  /** Number of undisposed tensors. Read it through {@link liveTensors}. @internal */
  live = 0;
  /** Scalars that ops needed before. @internal */
  readonly constants: ConstantTable = constantTable();
  /** Names of recordings by program. @internal */
  readonly recordings: Map<number, string> = new Map();
  /** Scalars made by the `capture` under way, if there is one. @internal */
  recordedConstants: ConstantTable | undefined = undefined;
  #disposed = false;

  /** @internal */
  constructor(name: DeviceName, backend: Backend) {
    this.name = name;
    this.backend = backend;
    open.add(this);
  }

  /** Threads that an op may use. */
  get threads(): number {
    return this.backend.threads;
  }

  /** Whether {@link dispose} was called. */
  get disposed(): boolean {
    return this.#disposed;
  }

  /** Instruction set, threads and version of what computes here. */
  info(): BackendInfo {
    return this.backend.info();
  }

  /** Whether a `capture` is being recorded. @internal */
  get recording(): boolean {
    return this.recordedConstants !== undefined;
  }

  /** Memory held by this device. */
  memory(): MemoryFigures {
    return this.backend.memory();
  }

  /** Ends the device's threads and frees all its memory. Its tensors become unusable. Idempotent. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    open.delete(this);
    if (fallback === this) fallback = undefined;
    this.backend.dispose();
  }

  /** What `using` calls: dispose. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

/**
 * Opens a device. Each call makes a new one; tensors of two devices cannot be mixed.
 *
 * @throws DeviceError (`DEVICE_UNAVAILABLE`) with the reason if it cannot be opened here.
 */
export function openDevice(name: DeviceName, options: DeviceOptions = {}): Device {
  const { memoryLimit, ...coreOptions } = options;
  const backend = openBackend(name, coreOptions);
  if (memoryLimit !== undefined) backend.setLimit(memoryLimit);
  return new Device(name, backend);
}

function openBackend(name: DeviceName, options: Omit<DeviceOptions, "memoryLimit">): Backend {
  if (name === "reference") return new ReferenceBackend();
  if (name === "cpu") return new NativeBackend(loadNativeCore(options));
  const gpu = /^cuda(?::(\d+))?$/.exec(name);
  if (gpu !== null) {
    const index = Number(gpu[1] ?? 0);
    return new NativeBackend(loadNativeCore({ ...options, device: "cuda", index }));
  }
  const known = '"cpu", "cuda", "cuda:<number>" or "reference"';
  throw new DeviceError("openDevice", `no such device (got "${name}", expected ${known})`);
}

let fallback: Device | undefined;

/** The device of tensors that are created without naming one. Opens `cpu` on first use. */
export function defaultDevice(): Device {
  fallback ??= openDevice("cpu");
  return fallback;
}

/** Makes `device` the default for tensors that are created without naming one. */
export function setDefaultDevice(device: Device): void {
  if (device.disposed) throw new DeviceError("setDefaultDevice", "the device is disposed");
  fallback = device;
}

/** Number of tensors on a device that were created and not yet disposed. For leak tests. */
export function liveTensors(device: Device): number {
  return device.live;
}
