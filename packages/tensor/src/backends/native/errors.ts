/**
 * errors: the one place where an error of the native core becomes one of this package's classes.
 */
import {
  CaptureError,
  DisposedError,
  DtypeError,
  ShapeError,
  TensorError,
  type TensorErrorCode,
} from "../../errors.js";

const known: ReadonlySet<string> = new Set<TensorErrorCode>([
  "INVALID_ARGUMENT",
  "STALE_HANDLE",
  "OUT_OF_MEMORY",
  "INTERNAL",
]);

/** An error thrown by the core, as a typed error; anything else unchanged. */
export function translated(error: unknown): unknown {
  if (!(error instanceof Error) || !("code" in error)) return error;
  const op = "op" in error && typeof error.op === "string" && error.op !== "" ? error.op : "native";
  const prefix = `${op}: `;
  const problem = error.message.startsWith(prefix)
    ? error.message.slice(prefix.length)
    : error.message;
  switch (error.code) {
    case "SHAPE_MISMATCH":
      return new ShapeError(op, problem);
    case "DTYPE_MISMATCH":
      return new DtypeError(op, problem);
    case "RECORDING":
      return new CaptureError(op, problem);
    case "DISPOSED":
      return new DisposedError(op, problem);
    default:
      return isCode(error.code) ? new TensorError(error.code, op, problem) : error;
  }
}

function isCode(code: unknown): code is TensorErrorCode {
  return typeof code === "string" && known.has(code);
}
