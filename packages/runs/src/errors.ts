/**
 * The one error class of the run folder, and the translation of the system's errors into it.
 * Each code has one sentence that says what to do or what is wrong; callers switch on `code`,
 * people read `message`.
 */

/** Stable codes of RunError. */
export type RunErrorCode =
  /** The system does not let us write there (no permission, read-only). */
  | "FOLDER_NOT_WRITABLE"
  /** Another process holds the run; `owner` says which. */
  | "FOLDER_IN_USE"
  /** This process held the run's lock and another has taken it. */
  | "LOCK_LOST"
  /** No space or quota left. Nothing that was complete is lost. */
  | "DISK_FULL"
  /** Any other failure of the disk. */
  | "DISK_ERROR"
  | "RUN_NOT_FOUND"
  /** The folder already holds a run. */
  | "RUN_EXISTS"
  /** run.json cannot be read. */
  | "RUN_CORRUPT"
  | "CHECKPOINT_NOT_FOUND"
  | "CHECKPOINT_CORRUPT"
  /** A checkpoint of another run, game, version or algorithm. */
  | "CHECKPOINT_FOREIGN"
  | "EPISODE_NOT_FOUND"
  | "EPISODE_CORRUPT"
  | "POLICY_NOT_FOUND"
  | "POLICY_CORRUPT"
  /** The run's copy of its game is not what was written. */
  | "GAME_CORRUPT"
  /** An argument of a call is wrong. */
  | "INVALID_ARGUMENT";

/** Who holds a run. */
export interface RunOwner {
  /** Process id. */
  readonly pid: number;
  /** Name of the machine. */
  readonly host: string;
  /** ISO 8601 date and time. */
  readonly since: string;
}

/** Extra facts of a RunError. */
export interface RunErrorDetails {
  /** The file or folder concerned. */
  readonly path?: string;
  /** Who holds the lock (RUN_LOCKED). */
  readonly owner?: RunOwner;
  /** The error underneath, if any. */
  readonly cause?: unknown;
}

/** An error of the run folder. */
export class RunError extends Error {
  /** The name of the class, for logs. */
  override readonly name: string = "RunError";
  /** What went wrong, for programs. */
  readonly code: RunErrorCode;
  /** The file or folder it is about. */
  readonly path: string | undefined;
  /** The process that holds the run (FOLDER_IN_USE, LOCK_LOST). */
  readonly owner: RunOwner | undefined;

  constructor(code: RunErrorCode, message: string, details: RunErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.path = details.path;
    this.owner = details.owner;
  }
}

/** The system's code of an error ("ENOENT", ...), if it has one. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** A failure of the disk as a RunError; a RunError passes through. */
export function asRunError(action: string, path: string, error: unknown): RunError {
  if (error instanceof RunError) return error;
  const details = { path, cause: error };
  const code = systemCode(error);
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
      return new RunError(
        "DISK_FULL",
        `${action}: no space left on the disk (at ${path})`,
        details,
      );
    case "EACCES":
    case "EPERM":
      return new RunError(
        "FOLDER_NOT_WRITABLE",
        `${action}: permission denied (at ${path})`,
        details,
      );
    case "EROFS":
      return new RunError(
        "FOLDER_NOT_WRITABLE",
        `${action}: the disk is read-only (at ${path})`,
        details,
      );
    default:
      return new RunError(
        "DISK_ERROR",
        `${action}: the disk reports ${code ?? String(error)} (at ${path})`,
        details,
      );
  }
}
