/** One function while it is translated: the names in sight, the statements so far, and refusals. */
import type { AnyNode } from "acorn";
import type { CompileError } from "../errors.js";
import { placeText } from "../errors.js";
import type { FunctionSource } from "../front/source.js";
import type {
  Callable,
  Expr,
  Fn,
  Kind,
  Label,
  ObjectName,
  Site,
  Stmt,
  Variable,
} from "../ir/ir.js";
import type { GameBuilder } from "./game.js";
import type { Binding, Value } from "./values.js";

/** A loop, switch or labelled block around the present place. */
export interface Surrounding {
  readonly label: Label;
  /** The name that the game gave it. */
  readonly name: string | undefined;
  readonly canContinue: boolean;
  readonly canBreak: boolean;
}

/** Where a function stands while it is translated. */
export class Context {
  readonly builder: GameBuilder;
  readonly fn: Fn;
  readonly callee: Callable;
  readonly source: FunctionSource;
  /** What `this` is; undefined in functions that are no methods. */
  readonly self: ObjectName | undefined;
  /** The prototype that the method belongs to, for `super`. */
  readonly home: object | undefined;
  readonly around: Surrounding[] = [];
  /** What the function returns: its first `return` decides. */
  results: readonly Kind[] | undefined;
  private block: Stmt[];
  private readonly scopes: Map<string, Binding>[] = [new Map()];

  constructor(
    builder: GameBuilder,
    parts: {
      readonly fn: Fn;
      readonly callee: Callable;
      readonly source: FunctionSource;
      readonly self: ObjectName | undefined;
      readonly home: object | undefined;
    },
  ) {
    this.builder = builder;
    this.fn = parts.fn;
    this.callee = parts.callee;
    this.source = parts.source;
    this.self = parts.self;
    this.home = parts.home;
    this.block = parts.fn.body;
  }

  /** Appends a statement. */
  emit(stmt: Stmt): void {
    this.block.push(stmt);
  }

  /** How many statements the present block has: a place to come back to. */
  mark(): number {
    return this.block.length;
  }

  /** Whether the last statement of the present block ends it. */
  isOver(): boolean {
    const op = this.block.at(-1)?.op;
    return op === "return" || op === "throw" || op === "break" || op === "continue";
  }

  /** Puts statements in before the given place. */
  insert(at: number, stmt: Stmt): void {
    this.block.splice(at, 0, stmt);
  }

  /** The statements that `write` emits, as a block of their own. */
  collect(write: () => void): Stmt[] {
    const outer = this.block;
    const inner: Stmt[] = [];
    this.block = inner;
    write();
    this.block = outer;
    return inner;
  }

  /** Runs `write` with names that end with it. */
  scoped(write: () => void): void {
    this.scopes.push(new Map());
    write();
    this.scopes.pop();
  }

  /** Binds a name in the innermost scope. */
  bind(name: string, binding: Binding): void {
    this.scopes[this.scopes.length - 1].set(name, binding);
  }

  /** What a name stands for inside the function. */
  lookup(name: string): Binding | undefined {
    for (let i = this.scopes.length - 1; i >= 0; i--) {
      const binding = this.scopes[i].get(name);
      if (binding) return binding;
    }
    return undefined;
  }

  /** A new variable. */
  variable(name: string, kind: Kind, mutable: boolean): Variable {
    return { name: this.builder.unique(name), kind, mutable };
  }

  /** Keeps a value in a temporary and gives the expression that reads it. */
  keep(expr: Expr, kind: Kind, name = "t"): Expr {
    if (isStable(expr)) return expr;
    const variable = this.variable(name, kind, false);
    this.emit({ op: "declare", variable, value: expr });
    return { op: "var", variable };
  }

  /** Keeps a value as of the place `at`, if statements have come since then that might change it. */
  keepFrom(at: number, expr: Expr, kind: Kind): Expr {
    if (this.mark() === at || isStable(expr)) return expr;
    const variable = this.variable("t", kind, false);
    this.insert(at, { op: "declare", variable, value: expr });
    return { op: "var", variable };
  }

  /** The label of a `break` or `continue`, undefined where there is nothing to leave. */
  target(name: string | undefined, kind: "break" | "continue"): Label | undefined {
    const fits = (one: Surrounding): boolean => {
      if (name !== undefined && one.name !== name) return false;
      if (kind === "continue") return one.canContinue;
      return one.canBreak || name !== undefined;
    };
    return this.around.findLast(fits)?.label;
  }

  /** A place that may have to be checked while running. */
  site(kind: Site["kind"], node: AnyNode): Site {
    const text = this.source.textOf(node).replace(/\s+/g, " ");
    const short = text.length > 60 ? `${text.slice(0, 57)}...` : text;
    return this.builder.site(kind, `${placeText(this.source.place(node))}: ${short}`);
  }

  /** The error that a part is not supported. */
  refuse(node: AnyNode, what: string, help: string): CompileError {
    return this.source.refusal(node, what, help, "UNSUPPORTED");
  }
}

/** Whether an expression means the same later on. */
export function isStable(expr: Expr): boolean {
  if (expr.op === "const") return true;
  return expr.op === "var" && !expr.variable.mutable;
}

/** A value that is bound for good. */
export function fixed(value: Value): Binding {
  return { is: "value", value };
}
