/**
 * accumulate: adding up the gradients that reach one tensor from several uses.
 *
 * A single use costs nothing: its gradient is taken over as it is. Slices of one tensor (the heads
 * of a policy, say) are written side by side into one buffer; it is zeroed first only if they leave
 * gaps, and they are added only if they overlap. Nothing is written if they lie there already.
 *
 * What an outer tape follows is noted there, in place or not: memory that a tape has saved is not
 * sole.
 */
import type { View } from "../backend.js";
import { noParams } from "../op-params.js";
import { empty, emptyLike } from "../ops/dispatch.js";
import { sliceSpans } from "../ops/slice.js";
import { type Span, spansApart, spanView } from "../ops/spans.js";
import { denseStrides, elementCount, type Shape } from "../shape.js";
import { type Tensor, viewOf } from "../tensor.js";
import { activeTape, type GradientRule, record } from "./tape.js";

/** The gradient of a slice: `dy` belongs at `spans` of the tensor that was sliced. */
export class Piece {
  readonly dy: Tensor;
  readonly spans: readonly Span[];

  constructor(dy: Tensor, spans: readonly Span[]) {
    this.dy = dy;
    this.spans = spans;
  }
}

const sumRule: GradientRule<undefined> = { op: "add", backward: (dy) => [dy, dy] };

const mergeRule: GradientRule<readonly (readonly Span[])[]> = {
  op: "slice",
  backward: (dy, node) => [...node.params.map((spans) => sliceSpans(dy, spans)), dy],
};

/** Whether `x` is the only view of its memory, so that it may be overwritten. */
export function isSole(x: Tensor): boolean {
  return x.storage.references === 1 && x.size === x.storage.count && x.isContiguous;
}

/** a + b, in place where possible. Takes over both. */
export function addGradients(a: Tensor, b: Tensor): Tensor {
  const target = isSole(a) ? a : isSole(b) ? b : emptyLike([a, b], a.dtype, a.shape);
  a.device.backend.run("add", [a, b], [target], noParams);
  if (target !== a) a.dispose();
  if (target !== b) b.dispose();
  return activeTape() === undefined ? target : record(target, sumRule, [a, b], [], undefined);
}

/** The gradient of a tensor of `shape` out of those of its slices, plus `whole` if given. */
export function mergePieces(
  shape: Shape,
  whole: Tensor | undefined,
  pieces: readonly Piece[],
): Tensor {
  const merged = mergedPieces(shape, whole, pieces);
  if (activeTape() === undefined) return merged;
  const parts = pieces.map(({ dy }) => dy);
  const inputs = whole === undefined ? parts : [...parts, whole];
  const spans = pieces.map((piece) => piece.spans);
  return record(merged, mergeRule, inputs, [], spans);
}

function mergedPieces(shape: Shape, whole: Tensor | undefined, pieces: readonly Piece[]): Tensor {
  const { device, dtype } = pieces[0].dy;
  const { backend } = device;
  const apart = whole === undefined && areApart(pieces);
  const covered = pieces.reduce((sum, piece) => sum + piece.dy.size, 0);
  const complete = apart && covered === elementCount(shape);
  const joined = complete ? inPlace(shape, pieces) : undefined;
  if (joined !== undefined) return joined;
  const buffer = whole !== undefined && isSole(whole) ? whole : empty(device, dtype, shape);
  if (whole === undefined) {
    if (!complete) backend.run("fill", [], [buffer], { value: 0 });
  } else if (buffer !== whole) {
    backend.run("copy", [whole], [buffer], noParams);
    whole.dispose();
  }
  for (const { dy, spans } of pieces) {
    const target: View = spanView(buffer, spans);
    if (apart) backend.run("copy", [dy], [target], noParams);
    else backend.run("add", [target, dy], [target], noParams);
    dy.dispose();
  }
  return buffer;
}

/** The pieces as one tensor, if they are parts of one block of memory that lie where they belong. */
function inPlace(shape: Shape, pieces: readonly Piece[]): Tensor | undefined {
  const { storage, handle, dtype } = pieces[0].dy;
  const block: View = { handle, dtype, offset: 0, shape, strides: denseStrides(shape) };
  const offset = pieces[0].dy.offset - spanView(block, pieces[0].spans).offset;
  const fits = pieces.every(({ dy, spans }) => {
    const place = spanView(block, spans);
    return (
      dy.storage === storage &&
      dy.offset === offset + place.offset &&
      dy.strides.every((stride, i) => stride === place.strides[i] || place.shape[i] === 1)
    );
  });
  if (!fits || offset < 0 || offset + elementCount(shape) > storage.count) return undefined;
  const joined = viewOf(storage, shape, block.strides, offset);
  for (const { dy } of pieces) dy.dispose();
  return joined;
}

function areApart(pieces: readonly Piece[]): boolean {
  return pieces.every((a, i) => pieces.slice(0, i).every((b) => spansApart(a.spans, b.spans)));
}
