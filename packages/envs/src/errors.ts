/** The one error class of this package: a stable `code` for programs, one sentence for people. */

/** What went wrong, for programs. */
export type EnvErrorCode =
  | "EPISODE_OVER"
  | "INVALID_ARGUMENT"
  | "INVALID_ACTION"
  | "INVALID_REWARD"
  | "INVALID_OBSERVATION"
  | "FAULTY_GAME"
  | "WORKER_FAILED"
  | "UNKNOWN_GAME"
  | "UNKNOWN_VARIANT"
  | "UNSUPPORTED"
  | "STATE_MISMATCH"
  | "REPLAY_CORRUPT"
  | "REPLAY_FOREIGN";

/** An error of the environments; `message` reads `what: what is wrong (got ..., expected ...)`. */
export class EnvError extends Error {
  /** The name of the class, for logs. */
  override readonly name = "EnvError";
  /** What went wrong, for programs. */
  readonly code: EnvErrorCode;

  constructor(code: EnvErrorCode, message: string, options?: { readonly cause: unknown }) {
    super(message, options);
    this.code = code;
  }
}
