/**
 * dispatch: what every op shares. Checks on operands, fresh outputs, cached scalars, broadcasting.
 *
 * An op calls the checks it needs, makes its output with `empty`, calls the backend once and hands
 * the result to `record` if a gradient tape is active. Nothing here knows a particular op.
 */
import { activeTape, type GradNode, taped } from "../autograd/tape.js";
import type { View } from "../backend.js";
import { type ConstantTable, type Device, recordingDevice } from "../device.js";
import { type DType, isFloat } from "../dtype.js";
import {
  CaptureError,
  DeviceError,
  DisposedError,
  DtypeError,
  GradientError,
  ShapeError,
} from "../errors.js";
import type { Shape } from "../shape.js";
import { broadcastStrides, denseStrides, elementCount, formatShape, sameShape } from "../shape.js";
import { Storage } from "../storage.js";
import { type Operand, Tensor, viewOf } from "../tensor.js";

/** Cached scalars per device and dtype; the oldest goes first. */
const maxConstants = 256;

/** A new tensor with unspecified contents. */
export function empty(device: Device, dtype: DType, shape: Shape): Tensor {
  return fresh(device, dtype, shape, denseStrides(shape));
}

function fresh(device: Device, dtype: DType, shape: Shape, strides: readonly number[]): Tensor {
  if (recordingDevice !== undefined) checkRecorded(device);
  const count = elementCount(shape);
  const storage = new Storage(device, dtype, count, device.backend.alloc(dtype, count));
  return viewOf(storage, shape, strides, 0);
}

/** Refuses an op on a device that the capture under way does not record. */
function checkRecorded(device: Device): void {
  if (recordingDevice === undefined || recordingDevice === device) return;
  throw new CaptureError(
    "capture",
    `an op ran on another device, which no replay would repeat (got a tensor on "${device.name}", ` +
      `expected all on the captured "${recordingDevice.name}"${
        device.name === recordingDevice.name ? ", two devices of that name are open" : ""
      })`,
  );
}

/**
 * A new tensor `[N, C, H, W]` with unspecified contents that lies in memory as `[N, H, W, C]`
 * (channels-last), which is what the kernels of convolutions read fastest.
 */
export function emptyImages(device: Device, dtype: DType, shape: Shape): Tensor {
  return fresh(device, dtype, shape, channelsLastStrides(shape));
}

/**
 * A new tensor of `shape` with unspecified contents: channels-last where an operand of this shape
 * is, so that what is done to images element by element keeps their layout; dense otherwise.
 */
export function emptyLike(operands: readonly Tensor[], dtype: DType, shape: Shape): Tensor {
  const { device } = operands[0];
  const images = shape.length === 4 && operands.some((x) => x.rank === 4 && isImages(x, shape));
  return images ? emptyImages(device, dtype, shape) : empty(device, dtype, shape);
}

function isImages(x: Tensor, shape: Shape): boolean {
  if (x.isContiguous || !sameShape(x.shape, shape)) return false;
  const strides = channelsLastStrides(shape);
  return strides.every((stride, i) => shape[i] === 1 || x.strides[i] === stride);
}

function channelsLastStrides([, channels, height, width]: Shape): number[] {
  const column = Math.max(1, channels);
  const row = column * Math.max(1, width);
  return [row * Math.max(1, height), 1, row, column];
}

/** A second tensor object over the same elements, outside any tape. */
export function alias(x: Tensor): Tensor {
  return viewOf(x.storage, x.shape, x.strides, x.offset);
}

/** A second tensor object over the same elements, which tapes follow as they follow `x`. */
export function twin(x: Tensor): Tensor {
  const own = alias(x);
  own.node = x.node;
  return own;
}

/** A scalar tensor of a known value. It is shared: never write into it, never dispose it. */
export function constant(device: Device, dtype: DType, value: number): Tensor {
  // A map takes 0 and -0 for the same number, which 1 / x does not.
  const key = Object.is(value, -0) ? "-0" : value;
  const constants = device.constants[dtype];
  const recorded = device.recordedConstants?.[dtype];
  const cached = constants.get(key) ?? recorded?.get(key);
  if (cached !== undefined) return cached;
  const storage = new Storage(device, dtype, 1, device.backend.alloc(dtype, 1));
  storage.constant = value;
  const scalar = new Tensor(storage, [], [], 0);
  device.backend.run("fill", [], [scalar], { value });
  // While recording, memory belongs to the recording, and such a scalar must not outlive it.
  if (recorded !== undefined) recorded.set(key, scalar);
  else {
    if (constants.size >= maxConstants) evictOldest(constants);
    constants.set(key, scalar);
  }
  return scalar;
}

function evictOldest(constants: ConstantTable[DType]): void {
  for (const [key, scalar] of constants) {
    constants.delete(key);
    scalar.storage.release();
    return;
  }
}

/** Whether every element is known to be 1, as at the root of a backward pass. */
export function isOne(x: Tensor): boolean {
  return x.storage.constant === 1;
}

/** `factor` times an incoming gradient; free of cost where that gradient is the constant 1. */
export function scaled(dy: Tensor, factor: Tensor, mul: (a: Tensor, b: Tensor) => Tensor): Tensor {
  return isOne(dy) ? factor : mul(dy, factor);
}

/** What a number may be beside a tensor of whole numbers. */
const integerRanges: { readonly [K in DType]?: readonly [number, number] } = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint8: [0, 255],
  bool: [0, 1],
};

