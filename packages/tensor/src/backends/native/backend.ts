/**
 * native backend: hands ops to the C++ core.
 *
 * One generic path for all ops: operands and parameters are written as doubles into a command buffer
 * that both sides share, then one call runs it. Adding an op needs no line here; its parameter order
 * is a line in op-params.ts, its code is found by name.
 */
import type { NativeCore } from "@carom/native";
import type {
  Backend,
  BackendInfo,
  KernelMember,
  MemoryFigures,
  ProgramMemory,
  RecordedOp,
  View,
} from "../../backend.js";
import { type DType, dtypeCode, type TypedArray } from "../../dtype.js";
import { DeviceError } from "../../errors.js";
import { type OpName, type OpParams, opNames, paramOrder } from "../../op-params.js";
import { translated } from "./errors.js";

export class NativeBackend implements Backend {
  readonly threads: number;
  readonly #core: NativeCore;
  readonly #command: Float64Array;
  readonly #codes: ReadonlyMap<string, number>;

  constructor(core: NativeCore) {
    this.#core = core;
    this.#command = core.command;
    this.threads = core.info().threads;
    this.#codes = new Map(core.opNames.map((name, code) => [name, code]));
    const missing = opNames.filter((name) => !this.#codes.has(name));
    if (missing.length > 0) {
      core.dispose();
      throw new DeviceError(
        "openDevice",
        `the native core lacks ${missing.join(", ")}: it is older than this package, build it again`,
      );
    }
  }

  alloc(dtype: DType, count: number): number {
    try {
      return this.#core.alloc(dtypeCode[dtype], count);
    } catch (error) {
      throw translated(error);
    }
  }

  adopt(view: TypedArray): number {
    return this.#call(() => this.#core.adopt(view));
  }

  free(handle: number): void {
    try {
      this.#core.free(handle);
    } catch (error) {
      throw translated(error);
    }
  }

  write(handle: number, offset: number, source: TypedArray): void {
    this.#call(() => this.#core.write(handle, offset, source));
  }

  read(handle: number, offset: number, target: TypedArray): void {
    this.#call(() => this.#core.read(handle, offset, target));
  }

  run<K extends OpName>(
    op: K,
    inputs: readonly View[],
    outputs: readonly View[],
    params: OpParams[K],
  ): void {
    const command = this.#command;
    let at = writeOperands(command, inputs, outputs);
    const order = paramOrder[op];
    const values: Readonly<Record<string, number>> = params;
    for (let i = 0; i < order.length; i++) command[at++] = values[order[i]];
    try {
      this.#core.run(this.#codes.get(op) ?? -1, at);
    } catch (error) {
      throw translated(error);
    }
  }

  compile(source: string, name: string): Uint8Array {
    return this.#call(() => this.#core.compile(source, name));
  }

  loadKernels(code: Uint8Array): number {
    return this.#call(() => this.#core.load(code));
  }

  findKernel(module: number, name: string): number {
    return this.#call(() => this.#core.findKernel(module, name));
  }

  launch(
    kernel: number,
    { blocks, threads }: { readonly blocks: number; readonly threads: number },
    inputs: readonly View[],
    outputs: readonly View[],
    members: readonly KernelMember[],
  ): void {
    const command = this.#command;
    let at = writeOperands(command, inputs, outputs);
    for (const param of [kernel, blocks, threads, 0]) command[at++] = param;
    for (const { kind, value } of members) {
      command[at++] = kind;
      command[at++] = value;
    }
    this.#call(() => this.#core.launch(at));
  }

  beginRecording(): void {
    this.#call(() => this.#core.beginRecording());
  }

  endRecording(): number {
    return this.#call(() => this.#core.endRecording());
  }

  abortRecording(): void {
    this.#call(() => this.#core.abortRecording());
  }

  replay(program: number): void {
    try {
      this.#core.replay(program);
    } catch (error) {
      throw translated(error);
    }
  }

  start(program: number): void {
    this.#call(() => this.#core.start(program));
  }

  wait(program: number): void {
    this.#call(() => this.#core.wait(program));
  }

  freeProgram(program: number): void {
    this.#call(() => this.#core.freeProgram(program));
  }

  describe(program: number): readonly RecordedOp[] {
    return this.#call(() => this.#core.describe(program));
  }

  programMemory(program: number): ProgramMemory {
    return this.#call(() => this.#core.programMemory(program));
  }

  profile(program: number, runs: number): readonly number[] {
    return this.#call(() => this.#core.profile(program, runs));
  }

  beginTrace(): void {
    this.#call(() => this.#core.beginTrace());
  }

  endTrace(): readonly number[] {
    return this.#call(() => this.#core.endTrace());
  }

  setLimit(bytes: number): void {
    this.#call(() => this.#core.setLimit(bytes));
  }

  memory(): MemoryFigures {
    return this.#core.memory();
  }

  info(): BackendInfo {
    return this.#core.info();
  }

  dispose(): void {
    this.#core.dispose();
  }

  #call<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw translated(error);
    }
  }
}

/** Begins a command and returns the place behind its operands. */
function writeOperands(
  command: Float64Array,
  inputs: readonly View[],
  outputs: readonly View[],
): number {
  command[0] = inputs.length;
  command[1] = outputs.length;
  let at = 2;
  for (let i = 0; i < inputs.length; i++) at = writeView(command, at, inputs[i]);
  for (let i = 0; i < outputs.length; i++) at = writeView(command, at, outputs[i]);
  return at;
}

/** Appends `[handle, offset, rank, shape..., strides...]` and returns the next free place. */
function writeView(command: Float64Array, at: number, view: View): number {
  const { shape, strides } = view;
  const rank = shape.length;
  command[at++] = view.handle;
  command[at++] = view.offset;
  command[at++] = rank;
  for (let i = 0; i < rank; i++) command[at++] = shape[i];
  for (let i = 0; i < rank; i++) command[at++] = strides[i];
  return at;
}
