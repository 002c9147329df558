/** commands: writes commands for the native core by hand, as small as it goes. Tests and benchmarks use it. */
import { type CoreOptions, createCore, type NativeArray, type NativeCore } from "../index.js";

export const dtypes = { float32: 0, float64: 1, int32: 2, uint8: 3, bool: 4 } as const;

/** A view of a storage, as a command spells it. */
export interface Operand {
  readonly handle: number;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, extent) => size * extent, 1);
}

export function denseStrides(shape: readonly number[]): number[] {
  return shape.map((_, d) => sizeOf(shape.slice(d + 1)));
}

/** A core with named ops. */
export class Driver {
  readonly core: NativeCore;
  readonly #codes: ReadonlyMap<string, number>;

  constructor(options: CoreOptions = {}) {
    this.core = createCore(options);
    this.#codes = new Map(this.core.opNames.map((name, code) => [name, code]));
  }

  empty(shape: readonly number[], dtype: number = dtypes.float32): Operand {
    const handle = this.core.alloc(dtype, sizeOf(shape));
    return { handle, offset: 0, shape, strides: denseStrides(shape) };
  }

  from(shape: readonly number[], values: NativeArray): Operand {
    const dtype =
      values instanceof Int32Array || values instanceof Uint32Array
        ? dtypes.int32
        : values instanceof Float64Array
          ? dtypes.float64
          : values instanceof Uint8Array
            ? dtypes.uint8
            : dtypes.float32;
    const out = this.empty(shape, dtype);
    this.core.write(out.handle, 0, values);
    return out;
  }

  /** Fixed pseudo-random values in [-scale, scale). */
  random(shape: readonly number[], seed: number, scale = 1): Operand {
    let state = seed * 2654435761 + 1;
    const values = Float32Array.from({ length: sizeOf(shape) }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return (state / 2 ** 31 - 1) * scale;
    });
    return this.from(shape, values);
  }

  floats(operand: Operand): Float32Array {
    const out = new Float32Array(sizeOf(operand.shape));
    this.core.read(operand.handle, operand.offset, out);
    return out;
  }

  run(
    op: string,
    inputs: readonly Operand[],
    outputs: readonly Operand[],
    params: readonly number[] = [],
  ): void {
    const command = this.core.command;
    let at = 0;
    command[at++] = inputs.length;
    command[at++] = outputs.length;
    for (const view of [...inputs, ...outputs]) {
      command[at++] = view.handle;
      command[at++] = view.offset;
      command[at++] = view.shape.length;
      for (const extent of view.shape) command[at++] = extent;
      for (const stride of view.strides) command[at++] = stride;
    }
    for (const value of params) command[at++] = value;
    this.core.run(this.#codes.get(op) ?? -1, at);
  }

  /** Records what `body` does and returns the program's id. */
  record(body: () => void): number {
    this.core.beginRecording();
    body();
    return this.core.endRecording();
  }
}

export function transposed(view: Operand): Operand {
  return { ...view, shape: [...view.shape].reverse(), strides: [...view.strides].reverse() };
}

/** Columns [begin, end) of a matrix. */
export function columns(view: Operand, begin: number, end: number): Operand {
  return { ...view, offset: view.offset + begin, shape: [view.shape[0], end - begin] };
}

/** One column of a matrix, as a vector. */
export function column(view: Operand, at: number): Operand {
  return {
    handle: view.handle,
    offset: view.offset + at,
    shape: [view.shape[0]],
    strides: [view.strides[0]],
  };
}
