/**
 * format: tensors as text for people, laid out as NumPy and PyTorch do.
 *
 * Numbers stand in columns: four decimals at most and as few as all of them need, scientific where
 * sizes differ too much for that. Beyond 1000 elements long dimensions show their first and last three
 * entries, and only those are read from the device.
 */
import { withTape } from "./autograd/tape.js";
import { type DType, isFloat } from "./dtype.js";
import type { NestedNumbers } from "./host.js";
import { scope } from "./lifetime.js";
import { concat } from "./ops/concat.js";
import { slice } from "./ops/slice.js";
import { formatShape } from "./shape.js";
import type { Tensor } from "./tensor.js";

const edge = 3;
const mostElements = 1000;
const precision = 4;
const lineWidth = 88;

/** `Tensor float32 [2,3] cpu` and, if they can be read, the values below it. */
export function formatTensor(x: Tensor): string {
  const head = `Tensor ${x.dtype} ${formatShape(x.shape)} ${x.device.name}`;
  if (x.disposed) return `${head} (disposed)`;
  if (x.device.disposed) return `${head} (its device is disposed)`;
  if (x.device.recording) return `${head} (recording)`;
  const shortened = x.size > mostElements;
  const values = shortened
    ? withTape(undefined, () => scope(() => edges(x).toArray()))
    : x.toArray();
  const gaps = x.shape.map((size) => shortened && size > 2 * edge);
  const write = writerFor(x.dtype, flat(values));
  return `${head}\n${formatNested(values, write, gaps, 0)}`;
}

/** The entries of a long tensor that are shown. */
function edges(x: Tensor): Tensor {
  return x.shape.reduce((shown, size, axis) => {
    if (size <= 2 * edge) return shown;
    const before = new Array<null>(axis).fill(null);
    return concat(
      [slice(shown, ...before, [0, edge]), slice(shown, ...before, [size - edge, null])],
      axis,
    );
  }, x);
}

function flat(values: NestedNumbers): number[] {
  return typeof values === "number" ? [values] : values.flatMap(flat);
}

type Writer = (value: number) => string;

/** How to write the elements so that all take the same width. */
function writerFor(dtype: DType, values: readonly number[]): Writer {
  const plain =
    dtype === "bool" ? (value: number) => String(value !== 0) : numberWriter(dtype, values);
  const width = values.reduce((most, value) => Math.max(most, plain(value).length), 0);
  return (value) => plain(value).padStart(width);
}

function numberWriter(dtype: DType, values: readonly number[]): Writer {
  if (!isFloat(dtype)) return String;
  const sizes = values.filter((value) => Number.isFinite(value) && value !== 0).map(Math.abs);
  const [low, high] = sizes.reduce(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [Infinity, 0]);
  const scientific = high >= 1e8 || (sizes.length > 0 && (low < 1e-4 || high / low > 1e5));
  const write = scientific
    ? (value: number, digits: number) => value.toExponential(digits)
    : (value: number, digits: number) => value.toFixed(digits);
  let digits = 0;
  for (const value of sizes) {
    while (digits < precision && Number(write(value, digits)) !== Number(write(value, precision))) {
      digits++;
    }
  }
  return (value) => {
    if (!Number.isFinite(value)) return String(value);
    return digits === 0 && !scientific ? `${write(value, 0)}.` : write(value, digits);
  };
}

function formatNested(
  values: NestedNumbers,
  write: Writer,
  gaps: readonly boolean[],
  axis: number,
): string {
  if (typeof values === "number") return write(values);
  const indent = " ".repeat(axis + 1);
  const parts = values.map((value) => formatNested(value, write, gaps, axis + 1));
  if (gaps[axis]) parts.splice(edge, 0, "...");
  if (axis < gaps.length - 1) {
    const blank = "\n".repeat(gaps.length - 1 - axis);
    return `[${parts.join(`,${blank}${indent}`)}]`;
  }
  const lines: string[] = [""];
  for (const [i, part] of parts.entries()) {
    const text = i < parts.length - 1 ? `${part}, ` : part;
    const last = lines.length - 1;
    if (
      lines[last] !== "" &&
      indent.length + lines[last].length + text.trimEnd().length > lineWidth
    ) {
      lines[last] = lines[last].trimEnd();
      lines.push(text);
    } else lines[last] += text;
  }
  return `[${lines.join(`\n${indent}`)}]`;
}
