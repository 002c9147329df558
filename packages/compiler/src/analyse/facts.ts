/** What is known of the program as a whole: of fields, parameters, results and elements of arrays. */
import type { Element, Fn, Program, ScalarField, Store, Variable } from "../ir/ir.js";
import { elementRange, exactly, join, NONE, type Range, same, wholes, widen } from "../ir/range.js";
import { int32, unaryRange } from "../ir/transfer.js";

/** Something that has one range in the whole program. */
export type Subject = ScalarField | Variable | Store | object;

/** Changes of one subject after which its bounds move in large steps. */
const PATIENCE = 24;

/** Ranges that hold everywhere. */
export class Facts {
  private readonly ranges: Map<Subject, Range> = new Map();
  private readonly results: Map<Fn, Range[]> = new Map();
  private readonly isWritten: ReadonlySet<Subject>;
  /** What has become wider since this was last emptied. */
  readonly changed: Set<object> = new Set();
  /** What has been asked for since this was last set. */
  asked: Set<object> = new Set();
  /** How often something has changed: what goes on changing does so in large steps. */
  private readonly changes: Map<Subject, number> = new Map();

  constructor(program: Program) {
    this.isWritten = new Set<Subject>([...program.fields, ...program.arrays]);
    for (const field of program.fields) {
      if (typeof field.initial === "number") this.ranges.set(field, exactly(field.initial));
    }
    for (const store of program.arrays) this.ranges.set(store, rangeOfValues(store.values));
  }

  /** A number field. */
  field(field: ScalarField): Range {
    if (!this.isWritten.has(field)) return exactly(Number(field.initial));
    this.asked.add(field);
    return this.ranges.get(field) ?? NONE;
  }

  /** Whether a field or array ever changes. */
  isChanging(subject: ScalarField | Store): boolean {
    return this.isWritten.has(subject);
  }

  /** A parameter. */
  parameter(variable: Variable): Range {
    this.asked.add(variable);
    return this.ranges.get(variable) ?? NONE;
  }

  /** The elements of an array. */
  elements(store: Store): Range {
    const { place, element, bounds } = store;
    if (place === "output") return elementRange(element);
    if (bounds) {
      const [lo, hi] = bounds;
      return element === "f32"
        ? { ...wholes(lo, hi), whole: false, negZero: true }
        : wholes(lo, hi);
    }
    this.asked.add(store);
    const known = this.ranges.get(store);
    if (known) return known;
    const range = place === "local" ? exactly(0) : rangeOfValues(store.values);
    this.ranges.set(store, range);
    return range;
  }

  /** What a function returns, the `i`-th. */
  result(fn: Fn, i: number): Range {
    this.asked.add(fn);
    return this.results.get(fn)?.[i] ?? NONE;
  }

  /** Notes a value that a field or parameter takes. */
  add(subject: ScalarField | Variable, range: Range): void {
    this.extend(subject, this.ranges.get(subject) ?? NONE, range);
  }

  /** Notes a value that is stored in an array. */
  addElement(store: Store, range: Range): void {
    if (store.place === "output") return;
    this.extend(store, this.elements(store), converted(store.element, range));
  }

  /** Notes what a function returns. */
  addResult(fn: Fn, i: number, range: Range): void {
    const ranges = this.results.get(fn) ?? fn.results.map(() => NONE);
    this.results.set(fn, ranges);
    const next = this.widened(fn, ranges[i], range);
    if (!next) return;
    ranges[i] = next;
    this.changed.add(fn);
  }

  private extend(subject: Subject, before: Range, range: Range): void {
    const next = this.widened(subject, before, range);
    if (!next) return;
    this.ranges.set(subject, next);
    this.changed.add(subject);
  }

  /** Whether everything that is known is the same. */
  equals(other: Facts): boolean {
    for (const [subject, range] of this.ranges) {
      const others = other.ranges.get(subject);
      if (!others || !same(range, others)) return false;
    }
    for (const [fn, ranges] of this.results) {
      const others = other.results.get(fn);
      if (!others || !ranges.every((range, i) => same(range, others[i]))) return false;
    }
    return true;
  }

  private widened(subject: Subject, before: Range, range: Range): Range | undefined {
    const next = join(before, range);
    if (same(next, before)) return undefined;
    const count = (this.changes.get(subject) ?? 0) + 1;
    this.changes.set(subject, count);
    return count > PATIENCE ? widen(before, next) : next;
  }
}

/** Bounds of numbers that are known. */
function rangeOfValues(values: ArrayLike<number>): Range {
  let range = NONE;
  for (let i = 0; i < values.length; i++) range = join(range, exactly(values[i]));
  return range;
}

/** A value as an array keeps it. */
export function converted(element: Element, range: Range): Range {
  const whole = elementRange(element);
  switch (element) {
    case "f64":
      return range;
    case "f32":
      return unaryRange("fround", range);
    case "c8":
      return range.whole && !range.nan && range.lo >= 0 && range.hi <= 255
        ? wholes(range.lo, range.hi)
        : whole;
    case "u32":
      return range.whole && !range.nan && range.lo >= 0 && range.hi <= whole.hi
        ? wholes(range.lo, range.hi)
        : whole;
    default: {
      const kept = int32(range);
      return kept.lo >= whole.lo && kept.hi <= whole.hi ? kept : whole;
    }
  }
}
