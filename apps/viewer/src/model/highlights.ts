/**
 * Moments worth looking at: large rewards and runs of them, sudden drops of the value, and decisions
 * whose outcome the policy did not expect. Each kind is measured by its own spread over the episode, so
 * that they can be ranked together; of moments close to each other the strongest stays.
 */

export type HighlightKind = "reward" | "chain" | "drop" | "surprise";

export interface Highlight {
  /** The game's decision to look at: the last before it happens. */
  readonly step: number;
  readonly kind: HighlightKind;
  /** How far it stands out, in spreads of its kind. */
  readonly weight: number;
  /** What changed: a reward, a sum of rewards, a difference of values. */
  readonly amount: number;
}

/** What highlights are found in. */
export interface HighlightInput {
  /** Sum of rewards after each of the game's decisions, `[length + 1]`. */
  readonly returns: Float64Array;
  /** Decisions per second. */
  readonly rate: number;
  /** The policy's decisions: when, their values, and the errors of their predictions. */
  readonly thoughts?: {
    readonly at: Int32Array;
    readonly values: Float32Array;
    readonly errors: Float32Array;
  };
}

/** Spreads below which nothing stands out. */
const LEAST_WEIGHT = 2;
/** Most moments of one episode. */
const MOST = 16;
/** Seconds within which rewards are one chain, and moments are one moment. */
const CHAIN = 2;
const APART = 1;

/** Highlights by their place in the episode. */
export function highlightsOf(input: HighlightInput): readonly Highlight[] {
  const { rate, thoughts } = input;
  const apart = Math.max(2, Math.round(APART * rate));
  const found = [...rewardsIn(input), ...chainsIn(input)];
  if (thoughts) found.push(...dropsIn(thoughts), ...surprisesIn(thoughts));
  const strong = found
    .filter(({ weight }) => weight >= LEAST_WEIGHT)
    .sort((a, b) => b.weight - a.weight);
  const kept: Highlight[] = [];
  for (const one of strong) {
    if (kept.length === MOST) break;
    if (kept.every(({ step }) => Math.abs(step - one.step) >= apart)) kept.push(one);
  }
  return kept.sort((a, b) => a.step - b.step);
}

/** The strongest few, strongest first. */
export function strongest(all: readonly Highlight[], count: number): readonly Highlight[] {
  return all.toSorted((a, b) => b.weight - a.weight).slice(0, count);
}

/** The next highlight from a decision on, or the one before; undefined if there is none. */
export function neighbourOf(
  all: readonly Highlight[],
  step: number,
  by: 1 | -1,
): Highlight | undefined {
  if (by === 1) return all.find((one) => one.step > step);
  return all.findLast((one) => one.step < step);
}

function rewardsIn({ returns }: HighlightInput): Highlight[] {
  const rewards = Array.from(returns.subarray(1), (sum, i) => sum - returns[i]);
  const spread = spreadOf(rewards);
  return rewards.flatMap((amount, step) =>
    amount === 0
      ? []
      : [{ step, kind: "reward" as const, weight: Math.abs(amount) / spread, amount }],
  );
}

/** Windows in which more was won than in others. */
function chainsIn({ returns, rate }: HighlightInput): Highlight[] {
  const length = returns.length - 1;
  const width = Math.max(2, Math.round(CHAIN * rate));
  if (length <= width) return [];
  const sums = Array.from(
    { length: length - width + 1 },
    (_, from) => returns[from + width] - returns[from],
  );
  const usual = sums.reduce((sum, one) => sum + one, 0) / sums.length;
  const spread = spreadOf(sums.map((sum) => sum - usual));
  return sums.flatMap((amount, from) => {
    const isTop = amount > 0 && amount >= (sums[from - 1] ?? 0) && amount > (sums[from + 1] ?? 0);
    const weight = (amount - usual) / spread;
    const first = firstReward(returns, from);
    const isMany = first < from + width - 1 && returns[first + 1] - returns[from] < amount;
    return isTop && isMany ? [{ step: first, kind: "chain" as const, weight, amount }] : [];
  });
}

function firstReward(returns: Float64Array, from: number): number {
  let step = from;
  while (step < returns.length - 2 && returns[step + 1] <= returns[step]) step++;
  return step;
}

type Thoughts = NonNullable<HighlightInput["thoughts"]>;

function dropsIn({ at, values }: Thoughts): Highlight[] {
  const changes = Array.from(values.subarray(1), (value, i) => value - values[i]);
  const spread = spreadOf(changes);
  return changes.flatMap((amount, i) =>
    amount < 0 ? [{ step: at[i], kind: "drop" as const, weight: -amount / spread, amount }] : [],
  );
}

function surprisesIn({ at, errors }: Thoughts): Highlight[] {
  const known = Array.from(errors).filter((error) => !Number.isNaN(error));
  const spread = spreadOf(known);
  return Array.from(errors).flatMap((amount, i) =>
    Number.isNaN(amount)
      ? []
      : [{ step: at[i], kind: "surprise" as const, weight: Math.abs(amount) / spread, amount }],
  );
}

/** Root mean square; never 0. */
function spreadOf(values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value * value, 0);
  return Math.sqrt(sum / Math.max(1, values.length)) || Number.POSITIVE_INFINITY;
}
