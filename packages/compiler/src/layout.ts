/**
 * How the states of many games lie in one buffer: one column per field, those of wide elements first, so
 * that every column is aligned whatever the number of games is. Column k of n games begins at byte
 * n * offset; in it, element i of game e is element i * n + e: neighbours in memory are neighbouring
 * games, as a GPU wants it.
 */
import type { Game, GameState, TypedArray } from "@carom/envs";
import type { Analysis, NumberType } from "./analyse/analyse.js";
import { elementBytes } from "./emit/types.js";
import { CompileError } from "./errors.js";
import type { Element, Program } from "./ir/ir.js";

/** A field of the game in the buffer. */
export interface Column {
  /** The field's name. */
  readonly name: string;
  /** What the field is in the game. */
  readonly kind: "number" | "boolean" | "array";
  /** Type of the elements in the buffer. */
  readonly element: Element;
  /** Elements of one game. */
  readonly length: number;
  /** Bytes of one game in the columns before. */
  readonly offset: number;
}

/** The columns of a game. */
export interface Layout {
  /** In the order in which they lie. */
  readonly columns: readonly Column[];
  /** Bytes of one game. */
  readonly bytes: number;
}

const OF_NUMBER: Readonly<Record<NumberType, Element>> = { i32: "i32", u32: "u32", f64: "f64" };

/** The layout of a program's state. */
export function layoutOf(program: Program, analysis: Analysis): Layout {
  const fields = program.fields.map((field) => {
    const isNumber = field.kind === "number";
    const element: Element = isNumber ? OF_NUMBER[analysis.field(field)] : "u8";
    return { name: field.name, kind: field.kind, element, length: 1 };
  });
  const arrays = program.arrays.map(({ name, element, length }) => {
    return { name, kind: "array" as const, element, length };
  });
  const sorted = [...fields, ...arrays].sort(
    (a, b) => elementBytes(b.element) - elementBytes(a.element),
  );
  const columns: Column[] = [];
  let offset = 0;
  for (const column of sorted) {
    columns.push({ ...column, offset });
    offset += elementBytes(column.element) * column.length;
  }
  return { columns, bytes: offset };
}

interface Views {
  readonly i8: typeof Int8Array;
  readonly u8: typeof Uint8Array;
  readonly c8: typeof Uint8ClampedArray;
  readonly i16: typeof Int16Array;
  readonly u16: typeof Uint16Array;
  readonly i32: typeof Int32Array;
  readonly u32: typeof Uint32Array;
  readonly f32: typeof Float32Array;
  readonly f64: typeof Float64Array;
}

const VIEWS: Views = {
  i8: Int8Array,
  u8: Uint8Array,
  c8: Uint8ClampedArray,
  i16: Int16Array,
  u16: Uint16Array,
  i32: Int32Array,
  u32: Uint32Array,
  f32: Float32Array,
  f64: Float64Array,
};

/** A column of a buffer of `count` games, `[length, count]`. */
export function viewColumn(column: Column, buffer: ArrayBuffer, count: number): TypedArray {
  return new VIEWS[column.element](buffer, column.offset * count, column.length * count);
}

/** Game `env` of a buffer, as `applyState` of @carom/envs takes it; `game` gives what never changes. */
export function unpackState(
  layout: Layout,
  buffer: ArrayBuffer,
  count: number,
  env: number,
  game: Game,
): GameState {
  const state: Record<string, GameState[string]> = {};
  for (const [name, value] of Object.entries(game) as [string, GameState[string]][]) {
    if (name === "spec") continue;
    state[name] = typeof value === "object" ? value.slice() : value;
  }
  for (const column of layout.columns) {
    const view = viewColumn(column, buffer, count);
    const value = state[column.name];
    if (typeof value === "object") {
      for (let i = 0; i < column.length; i++) value[i] = view[i * count + env];
    } else state[column.name] = column.kind === "boolean" ? view[env] !== 0 : view[env];
  }
  return state;
}

/**
 * A column of a buffer of `count` games as saved envs keep it, game after game, `[count, length]`: numbers as a
 * Float64Array, booleans as a Uint8Array, arrays in their own type.
 */
export function readColumn(column: Column, buffer: ArrayBuffer, count: number): TypedArray {
  const view = viewColumn(column, buffer, count);
  const values = emptyColumn(column, count);
  for (let env = 0; env < count; env++) {
    for (let i = 0; i < column.length; i++) values[env * column.length + i] = view[i * count + env];
  }
  return values;
}

/**
 * The inverse of {@link readColumn}. Throws CompileError INVALID_ARGUMENT where `values` are of another length, or
 * hold what the column cannot: a field that was written from outside of the game.
 */
export function writeColumn(
  column: Column,
  buffer: ArrayBuffer,
  count: number,
  values: TypedArray,
): void {
  const { name, length } = column;
  const view = viewColumn(column, buffer, count);
  if (values.length !== view.length) {
    throw unfit(name, `${values.length} values, expected ${view.length}`);
  }
  for (let env = 0; env < count; env++) {
    for (let i = 0; i < length; i++) {
      const value = values[env * length + i];
      view[i * count + env] = value;
      const kept = view[i * count + env];
      const isKept = kept === value || (Number.isNaN(kept) && Number.isNaN(value));
      if (!isKept) throw unfit(name, `${value}, which is kept as ${kept}`);
    }
  }
}

function emptyColumn({ kind, element, length }: Column, count: number): TypedArray {
  if (kind === "boolean") return new Uint8Array(count);
  return kind === "number" ? new Float64Array(count) : new VIEWS[element](count * length);
}

function unfit(name: string, what: string): CompileError {
  return new CompileError({
    code: "INVALID_ARGUMENT",
    what: `the field "${name}" does not fit the translated game (got ${what})`,
    help: "only the methods of the game may write its fields",
  });
}
