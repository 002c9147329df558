/** copy, fill: moving elements, with conversion between dtypes. */
import { positions, type RefView } from "./views.js";

/** x -> out, same shape. Float to integer truncates towards zero; to bool is `x != 0`. */
export function copyKernel([x]: RefView[], [out]: RefView[]): void {
  const from = positions(x);
  const to = positions(out);
  const toBool = out.dtype === "bool" && x.dtype !== "bool";
  for (let i = 0; i < to.length; i++) {
    const value = x.data[from[i]];
    out.data[to[i]] = toBool ? Number(value !== 0) : value;
  }
}

/** Every element becomes `value`. */
export function fillKernel(_inputs: RefView[], [out]: RefView[], params: { value: number }): void {
  for (const at of positions(out)) out.data[at] = params.value;
}
