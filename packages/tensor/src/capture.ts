/**
 * capture: run a function once while recording its ops, then run them again without JavaScript.
 *
 * "Eager when you look, recorded when it is hot": shapes and memory are fixed by the recording, its
 * outputs are overwritten by every replay, random ops draw new numbers each time. What the function
 * decides in JavaScript (branches, loop counts, numbers passed as arguments) is decided once.
 */
import type { RecordedOp } from "./backend.js";
import { constantTable, type Device } from "./device.js";
import { CaptureError, DisposedError } from "./errors.js";
import { currentScope, keep, scope, tensorsIn } from "./lifetime.js";
import type { Tensor } from "./tensor.js";

/** A captured function. */
export class Recording<T> {
  /** What the function returned; its tensors hold the results of the latest replay. */
  readonly outputs: T;
  /** The device whose ops were recorded. */
  readonly device: Device;
  readonly #program: number;
  readonly #tensors: readonly Tensor[];
  #running = false;
  #disposed = false;

  /** Use {@link capture}. @internal */
  constructor(device: Device, program: number, outputs: T, tensors: readonly Tensor[]) {
    this.device = device;
    this.outputs = outputs;
    this.#program = program;
    this.#tensors = tensors;
  }

  /** Runs all ops again and returns when they are done. */
  replay(): void {
    this.#check("replay");
    this.device.backend.replay(this.#program);
  }

  /**
   * Starts all ops on the device's other threads and returns at once. Until {@link wait}, tensors
   * that the recording reads or writes must be left alone.
   */
  start(): void {
    this.#check("start");
    this.device.backend.start(this.#program);
    this.#running = true;
  }

  /** Waits for {@link start} to finish; throws what went wrong there. */
  wait(): void {
    if (this.#disposed) throw new DisposedError("wait", "the recording is disposed");
    if (!this.#running) throw new CaptureError("wait", "the recording was not started");
    this.#running = false;
    this.device.backend.wait(this.#program);
  }

  /** The ops, one object each. */
  ops(): readonly RecordedOp[] {
    if (this.#disposed) throw new DisposedError("ops", "the recording is disposed");
    return this.device.backend.describe(this.#program);
  }

  /** The ops as text, one line each, for reading. */
  describe(): string {
    return this.ops()
      .map(({ op, shapes, bytes, flops }) => {
        return `${op.padEnd(22)} ${shapes}  ${bytes} B${flops > 0 ? `  ${flops} flop` : ""}`;
      })
      .join("\n");
  }

  /** Frees the program and the output tensors. Waits first if it is running. Idempotent. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const tensor of this.#tensors) tensor.dispose();
    if (this.device.disposed) return;
    try {
      if (this.#running) this.device.backend.wait(this.#program);
    } finally {
      this.device.backend.freeProgram(this.#program);
    }
  }

  /** What `using` calls: dispose. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  #check(op: string): void {
    if (this.#disposed) throw new DisposedError(op, "the recording is disposed");
    if (this.#running) throw new CaptureError(op, "the recording is running; call wait() first");
    if (this.device.recording) throw new CaptureError(op, "cannot replay while recording");
  }
}

/**
 * Runs `fn` once and records every op that it runs on `device`. `fn` must not read or write host
 * values (`item`, `toArray`, `write`, `tensor(data)`); it may change tensors made before, which
 * every replay then changes again.
 *
 * @throws CaptureError if `fn` reads a value, or if another capture is under way.
 */
export function capture<T>(device: Device, fn: () => T): Recording<T> {
  if (device.disposed) throw new DisposedError("capture", "the device is disposed");
  if (device.recording) throw new CaptureError("capture", "a capture is already under way");
  const { backend } = device;
  backend.beginRecording();
  const constants = constantTable();
  device.recordedConstants = constants;
  let outputs: T;
  let made: Tensor[] = [];
  try {
    outputs = scope(() => {
      const result = fn();
      // The recording owns what the function made, not what it merely passed through.
      made = [...tensorsIn(result)].filter((tensor) => tensor.scope === currentScope());
      return result;
    });
  } catch (error) {
    backend.abortRecording();
    throw error;
  } finally {
    device.recordedConstants = undefined;
    for (const table of Object.values(constants)) {
      for (const { storage } of table.values()) storage.release();
    }
  }
  const program = backend.endRecording();
  for (const tensor of made) keep(tensor);
  return new Recording(device, program, outputs, made);
}
