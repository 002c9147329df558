/** errors: what @carom/nn throws on purpose. */

/** Stable codes of {@link NnError}. */
export type NnErrorCode = "INVALID_ARGUMENT" | "PARAMETER_MISMATCH" | "SAFETENSORS_INVALID";

/** An error with a stable code; the message reads `<function>: <what is wrong> (got ..., expected ...)`. */
export class NnError extends Error {
  /** What kind of error this is; does not change between versions. */
  readonly code: NnErrorCode;

  constructor(code: NnErrorCode, where: string, problem: string) {
    super(`${where}: ${problem}`);
    this.name = "NnError";
    this.code = code;
  }
}
