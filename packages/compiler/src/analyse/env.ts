/** What is known at one place of a function: of its variables, and of fields that it has just tested or set. */
import type { ScalarField, Variable } from "../ir/ir.js";
import { ANY, join, type Range, same, widen } from "../ir/range.js";
import type { Facts } from "./facts.js";

/** A variable, or a field of the game being played. */
export type Slot = Variable | ScalarField;

/** Ranges at one place. */
export class Env {
  private readonly facts: Facts;
  private readonly ranges: Map<Slot, Range>;
  /** Fields that have been set and whose values no other function has seen yet. */
  readonly dirty: Set<ScalarField>;

  constructor(facts: Facts, ranges?: Map<Slot, Range>, dirty?: Set<ScalarField>) {
    this.facts = facts;
    this.ranges = ranges ?? new Map();
    this.dirty = dirty ?? new Set();
  }

  /** A copy that changes on its own. */
  copy(): Env {
    return new Env(this.facts, new Map(this.ranges), new Set(this.dirty));
  }

  /** The range of a variable or field. */
  get(slot: Slot): Range {
    const known = this.ranges.get(slot);
    if (known) return known;
    return "initial" in slot ? this.facts.field(slot) : ANY;
  }

  /** Sets or narrows a range. */
  set(slot: Slot, range: Range): void {
    this.ranges.set(slot, range);
  }

  /** Forgets what is known of a field: another function has set it. */
  forget(field: ScalarField): void {
    this.ranges.delete(field);
    this.dirty.delete(field);
  }

  /** What holds on both ways. */
  join(other: Env): Env {
    return this.combine(other, join);
  }

  /** What holds before and after, with bounds that move in few steps. */
  widen(next: Env): Env {
    return this.combine(next, (a, b) => widen(a, join(a, b)));
  }

  /** Whether both say the same. */
  same(other: Env): boolean {
    if (this.ranges.size !== other.ranges.size) return false;
    for (const [slot, range] of this.ranges) {
      const others = other.ranges.get(slot);
      if (!others || !same(range, others)) return false;
    }
    return true;
  }

  private combine(other: Env, merge: (a: Range, b: Range) => Range): Env {
    const ranges = new Map<Slot, Range>();
    for (const slot of new Set([...this.ranges.keys(), ...other.ranges.keys()])) {
      const isField = "initial" in slot;
      if (!isField && !(this.ranges.has(slot) && other.ranges.has(slot))) continue;
      ranges.set(slot, merge(this.get(slot), other.get(slot)));
    }
    return new Env(this.facts, ranges, new Set([...this.dirty, ...other.dirty]));
  }
}

/** What holds on either way; `undefined` is a way that is never taken. */
export function joinWays(a: Env | undefined, b: Env | undefined): Env | undefined {
  if (!a || !b) return a ?? b;
  return a.join(b);
}
