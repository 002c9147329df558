/** copy, fill: moving elements, with conversion between dtypes. */
import { type DType, isFloat } from "../../dtype.js";
import { positions, type RefView } from "./views.js";

/** x -> out, same shape. */
export function copyKernel([x]: RefView[], [out]: RefView[]): void {
  const from = positions(x);
  const to = positions(out);
  const convert = conversion(x.dtype, out.dtype);
  for (let i = 0; i < to.length; i++) out.data[to[i]] = convert(x.data[from[i]]);
}

function conversion(from: DType, to: DType): (value: number) => number {
  if (from === to || isFloat(to)) return (value) => value;
  if (to === "bool") return (value) => Number(value !== 0);
  // Towards zero; what int32 cannot hold becomes its nearest value, NaN becomes 0.
  return (value) => Math.min(Math.max(Math.trunc(value) || 0, -(2 ** 31)), 2 ** 31 - 1);
}

/** Every element becomes `value`. */
export function fillKernel(_inputs: RefView[], [out]: RefView[], params: { value: number }): void {
  const value = out.dtype === "bool" ? Number(params.value !== 0) : params.value;
  for (const at of positions(out)) out.data[at] = value;
}
