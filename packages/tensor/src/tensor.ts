/**
 * tensor: the class that users hold.
 *
 * A tensor is a strided view of a storage. The methods only name ops of `ops/`; each op's shapes,
 * gradient and errors are documented in its own file. Lifetime is explicit, see `lifetime.ts`.
 *
 * carom-lint: a table (of methods, one line each), so it may be longer than other files.
 */
import type { GradNode } from "./autograd/tape.js";
import type { View } from "./backend.js";
import type { Device } from "./device.js";
import type { DType, TypedArray } from "./dtype.js";
import { formatTensor } from "./format.js";
import { type NestedNumbers, readAll, readInto, readItem, readNested, writeAll } from "./host.js";
import { adoptTensor, forgetTensor, type Scope } from "./lifetime.js";
import * as activation from "./ops/activation.js";
import { argmax, argmin } from "./ops/argmax.js";
import * as binary from "./ops/binary.js";
import { clamp } from "./ops/clamp.js";
import * as compare from "./ops/compare.js";
import { cast, clone, contiguous, copyInto, detach, fillWith } from "./ops/copy.js";
import { cumsum } from "./ops/cumsum.js";
import { type DiagonalOptions, diagonal, trace } from "./ops/diagonal.js";
import { expand } from "./ops/expand.js";
import { flip } from "./ops/flip.js";
import { gather, scatterAdd, takeAlongAxis } from "./ops/gather.js";
import { indexSelect } from "./ops/indexSelect.js";
import { logSoftmax } from "./ops/logSoftmax.js";
import { logSumExp } from "./ops/logSumExp.js";
import { maskedFill } from "./ops/masked.js";
import { matmul } from "./ops/matmul.js";
import { type NormOptions, norm } from "./ops/norm.js";
import { type Padding, type PadOptions, pad } from "./ops/pad.js";
import { permute, transpose } from "./ops/permute.js";
import * as reduce from "./ops/reduce.js";
import { repeat, repeatInterleave } from "./ops/repeat.js";
import { flatten, reshape } from "./ops/reshape.js";
import { roll } from "./ops/roll.js";
import { type SliceRange, slice } from "./ops/slice.js";
import { softmax } from "./ops/softmax.js";
import {
  argsort,
  type SortOptions,
  type SortResult,
  sort,
  type TopkOptions,
  topk,
} from "./ops/sort.js";
import { chunk, split } from "./ops/split.js";
import { squeeze, unsqueeze } from "./ops/squeeze.js";
import { takeAlongLast } from "./ops/takeAlongLast.js";
import { tril, triu } from "./ops/triangle.js";
import * as unary from "./ops/unary.js";
import { std, type VarianceOptions, variance } from "./ops/variance.js";
import { where } from "./ops/where.js";
import { elementCount, isDense, type Shape } from "./shape.js";
import type { Storage } from "./storage.js";

/** The other operand of a binary op: a tensor, or a number of the same dtype. */
export type Operand = Tensor | number;

/** Axes to reduce: one, several, or all when left out. */
export type Axes = number | readonly number[];

/** Options of reductions. */
export interface ReduceOptions {
  /** Keep reduced dimensions with size 1. Default false. */
  keepdims?: boolean;
}

/** A strided, typed array on a device. Make one with `tensor`, `zeros`, ...; ops return new ones. */
export class Tensor implements View {
  /** Sizes of the dimensions; `[]` is a scalar. */
  readonly shape: Shape;
  /** Elements between neighbours of each dimension. */
  readonly strides: readonly number[];
  /** First element within the storage. */
  readonly offset: number;
  /** Type of the elements. */
  readonly dtype: DType;
  /** Where the elements live. */
  readonly device: Device;
  /** Number of elements. */
  readonly size: number;
  /** @internal */
  readonly handle: number;
  /** @internal */
  readonly storage: Storage;
  /** Place on the gradient tape, if any. @internal */
  node: GradNode | undefined = undefined;
  /** The scope that will free it, if any. @internal */
  scope: Scope | undefined = undefined;
  #disposed = false;
  #dense: boolean | undefined = undefined;

