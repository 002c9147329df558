/**
 * creation: tensors out of numbers, typed arrays and shared memory.
 */
import { type Device, defaultDevice } from "./device.js";
import {
  arrayFor,
  carries,
  type DType,
  dtypeOf,
  isFloat,
  isTypedArray,
  type TypedArray,
} from "./dtype.js";
import { CaptureError, DeviceError, DisposedError, DtypeError, ShapeError } from "./errors.js";
import type { NestedNumbers } from "./host.js";
import { scope } from "./lifetime.js";
import { empty } from "./ops/dispatch.js";
import { checkShape, denseStrides, elementCount, formatShape, type Shape } from "./shape.js";
import { Storage } from "./storage.js";
import { type Tensor, viewOf } from "./tensor.js";

/** Where a new tensor goes and what it holds. */
export interface CreationOptions {
  /** Default: the default device. */
  device?: Device;
  /** Default float32, or the dtype of the typed array that is given. */
  dtype?: DType;
}

/** Options of {@link tensor}. */
export interface TensorOptions extends CreationOptions {
  /** Default: the nesting of arrays; one dimension for typed arrays. */
  shape?: Shape;
}

/** A tensor with the given values, which are copied. */
export function tensor(data: NestedNumbers | TypedArray, options: TensorOptions = {}): Tensor {
  const device = usable("tensor", options.device);
  if (device.recording) {
    throw new CaptureError(
      "tensor",
      "cannot copy host data inside capture; create the tensor before, or use full()",
    );
  }
  const { values, shape: natural } = isTypedArray(data)
    ? { values: data, shape: [data.length] }
    : flattenNested(data);
  const dtype = options.dtype ?? (isTypedArray(data) ? dtypeOf(data) : "float32");
  const shape = options.shape ?? natural;
  checkShape("tensor", shape);
  if (elementCount(shape) !== values.length) {
    throw new ShapeError(
      "tensor",
      `data does not fit the shape (got ${values.length} values, expected ` +
        `${elementCount(shape)} for ${formatShape(shape)})`,
    );
  }
  const out = empty(device, dtype, [...shape]);
  if (values.length > 0) device.backend.write(out.handle, 0, converted(values, dtype));
  return out;
}

/** A tensor of zeros. */
export function zeros(shape: Shape, options: CreationOptions = {}): Tensor {
  return full(shape, 0, options);
}

/** A tensor of ones. */
export function ones(shape: Shape, options: CreationOptions = {}): Tensor {
  return full(shape, 1, options);
}

/** A tensor with every element `value`. */
export function full(shape: Shape, value: number, options: CreationOptions = {}): Tensor {
  const device = usable("full", options.device);
  checkShape("full", shape);
  const out = empty(device, options.dtype ?? "float32", [...shape]);
  device.backend.run("fill", [], [out], { value });
  return out;
}

/** The numbers `start, start + step, ...` below `stop`; `arange(stop)` starts at 0. One dimension. */
export function arange(start: number, stop?: number, step = 1, options?: CreationOptions): Tensor {
  const [first, end] = stop === undefined ? [0, start] : [start, stop];
  const count = Math.ceil((end - first) / step);
  if (step === 0 || !Number.isFinite(count)) {
    throw new ShapeError("arange", `no such range (got ${first}..${end} by ${step})`);
  }
  const length = Math.max(0, count);
  const device = usable("arange", options?.device);
  if (device.recording) return countedRange(first, step, length, { ...options, device });
  const values = Float64Array.from({ length }, (_, i) => first + i * step);
  return tensor(values, { dtype: "float32", ...options });
}

/** The same made by ops, for recordings: ones summed up. */
function countedRange(
  first: number,
  step: number,
  length: number,
  { device, dtype = "float32" }: CreationOptions,
): Tensor {
  const counting = { ...(device && { device }), dtype: isFloat(dtype) ? dtype : "int32" } as const;
  return scope(() => {
    const places = full([length], 1, counting).cumsum(0).sub(1);
    const values = places.mul(step).add(first);
    return values.dtype === dtype ? values : values.cast(dtype);
  });
}

/**
 * A tensor over memory that JavaScript keeps: what is written into `view` is seen by the next op.
 * `view` must lie over a SharedArrayBuffer, whose memory can never move.
 */
export function fromShared(
  view: TypedArray,
  shape: Shape = [view.length],
  options: CreationOptions = {},
): Tensor {
  const device = usable("fromShared", options.device);
  const dtype = options.dtype ?? dtypeOf(view);
  checkShape("fromShared", shape);
  if (typeof SharedArrayBuffer === "undefined" || !(view.buffer instanceof SharedArrayBuffer)) {
    throw new DeviceError("fromShared", "the array must lie over a SharedArrayBuffer");
  }
  if (dtype === "bool") {
    throw new DtypeError("fromShared", "bool memory cannot be shared (got bool, expected uint8)");
  }
  if (!carries(view, dtype)) {
    throw new DtypeError(
      "fromShared",
      `wrong array type (got ${dtypeOf(view)}, expected ${dtype})`,
    );
  }
  if (view.length !== elementCount(shape)) {
    throw new ShapeError(
      "fromShared",
      `the array does not fit the shape (got ${view.length} elements, expected ` +
        `${elementCount(shape)} for ${formatShape(shape)})`,
    );
  }
  const storage = new Storage(device, dtype, view.length, device.backend.adopt(view));
  return viewOf(storage, [...shape], denseStrides(shape), 0);
}

function usable(op: string, device: Device = defaultDevice()): Device {
  if (device.disposed) throw new DisposedError(op, `the device "${device.name}" is disposed`);
  return device;
}

function flattenNested(data: NestedNumbers): { values: number[]; shape: number[] } {
  const shape: number[] = [];
  for (let level = data; Array.isArray(level); level = level[0]) {
    shape.push(level.length);
    if (level.length === 0) break;
  }
  const values: number[] = [];
  gather(data, shape, 0, values);
  return { values, shape };
}

function gather(data: NestedNumbers, shape: Shape, axis: number, values: number[]): void {
  const size = axis < shape.length ? shape[axis] : undefined;
  if (size === undefined ? Array.isArray(data) : !Array.isArray(data) || data.length !== size) {
    const got = Array.isArray(data) ? `${data.length} entries` : "a number";
    throw new ShapeError(
      "tensor",
      `nested arrays are ragged (got ${got}, expected ${size ?? "a number"} at depth ${axis})`,
    );
  }
  if (Array.isArray(data)) for (const item of data) gather(item, shape, axis + 1, values);
  else values.push(data);
}

function converted(values: ArrayLike<number>, dtype: DType): TypedArray {
  if (isTypedArray(values) && dtypeOf(values) === dtype) return values;
  const out = arrayFor(dtype, values.length);
  for (let i = 0; i < values.length; i++) {
    out[i] = dtype === "bool" ? Number(values[i] !== 0) : values[i];
  }
  return out;
}
