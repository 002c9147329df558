/**
 * reference backend: the definition of truth. Plain TypeScript, any dtype, any browser; slow.
 *
 * Storages are typed arrays. A recording is a list of closures, replayed in order. There are no
 * threads: `start` runs to the end before it returns.
 */
import type {
  Backend,
  BackendInfo,
  MemoryFigures,
  ProgramMemory,
  RecordedOp,
  View,
} from "../../backend.js";
import { arrayFor, type DType, dtypeBytes, type TypedArray } from "../../dtype.js";
import { CaptureError, TensorError } from "../../errors.js";
import type { OpName, OpParams } from "../../op-params.js";
import { formatShape } from "../../shape.js";
import { kernels } from "./kernels.js";
import { ReplayClock, timeSteps } from "./profile.js";
import type { RefView } from "./views.js";

interface Step {
  run(): void;
  describe(): RecordedOp;
}

interface Program {
  readonly steps: Step[];
  /** Of the storages made while recording; none is used twice. */
  bytes: number;
}

export class ReferenceBackend implements Backend {
  readonly threads = 1;
  #storages = new Map<number, TypedArray>();
  #nextHandle = 1;
  #programs = new Map<number, Program>();
  #nextProgram = 1;
  #recording: Program | undefined;
  #liveBytes = 0;
  #peakBytes = 0;
  #limit = Infinity;
  readonly #clock = new ReplayClock();

  alloc(dtype: DType, count: number): number {
    const bytes = count * dtypeBytes[dtype];
    if (this.#liveBytes + bytes > this.#limit) {
      throw new TensorError(
        "OUT_OF_MEMORY",
        "alloc",
        `not enough memory (got ${bytes} bytes beside ${this.#liveBytes} live ones, ` +
          `expected at most ${this.#limit})`,
      );
    }
    if (this.#recording) this.#recording.bytes += bytes;
    return this.#add(arrayFor(dtype, count));
  }

  adopt(view: TypedArray): number {
    return this.#add(view);
  }

  free(handle: number): void {
    this.#liveBytes -= this.#data(handle).byteLength;
    this.#storages.delete(handle);
  }

  write(handle: number, offset: number, source: TypedArray): void {
    this.#refuseWhileRecording("write");
    this.#data(handle).set(source, offset);
  }

  read(handle: number, offset: number, target: TypedArray): void {
    this.#refuseWhileRecording("read");
    target.set(this.#data(handle).subarray(offset, offset + target.length));
  }

  run<K extends OpName>(
    op: K,
    inputs: readonly View[],
    outputs: readonly View[],
    params: OpParams[K],
  ): void {
    const from = inputs.map((view) => this.#open(view));
    const to = outputs.map((view) => this.#open(view));
    const run = () => kernels[op](from, to, params);
    run();
    this.#recording?.steps.push({ run, describe: () => describeStep(op, from, to) });
  }

  compile(): never {
    throw noKernels();
  }

  loadKernels(): never {
    throw noKernels();
  }

  findKernel(): never {
    throw noKernels();
  }

  launch(): never {
    throw noKernels();
  }

  beginRecording(): void {
    if (this.#recording) throw new CaptureError("capture", "a recording is already under way");
    this.#recording = { steps: [], bytes: 0 };
  }

  endRecording(): number {
    if (!this.#recording) throw new CaptureError("capture", "no recording is under way");
    const id = this.#nextProgram++;
    this.#programs.set(id, this.#recording);
    this.#recording = undefined;
    return id;
  }

  abortRecording(): void {
    this.#recording = undefined;
  }

  replay(program: number): void {
    this.#refuseWhileRecording("replay");
    this.#clock.run(program, this.#program(program).steps);
  }

  start(program: number): void {
    this.replay(program);
  }

  wait(program: number): void {
    this.#program(program);
  }

  freeProgram(program: number): void {
    this.#programs.delete(program);
  }

  describe(program: number): readonly RecordedOp[] {
    return this.#program(program).steps.map((step) => step.describe());
  }

  programMemory(program: number): ProgramMemory {
    const { bytes } = this.#program(program);
    return { heldBytes: bytes, requestedBytes: bytes, scratchBytes: 0 };
  }

  profile(program: number, runs: number): readonly number[] {
    this.#refuseWhileRecording("profile");
    return timeSteps(this.#program(program).steps, runs);
  }

  beginTrace(): void {
    this.#refuseWhileRecording("trace");
    this.#clock.begin();
  }

  endTrace(): readonly number[] {
    return this.#clock.end();
  }

  setLimit(bytes: number): void {
    this.#limit = bytes;
  }

  memory(): MemoryFigures {
    return {
      liveHandles: this.#storages.size,
      liveBytes: this.#liveBytes,
      cachedBytes: 0,
      peakBytes: this.#peakBytes,
      allocations: this.#nextHandle - 1,
    };
  }

  info(): BackendInfo {
    return { isa: "none", threads: 1, version: "reference" };
  }

  dispose(): void {
    this.#storages.clear();
    this.#programs.clear();
  }

  #add(data: TypedArray): number {
    this.#storages.set(this.#nextHandle, data);
    this.#liveBytes += data.byteLength;
    this.#peakBytes = Math.max(this.#peakBytes, this.#liveBytes);
    return this.#nextHandle++;
  }

  #data(handle: number): TypedArray {
    const data = this.#storages.get(handle);
    if (!data) throw new TensorError("STALE_HANDLE", "reference", `no storage ${handle}`);
    return data;
  }

  #program(id: number): Program {
    const program = this.#programs.get(id);
    if (!program) throw new TensorError("STALE_HANDLE", "reference", `no recording ${id}`);
    return program;
  }

  #open(view: View): RefView {
    const { dtype, offset, shape, strides } = view;
    return { data: this.#data(view.handle), dtype, offset, shape, strides };
  }

  #refuseWhileRecording(op: string): void {
    if (this.#recording) throw new CaptureError(op, "not possible while recording");
  }
}

function describeStep(op: OpName, from: readonly RefView[], to: readonly RefView[]): RecordedOp {
  const shapes = (views: readonly RefView[]) => views.map((v) => formatShape(v.shape)).join(",");
  const bytes = [...from, ...to].reduce(
    (sum, view) => sum + view.shape.reduce((n, size) => n * size, 1) * view.data.BYTES_PER_ELEMENT,
    0,
  );
  return { op, shapes: `${shapes(from)} -> ${shapes(to)}`, bytes, flops: 0 };
}

function noKernels(): TensorError {
  return new TensorError(
    "INVALID_ARGUMENT",
    "compile",
    'only a GPU runs kernels of one\'s own (open "cuda")',
  );
}
