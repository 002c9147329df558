/**
 * Portable sine and cosine: additions and multiplications in a fixed order, so that every engine
 * (and the GPU) gets the same bits; `Math.sin` and its kin differ from engine to engine in the last
 * place. Power series after reduction to [-pi/4, pi/4]; at most 1e-15 from the true value for |x|
 * <= 1000.
 */

/**
 * pi/2 as the sum of a double of 33 significant bits and a remainder: n * HALF_PI_HIGH is exact for
 * |n| < 2^20.
 */
const HALF_PI_HIGH = 1.5707963267341256;
const HALF_PI_LOW = 6.077100506506192e-11;
const TWO_OVER_PI = 0.6366197723675814;

/** The sine of `x` radians. */
export function sin(x: number): number {
  const quarter = Math.floor(x * TWO_OVER_PI + 0.5);
  const rest = x - quarter * HALF_PI_HIGH - quarter * HALF_PI_LOW;
  const turn = quarter & 3;
  const value = (turn & 1) === 0 ? sinSeries(rest) : cosSeries(rest);
  return turn < 2 ? value : -value;
}

/** The cosine of `x` radians. */
export function cos(x: number): number {
  const quarter = Math.floor(x * TWO_OVER_PI + 0.5);
  const rest = x - quarter * HALF_PI_HIGH - quarter * HALF_PI_LOW;
  const turn = quarter & 3;
  const value = (turn & 1) === 0 ? cosSeries(rest) : sinSeries(rest);
  return turn === 0 || turn === 3 ? value : -value;
}

/** x - x^3/3! + x^5/5! - ... to x^15, for |x| <= pi/4. */
function sinSeries(x: number): number {
  const s = x * x;
  let sum = -1 / 1307674368000;
  sum = sum * s + 1 / 6227020800;
  sum = sum * s - 1 / 39916800;
  sum = sum * s + 1 / 362880;
  sum = sum * s - 1 / 5040;
  sum = sum * s + 1 / 120;
  sum = sum * s - 1 / 6;
  return x + x * s * sum;
}

/** 1 - x^2/2! + x^4/4! - ... to x^16, for |x| <= pi/4. */
function cosSeries(x: number): number {
  const s = x * x;
  let sum = 1 / 20922789888000;
  sum = sum * s - 1 / 87178291200;
  sum = sum * s + 1 / 479001600;
  sum = sum * s - 1 / 3628800;
  sum = sum * s + 1 / 40320;
  sum = sum * s - 1 / 720;
  sum = sum * s + 1 / 24;
  return 1 - 0.5 * s + s * s * sum;
}
