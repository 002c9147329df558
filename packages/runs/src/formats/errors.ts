/**
 * The one error that decoding a format throws. Not here: errors of the disk (src/errors.ts).
 */

/** Bytes or text that are not what the format says. `code` is always "FORMAT_INVALID". */
export class FormatError extends Error {
  override readonly name: string = "FormatError";
  readonly code: string = "FORMAT_INVALID";
}
