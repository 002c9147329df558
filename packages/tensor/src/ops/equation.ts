/**
 * equation: what the text of an einsum says, checked against the shapes of its operands.
 *
 * Axes under `...` get names of their own, counted from the last, so that they line up.
 */
import { ShapeError, TensorError } from "../errors.js";
import { formatShape, type Shape } from "../shape.js";

/** The names of all axes. */
export interface Equation {
  /** Per operand, one name per axis; a name may come twice. */
  readonly inputs: readonly (readonly string[])[];
  /** Of the result, each once. */
  readonly output: readonly string[];
}

const dots = "...";

/** Reads `equation` for operands of these shapes. @throws TensorError, ShapeError. */
export function parseEquation(equation: string, shapes: readonly Shape[]): Equation {
  const [left, right, ...more] = equation.replaceAll(" ", "").split("->");
  if (more.length > 0) refuse(equation, "has more than one ->");
  const parts = left.split(",").map((part) => symbolsOf(equation, part));
  if (parts.length !== shapes.length) {
    refuse(equation, `names ${parts.length} operands (got ${shapes.length})`);
  }
  const inputs = parts.map((part, i) => named(equation, part, shapes[i], i));
  const leading = leadingNames(inputs);
  const output =
    right === undefined
      ? [...leading, ...namedOnce(inputs)]
      : symbolsOf(equation, right).flatMap((symbol) => (symbol === dots ? leading : [symbol]));
  checkOutput(equation, inputs, output, leading);
  checkSizes(equation, inputs, shapes);
  return { inputs, output };
}

/** Letters and `...`, one by one. */
function symbolsOf(equation: string, part: string): string[] {
  const symbols = part.match(/\.\.\.|./g) ?? [];
  for (const symbol of symbols) {
    if (symbol !== dots && !/^[A-Za-z]$/.test(symbol)) {
      refuse(equation, `has a "${symbol}" (expected letters, "..." and ",")`);
    }
  }
  if (symbols.filter((symbol) => symbol === dots).length > 1) {
    refuse(equation, `has "..." twice in one operand`);
  }
  return symbols;
}

/** One name per axis; `...` stands for as many as the letters leave. */
function named(equation: string, symbols: readonly string[], shape: Shape, i: number): string[] {
  const letters = symbols.filter((symbol) => symbol !== dots).length;
  const rest = shape.length - letters;
  if (symbols.includes(dots) ? rest < 0 : rest !== 0) {
    throw new ShapeError(
      "einsum",
      `"${equation}" names ${letters} axes of operand ${i} (got shape ${formatShape(shape)})`,
    );
  }
  return symbols.flatMap((symbol) =>
    symbol === dots ? Array.from({ length: rest }, (_, k) => `${dots}${rest - k}`) : [symbol],
  );
}

/** The names of axes under `...`, of the operand that has most of them. */
function leadingNames(inputs: readonly (readonly string[])[]): string[] {
  const lists = inputs.map((labels) => labels.filter((label) => label.startsWith(dots)));
  return lists.reduce((longest, list) => (list.length > longest.length ? list : longest), []);
}

function namedOnce(inputs: readonly (readonly string[])[]): string[] {
  const letters = inputs.flat().filter((label) => !label.startsWith(dots));
  return letters.filter((label) => letters.indexOf(label) === letters.lastIndexOf(label)).sort();
}

function checkOutput(
  equation: string,
  inputs: readonly (readonly string[])[],
  output: readonly string[],
  leading: readonly string[],
): void {
  output.forEach((label, i) => {
    if (output.indexOf(label) !== i) refuse(equation, `names axis ${label} twice in the result`);
    if (!inputs.some((labels) => labels.includes(label))) {
      refuse(equation, `has axis ${label} in the result but in no operand`);
    }
  });
  if (leading.length > 0 && !output.includes(leading[0])) {
    refuse(equation, `has "..." in an operand but not in the result`);
  }
}

/** Axes of one name have one size; those under `...` may also be 1. */
function checkSizes(
  equation: string,
  inputs: readonly (readonly string[])[],
  shapes: readonly Shape[],
): void {
  const known = new Map<string, number>();
  inputs.forEach((labels, i) => {
    labels.forEach((label, axis) => {
      const size = shapes[i][axis];
      const before = known.get(label) ?? size;
      const broadcasts = label.startsWith(dots) && (size === 1 || before === 1);
      if (size !== before && !broadcasts) {
        throw new ShapeError(
          "einsum",
          `"${equation}" has two sizes for axis ${label} (got ${size} in operand ${i} of shape ` +
            `${formatShape(shapes[i])}, expected ${before} as before)`,
        );
      }
      known.set(label, before === 1 ? size : before);
    });
  });
}

function refuse(equation: string, what: string): never {
  throw new TensorError("INVALID_ARGUMENT", "einsum", `"${equation}" ${what}`);
}
