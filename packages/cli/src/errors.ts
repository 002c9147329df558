/**
 * Errors of the command line: the one class it throws itself, and the rule by which any error of the
 * stack becomes what the user sees: one sentence, and an exit code.
 */

/** Exit codes of the command. Interrupted runs exit with 128 + the signal's number. */
export const exitCodes = {
  /** Everything asked for was done. */
  ok: 0,
  /** Something broke that the user could not have prevented. */
  internal: 1,
  /** What was asked for is impossible as asked; the sentence says why. */
  usage: 2,
  /** Ctrl-C (SIGINT). */
  interrupted: 130,
  /** SIGTERM. */
  terminated: 143,
} as const;

/** Code of a typed error that came up in the middle of training, whatever its own code was. */
export const trainingFailed = "TRAINING_FAILED";

/** An error of the command line itself, with a stable `code`. */
export class CliError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = "CliError";
    this.code = code;
  }
}

/** An error as plain data, so that it can travel between threads. */
export interface ErrorReport {
  /** Stable code of a typed error of the stack; undefined for anything unexpected. */
  readonly code?: string;
  readonly message: string;
  /** Only for unexpected errors: where it came from. */
  readonly stack?: string;
}

/**
 * Typed errors of the stack carry a `code` of their own and a sentence made for the user. Node's
 * own errors have a code too (ERR_..., or a system call's) but their sentences are not ours.
 */
export function reportError(error: unknown): ErrorReport {
  if (!(error instanceof Error)) return { message: String(error) };
  const code = "code" in error ? error.code : undefined;
  const typed = typeof code === "string" && !code.startsWith("ERR_") && !("syscall" in error);
  if (typed) {
    const place = code === "FAULTY_GAME" ? placeOf(error.cause) : "";
    return { code, message: `${error.message}${place}` };
  }
  return error.stack === undefined
    ? { message: error.message }
    : { message: error.message, stack: error.stack };
}

/** " (at dodge.ts:7:9)": the innermost place of an error's stack that has a file, or nothing. */
export function placeOf(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const place = /^\s+at .*?([^\s()/\\]+):(\d+):(\d+)\)?$/m.exec(stack);
  return place === null ? "" : ` (at ${place[1]}:${place[2]}:${place[3]})`;
}

/** The text for stderr: one sentence for typed errors, sentence and stack for unexpected ones. */
export function errorText(report: ErrorReport): string {
  if (report.code !== undefined) return `carom: ${oneLine(report.message)}`;
  const where = report.stack === undefined ? "" : `\n${report.stack}`;
  return `carom: unexpected error: ${oneLine(report.message)}${where}`;
}

/** The exit code that a report leads to. */
export function exitCodeOf({ code }: ErrorReport): number {
  return code === undefined || code === trainingFailed ? exitCodes.internal : exitCodes.usage;
}

function oneLine(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, " ");
}
