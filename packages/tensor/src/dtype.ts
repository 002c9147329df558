/**
 * dtype: element types and the typed arrays that carry them.
 *
 * `bool` is one byte per element holding 0 or 1. The numeric codes are the ones of the native core.
 */

/** Element type of a tensor. */
export type DType = "float32" | "float64" | "int32" | "uint8" | "bool";

/** A typed array that can carry some dtype. */
export type TypedArray = Float32Array | Float64Array | Int32Array | Uint8Array;

/** Element types that can carry gradients. */
export type FloatDType = "float32" | "float64";

/** Code of each dtype at the native boundary. */
export const dtypeCode: { readonly [K in DType]: number } = {
  float32: 0,
  float64: 1,
  int32: 2,
  uint8: 3,
  bool: 4,
};

/** Bytes per element. */
export const dtypeBytes: { readonly [K in DType]: number } = {
  float32: 4,
  float64: 8,
  int32: 4,
  uint8: 1,
  bool: 1,
};

/** A zero-filled typed array for `count` elements of `dtype`. */
export function arrayFor(dtype: DType, count: number): TypedArray {
  switch (dtype) {
    case "float32":
      return new Float32Array(count);
    case "float64":
      return new Float64Array(count);
    case "int32":
      return new Int32Array(count);
    case "uint8":
    case "bool":
      return new Uint8Array(count);
    default:
      return dtype satisfies never;
  }
}

/** The dtype that a typed array carries by itself (`uint8` for bytes, never `bool`). */
export function dtypeOf(array: TypedArray): DType {
  if (array instanceof Float32Array) return "float32";
  if (array instanceof Float64Array) return "float64";
  if (array instanceof Int32Array) return "int32";
  return "uint8";
}

/** Whether a value is a typed array that a tensor can be made of. */
export function isTypedArray(value: unknown): value is TypedArray {
  return (
    value instanceof Float32Array ||
    value instanceof Float64Array ||
    value instanceof Int32Array ||
    value instanceof Uint8Array
  );
}

/** Whether elements of `array` have the layout of `dtype`. */
export function carries(array: TypedArray, dtype: DType): boolean {
  const own = dtypeOf(array);
  return own === dtype || (own === "uint8" && dtype === "bool");
}

/** Whether a dtype can carry gradients. */
export function isFloat(dtype: DType): dtype is FloatDType {
  return dtype === "float32" || dtype === "float64";
}
