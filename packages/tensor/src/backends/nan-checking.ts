/**
 * nan-checking backend: another backend whose results are looked through for NaN, op by op. Slow; put
 * in place by `detectNaN` only.
 *
 * An op's inputs are looked at when its result has a NaN, in order to tell who made it; what an op
 * overwrites is looked at beforehand.
 */
import type {
  Backend,
  BackendInfo,
  KernelMember,
  MemoryFigures,
  ProgramMemory,
  RecordedOp,
  View,
} from "../backend.js";
import { arrayFor, type DType, isFloat, type TypedArray } from "../dtype.js";
import { CaptureError } from "../errors.js";
import type { OpName, OpParams } from "../op-params.js";
import { denseStrides, elementCount, isDense } from "../shape.js";

/** What is known about the op that made a NaN. */
export interface NanFinding {
  readonly op: OpName;
  readonly inputs: readonly View[];
  readonly outputs: readonly View[];
  /** Which output holds it. */
  readonly output: number;
  /** Where in that output the first one is. */
  readonly index: readonly number[];
  /** The inputs that had a NaN before. */
  readonly tainted: readonly number[];
}

export class NanCheckingBackend implements Backend {
  readonly threads: number;
  readonly #inner: Backend;
  readonly #report: (finding: NanFinding) => never;

  constructor(inner: Backend, report: (finding: NanFinding) => never) {
    this.#inner = inner;
    this.#report = report;
    this.threads = inner.threads;
  }

  run<K extends OpName>(
    op: K,
    inputs: readonly View[],
    outputs: readonly View[],
    params: OpParams[K],
  ): void {
    const written = new Set(outputs.map(({ handle }) => handle));
    const before = inputs.map((x) => written.has(x.handle) && this.#firstNaN(x) >= 0);
    this.#inner.run(op, inputs, outputs, params);
    outputs.forEach((y, output) => {
      const at = this.#firstNaN(y);
      if (at < 0) return;
      const tainted = inputs.flatMap((x, i) => {
        return before[i] || (!written.has(x.handle) && this.#firstNaN(x) >= 0) ? [i] : [];
      });
      this.#report({ op, inputs, outputs, output, index: position(y.shape, at), tainted });
    });
  }

  /** Place of the first NaN of a view in row-major order, or -1. */
  #firstNaN(view: View): number {
    const count = elementCount(view.shape);
    if (!isFloat(view.dtype) || count === 0) return -1;
    const values = arrayFor(view.dtype, count);
    if (isDense(view.shape, view.strides)) this.#inner.read(view.handle, view.offset, values);
    else {
      const handle = this.#inner.alloc(view.dtype, count);
      const { dtype, shape } = view;
      const dense = { handle, dtype, shape, offset: 0, strides: denseStrides(shape) };
      this.#inner.run("copy", [view], [dense], {});
      this.#inner.read(handle, 0, values);
      this.#inner.free(handle);
    }
    return values.findIndex(Number.isNaN);
  }

  compile(source: string, name: string): Uint8Array {
    return this.#inner.compile(source, name);
  }
  loadKernels(code: Uint8Array): number {
    return this.#inner.loadKernels(code);
  }
  findKernel(module: number, name: string): number {
    return this.#inner.findKernel(module, name);
  }
  /** What such a kernel writes is its own affair: it may hold NaN on purpose. */
  launch(
    kernel: number,
    grid: { readonly blocks: number; readonly threads: number },
    inputs: readonly View[],
    outputs: readonly View[],
    members: readonly KernelMember[],
  ): void {
    this.#inner.launch(kernel, grid, inputs, outputs, members);
  }
  beginRecording(): void {
    throw new CaptureError(
      "capture",
      "cannot record inside detectNaN, which looks at values; run the function eagerly there",
    );
  }

  replay(): never {
    throw new CaptureError(
      "replay",
      "a recording cannot be checked op by op; run its function eagerly inside detectNaN",
    );
  }

  start(): void {
    this.replay();
  }

  profile(): never {
    return this.replay();
  }

  beginTrace(): never {
    return this.replay();
  }

  endTrace(): never {
    return this.replay();
  }

  // --- everything else as it is ---

  alloc(dtype: DType, count: number): number {
    return this.#inner.alloc(dtype, count);
  }
  adopt(view: TypedArray): number {
    return this.#inner.adopt(view);
  }
  free(handle: number): void {
    this.#inner.free(handle);
  }
  write(handle: number, offset: number, source: TypedArray): void {
    this.#inner.write(handle, offset, source);
  }
  read(handle: number, offset: number, target: TypedArray): void {
    this.#inner.read(handle, offset, target);
  }
  endRecording(): number {
    return this.#inner.endRecording();
  }
  abortRecording(): void {
    this.#inner.abortRecording();
  }
  wait(program: number): void {
    this.#inner.wait(program);
  }
  freeProgram(program: number): void {
    this.#inner.freeProgram(program);
  }
  describe(program: number): readonly RecordedOp[] {
    return this.#inner.describe(program);
  }
  programMemory(program: number): ProgramMemory {
    return this.#inner.programMemory(program);
  }
  setLimit(bytes: number): void {
    this.#inner.setLimit(bytes);
  }
  memory(): MemoryFigures {
    return this.#inner.memory();
  }
  info(): BackendInfo {
    return this.#inner.info();
  }
  dispose(): void {
    this.#inner.dispose();
  }
}

/** The index of element `at` in row-major order. */
function position(shape: readonly number[], at: number): number[] {
  return denseStrides(shape).map((stride, axis) => Math.floor(at / stride) % shape[axis]);
}
