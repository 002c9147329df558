/**
 * format: tensors as text for people. Long dimensions show their first and last three entries.
 */
import type { NestedNumbers } from "./host.js";
import { formatShape } from "./shape.js";
import type { Tensor } from "./tensor.js";

const edge = 3;
const significantDigits = 5;

/** `Tensor float32 [2,3] cpu` and, if they can be read, the values below it. */
export function formatTensor(x: Tensor): string {
  const head = `Tensor ${x.dtype} ${formatShape(x.shape)} ${x.device.name}`;
  if (x.disposed) return `${head} (disposed)`;
  if (x.device.recording) return `${head} (recording)`;
  return `${head}\n${formatNested(x.toArray(), "")}`;
}

function formatNested(values: NestedNumbers, indent: string): string {
  if (typeof values === "number") return formatNumber(values);
  const shown =
    values.length > 2 * edge ? [...values.slice(0, edge), ...values.slice(-edge)] : values;
  const flat = shown.every((value) => typeof value === "number");
  const parts = shown.map((value) => formatNested(value, `${indent} `));
  if (values.length > 2 * edge) parts.splice(edge, 0, "...");
  return `[${parts.join(flat ? ", " : `,\n${indent} `)}]`;
}

function formatNumber(value: number): string {
  return Number.isInteger(value)
    ? String(value)
    : String(Number(value.toPrecision(significantDigits)));
}
