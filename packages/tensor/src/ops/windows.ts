/**
 * windows: what convolutions and pooling share. A window slides over the last two dimensions of
 * `[N, C, H, W]`; here its options are read and the sizes of results worked out.
 */
import { ShapeError, TensorError } from "../errors.js";
import { checkInteger, formatShape } from "../shape.js";
import type { Tensor } from "../tensor.js";

/** One number for height and width alike, or `[height, width]`. */
export type Pair = number | readonly [number, number];

/** How a window lies: its size, the steps it takes and the border of zeros around the image. */
export interface Windows {
  readonly kernelH: number;
  readonly kernelW: number;
  readonly strideH: number;
  readonly strideW: number;
  readonly padTop: number;
  readonly padLeft: number;
  readonly dilationH: number;
  readonly dilationW: number;
}

/** `value` as `[height, width]`, both integers from `low` on. */
export function pair(op: string, name: string, value: Pair, low: number): [number, number] {
  const both = typeof value === "number" ? [value, value] : value;
  if (both.length !== 2) {
    throw new TensorError(
      "INVALID_ARGUMENT",
      op,
      `${name} is not valid (got ${formatShape(both)}, expected a number or [height, width])`,
    );
  }
  for (const one of both) checkInteger(op, name, one, low, 1 << 24);
  return [both[0], both[1]];
}

/** Refuses anything but `[N, C, H, W]`. */
export function checkImages(op: string, x: Tensor, name = "x"): void {
  if (x.rank !== 4) {
    throw new ShapeError(
      op,
      `${name} has the wrong rank (got shape ${formatShape(x.shape)}, expected [N,C,H,W])`,
    );
  }
}

/** Height and width of what windows give on `x`, with borders `[top + bottom, left + right]`. */
export function windowedSize(
  op: string,
  x: Tensor,
  w: Windows,
  border: readonly [number, number],
): [number, number] {
  const along = (size: number, kernel: number, stride: number, dilation: number) =>
    Math.floor((size - dilation * (kernel - 1) - 1) / stride) + 1;
  const height = along(x.shape[2] + border[0], w.kernelH, w.strideH, w.dilationH);
  const width = along(x.shape[3] + border[1], w.kernelW, w.strideW, w.dilationW);
  if (height >= 1 && width >= 1) return [height, width];
  throw new ShapeError(
    op,
    `the window is larger than the image (got x ${formatShape(x.shape)} with a border of ` +
      `${formatShape(border)} and a window of ${formatShape([w.kernelH, w.kernelW])}, expected ` +
      "a window that fits)",
  );
}
