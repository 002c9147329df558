/**
 * Ctrl-C and SIGTERM: the first asks a run to save and stop, the second ends the process at once.
 *
 * A runner such as pnpm passes the terminal's Ctrl-C on to a process that the terminal has already
 * told, so one key press can arrive twice; arrivals closer together than `echo` count as one.
 */
import { exitCodes } from "./errors.js";

/** Milliseconds in which a second signal is taken for an echo of the first. */
const echo = 300;

/** The signals that end a run in good order. */
export type EndSignal = "SIGINT" | "SIGTERM";

/** The exit code that a process ended by a signal has. */
export function exitCodeFor(signal: EndSignal): number {
  return signal === "SIGINT" ? exitCodes.interrupted : exitCodes.terminated;
}

/** What to do when a signal comes. `last` must end the process. */
export interface SignalHandlers {
  readonly first: (signal: EndSignal) => void;
  readonly last: (signal: EndSignal) => void;
}

/** Listens for the rest of the process, so that an echo that comes late does no harm either. */
export function listenForEnd({ first, last }: SignalHandlers): void {
  let firstAt: number | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    const end = signal === "SIGTERM" ? "SIGTERM" : "SIGINT";
    const now = performance.now();
    if (firstAt === undefined) {
      firstAt = now;
      first(end);
    } else if (now - firstAt > echo) {
      last(end);
    }
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
}
