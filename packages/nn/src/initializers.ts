/**
 * initializers: first values of parameters, as functions of shape and random state.
 *
 * They run on the host once, at the start; only the random numbers come from the device.
 */
import {
  type Device,
  full,
  type RandomState,
  type Shape,
  scope,
  type Tensor,
  tensor,
} from "@carom/tensor";
import { NnError } from "./errors.js";

/** Makes the first values of a parameter of a given shape. */
export type Initializer = (shape: Shape, random: RandomState) => Tensor;

let skipping = false;

/**
 * Builds modules whose parameters are loaded right after: the initializers of this package give zeros meanwhile, and
 * take no time. As torch.nn.utils.skip_init, for everything that `build` makes.
 */
export function skipInit<T>(build: () => T): T {
  const before = skipping;
  skipping = true;
  try {
    return build();
  } finally {
    skipping = before;
  }
}

/** An initializer that `skipInit` can leave out. */
export function skippable(init: Initializer): Initializer {
  return (shape, random) => (skipping ? zerosInit : init)(shape, random);
}

/** All zeros. */
export const zerosInit: Initializer = (shape, random) =>
  full(shape, 0, { device: random.tensor.device });

/** All ones. */
export const onesInit: Initializer = (shape, random) =>
  full(shape, 1, { device: random.tensor.device });

/** All `value`. */
export function constantInit(value: number): Initializer {
  return (shape, random) => full(shape, value, { device: random.tensor.device });
}

/** Normal with this standard deviation and mean. */
export function normalInit(std = 1, mean = 0): Initializer {
  return skippable((shape, random) => scope(() => random.normal(shape).mul(std).add(mean)));
}

/** Uniform in [-bound, bound). */
export function uniformInit(bound: number): Initializer {
  return skippable((shape, random) =>
    scope(() =>
      random
        .uniform(shape)
        .mul(2 * bound)
        .sub(bound),
    ),
  );
}

/**
 * Uniform in +-1/sqrt(inputs), the default of a linear layer in PyTorch. For a bias, whose shape
 * does not tell the number of inputs, give it.
 */
export function fanInInit(inputs?: number): Initializer {
  return (shape, random) =>
    uniformInit(1 / Math.sqrt(inputs ?? shape[shape.length - 1]))(shape, random);
}

/**
 * Orthonormal rows (or columns, if there are fewer), times `gain` (Saxe et al. 2014). Shape
 * `[rows, columns]`; of more dimensions, all but the first count as columns.
 */
export function orthogonalInit(gain = 1): Initializer {
  return skippable((shape, random) => {
    if (shape.length < 2) {
      throw new NnError(
        "INVALID_ARGUMENT",
        "orthogonalInit",
        `needs a matrix (got shape [${shape.join(",")}], expected at least two dimensions)`,
      );
    }
    const rows = shape[0];
    const columns = shape.slice(1).reduce((count, size) => count * size, 1);
    const wide = rows <= columns;
    const [count, length] = wide ? [rows, columns] : [columns, rows];
    const { device } = random.tensor;
    const vectors = orthonormal(normals(random, count * length), count, length, device);
    const values = new Float32Array(rows * columns);
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        values[i * columns + j] = gain * (wide ? vectors[i * length + j] : vectors[j * length + i]);
      }
    }
    return tensor(values, { shape, device });
  });
}

/**
 * Blocks of rows with an initializer each, e.g. the policy's and the value's rows of merged heads:
 * `rowBlocks([4, orthogonalInit(0.01)], [1, orthogonalInit(1)])`.
 */
export function rowBlocks(...blocks: readonly (readonly [number, Initializer])[]): Initializer {
  return (shape, random) => {
    const rows = blocks.reduce((sum, [count]) => sum + count, 0);
    if (rows !== shape[0]) {
      throw new NnError(
        "INVALID_ARGUMENT",
        "rowBlocks",
        `blocks do not fill the shape (got ${rows} rows, expected ${shape[0]})`,
      );
    }
    return scope(() => {
      const out = zerosInit(shape, random);
      let start = 0;
      for (const [count, init] of blocks) {
        const part = init([count, ...shape.slice(1)], random);
        out.slice([start, start + count]).copyFrom(part);
        start += count;
      }
      return out;
    });
  };
}

function normals(random: RandomState, count: number): Float64Array {
  return scope(() => Float64Array.from(random.normal([count]).toTypedArray()));
}

/** From so many products on, rows are made orthogonal block by block on a device that is fast at it. */
const manyProducts = 5e7;
const blockRows = 32;

/** Orthonormal rows out of `count` rows of `length` values, which are overwritten. */
function orthonormal(
  rows: Float64Array,
  count: number,
  length: number,
  device: Device,
): Float64Array {
  const isSmall = count * count * length < manyProducts;
  if (isSmall || device.name === "reference") return orthonormalRows(rows, count, length);
  for (let start = 0; start < count; start += blockRows) {
    const end = Math.min(count, start + blockRows);
    const block = rows.subarray(start * length, end * length);
    if (start > 0) block.set(withoutShare(block, rows.subarray(0, start * length), length, device));
    orthonormalRows(block, end - start, length);
  }
  return rows;
}

/** Rows minus their shares of orthonormal ones, in float32 and taken off twice for accuracy. */
function withoutShare(
  block: Float64Array,
  basis: Float64Array,
  length: number,
  device: Device,
): Float64Array {
  return scope(() => {
    const matrix = (values: Float64Array): Tensor =>
      tensor(Float32Array.from(values), { shape: [values.length / length, length], device });
    const q = matrix(basis); // [K, L]
    let rest = matrix(block); // [B, L]
    for (let pass = 0; pass < 2; pass++) rest = rest.sub(rest.matmul(q.transpose()).matmul(q));
    return Float64Array.from(rest.toTypedArray());
  });
}

/** Gram-Schmidt, twice per row for accuracy; equals Q of a QR decomposition with positive diagonal. */
function orthonormalRows(rows: Float64Array, count: number, length: number): Float64Array {
  for (let i = 0; i < count; i++) {
    const row = rows.subarray(i * length, (i + 1) * length);
    for (let pass = 0; pass < 2; pass++) {
      for (let j = 0; j < i; j++) {
        const other = rows.subarray(j * length, (j + 1) * length);
        const along = dot(row, other);
        for (let k = 0; k < length; k++) row[k] -= along * other[k];
      }
      const norm = Math.sqrt(dot(row, row));
      for (let k = 0; k < length; k++) row[k] /= norm;
    }
  }
  return rows;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
