/** Loops: for, while, do..while, and for..of over arrays. */
import type {
  DoWhileStatement,
  Expression,
  ForOfStatement,
  ForStatement,
  Statement,
  WhileStatement,
} from "acorn";
import type { ArrayRef, Expr, Label, Stmt } from "../ir/ir.js";
import type { Context } from "./context.js";
import { lowerExpression, lowerTest } from "./expressions.js";
import { compare } from "./fold.js";
import { loadOf } from "./members.js";
import { bindPattern } from "./patterns.js";
import { lowerBlock, lowerDeclaration, lowerEffect } from "./statements.js";
import { describe } from "./values.js";

/** A loop that is supported. */
export type LoopNode = ForStatement | WhileStatement | DoWhileStatement | ForOfStatement;

/** Whether a statement is one. */
export function isLoop(node: Statement): node is LoopNode {
  return (
    node.type === "ForStatement" ||
    node.type === "WhileStatement" ||
    node.type === "DoWhileStatement" ||
    node.type === "ForOfStatement"
  );
}

/** A loop; `name`: the label that the game gave it. */
export function lowerLoop(
  cx: Context,
  node: LoopNode,
  name: string | undefined,
  assigned: ReadonlySet<string>,
): void {
  const label: Label = { name: cx.builder.unique("loop") };
  cx.scoped(() => {
    if (node.type === "ForOfStatement") lowerForOf(cx, node, { label, name }, assigned);
    else lowerPlain(cx, node, { label, name }, assigned);
  });
}

interface Named {
  readonly label: Label;
  readonly name: string | undefined;
}

function lowerPlain(
  cx: Context,
  node: Exclude<LoopNode, ForOfStatement>,
  named: Named,
  assigned: ReadonlySet<string>,
): void {
  const isFor = node.type === "ForStatement";
  if (isFor && node.init?.type === "VariableDeclaration") {
    lowerDeclaration(cx, node.init, assigned);
  } else if (isFor && node.init) lowerEffect(cx, node.init as Expression);
  let test: Expr = { op: "const", value: true };
  const before = cx.collect(() => {
    if (node.test) test = lowerTest(cx, node.test);
  });
  const body = loopBody(cx, node.body, named, assigned);
  const update = cx.collect(() => {
    if (isFor && node.update) lowerEffect(cx, node.update);
  });
  const testsLast = node.type === "DoWhileStatement";
  const site = cx.site("loop", node.test ?? node);
  cx.emit({ op: "loop", label: named.label, before, test, body, update, testsLast, site });
}

function loopBody(
  cx: Context,
  node: Statement,
  { label, name }: Named,
  assigned: ReadonlySet<string>,
): Stmt[] {
  cx.around.push({ label, name, canContinue: true, canBreak: true });
  const body = lowerBlock(cx, node, assigned);
  cx.around.pop();
  return body;
}

/** Over the elements of an array, whose length is fixed. */
function lowerForOf(
  cx: Context,
  node: ForOfStatement,
  named: Named,
  assigned: ReadonlySet<string>,
): void {
  const { left } = node;
  if (left.type !== "VariableDeclaration" || node.await) {
    throw cx.refuse(node, "this form of for..of is not supported", "for (const x of array)");
  }
  const array = iterated(cx, node.right);
  const variable = cx.variable("at", "number", true);
  const index: Expr = { op: "var", variable };
  cx.emit({ op: "declare", variable, value: { op: "const", value: 0 } });
  const test = compare("lt", index, { op: "const", value: array.store.length });
  const body = cx.collect(() => {
    bindPattern(cx, left.declarations[0].id, loadOf(cx, node.right, array, index), assigned);
    for (const stmt of loopBody(cx, node.body, named, assigned)) cx.emit(stmt);
  });
  const next: Expr = { op: "binary", fn: "add", a: index, b: { op: "const", value: 1 } };
  const update: Stmt[] = [{ op: "assign", target: index, value: next }];
  const site = cx.site("loop", node.right);
  const { label } = named;
  cx.emit({ op: "loop", label, before: [], test, body, update, testsLast: false, site });
}

function iterated(cx: Context, node: Expression): ArrayRef {
  const value = lowerExpression(cx, node);
  if (value.is === "array") return value.array;
  if (value.is === "live" && typeof value.value === "object" && value.value !== null) {
    const store = cx.builder.table(value.value, cx.source.textOf(node));
    if (store) return { store, object: "self" };
  }
  throw cx.refuse(node, `a loop over ${describe(value)}`, "loop over an array of numbers");
}
