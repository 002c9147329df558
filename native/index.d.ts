/**
 * @carom/native: the C++ tensor core as a Node addon.
 *
 * It knows strided views, kernels, recorded programs and threads; it knows no autograd and no shapes
 * rules of the public API. Every operand is checked again here, so that no call can crash the process.
 * All errors are Errors with a stable `code` and the `op` they come from.
 */

export type NativeArray = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array;

export type NativeErrorCode =
  | "SHAPE_MISMATCH"
  | "DTYPE_MISMATCH"
  | "INVALID_ARGUMENT"
  | "STALE_HANDLE"
  | "OUT_OF_MEMORY"
  | "RECORDING"
  | "INTERNAL"
  | "NATIVE_NOT_BUILT";

/** What every method may throw. */
export interface NativeError extends Error {
  readonly code: NativeErrorCode;
  readonly op: string;
}

/** One step of a recorded program. */
export interface StepInfo {
  readonly op: string;
  /** "[2048,118], [64,118] -> [2048,64]" */
  readonly shapes: string;
  /** Bytes of all operands. */
  readonly bytes: number;
  /** Floating-point operations, roughly; 0 for pure movement. */
  readonly flops: number;
}

/** Memory of a recorded program, in bytes. */
export interface ProgramMemory {
  /** Held by the tensors made while recording, which share memory where they can. */
  readonly heldBytes: number;
  /** What those tensors would take if each had memory of its own. */
  readonly requestedBytes: number;
  /** Work space of the steps. */
  readonly scratchBytes: number;
}

export interface MemoryInfo {
  readonly liveHandles: number;
  /** Bytes in use by live storages and by recorded programs. */
  readonly liveBytes: number;
  /** Bytes of free blocks kept for reuse. */
  readonly cachedBytes: number;
  readonly peakBytes: number;
  /** How often alloc() and adopt() succeeded. */
  readonly allocations: number;
  /** How often the cache had no block and the system was asked. */
  readonly systemAllocations: number;
}

export interface CoreInfo {
  /** Of the processor; of a GPU its compute capability, as "sm_90". */
  readonly isa: "avx512" | "avx2" | "portable" | "neon" | `sm_${number}`;
  readonly threads: number;
  readonly version: string;
  /** The GPU's name; not there for the processor. */
  readonly gpu?: string;
}

export interface NativeCore {
  /** The name of each op; its index is the op's code. */
  readonly opNames: readonly string[];
  /**
   * Where commands are written: `[nInputs, nOutputs, operand..., parameter...]`, each operand
   * `[handle, offset, rank, shape[rank]..., strides[rank]...]`, offset and strides in elements.
   */
  readonly command: Float64Array;
  /** Executes the command in `command[0..length)`; while recording, records it as well. */
  run(op: number, length: number): void;
  /**
   * A storage of `count` elements with unspecified contents.
   * `dtype`: 0 float32, 1 float64, 2 int32, 3 uint8, 4 bool (one byte).
   */
  alloc(dtype: number, count: number): number;
  /** A storage over the view's own memory (a SharedArrayBuffer); the view is kept alive until free(). */
  adopt(view: NativeArray): number;
  /** Gives a storage back. Programs that use it keep its memory until they are freed. */
  free(handle: number): void;
  /** Copies `source` into the storage from element `offset` on. Same element type; not while recording. */
  write(handle: number, offset: number, source: NativeArray): void;
  /** Fills `target` from the storage from element `offset` on. Same element type; not while recording. */
  read(handle: number, offset: number, target: NativeArray): void;
  /**
   * Compiles kernels of one's own for this device (`cuda` only): CUDA C++ without includes, each kernel
   * declared `extern "C"` and taking one struct by value, all members of which have 8 bytes. `name` stands in
   * messages. No multiplication is fused with an addition.
   */
  compile(source: string, name: string): Uint8Array;
  /** Loads what compile() gave and returns the module's number. It stays until dispose(). */
  load(code: Uint8Array): number;
  /** The number of a kernel of a module. */
  findKernel(module: number, name: string): number;
  /**
   * Runs the kernel in `command[0..length)`; while recording, records it. Its parameters are `[kernel, blocks,
   * threads, shared bytes, members...]`, each member of the struct a kind and a value: 0 an integer, 1 the
   * input of this number, 2 the output of this number, 3 a double. Operands are dense.
   */
  launch(length: number): void;
  beginRecording(): void;
  /** Ends the recording and returns the program's id. */
  endRecording(): number;
  /** Drops the recording; what ran stays done. */
  abortRecording(): void;
  /** Runs a program on all threads and returns when it is done. */
  replay(program: number): void;
  /** Runs a program on the other threads while the caller goes on (with one thread: at once). */
  start(program: number): void;
  /** Returns when a started program is done and throws what went wrong in it. */
  wait(program: number): void;
  freeProgram(program: number): void;
  describe(program: number): readonly StepInfo[];
  programMemory(program: number): ProgramMemory;
  /**
   * Runs a program `runs` times, 1..10000, step by step: the median nanoseconds of each step. Results
   * are those of as many replays.
   */
  profile(program: number, runs: number): readonly number[];
  /**
   * From here on notes when each replay begins and ends on the device, of the first 100,000. On a processor, one that was
   * started ends where it is waited for.
   */
  beginTrace(): void;
  /** Ends it: its length, then program, beginning and end of each replay; nanoseconds from the trace's beginning. */
  endTrace(): readonly number[];
  memory(): MemoryInfo;
  /** Bounds liveBytes + cachedBytes; beyond it alloc() throws OUT_OF_MEMORY. Infinity: no bound. */
  setLimit(bytes: number): void;
  info(): CoreInfo;
  /** Stops the threads and frees everything. Idempotent. */
  dispose(): void;
}

