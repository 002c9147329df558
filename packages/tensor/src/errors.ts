/**
 * errors: every error that @carom/tensor throws on purpose.
 *
 * The message reads `<op>: <what is wrong> (got ..., expected ...)`; `code` is stable and is what
 * programs should test. Native errors arrive as one of these too (backends/native/errors.ts).
 */

/** Stable codes of {@link TensorError}. */
export type TensorErrorCode =
  | "SHAPE_MISMATCH"
  | "DTYPE_MISMATCH"
  | "INVALID_ARGUMENT"
  | "DEVICE_UNAVAILABLE"
  | "DEVICE_MISMATCH"
  | "DISPOSED"
  | "RECORDING"
  | "GRADIENT"
  | "NAN"
  | "STALE_HANDLE"
  | "OUT_OF_MEMORY"
  | "INTERNAL";

/** Base class: an error of a tensor operation, with the op's name and a stable code. */
export class TensorError extends Error {
  /** What kind of error this is; does not change between versions. */
  readonly code: TensorErrorCode;
  /** The op or function that refused. */
  readonly op: string;

  constructor(code: TensorErrorCode, op: string, problem: string) {
    super(`${op}: ${problem}`);
    this.name = new.target.name;
    this.code = code;
    this.op = op;
  }
}

/** Shapes, axes or sizes do not fit together. */
export class ShapeError extends TensorError {
  constructor(op: string, problem: string) {
    super("SHAPE_MISMATCH", op, problem);
  }
}

/** An op was given a dtype that it does not take, or dtypes that differ. */
export class DtypeError extends TensorError {
  constructor(op: string, problem: string) {
    super("DTYPE_MISMATCH", op, problem);
  }
}

/** A device cannot be opened, or tensors of two devices were mixed. */
export class DeviceError extends TensorError {
  constructor(
    op: string,
    problem: string,
    code: "DEVICE_UNAVAILABLE" | "DEVICE_MISMATCH" = "DEVICE_UNAVAILABLE",
  ) {
    super(code, op, problem);
  }
}

/** Something that a recording cannot contain, or a recording used in the wrong order. */
export class CaptureError extends TensorError {
  constructor(op: string, problem: string) {
    super("RECORDING", op, problem);
  }
}

/** A tensor, recording or device was used after it had been disposed. */
export class DisposedError extends TensorError {
  constructor(op: string, problem: string) {
    super("DISPOSED", op, problem);
  }
}

/** The gradient that was asked for cannot be computed correctly. */
export class GradientError extends TensorError {
  constructor(op: string, problem: string) {
    super("GRADIENT", op, problem);
  }
}

/** What {@link NanError} knows beside its message. */
export interface NanFacts {
  /** The op whose gradient was being computed; undefined in a forward pass. */
  readonly rule: string | undefined;
  /** Where the first NaN of the result is. */
  readonly index: readonly number[];
  /** The inputs of the op that had a NaN already, by number. */
  readonly tainted: readonly number[];
}

/** `detectNaN` met an op whose result has a NaN. */
export class NanError extends TensorError {
  /** Where, and who may be to blame. */
  readonly facts: NanFacts;

  constructor(op: string, problem: string, facts: NanFacts) {
    super("NAN", op, problem);
    this.facts = facts;
  }
}
