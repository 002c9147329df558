/**
 * The program under construction: the fields of a live game, its functions (each made once for every
 * combination of arrays and objects that it is called with), constant tables and sites.
 */
import type { Game } from "@carom/envs";
import { CompileError } from "../errors.js";
import type { Names } from "../front/names.js";
import { FunctionSource } from "../front/source.js";
import type { Callable, Element, Fn, ScalarField, Site, Store } from "../ir/ir.js";
import { elementOf } from "./values.js";

/** A field of the game: a scalar or an array. */
export type GameField =
  | { readonly is: "scalar"; readonly field: ScalarField }
  | { readonly is: "array"; readonly store: Store };

/** What is gathered while functions are translated. */
export class GameBuilder {
  readonly game: Game;
  readonly names: Names;
  readonly fields: ReadonlyMap<string, GameField>;
  /** Translated functions by callee and signature; undefined while one is under way. */
  readonly made: Map<string, Fn | undefined> = new Map();
  readonly fns: Fn[] = [];
  readonly written: Set<Store> = new Set();
  readonly tables: Map<object, Store> = new Map();
  readonly sites: Site[] = [];
  /**
   * Names of fields that methods assign or write; undefined in the first pass, which finds them out. The
   * second one knows all others as constants.
   */
  readonly changing: ReadonlySet<string> | undefined;
  private readonly sources: Map<Callable, FunctionSource> = new Map();
  private readonly numbers: Map<unknown, number> = new Map();
  private count = 0;

  /** Throws CompileError INVALID_GAME where a field is of a kind that games do not have. */
  constructor(game: Game, names: Names, changing?: ReadonlySet<string>) {
    this.game = game;
    this.names = names;
    this.changing = changing;
    this.fields = readFields(game);
  }

  /** A name that nothing else in the program has. */
  unique(name: string): string {
    this.count += 1;
    return `${name.replace(/[^A-Za-z0-9_]/g, "_")}_${this.count}`;
  }

  /** The parsed text of a function. */
  source(fn: Callable, owner: string): FunctionSource {
    let source = this.sources.get(fn);
    if (!source) {
      source = new FunctionSource(fn, owner, () => this.names.origin(fn));
      this.sources.set(fn, source);
    }
    return source;
  }

  /** Whether a field is known never to change. */
  isFixed(name: string): boolean {
    return this.changing !== undefined && !this.changing.has(name);
  }

  /** The same number for the same thing. */
  numberOf(thing: unknown): number {
    const known = this.numbers.get(thing) ?? this.numbers.size;
    this.numbers.set(thing, known);
    return known;
  }

  /** A place that may have to be checked while running. */
  site(kind: Site["kind"], where: string): Site {
    const site: Site = { id: this.sites.length, kind, where };
    this.sites.push(site);
    return site;
  }

  /** An array of numbers that never changes; undefined if it is none. */
  table(values: object, name: string): Store | undefined {
    const known = this.tables.get(values);
    if (known) return known;
    const element = elementOf(values) ?? elementOfNumbers(values);
    if (!element) return undefined;
    const numbers = Array.from(values as ArrayLike<number>);
    const store: Store = {
      place: "table",
      name: this.unique(name),
      element,
      length: numbers.length,
      values: numbers,
    };
    this.tables.set(values, store);
    return store;
  }
}

function readFields(game: Game): Map<string, GameField> {
  const fields = new Map<string, GameField>();
  for (const [name, value] of Object.entries(game) as [string, unknown][]) {
    if (name === "spec") continue;
    if (typeof value === "number" || typeof value === "boolean") {
      const kind = typeof value === "number" ? "number" : "boolean";
      fields.set(name, { is: "scalar", field: { name, kind, initial: value } });
      continue;
    }
    const element = elementOf(value);
    if (!element) throw badField(game, name, value);
    const values = Array.from(value as ArrayLike<number>);
    const store: Store = { place: "field", name, element, length: values.length, values };
    fields.set(name, { is: "array", store });
  }
  return fields;
}

function badField(game: Game, name: string, value: unknown): CompileError {
  const owner = game.constructor.name;
  const got = Array.isArray(value) ? "an array" : value === null ? "null" : `a ${typeof value}`;
  return new CompileError({
    code: "INVALID_GAME",
    what: `${owner}: the field "${name}" is ${got}`,
    help: "a field is a number, a boolean or a typed array of fixed length (and a count)",
  });
}

/** The smallest type that holds the numbers of a plain array exactly; undefined for other things. */
function elementOfNumbers(values: object): Element | undefined {
  if (!Array.isArray(values) || values.length === 0) return undefined;
  if (!values.every((value) => typeof value === "number")) return undefined;
  const isInt = (value: number): boolean => (value | 0) === value && !Object.is(value, -0);
  if (!values.every(isInt)) return "f64";
  const [lo, hi] = [Math.min(...values), Math.max(...values)];
  if (lo >= 0 && hi <= 255) return "u8";
  if (lo >= -32768 && hi <= 32767) return "i16";
  return "i32";
}
