/**
 * The one error class of this package: a refusal says where, what is not supported, and the way out.
 *
 *   snake.ts: Snake.step, line 12: a closure is not supported
 *     help: move it to a method or a function of the module
 *     12 | this.body.forEach((cell) => cell + 1);
 *        |                   ^
 */

/** What went wrong, for programs. */
export type CompileErrorCode =
  | "UNSUPPORTED"
  | "INVALID_GAME"
  | "UNKNOWN_NAME"
  | "NO_SOURCE"
  | "TOOL_FAILED"
  | "TOOL_MISSING"
  | "INVALID_ARGUMENT";

/** A place in the text of a game. */
export interface SourcePlace {
  /** File, as far as it is known; else empty. */
  readonly file: string;
  /** `Class.method`, or the name of a function. */
  readonly owner: string;
  /** Line in the file (counted from 1); in the text of the function where there is no file. */
  readonly line: number;
  /** Column from 1. */
  readonly column: number;
  /** That line's text. */
  readonly text: string;
}

/** Why a game cannot be translated. */
export interface CompileFault {
  /** For programs. */
  readonly code: CompileErrorCode;
  /** What is not supported, in one clause. */
  readonly what: string;
  /** What to write instead. */
  readonly help?: string;
  /** Where; absent for faults that have no place. */
  readonly place?: SourcePlace;
}

/** A refusal of the compiler. */
export class CompileError extends Error {
  /** The name of the class, for logs. */
  override readonly name = "CompileError";
  /** For programs. */
  readonly code: CompileErrorCode;
  /** What is not supported. */
  readonly what: string;
  /** What to write instead; empty where nothing can be said. */
  readonly help: string;
  /** Where, if it has a place. */
  readonly place: SourcePlace | undefined;

  constructor(fault: CompileFault) {
    super(messageOf(fault));
    this.code = fault.code;
    this.what = fault.what;
    this.help = fault.help ?? "";
    this.place = fault.place;
  }
}

function messageOf({ what, help, place }: CompileFault): string {
  const advice = help ? `\n  help: ${help}` : "";
  if (!place) return `${what}${advice}`;
  const number = String(place.line);
  const trimmed = place.text.trimStart();
  const shift = place.text.length - trimmed.length;
  const caret = " ".repeat(Math.max(0, place.column - 1 - shift));
  const shown = `\n  ${number} | ${trimmed}\n  ${" ".repeat(number.length)} | ${caret}^`;
  return `${placeText(place)}: ${what}${advice}${shown}`;
}

/** `snake.ts: Snake.step, line 12`. */
export function placeText({ file, owner, line }: SourcePlace): string {
  return `${file === "" ? "" : `${file}: `}${owner}, line ${line}`;
}
