/** A function as text: parsed, with the places of its parts in the file that it comes from. */
import { type AnyNode, type ArrowFunctionExpression, type FunctionExpression, parse } from "acorn";
import { CompileError, type CompileErrorCode, type SourcePlace } from "../errors.js";

/** What a callable thing is made of. */
export type FunctionNode = FunctionExpression | ArrowFunctionExpression;

/** Where the text of a function begins. */
export interface Origin {
  /** File, or "" if unknown. */
  readonly file: string;
  /** Line and column from 0. */
  readonly line: number;
  readonly column: number;
  /** File and line (from 0) in the source that the text was made of; undefined where that is not known. */
  mapped(
    line: number,
    column: number,
  ): { readonly file: string; readonly line: number } | undefined;
}

const OPTIONS = {
  ecmaVersion: "latest",
  sourceType: "module",
  locations: true,
  allowSuperOutsideMethod: true,
  checkPrivateFields: false,
} as const;

/** The parsed text of one function. */
export class FunctionSource {
  /** `Class.method`, or the function's name. */
  readonly owner: string;
  readonly node: FunctionNode;
  private readonly text: string;
  private readonly lines: readonly string[];
  private readonly shift: number;
  private readonly findOrigin: () => Origin;
  private found: Origin | undefined;

  /** Throws CompileError NO_SOURCE, UNSUPPORTED. */
  constructor(fn: (...args: never[]) => unknown, owner: string, origin: () => Origin) {
    this.owner = owner;
    this.findOrigin = origin;
    this.text = Function.prototype.toString.call(fn);
    this.lines = this.text.split("\n");
    if (/\{\s*\[native code\]\s*\}$/.test(this.text)) {
      throw new CompileError({
        code: "NO_SOURCE",
        what: `${owner} has no text of its own`,
        help: "bound and built-in functions cannot be translated",
      });
    }
    const found = parsed(this.text, "(", ")") ?? parsed(this.text, "({", "})");
    if (!found) {
      throw new CompileError({ code: "NO_SOURCE", what: `the text of ${owner} cannot be parsed` });
    }
    this.node = found.node;
    this.shift = found.shift;
  }

  /** The place of a part. */
  place(node: AnyNode): SourcePlace {
    const { line, column } = node.loc?.start ?? { line: 1, column: 0 };
    const from = this.origin();
    const own = column - (line === 1 ? this.shift : 0);
    const script = from.line + line - 1;
    const source = from.mapped(script, own + (line === 1 ? from.column : 0));
    return {
      file: source?.file ?? from.file,
      owner: this.owner,
      line: (source?.line ?? script) + 1,
      column: own + 1,
      text: this.lines[line - 1] ?? "",
    };
  }

  private origin(): Origin {
    this.found ??= this.findOrigin();
    return this.found;
  }

  /** The text of a part. */
  textOf(node: AnyNode): string {
    return this.text.slice(node.start - this.shift, node.end - this.shift);
  }

  /** An error at a part. */
  refusal(node: AnyNode, what: string, help: string, code: CompileErrorCode): CompileError {
    return new CompileError({ code, what, help, place: this.place(node) });
  }
}

function parsed(
  text: string,
  before: string,
  after: string,
): { node: FunctionNode; shift: number } | undefined {
  try {
    const program = parse(`${before}${text}${after}`, OPTIONS);
    const [statement] = program.body;
    if (statement.type !== "ExpressionStatement") return undefined;
    const node = functionIn(statement.expression);
    return node && { node, shift: before.length };
  } catch {
    return undefined;
  }
}

function functionIn(expression: AnyNode): FunctionNode | undefined {
  if (expression.type === "FunctionExpression") return expression;
  if (expression.type === "ArrowFunctionExpression") return expression;
  if (expression.type === "ParenthesizedExpression") return functionIn(expression.expression);
  if (expression.type !== "ObjectExpression") return undefined;
  const [property] = expression.properties;
  return property?.type === "Property" ? functionIn(property.value) : undefined;
}
