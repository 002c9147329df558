/** The error class of this package: a stable `code` for programs, one sentence for people. */

/** Stable codes of GymError. */
export type GymErrorCode =
  /** No program to run Python with. */
  | "PYTHON_MISSING"
  /** Python lacks gymnasium, ale_py or what the environment itself needs. */
  | "PACKAGE_MISSING"
  /** Gymnasium knows no environment of this id. */
  | "UNKNOWN_ENV"
  /** Spaces that Carom has no kind for, or a system without named pipes. */
  | "UNSUPPORTED"
  /** The environment cannot be made or started. */
  | "ENV_FAULTY"
  /** The Python process ended, or was ended, and starting it again did not help. */
  | "CHILD_DIED"
  /** Nowhere to put the memory that both processes share. */
  | "NO_ROOM"
  /** An option is wrong. */
  | "INVALID_ARGUMENT"
  /** The other program does not keep the protocol of `serveEnv`. */
  | "PROTOCOL";

/** An environment in Python, or a Python program, that does not do what it should. */
export class GymError extends Error {
  /** The name of the class, for logs. */
  override readonly name: string = "GymError";
  /** What went wrong, for programs. */
  readonly code: GymErrorCode;

  constructor(code: GymErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