  /** Use the creation functions instead. @internal */
  constructor(storage: Storage, shape: Shape, strides: readonly number[], offset: number) {
    this.storage = storage;
    this.handle = storage.handle;
    this.device = storage.device;
    this.dtype = storage.dtype;
    this.shape = shape;
    this.strides = strides;
    this.offset = offset;
    this.size = elementCount(shape);
    storage.references++;
  }

  /** Number of dimensions. */
  get rank(): number {
    return this.shape.length;
  }

  /** Whether {@link dispose} was called. */
  get disposed(): boolean {
    return this.#disposed;
  }

  /** Whether the elements lie in row-major order without gaps. */
  get isContiguous(): boolean {
    this.#dense ??= isDense(this.shape, this.strides);
    return this.#dense;
  }

  /** Frees the tensor; its memory goes with the last view of it. Idempotent. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.device.live--;
    if (this.scope === undefined) forgetTensor(this);
    this.storage.release();
  }

  /** What `using` calls: dispose. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  // --- between the device and JavaScript ---

  /** The value of a tensor with exactly one element. */
  item(): number {
    return readItem(this);
  }

  /** Nested arrays of numbers (a number for rank 0); `bool` reads as 0 and 1. */
  toArray(): NestedNumbers {
    return readNested(this);
  }

  /** A fresh typed array with the elements in row-major order. */
  toTypedArray(): TypedArray {
    return readAll(this);
  }

  /** Copies the elements in row-major order into `target`, which must fit exactly. */
  read(target: TypedArray): void {
    readInto(this, target);
  }

  /** Overwrites the elements, in row-major order, from `source`, which must fit exactly. */
  write(source: TypedArray): void {
    writeAll(this, source);
  }

  /** Overwrites the elements with those of `source`, of the same shape. Returns this tensor. */
  copyFrom(source: Tensor): this {
    copyInto(this, source);
    return this;
  }

  /** Overwrites every element with `value`. Returns this tensor. */
  fill(value: number): this {
    fillWith(this, value);
    return this;
  }

  /** Dtype, shape, device and values in columns, for reading; beyond 1000 elements the edges only. */
  toString(): string {
    return formatTensor(this);
  }

  // --- elementwise ---