/** An operand as a tensor; a number takes device and dtype from `other`. */
export function toTensor(op: string, x: Operand, other: Operand): Tensor {
  if (typeof x !== "number") return checkAlive(op, x);
  if (typeof other === "number") {
    throw new DtypeError(op, "needs at least one tensor (got two numbers, expected a tensor)");
  }
  if (!isFloat(other.dtype) && !Number.isInteger(x)) {
    throw new DtypeError(
      op,
      `a fraction does not fit the dtype (got ${x}, expected an integer for ${other.dtype})`,
    );
  }
  const range = integerRanges[other.dtype];
  if (range !== undefined && (x < range[0] || x > range[1])) {
    throw new DtypeError(
      op,
      `a number does not fit the dtype (got ${x}, expected ${range[0]}..${range[1]} for ` +
        `${other.dtype}; cast the tensor)`,
    );
  }
  return constant(other.device, other.dtype, x);
}

/** `x` as a view of the larger shape; `x` itself where nothing repeats. */
export function broadcastTo(op: string, x: Tensor, shape: Shape): View {
  if (sameShape(x.shape, shape)) return x;
  return {
    handle: x.handle,
    dtype: x.dtype,
    offset: x.offset,
    shape,
    strides: broadcastStrides(op, x.shape, x.strides, shape),
  };
}

/** Refuses a disposed tensor. Returns it otherwise. */
export function checkAlive(op: string, x: Tensor): Tensor {
  if (x.disposed) {
    throw new DisposedError(
      op,
      `the tensor ${formatShape(x.shape)} is disposed (its scope ended, or dispose() was called)`,
    );
  }
  return x;
}

/** Refuses tensors of two devices. */
export function checkSameDevice(op: string, a: Tensor, b: Tensor): void {
  if (a.device !== b.device) {
    throw new DeviceError(
      op,
      `tensors are on two devices (got ${a.device.name} and ${b.device.name}, expected one)`,
      "DEVICE_MISMATCH",
    );
  }
}

/** Refuses tensors of two dtypes. */
export function checkSameDtype(op: string, a: Tensor, b: Tensor): void {
  if (a.dtype !== b.dtype) {
    throw new DtypeError(
      op,
      `dtypes differ (got ${a.dtype} and ${b.dtype}, expected equal dtypes; cast one of them)`,
    );
  }
}

/** Refuses anything but float32 and float64. */
export function checkFloat(op: string, x: Tensor, name = "x"): void {
  if (!isFloat(x.dtype)) {
    throw new DtypeError(op, `${name} has the wrong dtype (got ${x.dtype}, expected float32)`);
  }
}

/** Refuses anything but float32, float64 and int32. */
export function checkNumeric(op: string, x: Tensor): void {
  if (!isFloat(x.dtype) && x.dtype !== "int32") {
    throw new DtypeError(op, `wrong dtype (got ${x.dtype}, expected float32 or int32; cast it)`);
  }
}

/** Refuses anything but one given dtype. */
export function checkDtype(op: string, x: Tensor, dtype: DType, name: string): void {
  if (x.dtype !== dtype) {
    throw new DtypeError(op, `${name} has the wrong dtype (got ${x.dtype}, expected ${dtype})`);
  }
}

/** Refuses another shape; `expected` also names it in the message. */
export function checkShapeIs(op: string, x: Tensor, expected: Shape, name: string): void {
  if (!sameShape(x.shape, expected)) {
    throw new ShapeError(
      op,
      `${name} has the wrong shape (got ${formatShape(x.shape)}, expected ${formatShape(expected)})`,
    );
  }
}

/** Refuses another rank. */
export function checkRank(op: string, x: Tensor, rank: number, name: string): void {
  if (x.rank !== rank) {
    throw new ShapeError(
      op,
      `${name} has the wrong rank (got shape ${formatShape(x.shape)}, expected rank ${rank})`,
    );
  }
}

/** Refuses a tensor whose elements do not lie densely in row-major order. */
export function checkDense(op: string, x: Tensor, name: string): void {
  if (!x.isContiguous) {
    throw new ShapeError(op, `${name} must be dense (got strides ${formatShape(x.strides)})`);
  }
}

/** Refuses a tensor that cannot be overwritten: disposed, expanded, or followed by the tape. */
export function checkWritable(op: string, x: Tensor): void {
  checkAlive(op, x);
  checkRecorded(x.device);
  for (let i = 0; i < x.shape.length; i++) {
    if (x.strides[i] === 0 && x.shape[i] > 1) {
      throw new ShapeError(op, "cannot write into an expanded view, its elements share memory");
    }
  }
  if (taped(x)) {
    throw new GradientError(
      op,
      "cannot overwrite a value that the gradient tape follows (use detach() or noGrad)",
    );
  }
}

/**
 * Whether the gradient that a rule computes from `dy` will be differentiated itself, by a tape around
 * the one that is walked back. A rule then has to compute it by ops that a tape can follow.
 */
export function differentiatedAgain(dy: Tensor, node: Pick<GradNode, "outer">): boolean {
  return activeTape() !== undefined && (node.outer !== undefined || taped(dy));
}

/**
 * For gradient rules that run a kernel directly: what such a kernel computes is on no tape, so it
 * must not run where a second derivative is asked for. `inputs`: what the gradient depends on, or
 * `dy` and the node, which stands for all inputs of the op.
 */
export function firstOrderOnly(
  op: string,
  ...inputs: readonly (Tensor | Pick<GradNode, "outer">)[]
): void {
  if (activeTape() === undefined) return;
  if (inputs.some((x) => (x instanceof Tensor ? taped(x) : x.outer !== undefined))) {
    throw new GradientError(op, "has no second derivative; differentiate it once only");
  }
}
