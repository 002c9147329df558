/**
 * backend: the contract between tensors and whatever computes them.
 *
 * A backend owns storages, named by integer handles, and runs named ops on strided views of them.
 * It knows nothing of gradients, scopes or reference counts; those live above it. Implementations:
 * backends/reference (plain loops, runs anywhere) and backends/native (the C++ core).
 */
import type { DType, TypedArray } from "./dtype.js";
import type { OpName, OpParams } from "./op-params.js";

/** A strided window onto a storage. A `Tensor` is one, too. */
export interface View {
  readonly handle: number;
  readonly dtype: DType;
  /** First element, counted in elements from the start of the storage. */
  readonly offset: number;
  readonly shape: readonly number[];
  /** Elements between neighbours of each dimension; 0 repeats, negative runs backwards. */
  readonly strides: readonly number[];
}

/** One op of a recording, as `describe` reports it. */
export interface RecordedOp {
  /** Name of the op. */
  readonly op: string;
  /** Shapes of inputs and outputs, e.g. `[64,4],[4,2] -> [64,2]`. */
  readonly shapes: string;
  /** Bytes read and written, about. */
  readonly bytes: number;
  /** Floating point operations, about; 0 where it is not meaningful. */
  readonly flops: number;
}

/** One op of a recording and the time it takes. */
export interface TimedOp extends RecordedOp {
  /** Median over the runs, alone on the device, threads included. */
  readonly microseconds: number;
}

/** Memory of a recording, in bytes. */
export interface ProgramMemory {
  /** Held by the tensors made while recording, which share memory where they can. */
  readonly heldBytes: number;
  /** What those tensors would take if each had memory of its own. */
  readonly requestedBytes: number;
  /** Work space of the ops. */
  readonly scratchBytes: number;
}

/** Memory held by a backend, in bytes. */
export interface MemoryFigures {
  /** Storages in use. */
  readonly liveHandles: number;
  /** Bytes of storages in use. */
  readonly liveBytes: number;
  /** Freed but kept for reuse. */
  readonly cachedBytes: number;
  /** Most bytes in use at any time. */
  readonly peakBytes: number;
  /** Allocations since the start. */
  readonly allocations: number;
}

/** What computes on a device. */
export interface BackendInfo {
  /** Instruction set, e.g. `avx2`, or a GPU's compute capability, as `sm_90`; `none` for the reference. */
  readonly isa: string;
  /** The GPU's name, on `cuda`. */
  readonly gpu?: string;
  /** Threads that an op may use, the caller's included. */
  readonly threads: number;
  /** Version of the native core; `reference` for the reference. */
  readonly version: string;
}

/** A member of the struct that a kernel of one's own takes: see `launch` of @carom/native. */
export interface KernelMember {
  /** 0: an integer. 1: the input, 2: the output of this number. 3: a double. */
  readonly kind: 0 | 1 | 2 | 3;
  readonly value: number;
}

/** What every backend does. All methods are synchronous, except that `start` returns early. */
export interface Backend {
  /** A new storage of `count` elements with unspecified contents. The caller frees it. */
  alloc(dtype: DType, count: number): number;
  /** A storage over `view`'s own memory and of its dtype, shared with JavaScript. The caller frees it. */
  adopt(view: TypedArray): number;
  /** Gives a storage back. Its handle is invalid from here on. */
  free(handle: number): void;
  /** Copies `source` into a storage, starting at element `offset`. Not while recording. */
  write(handle: number, offset: number, source: TypedArray): void;
  /** Copies from a storage, starting at element `offset`, until `target` is full. Not while recording. */
  read(handle: number, offset: number, target: TypedArray): void;
  /** Runs one op; while recording, also remembers it. Outputs are written, never allocated. */
  run<K extends OpName>(
    op: K,
    inputs: readonly View[],
    outputs: readonly View[],
    params: OpParams[K],
  ): void;

  /** Compiles kernels of one's own; refused where the device is no GPU. */
  compile(source: string, name: string): Uint8Array;
  /** Loads what `compile` gave: the module's number. */
  loadKernels(code: Uint8Array): number;
  /** The number of a module's kernel. */
  findKernel(module: number, name: string): number;
  /** Runs a kernel; while recording, remembers it. Operands are dense. */
  launch(
    kernel: number,
    grid: { readonly blocks: number; readonly threads: number },
    inputs: readonly View[],
    outputs: readonly View[],
    members: readonly KernelMember[],
  ): void;

  /** From here on, ops are remembered as well as run. */
  beginRecording(): void;
  /** Ends the recording and returns the program's id. */
  endRecording(): number;
  /** Ends the recording and forgets it. */
  abortRecording(): void;
  /** Runs a program again on the same storages. */
  replay(program: number): void;
  /** Runs a program on other threads where there are any; `wait` must follow. */
  start(program: number): void;
  /** Waits for a started program and throws what it threw. */
  wait(program: number): void;
  /** Forgets a program and what it retained. */
  freeProgram(program: number): void;
  /** The ops of a program, in order. */
  describe(program: number): readonly RecordedOp[];
  /** Memory of a program. */
  programMemory(program: number): ProgramMemory;
  /** Runs a program `runs` times op by op: median nanoseconds of each. */
  profile(program: number, runs: number): readonly number[];
  /** From here on notes when each replay begins and ends, of the first 100,000. */
  beginTrace(): void;
  /** Ends it: its length, then program, beginning and end of each replay; nanoseconds from the trace's beginning. */
  endTrace(): readonly number[];

  /** Bounds the memory held, in bytes; `alloc` beyond it throws `OUT_OF_MEMORY`. */
  setLimit(bytes: number): void;
  memory(): MemoryFigures;
  /** What computes: instruction set, threads and version. */
  info(): BackendInfo;
  /** Number of threads that ops may use. */
  readonly threads: number;
  /** Frees everything; no other method may be called afterwards. */
  dispose(): void;
}