  /** this + other. */
  add(other: Operand): Tensor {
    return binary.add(this, other);
  }
  /** this - other. */
  sub(other: Operand): Tensor {
    return binary.sub(this, other);
  }
  /** this * other. */
  mul(other: Operand): Tensor {
    return binary.mul(this, other);
  }
  /** this / other. */
  div(other: Operand): Tensor {
    return binary.div(this, other);
  }
  /** this to the power of exponent. */
  pow(exponent: Operand): Tensor {
    return binary.pow(this, exponent);
  }
  /** The smaller of the two, elementwise. */
  minimum(other: Operand): Tensor {
    return binary.minimum(this, other);
  }
  /** The larger of the two, elementwise. */
  maximum(other: Operand): Tensor {
    return binary.maximum(this, other);
  }
  /** What division by other leaves, with other's sign. */
  mod(other: Operand): Tensor {
    return binary.mod(this, other);
  }
  /** The quotient by other rounded down. */
  floorDivide(other: Operand): Tensor {
    return binary.floorDivide(this, other);
  }
  /** Values limited to [low, high]. */
  clamp(low: Operand, high: Operand): Tensor {
    return clamp(this, low, high);
  }
  /** -this. */
  neg(): Tensor {
    return unary.neg(this);
  }
  /** |this|. */
  abs(): Tensor {
    return unary.abs(this);
  }
  /** e to the power of this. */
  exp(): Tensor {
    return unary.exp(this);
  }
  /** Natural logarithm. */
  log(): Tensor {
    return unary.log(this);
  }
  /** Square root. */
  sqrt(): Tensor {
    return unary.sqrt(this);
  }
  /** Hyperbolic tangent. */
  tanh(): Tensor {
    return unary.tanh(this);
  }
  /** 1 / (1 + e^-this). */
  sigmoid(): Tensor {
    return unary.sigmoid(this);
  }
  /** max(this, 0). */
  relu(): Tensor {
    return unary.relu(this);
  }
  /** -1, 0 or 1. */
  sign(): Tensor {
    return unary.sign(this);
  }
  /** this * this. */
  square(): Tensor {
    return unary.square(this);
  }
  /** 1 / this. */
  reciprocal(): Tensor {
    return unary.reciprocal(this);
  }
  /** The largest integer not above each element. */
  floor(): Tensor {
    return unary.floor(this);
  }
  /** The smallest integer not below each element. */
  ceil(): Tensor {
    return unary.ceil(this);
  }
  /** The nearest integers, halves to the even neighbour. */
  round(): Tensor {
    return unary.round(this);
  }
  /** log(1 + this). */
  log1p(): Tensor {
    return unary.log1p(this);
  }
  /** e to the power of this, minus 1. */
  expm1(): Tensor {
    return unary.expm1(this);
  }
  /** 1 / square root. */
  rsqrt(): Tensor {
    return unary.rsqrt(this);
  }
  /** Sine. */
  sin(): Tensor {
    return unary.sin(this);
  }
  /** Cosine. */
  cos(): Tensor {
    return unary.cos(this);
  }
  /** Error function. */
  erf(): Tensor {
    return unary.erf(this);
  }
  /** this where positive, slope * this elsewhere. */
  leakyRelu(slope?: number): Tensor {
    return activation.leakyRelu(this, slope);
  }
  /** this where positive, alpha * (e^this - 1) elsewhere. */
  elu(alpha?: number): Tensor {
    return activation.elu(this, alpha);
  }
  /** this times the normal distribution's cumulative probability of it. */
  gelu(options?: activation.GeluOptions): Tensor {
    return activation.gelu(this, options);
  }
  /** this * sigmoid(this). */
  silu(): Tensor {
    return activation.silu(this);
  }
  /** log(1 + e^this). */
  softplus(options?: activation.SoftplusOptions): Tensor {
    return activation.softplus(this, options);
  }
  /** Whether each element is NaN; bool. */
  isNaN(): Tensor {
    return unary.notANumber(this);
  }
  /** Whether each element is neither infinite nor NaN; bool. */
  isFinite(): Tensor {
    return unary.finite(this);
  }
  /** Whether each element (bool) is false. */
  logicalNot(): Tensor {
    return unary.logicalNot(this);
  }
  /** Whether this and other (bool) are both true. */
  logicalAnd(other: Operand): Tensor {
    return compare.logicalAnd(this, other);
  }
  /** Whether this or other (bool) is true. */
  logicalOr(other: Operand): Tensor {
    return compare.logicalOr(this, other);
  }
  /** Whether exactly one of this and other (bool) is true. */
  logicalXor(other: Operand): Tensor {
    return compare.logicalXor(this, other);
  }
  /** this == other, elementwise; bool. */
  equal(other: Operand): Tensor {
    return compare.equal(this, other);
  }
  /** this != other, elementwise; bool. */
  notEqual(other: Operand): Tensor {
    return compare.notEqual(this, other);
  }
  /** this < other, elementwise; bool. */
  less(other: Operand): Tensor {
    return compare.less(this, other);
  }
  /** this <= other, elementwise; bool. */
  lessEqual(other: Operand): Tensor {
    return compare.lessEqual(this, other);
  }
  /** this > other, elementwise; bool. */
  greater(other: Operand): Tensor {
    return compare.greater(this, other);
  }
  /** this >= other, elementwise; bool. */
  greaterEqual(other: Operand): Tensor {
    return compare.greaterEqual(this, other);
  }
  /** This tensor where `condition` holds, `other` elsewhere. */
  where(condition: Tensor, other: Operand): Tensor {
    return where(condition, this, other);
  }

  // --- reductions ---

