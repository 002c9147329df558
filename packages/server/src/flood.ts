/** So many requests in so long a time, and no more. */

export interface FloodGate {
  /** Requests that pass within the time. */
  readonly most: number;
  /** Counts a request; true if there were too many within the present span. */
  isShut(): boolean;
}

/** @param milliseconds length of a span; the first begins with the first request */
export function createFloodGate(most: number, milliseconds: number): FloodGate {
  let since = Number.NEGATIVE_INFINITY;
  let count = 0;
  return {
    most,
    isShut() {
      const now = performance.now();
      if (now - since > milliseconds) {
        since = now;
        count = 0;
      }
      return ++count > most;
    },
  };
}
