/**
 * capture: run a function once while recording its ops, then run them again without JavaScript.
 *
 * "Eager when you look, recorded when it is hot": shapes and memory are fixed by the recording, its
 * outputs are overwritten by every replay, random ops draw new numbers each time. What the function
 * decides in JavaScript (branches, loop counts, numbers passed as arguments) is decided once.
 */
import type { ProgramMemory, RecordedOp, TimedOp } from "./backend.js";
import { constantTable, type Device, recordingDevice, setRecordingDevice } from "./device.js";
import { CaptureError, DisposedError } from "./errors.js";
import { currentScope, keep, scope, tensorsIn } from "./lifetime.js";
import { formatListing } from "./listing.js";
import { checkInteger } from "./shape.js";
import type { Tensor } from "./tensor.js";

/** Options of {@link Recording.describe}. */
export interface DescribeOptions {
  /** What {@link Recording.profile} returned. Default: no times. */
  profile?: readonly TimedOp[];
}

/** Options of {@link capture}. */
export interface CaptureOptions {
  /** What traces and people call it. Default: "recording" and its number on the device. */
  name?: string;
}

/** A captured function. */
export class Recording<T> {
  /** What the function returned; its tensors hold the results of the latest replay. */
  readonly outputs: T;
  /** The device whose ops were recorded. */
  readonly device: Device;
  /** What traces and people call it. */
  readonly name: string;
  readonly #program: number;
  readonly #tensors: readonly Tensor[];
  #running = false;
  #disposed = false;

  /** Use {@link capture}. @internal */
  constructor(
    device: Device,
    program: number,
    outputs: T,
    tensors: readonly Tensor[],
    name: string,
  ) {
    this.device = device;
    this.name = name;
    this.outputs = outputs;
    this.#program = program;
    this.#tensors = tensors;
  }

  /**
   * Runs all ops again. On the CPU it returns when they are done; on a GPU it may return before, and what goes
   * wrong in them, as an index out of range, is thrown by a later replay or read of a tensor.
   */
  replay(): void {
    this.#check("replay");
    this.device.backend.replay(this.#program);
  }

  /**
   * Starts all ops on the device's other threads and returns at once; without others, and while other programs keep their
   * cores busy, it runs them here. Until {@link wait}, tensors that the recording reads or writes must be left alone.
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

  /** The memory that the recording holds for what it makes, and what reuse saved. */
  memory(): ProgramMemory {
    if (this.#disposed) throw new DisposedError("memory", "the recording is disposed");
    return this.device.backend.programMemory(this.#program);
  }

  /**
   * Runs the recording `runs` times (1..10000) with a clock around each op, and returns the median
   * time of each. It does what so many replays do, but slower: ops run one after another, each with
   * all the threads it wants, where a replay runs several at once and row by row.
   */
  profile(runs = 20): readonly TimedOp[] {
    this.#check("profile");
    checkInteger("profile", "runs", runs, 1, 10000);
    const times = this.device.backend.profile(this.#program, runs);
    return this.ops().map((op, i) => ({ ...op, microseconds: times[i] / 1000 }));
  }

  /**
   * The ops as a table for people, with totals and memory; with what {@link profile} returned, also
   * microseconds, share and speed of each.
   */
  describe(options: DescribeOptions = {}): string {
    return formatListing(options.profile ?? this.ops(), this.memory());
  }

  /** Frees the program and the output tensors. Waits first if it is running. Idempotent. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const tensor of this.#tensors) tensor.dispose();
    this.device.recordings.delete(this.#program);
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
 * Runs `fn` once and records every op that it runs on `device`. (A GPU runs them when `fn` has returned.) `fn` must not read or write host
 * values (`item`, `toArray`, `write`, `tensor(data)`); it may change tensors made before, which
 * every replay then changes again.
 *
 * @throws CaptureError if `fn` reads a value or computes on another device, or if another capture is
 *   under way.
 */
export function capture<T>(
  device: Device,
  fn: () => T,
  options: CaptureOptions = {},
): Recording<T> {
  if (device.disposed) throw new DisposedError("capture", "the device is disposed");
  if (recordingDevice !== undefined) {
    throw new CaptureError(
      "capture",
      `a capture is already under way on "${recordingDevice.name}", and one cannot hold another`,
    );
  }
  const { backend } = device;
  backend.beginRecording();
  const constants = constantTable();
  device.recordedConstants = constants;
  setRecordingDevice(device);
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
    setRecordingDevice(undefined);
    for (const table of Object.values(constants)) {
      for (const { storage } of table.values()) storage.release();
    }
  }
  const program = backend.endRecording();
  for (const tensor of made) keep(tensor);
  const { name = `recording ${program}` } = options;
  device.recordings.set(program, name);
  return new Recording(device, program, outputs, made, name);
}
