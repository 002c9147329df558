/**
 * What the charts draw: a smoothed line that does not lie, and fewer points that lose no spike.
 *
 * The smoothed value at a point is a weighted mean of the raw values up to it, weights halving
 * every `halfLife` points, and divided by the sum of the weights: it starts at the first value, not
 * at zero, and never looks ahead. NaN and infinities are not averaged in; they stay visible as gaps
 * of the raw points.
 */

/** Debiased exponential moving average; `halfLife` 0 returns the values themselves. */
export function smooth(values: ArrayLike<number>, halfLife: number): Float64Array {
  const out = new Float64Array(values.length);
  const keep = halfLife > 0 ? 0.5 ** (1 / halfLife) : 0;
  let sum = 0;
  let weight = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (Number.isFinite(value)) {
      sum = sum * keep + value * (1 - keep);
      weight = weight * keep + (1 - keep);
    }
    out[i] = weight === 0 ? Number.NaN : sum / weight;
  }
  return out;
}

/**
 * Indices of at most about `4 * buckets` points that draw like all of them: of each bucket of equal
 * width in x, the first, the last, the smallest and the largest value, and one that is not finite
 * if there is any. All indices if they are few.
 */
export function thin(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  buckets: number,
): Uint32Array | undefined {
  const n = x.length;
  if (n <= buckets * 4) return undefined;
  const kept: number[] = [];
  eachBucket(x, buckets, (start, end) => keepOf(y, start, end, kept));
  return Uint32Array.from(kept);
}

/** Smallest and largest value of the bucket that each kept point lies in. */
export interface Envelope {
  readonly low: readonly (number | null)[];
  readonly high: readonly (number | null)[];
}

/** The envelope of points that `thin` kept of the same values in the same buckets. */
export function envelope(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  buckets: number,
  kept: Uint32Array,
): Envelope {
  const low: (number | null)[] = [];
  const high: (number | null)[] = [];
  let at = 0;
  eachBucket(x, buckets, (start, end) => {
    let smallest = Number.POSITIVE_INFINITY;
    let largest = Number.NEGATIVE_INFINITY;
    for (let i = start; i < end; i++) {
      if (!Number.isFinite(y[i])) continue;
      if (y[i] < smallest) smallest = y[i];
      if (y[i] > largest) largest = y[i];
    }
    for (; at < kept.length && kept[at] < end; at++) {
      low.push(smallest <= largest ? smallest : null);
      high.push(smallest <= largest ? largest : null);
    }
  });
  return { low, high };
}

/** Walks over the buckets of equal width in x that hold something: [start, end) of each. */
function eachBucket(
  x: ArrayLike<number>,
  buckets: number,
  visit: (start: number, end: number) => void,
): void {
  const n = x.length;
  const low = x[0];
  const width = (x[n - 1] - low) / buckets || 1;
  let start = 0;
  for (let b = 1; b <= buckets && start < n; b++) {
    const edge = b === buckets ? Number.POSITIVE_INFINITY : low + b * width;
    let end = start;
    while (end < n && x[end] < edge) end++;
    if (end > start) visit(start, end);
    start = end;
  }
}

/** Appends the telling indices of [start, end), in order. */
function keepOf(y: ArrayLike<number>, start: number, end: number, kept: number[]): void {
  if (start === end) return;
  let smallest = -1;
  let largest = -1;
  let broken = -1;
  for (let i = start; i < end; i++) {
    if (!Number.isFinite(y[i])) broken = i;
    else {
      if (smallest === -1 || y[i] < y[smallest]) smallest = i;
      if (largest === -1 || y[i] > y[largest]) largest = i;
    }
  }
  const indices = [start, smallest, largest, broken, end - 1].filter((i) => i >= 0);
  kept.push(...[...new Set(indices)].sort((a, b) => a - b));
}
