/** The program as text for people: every variable with its type and range, every statement in its order. */
import type { Analysis } from "../analyse/analyse.js";
import type { ArrayRef, Expr, Fn, Program, Stmt } from "./ir.js";
import type { Range } from "./range.js";

/** Prints all functions, callees before callers. */
export function printProgram(program: Program, analysis: Analysis): string {
  return `${program.fns.map((fn) => printFn(fn, analysis)).join("\n\n")}\n`;
}

function printFn(fn: Fn, analysis: Analysis): string {
  const params = fn.params.map((param) => {
    const type = param.kind === "boolean" ? "bool" : analysis.variable(param);
    return `${param.name}: ${type}`;
  });
  const results = fn.results.map((kind, i) =>
    kind === "boolean" ? "bool" : analysis.result(fn, i),
  );
  const lines: string[] = [];
  printBlock(fn.body, 1, lines, analysis);
  const head = `${fn.name}(${params.join(", ")}) -> (${results.join(", ")}) {`;
  return [`# ${fn.owner}`, head, ...lines, "}"].join("\n");
}

function printBlock(
  stmts: readonly Stmt[],
  depth: number,
  lines: string[],
  analysis: Analysis,
): void {
  for (const stmt of stmts) printStmt(stmt, depth, lines, analysis);
}

function printStmt(stmt: Stmt, depth: number, lines: string[], analysis: Analysis): void {
  const line = (text: string): void => {
    lines.push(`${"  ".repeat(depth)}${text}`);
  };
  const block = (stmts: readonly Stmt[]): void => printBlock(stmts, depth + 1, lines, analysis);
  switch (stmt.op) {
    case "if":
      line(`if ${printExpr(stmt.test)} {`);
      block(stmt.body);
      if (stmt.otherwise.length > 0) line("} else {");
      block(stmt.otherwise);
      line("}");
      return;
    case "loop":
      line(`${stmt.label.name}: loop {`);
      if (stmt.testsLast) block(stmt.body);
      block(stmt.before);
      line(`  while ${printExpr(stmt.test)}`);
      if (!stmt.testsLast) block(stmt.body);
      if (stmt.update.length > 0) line("  then");
      block(stmt.update);
      line("}");
      return;
    case "switch":
      line(`${stmt.label.name}: switch ${printExpr(stmt.value)} {`);
      for (const { test, body } of stmt.cases) {
        line(test ? `case ${printExpr(test)}:` : "default:");
        block(body);
      }
      line("}");
      return;
    case "block":
      line(`${stmt.label.name}: {`);
      block(stmt.body);
      line("}");
      return;
    default:
      line(printSimple(stmt, analysis));
  }
}

type Simple = Exclude<Stmt, { op: "if" | "loop" | "switch" | "block" }>;

function printSimple(stmt: Simple, analysis: Analysis): string {
  const list = (exprs: readonly Expr[]): string => exprs.map(printExpr).join(", ");
  switch (stmt.op) {
    case "declare": {
      const { name, kind } = stmt.variable;
      const type = kind === "boolean" ? "bool" : analysis.variable(stmt.variable);
      const range = kind === "boolean" ? "" : `  # ${printRange(analysis.range(stmt.value))}`;
      return `${name}: ${type} = ${printExpr(stmt.value)}${range}`;
    }
    case "array":
      return `${stmt.store.name}: ${stmt.store.element}[${stmt.store.length}]`;
    case "assign":
      return `${printExpr(stmt.target)} = ${printExpr(stmt.value)}`;
    case "store":
      return `${arrayName(stmt.array)}[${printExpr(stmt.index)}] = ${printExpr(stmt.value)}`;
    case "fill":
      return `fill ${arrayName(stmt.array)} (${list([stmt.value, stmt.from, stmt.to])})`;
    case "copy":
      return `copy ${arrayName(stmt.source)} to ${arrayName(stmt.array)} + ${printExpr(stmt.at)}`;
    case "call": {
      const results = stmt.results.map(({ name }) => name).join(", ");
      return `${results === "" ? "" : `${results} = `}${stmt.fn.name}(${list(stmt.args)})`;
    }
    case "paint":
      return `paint ${stmt.shape}(${list(stmt.args)})`;
    case "break":
    case "continue":
      return `${stmt.op} ${stmt.label.name}`;
    case "return":
      return `return ${list(stmt.values)}`.trimEnd();
    case "throw":
      return "throw";
    default:
      return stmt satisfies never;
  }
}

function arrayName({ store, object }: ArrayRef): string {
  return object === "other" ? `other.${store.name}` : store.name;
}

function printExpr(expr: Expr): string {
  switch (expr.op) {
    case "const":
      return Object.is(expr.value, -0) ? "-0" : String(expr.value);
    case "var":
      return expr.variable.name;
    case "field":
      return `${expr.object === "other" ? "other" : "this"}.${expr.field.name}`;
    case "load":
      return `${arrayName(expr.array)}[${printExpr(expr.index)}]`;
    case "unary":
      return `${expr.fn}(${printExpr(expr.a)})`;
    case "binary":
    case "compare":
    case "logic":
      return `${expr.fn}(${printExpr(expr.a)}, ${printExpr(expr.b)})`;
    case "not":
    case "number":
      return `${expr.op}(${printExpr(expr.a)})`;
    case "select":
      return `(${printExpr(expr.test)} ? ${printExpr(expr.a)} : ${printExpr(expr.b)})`;
    default:
      return expr satisfies never;
  }
}

/** `0..5 whole`, with `nan` and `-0` where they are possible. */
function printRange({ lo, hi, whole, nan, negZero }: Range): string {
  const words = [`${lo}..${hi}`];
  if (whole) words.push("whole");
  if (nan) words.push("nan");
  if (negZero) words.push("-0");
  return words.join(" ");
}
