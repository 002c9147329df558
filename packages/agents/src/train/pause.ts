/** Letting the thread's other work have a turn: timers, requests, what a page has to draw. */

declare const setImmediate: ((callback: () => void) => unknown) | undefined;
declare function setTimeout(callback: () => void, milliseconds: number): unknown;

/** One turn of the event loop (a macrotask: promises alone would not let anything else run). */
export function pause(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === "function") setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
}
