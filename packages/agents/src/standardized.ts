/** Advantages in units of their spread. */
import type { Tensor } from "@carom/tensor";

/** Unbiased standard deviation of values `[B]`, 0 for a single one: `[]`. */
export function deviation(values: Tensor): Tensor {
  const count = Math.max(1, values.size - 1);
  return values.sub(values.mean()).square().sum().div(count).sqrt();
}

/** Values `[B]` with mean 0 and (unbiased) standard deviation 1; a single one stays as it is. */
export function standardized(values: Tensor): Tensor {
  if (values.size < 2) return values;
  return values.sub(values.mean()).div(deviation(values).add(1e-8));
}
