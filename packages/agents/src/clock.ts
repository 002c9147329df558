/**
 * The only place of this package that looks at a clock: the time split that agents report.
 * Nothing that is learned depends on it.
 */

/** The clock that browsers and Node share. */
declare const performance: { now(): number };

/** Seconds of a monotonic clock with an arbitrary zero. */
export function seconds(): number {
  return performance.now() / 1000;
}