  /** Sum over axes (default: all). */
  sum(axes?: Axes, options?: ReduceOptions): Tensor {
    return reduce.sum(this, axes, options);
  }
  /** Mean over axes (default: all). */
  mean(axes?: Axes, options?: ReduceOptions): Tensor {
    return reduce.mean(this, axes, options);
  }
  /** Largest value over axes (default: all). */
  max(axes?: Axes, options?: ReduceOptions): Tensor {
    return reduce.max(this, axes, options);
  }
  /** Smallest value over axes (default: all). */
  min(axes?: Axes, options?: ReduceOptions): Tensor {
    return reduce.min(this, axes, options);
  }
  /** Product over axes (default: all). */
  prod(axes?: Axes, options?: ReduceOptions): Tensor {
    return reduce.prod(this, axes, options);
  }
  /** Whether any element (bool) over axes (default: all) is true. */
  any(axes?: Axes, options?: ReduceOptions): Tensor {
    return reduce.any(this, axes, options);
  }
  /** Whether every element (bool) over axes (default: all) is true. */
  all(axes?: Axes, options?: ReduceOptions): Tensor {
    return reduce.all(this, axes, options);
  }
  /** log(sum(e^this)) over axes (default: all). */
  logSumExp(axes?: Axes, options?: ReduceOptions): Tensor {
    return logSumExp(this, axes, options);
  }
  /** The 1-, 2- or infinity-norm over axes (default: all). */
  norm(axes?: Axes, options?: NormOptions): Tensor {
    return norm(this, axes, options);
  }
  /** Running sums along axis (default: the last). */
  cumsum(axis?: number): Tensor {
    return cumsum(this, axis);
  }
  /** Elements in order along axis (default: the last), and their positions. */
  sort(axis?: number, options?: SortOptions): SortResult {
    return sort(this, axis, options);
  }
  /** Positions that sort along axis (default: the last), int32. */
  argsort(axis?: number, options?: SortOptions): Tensor {
    return argsort(this, axis, options);
  }
  /** The k largest (or smallest) elements along axis in order, and their positions. */
  topk(k: number, axis?: number, options?: TopkOptions): SortResult {
    return topk(this, k, axis, options);
  }
  /** Position of the smallest value over axes (default: all), int32. */
  argmin(axes?: Axes, options?: ReduceOptions): Tensor {
    return argmin(this, axes, options);
  }
  /** Position of the largest value over axes (default: all), int32. */
  argmax(axes?: Axes, options?: ReduceOptions): Tensor {
    return argmax(this, axes, options);
  }
  /** Variance over axes (default: all), unbiased unless told otherwise. */
  variance(axes?: Axes, options?: VarianceOptions): Tensor {
    return variance(this, axes, options);
  }
  /** Standard deviation over axes (default: all). */
  std(axes?: Axes, options?: VarianceOptions): Tensor {
    return std(this, axes, options);
  }

  // --- views (they share this tensor's storage) and copies ---

