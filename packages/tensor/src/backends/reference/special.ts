/** special: functions that JavaScript's Math lacks, in double precision. */

/** Error function, by the series e^(-x^2) sum 2^n x^(2n+1) / (2n+1)!!, all of whose terms add up. */
export function erf(x: number): number {
  const t = Math.abs(x);
  if (!(t < 3)) return Number.isNaN(x) ? x : Math.sign(x) * (1 - erfcTail(t));
  let term = x;
  let sum = x;
  for (let n = 1; n < 80; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** 1 - erf(x), without cancellation for large x. */
export function erfc(x: number): number {
  return x < 3 ? 1 - erf(x) : Number.isNaN(x) ? x : erfcTail(x);
}

/** The continued fraction e^(-t^2) / sqrt(pi) / (t + (1/2) / (t + 1 / (t + (3/2) / (t + ...)))). */
function erfcTail(t: number): number {
  if (t > 30) return 0;
  let fraction = t;
  for (let n = 60; n >= 1; n--) fraction = t + n / 2 / fraction;
  return Math.exp(-t * t) / Math.sqrt(Math.PI) / fraction;
}

/** Probability that a standard normal number is at most x. */
export const normalCdf = (x: number): number => 0.5 * erfc(-x * Math.SQRT1_2);
