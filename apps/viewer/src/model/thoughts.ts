/**
 * What a policy thinks of the episode on the stage, as it comes in: looked up by the game's decision.
 * Not here: asking for it (insight.ts).
 */
import type { Thoughts } from "../policy/protocol.js";

/** Numbers that are added at the end. */
interface Column<T> {
  values: T;
  length: number;
}

function extend<T extends Float32Array | Int32Array | Uint8Array>(
  column: Column<T>,
  part: ArrayLike<number>,
  make: (length: number) => T,
): void {
  const needed = column.length + part.length;
  if (needed > column.values.length) {
    const grown = make(Math.max(needed, 2 * column.values.length));
    grown.set(column.values);
    column.values = grown;
  }
  column.values.set(part, column.length);
  column.length = needed;
}

const floats = (length: number): Float32Array => new Float32Array(length);
const integers = (length: number): Int32Array => new Int32Array(length);
const bytes = (length: number): Uint8Array => new Uint8Array(length);

/** One way to act, as a policy weighs it. */
export interface Choice {
  readonly action: number;
  /** Probability, or value where the policy knows only values. */
  readonly weight: number;
  readonly isAllowed: boolean;
}

export class ThoughtLog {
  private readonly at: Column<Int32Array> = { values: integers(256), length: 0 };
  private readonly told: Column<Float32Array> = { values: floats(256), length: 0 };
  private readonly weights: Column<Float32Array> = { values: floats(1024), length: 0 };
  private readonly masks: Column<Uint8Array> = { values: bytes(0), length: 0 };
  /** How the choices are weighed; undefined where actions are no choices. */
  kind: "probability" | "value" | undefined;

  /** Decisions that are known. */
  get count(): number {
    return this.at.length;
  }

  /** The value at each known decision. */
  get values(): Float32Array {
    return this.told.values.subarray(0, this.count);
  }

  /** The game's decision at which each was made. */
  get steps(): Int32Array {
    return this.at.values.subarray(0, this.count);
  }

  add({ at, values, probabilities, actionValues, allowed }: Thoughts): void {
    extend(this.at, at, integers);
    extend(this.told, values, floats);
    const weights = probabilities ?? actionValues;
    this.kind = probabilities ? "probability" : actionValues ? "value" : undefined;
    if (weights) extend(this.weights, weights, floats);
    if (allowed) extend(this.masks, allowed, bytes);
  }

  /** Which of the policy's decisions holds at a decision of the game; -1 if it is not known yet. */
  indexAt(step: number): number {
    const { steps } = this;
    let [low, high] = [0, steps.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (steps[middle] <= step) low = middle + 1;
      else high = middle;
    }
    const isKnown = low < steps.length || (low > 0 && steps[low - 1] === step) || this.isWhole;
    return isKnown ? low - 1 : -1;
  }

  /** Set once nothing more comes: then the last decision holds to the end. */
  isWhole = false;

  valueAt(step: number): number | undefined {
    const index = this.indexAt(step);
    return index < 0 ? undefined : this.told.values[index];
  }

  /** How each action is weighed at a decision, in the game's order; empty if that is not known. */
  choicesAt(step: number): readonly Choice[] {
    const index = this.indexAt(step);
    if (index < 0 || this.kind === undefined) return [];
    const width = this.weights.length / this.count;
    const hasMasks = this.masks.length > 0;
    return Array.from({ length: width }, (_, action) => ({
      action,
      weight: this.weights.values[index * width + action],
      isAllowed: !hasMasks || this.masks.values[index * width + action] !== 0,
    }));
  }
}

/** The action that the policy likes best; undefined where there are no choices. */
export function preferred(choices: readonly Choice[]): Choice | undefined {
  const allowed = choices.filter(({ isAllowed }) => isAllowed);
  return allowed.reduce<Choice | undefined>(
    (best, one) => (best === undefined || one.weight > best.weight ? one : best),
    undefined,
  );
}

/**
 * Choices for a panel with room for `most`: all in the game's order, or the heaviest first, and the one
 * that was taken in any case.
 */
export function listed(
  choices: readonly Choice[],
  most: number,
  taken: number | undefined,
): readonly Choice[] {
  const allowed = choices.filter(({ isAllowed }) => isAllowed);
  if (choices.length <= most) return choices;
  const sorted = allowed.toSorted((a, b) => b.weight - a.weight);
  const first = sorted.slice(0, most);
  const own = sorted.find(({ action }) => action === taken);
  return own === undefined || first.includes(own) ? first : [...first.slice(0, -1), own];
}

/** The length of a choice's bar, 0 to 1: its probability, or its place between the least and the best value. */
export function barOf(
  choice: Choice,
  choices: readonly Choice[],
  kind: ThoughtLog["kind"],
): number {
  if (!choice.isAllowed) return 0;
  if (kind === "probability") return Math.max(0, Math.min(1, choice.weight));
  const weights = choices.filter(({ isAllowed }) => isAllowed).map(({ weight }) => weight);
  const [least, best] = [Math.min(...weights), Math.max(...weights)];
  return best > least ? 0.06 + 0.94 * ((choice.weight - least) / (best - least)) : 1;
}
