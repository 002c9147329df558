/**
 * host: moving elements between a device and JavaScript's memory.
 *
 * These copies are the points at which a program waits for the device; none may happen inside a
 * `capture`.
 */
import { arrayFor, carries, dtypeOf, type TypedArray } from "./dtype.js";
import { CaptureError, DtypeError, ShapeError } from "./errors.js";
import { copyInto } from "./ops/copy.js";
import { checkAlive, checkWritable, empty } from "./ops/dispatch.js";
import { denseStrides, formatShape } from "./shape.js";
import type { Tensor } from "./tensor.js";

/** Numbers nested in arrays to any depth. */
export type NestedNumbers = number | NestedNumbers[];

const scratch = {
  float32: new Float32Array(1),
  float64: new Float64Array(1),
  int32: new Int32Array(1),
  uint8: new Uint8Array(1),
  bool: new Uint8Array(1),
};

export function readItem(x: Tensor): number {
  if (x.size !== 1) {
    throw new ShapeError(
      "item",
      `needs exactly one element (got shape ${formatShape(x.shape)}, expected [])`,
    );
  }
  checkReadable("item", x);
  const target = scratch[x.dtype];
  x.device.backend.read(x.handle, x.offset, target);
  return target[0];
}

export function readAll(x: Tensor): TypedArray {
  const target = arrayFor(x.dtype, x.size);
  readInto(x, target);
  return target;
}

export function readInto(x: Tensor, target: TypedArray): void {
  checkReadable("read", x);
  checkFits("read", x, target);
  if (x.size === 0) return;
  if (x.isContiguous) {
    x.device.backend.read(x.handle, x.offset, target);
    return;
  }
  const dense = empty(x.device, x.dtype, x.shape);
  x.device.backend.run("copy", [x], [dense], {});
  x.device.backend.read(dense.handle, 0, target);
  dense.dispose();
}

export function writeAll(x: Tensor, source: TypedArray): void {
  if (x.device.recording) {
    throw new CaptureError("write", "cannot write host data inside capture; write before replay");
  }
  checkWritable("write", x);
  checkFits("write", x, source);
  if (x.size === 0) return;
  if (x.isContiguous) {
    x.device.backend.write(x.handle, x.offset, source);
    x.storage.version++;
    return;
  }
  const dense = empty(x.device, x.dtype, x.shape);
  x.device.backend.write(dense.handle, 0, source);
  copyInto(x, dense);
  dense.dispose();
}

export function readNested(x: Tensor): NestedNumbers {
  return nest(readAll(x), x.shape, denseStrides(x.shape), 0, 0);
}

function nest(
  data: TypedArray,
  shape: readonly number[],
  strides: readonly number[],
  axis: number,
  at: number,
): NestedNumbers {
  if (axis === shape.length) return data[at];
  return Array.from({ length: shape[axis] }, (_, i) =>
    nest(data, shape, strides, axis + 1, at + i * strides[axis]),
  );
}

function checkReadable(op: string, x: Tensor): void {
  if (x.device.recording) {
    throw new CaptureError(op, "cannot read a value while recording; read it after replay");
  }
  checkAlive(op, x);
}

function checkFits(op: string, x: Tensor, array: TypedArray): void {
  if (!carries(array, x.dtype)) {
    throw new DtypeError(op, `wrong array type (got ${dtypeOf(array)}, expected ${x.dtype})`);
  }
  if (array.length !== x.size) {
    throw new ShapeError(
      op,
      `wrong array length (got ${array.length}, expected ${x.size} for ${formatShape(x.shape)})`,
    );
  }
}
