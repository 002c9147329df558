/** Statements. */
import type {
  AnyNode,
  Expression,
  IfStatement,
  LabeledStatement,
  Statement,
  SwitchStatement,
  VariableDeclaration,
} from "acorn";
import type { Expr, Kind, Label, Stmt } from "../ir/ir.js";
import { lowerAssignment, lowerUpdate } from "./assign.js";
import type { Context } from "./context.js";
import { lowerExpression, lowerNumber, lowerTest, scalarOf } from "./expressions.js";
import { not } from "./fold.js";
import { isLoop, lowerLoop } from "./loops.js";
import { bindPattern } from "./patterns.js";
import { describe, type Value } from "./values.js";

/** The statements of a block. */
export function lowerStatements(
  cx: Context,
  nodes: readonly AnyNode[],
  assigned: ReadonlySet<string>,
): void {
  cx.scoped(() => {
    for (const node of nodes) {
      lowerStatement(cx, node as Statement, assigned);
      if (cx.isOver()) return; // what follows never runs
    }
  });
}

/** The statements of a body, as a block of their own. */
export function lowerBlock(cx: Context, node: Statement, assigned: ReadonlySet<string>): Stmt[] {
  return cx.collect(() => cx.scoped(() => lowerStatement(cx, node, assigned)));
}

/** One statement. */
export function lowerStatement(cx: Context, node: Statement, assigned: ReadonlySet<string>): void {
  if (isLoop(node)) {
    lowerLoop(cx, node, undefined, assigned);
    return;
  }
  switch (node.type) {
    case "ExpressionStatement":
      lowerEffect(cx, node.expression);
      return;
    case "VariableDeclaration":
      lowerDeclaration(cx, node, assigned);
      return;
    case "IfStatement":
      lowerIf(cx, node, assigned);
      return;
    case "BlockStatement":
      lowerStatements(cx, node.body, assigned);
      return;
    case "ReturnStatement":
      lowerReturn(cx, node, node.argument ? lowerExpression(cx, node.argument) : undefined);
      return;
    case "BreakStatement":
    case "ContinueStatement":
      lowerJump(cx, node);
      return;
    case "SwitchStatement":
      lowerSwitch(cx, node, undefined, assigned);
      return;
    case "LabeledStatement":
      lowerLabelled(cx, node, assigned);
      return;
    case "ThrowStatement":
      cx.emit({ op: "throw", site: cx.site("throw", node) });
      return;
    case "EmptyStatement":
      return;
    default:
      throw refusal(cx, node);
  }
}

/** An expression whose value is not used; minifiers write ifs this way. */
export function lowerEffect(cx: Context, node: Expression): void {
  switch (node.type) {
    case "AssignmentExpression":
      lowerAssignment(cx, node, false);
      return;
    case "UpdateExpression":
      lowerUpdate(cx, node, false);
      return;
    case "SequenceExpression":
      for (const one of node.expressions) lowerEffect(cx, one);
      return;
    case "ParenthesizedExpression":
      lowerEffect(cx, node.expression);
      return;
    case "LogicalExpression": {
      if (node.operator === "??") break;
      const left = lowerTest(cx, node.left);
      const test = node.operator === "&&" ? left : not(left);
      branch(
        cx,
        test,
        () => lowerEffect(cx, node.right),
        () => {},
      );
      return;
    }
    case "ConditionalExpression": {
      const test = lowerTest(cx, node.test);
      branch(
        cx,
        test,
        () => lowerEffect(cx, node.consequent),
        () => lowerEffect(cx, node.alternate),
      );
      return;
    }
    default:
      break;
  }
  lowerExpression(cx, node);
}

/** An if; where the condition is known, only what runs. */
function branch(cx: Context, test: Expr, yes: () => void, no: () => void): void {
  if (test.op === "const") {
    (test.value ? yes : no)();
    return;
  }
  cx.emit({ op: "if", test, body: cx.collect(yes), otherwise: cx.collect(no) });
}

function lowerIf(cx: Context, node: IfStatement, assigned: ReadonlySet<string>): void {
  const test = lowerTest(cx, node.test);
  const { alternate } = node;
  branch(
    cx,
    test,
    () => cx.scoped(() => lowerStatement(cx, node.consequent, assigned)),
    () => alternate && cx.scoped(() => lowerStatement(cx, alternate, assigned)),
  );
}