export interface CoreOptions {
  /** What computes. Default "cpu". */
  device?: "cpu" | "cuda";
  /** Threads that work together, the caller included. Default: all cores. */
  threads?: number;
  /** Default "auto": the best this processor has. */
  isa?: "auto" | "avx512" | "avx2" | "portable";
  /** Which GPU, from 0 (`cuda` only). Default 0. */
  index?: number;
  /** What products of float32 round their factors to (`cuda` only). Default "float32": nothing. */
  precision?: "float32" | "tf32" | "bfloat16";
  /** Waits after every op, so that an error names the op that made it (`cuda` only). */
  debug?: boolean;
}

/** One GPU of this machine. */
export interface CudaDeviceInfo {
  readonly name: string;
  /** "9.0" */
  readonly computeCapability: string;
  readonly memoryBytes: number;
  /** Why it cannot be used; not there if it can. */
  readonly problem?: string;
}

/** One of NVIDIA's libraries, which the core uses where they are there. */
export interface CudaLibraryInfo {
  readonly name: string;
  readonly found: boolean;
  readonly path?: string;
  readonly version?: string;
  /** What is wrong, and how to get it; not there if it was found. */
  readonly reason?: string;
}

/** What there is of CUDA on this machine. */
export interface CudaReport {
  /** Where the CUDA library of this package is looked for. */
  readonly library: string;
  /** Whether it is there and fits this addon. */
  readonly built: boolean;
  /** Architectures it was built for, as CMake spells them. */
  readonly architectures?: string;
  /** CUDA's version that the library was built with, and the newest that the driver knows: "13.0". */
  readonly runtime: string | undefined;
  readonly driver: string | undefined;
  readonly devices: readonly CudaDeviceInfo[];
  readonly libraries: readonly CudaLibraryInfo[];
  /** Why no GPU can be used, in one sentence; not there if one can. */
  readonly problem?: string;
}

/** Looks for GPUs, opening the CUDA library. Throws `NATIVE_NOT_BUILT` when there is no addon. */
export declare function inspectCuda(): CudaReport;

/**
 * A new, independent core. It belongs to the thread that made it; worker threads make their own.
 * Throws `NATIVE_NOT_BUILT` when the addon has not been built, and what hinders when there is no GPU.
 * The environment variable CAROM_CUDA_LIBRARY names another CUDA library than this package's.
 */
export declare function createCore(options?: CoreOptions): NativeCore;