  /** The same elements under another shape; one size may be -1. A view where possible. */
  reshape(shape: Shape): Tensor {
    return reshape(this, shape);
  }
  /** Dimensions `start` to `end`, both included (by default all), as one. */
  flatten(start = 0, end = -1): Tensor {
    return flatten(this, start, end);
  }
  /** Dimensions in another order. A view. */
  permute(axes: readonly number[]): Tensor {
    return permute(this, axes);
  }
  /** Two dimensions swapped, by default the last two. A view. */
  transpose(first?: number, second?: number): Tensor {
    return transpose(this, first, second);
  }
  /** Broadcast to a shape. A view that cannot be written to. */
  expand(shape: Shape): Tensor {
    return expand(this, shape);
  }
  /** A part: one range per leading dimension, see `SliceRange`. A view. */
  slice(...ranges: readonly SliceRange[]): Tensor {
    return slice(this, ...ranges);
  }
  /** Reversed along axes (default: all). A view. */
  flip(axes?: Axes): Tensor {
    return flip(this, axes);
  }
  /** Parts along axis (default 0) of one size or of given sizes. Views. */
  split(sizes: number | readonly number[], axis?: number): Tensor[] {
    return split(this, sizes, axis);
  }
  /** At most count parts of one size along axis (default 0). Views. */
  chunk(count: number, axis?: number): Tensor[] {
    return chunk(this, count, axis);
  }
  /** A border of one value (default 0), one [before, after] per dimension. */
  pad(padding: readonly Padding[], options?: PadOptions): Tensor {
    return pad(this, padding, options);
  }
  /** This tensor counts[i] times along dimension i. */
  repeat(counts: readonly number[]): Tensor {
    return repeat(this, counts);
  }
  /** Each slice along axis count times in a row; without axis, each element. */
  repeatInterleave(count: number, axis?: number): Tensor {
    return repeatInterleave(this, count, axis);
  }
  /** Elements moved along axes, round the end; without axes, as if flat. */
  roll(shifts: Axes, axes?: Axes): Tensor {
    return roll(this, shifts, axes);
  }
  /** Lower triangle of the last two dimensions; zeros above the diagonal. */
  tril(diagonal?: number): Tensor {
    return tril(this, diagonal);
  }
  /** Upper triangle of the last two dimensions; zeros below the diagonal. */
  triu(diagonal?: number): Tensor {
    return triu(this, diagonal);
  }
  /** A diagonal of the last two dimensions, or of two others. A view. */
  diagonal(options?: DiagonalOptions): Tensor {
    return diagonal(this, options);
  }
  /** Sum of the main diagonal of the last two dimensions. */
  trace(): Tensor {
    return trace(this);
  }
  /** Without dimensions of size 1. A view. */
  squeeze(axes?: Axes): Tensor {
    return squeeze(this, axes);
  }
  /** With a dimension of size 1 inserted before axis. A view. */
  unsqueeze(axis: number): Tensor {
    return unsqueeze(this, axis);
  }
  /** The elements as another dtype, in fresh memory. */
  cast(dtype: DType): Tensor {
    return cast(this, dtype);
  }
  /** This tensor if it is dense, a clone otherwise. */
  contiguous(): Tensor {
    return contiguous(this);
  }
  /** The elements in fresh, dense memory. */
  clone(): Tensor {
    return clone(this);
  }
  /** A view that the gradient tape does not follow. */
  detach(): Tensor {
    return detach(this);
  }

  // --- products, distributions, indexing ---

  /** Matrix product. */
  matmul(other: Tensor): Tensor {
    return matmul(this, other);
  }
  /** Softmax along axis (default: the last). */
  softmax(axis?: number): Tensor {
    return softmax(this, axis);
  }
  /** Log-softmax along axis (default: the last). */
  logSoftmax(axis?: number): Tensor {
    return logSoftmax(this, axis);
  }
  /** Slices chosen by index (int32) along axis (default 0). */
  indexSelect(index: Tensor, axis?: number): Tensor {
    return indexSelect(this, index, axis);
  }
  /** Elements chosen along axis by an index (int32) of this rank; see `gather`. */
  gather(index: Tensor, axis: number): Tensor {
    return gather(this, index, axis);
  }
  /** As `gather`, where this tensor and index broadcast outside of the axis. */
  takeAlongAxis(index: Tensor, axis: number): Tensor {
    return takeAlongAxis(this, index, axis);
  }
  /** A new tensor: this one with source added where index (int32) points along axis. */
  scatterAdd(index: Tensor, source: Tensor, axis: number): Tensor {
    return scatterAdd(this, index, source, axis);
  }
  /** Value wherever mask (bool) holds, these elements elsewhere. */
  maskedFill(mask: Tensor, value: number): Tensor {
    return maskedFill(this, mask, value);
  }
  /** One entry of each row, chosen by index (int32). */
  takeAlongLast(index: Tensor): Tensor {
    return takeAlongLast(this, index);
  }
}

// What console.log shows in Node.
Object.defineProperty(Tensor.prototype, Symbol.for("nodejs.util.inspect.custom"), {
  value(this: Tensor) {
    return formatTensor(this);
  },
});

/** A new tensor over a storage, counted and under the current scope. @internal */
export function viewOf(
  storage: Storage,
  shape: Shape,
  strides: readonly number[],
  offset: number,
): Tensor {
  const tensor = new Tensor(storage, shape, strides, offset);
  tensor.scope = adoptTensor(tensor);
  storage.device.live++;
  return tensor;
}