/** `let`, `const`. */
export function lowerDeclaration(
  cx: Context,
  node: VariableDeclaration,
  assigned: ReadonlySet<string>,
): void {
  if (node.kind !== "let" && node.kind !== "const") {
    throw cx.refuse(node, `\`${node.kind}\` is not supported`, "use let or const");
  }
  for (const { id, init } of node.declarations) {
    if (!init) throw cx.refuse(node, "a variable without a value", "give it one: let k = 0");
    const value = lowerExpression(cx, init);
    if (value.is === "live" && typeof value.value === "string") scalarOf(cx, init, value);
    bindPattern(cx, id, value, assigned);
  }
}

/** `return value`. */
export function lowerReturn(cx: Context, node: AnyNode, value: Value | undefined): void {
  const isNothing = !value || (value.is === "live" && value.value === undefined);
  const items = isNothing ? [] : value.is === "tuple" ? value.items : [value];
  const scalars = items.map((item) => {
    if (item.is === "scalar") return item;
    const help = "a function returns numbers and booleans, or a literal array of them";
    throw cx.refuse(node, `returning ${describe(item)} is not supported`, help);
  });
  const kinds = scalars.map(({ kind }) => kind);
  if (!cx.results) {
    cx.results = kinds;
    (cx.fn.results as Kind[]).push(...kinds);
  } else if (cx.results.join() !== kinds.join()) {
    throw cx.refuse(node, "returns of different types", "always return the same type");
  }
  cx.emit({ op: "return", values: scalars.map(({ expr }) => expr) });
}

function lowerJump(
  cx: Context,
  node: Extract<Statement, { type: "BreakStatement" | "ContinueStatement" }>,
): void {
  const op = node.type === "BreakStatement" ? "break" : "continue";
  const label = cx.target(node.label?.name, op);
  if (!label) throw cx.refuse(node, `there is nothing to ${op} here`, "see the loop around it");
  cx.emit({ op, label });
}

function lowerLabelled(cx: Context, node: LabeledStatement, assigned: ReadonlySet<string>): void {
  const { name } = node.label;
  const { body } = node;
  if (isLoop(body)) {
    lowerLoop(cx, body, name, assigned);
    return;
  }
  const label: Label = { name: cx.builder.unique("leave") };
  cx.around.push({ label, name, canContinue: false, canBreak: false });
  cx.emit({ op: "block", label, body: lowerBlock(cx, body, assigned) });
  cx.around.pop();
}

function lowerSwitch(
  cx: Context,
  node: SwitchStatement,
  name: string | undefined,
  assigned: ReadonlySet<string>,
): void {
  const value = cx.keep(lowerNumber(cx, node.discriminant), "number");
  const label: Label = { name: cx.builder.unique("leave") };
  const cases: { readonly test: Expr | null; readonly body: readonly Stmt[] }[] = [];
  cx.around.push({ label, name, canContinue: false, canBreak: true });
  cx.scoped(() => {
    for (const one of node.cases) {
      const test = one.test ? caseOf(cx, one.test) : null;
      const body = cx.collect(() => {
        for (const stmt of one.consequent) lowerStatement(cx, stmt, assigned);
      });
      cases.push({ test, body });
    }
  });
  cx.around.pop();
  cx.emit({ op: "switch", label, value, cases });
}

function caseOf(cx: Context, node: Expression): Expr {
  const test = lowerNumber(cx, node);
  if (test.op === "const") return test;
  throw cx.refuse(node, "a case that is no constant is not supported", "write ifs");
}

const REFUSALS: Readonly<Record<string, readonly [string, string]>> = {
  TryStatement: ["`try` is not supported", "check before: nothing throws on a GPU"],
  FunctionDeclaration: ["a closure is not supported", "move the function to the module"],
  ClassDeclaration: ["a class inside a function is not supported", "move it to the module"],
  ForInStatement: ["`for..in` is not supported", "count with an index"],
  DebuggerStatement: ["`debugger` is not supported", "remove it"],
  WithStatement: ["`with` is not supported", "name what is used"],
};

function refusal(cx: Context, node: AnyNode): Error {
  const [what, help] = REFUSALS[node.type] ?? [`${node.type} is not supported`, "see the guide"];
  return cx.refuse(node, what, help);
}
