/**
 * How long to wait before the next attempt to connect: doubling, capped, with jitter so that pages
 * do not return at once.
 */

const FIRST = 500;
const LONGEST = 15_000;

/**
 * Milliseconds to wait before attempt `attempt` (0 = the first one after a loss).
 * @param random 0..1; the wait lies between half of the full value and all of it
 */
export function backoff(attempt: number, random: number): number {
  const full = Math.min(LONGEST, FIRST * 2 ** Math.min(attempt, 16));
  return Math.round(full * (0.5 + random / 2));
}
