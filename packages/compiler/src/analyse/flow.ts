/**
 * Runs a function over ranges: what every number can be at every place. Loops are repeated until
 * nothing changes (bounds that keep moving do so in large steps, and are narrowed again afterwards).
 */
import type { Expr, Fn, Label, Loop, ScalarField, Stmt, Variable } from "../ir/ir.js";
import { BOOLEAN, exactly, isNone, join, type Range } from "../ir/range.js";
import { binaryRange, unaryRange } from "../ir/transfer.js";
import { assume } from "./conditions.js";
import { Env, joinWays } from "./env.js";
import type { Facts } from "./facts.js";

type Way = Env | undefined;

/** What was found out about expressions and variables. */
export interface Findings {
  readonly exprs: Map<Expr, Range>;
  readonly variables: Map<Variable, Range>;
}

const PATIENCE = 2;
const MOST_ROUNDS = 60;

/** One run over one function. */
export class Flow {
  private readonly read: Facts;
  private readonly write: Facts;
  private readonly findings: Findings;
  private readonly fn: Fn;
  /** Whether this pass is the last one over the loops around: only then anything is noted. */
  private isFinal = true;
  private readonly breaks: Map<Label, Way> = new Map();
  private readonly continues: Map<Label, Way> = new Map();

  /** Reads the facts of `read`, adds to those of `write` (which may be the same). */
  constructor(fn: Fn, read: Facts, write: Facts, findings: Findings) {
    this.fn = fn;
    this.read = read;
    this.write = write;
    this.findings = findings;
  }

  run(): void {
    const env = new Env(this.read);
    for (const param of this.fn.params) {
      if (param.kind !== "number") continue;
      const range = this.read.parameter(param);
      env.set(param, range);
      this.noteVariable(param, range);
    }
    const end = this.block(env, this.fn.body);
    if (end) this.publishAll(end);
  }

  private block(start: Way, stmts: readonly Stmt[]): Way {
    let env = start;
    for (const stmt of stmts) {
      if (!env) return undefined;
      env = this.statement(env, stmt);
    }
    return env;
  }

  private statement(env: Env, stmt: Stmt): Way {
    switch (stmt.op) {
      case "declare":
      case "assign":
        return this.assign(env, stmt);
      case "store":
        this.eval(env, stmt.index);
        this.element(stmt.array.store, this.eval(env, stmt.value));
        return env;
      case "fill":
        this.eval(env, stmt.from);
        this.eval(env, stmt.to);
        this.element(stmt.array.store, this.eval(env, stmt.value));
        return env;
      case "copy":
        this.eval(env, stmt.at);
        this.element(stmt.array.store, this.read.elements(stmt.source.store));
        return env;
      case "call":
        return this.call(env, stmt);
      case "paint":
        for (const arg of stmt.args) this.eval(env, arg);
        return env;
      case "if":
        return this.branch(env, stmt);
      case "loop":
        return this.loop(env, stmt);
      case "switch":
        return this.choice(env, stmt);
      case "block":
        return joinWays(this.block(env, stmt.body), this.taken(this.breaks, stmt.label));
      case "break":
        this.breaks.set(stmt.label, joinWays(this.breaks.get(stmt.label), env));
        return undefined;
      case "continue":
        this.continues.set(stmt.label, joinWays(this.continues.get(stmt.label), env));
        return undefined;
      case "return":
        this.result(env, stmt.values);
        return undefined;
      case "throw":
        this.zeros();
        this.publishAll(env);
        return undefined;
      case "array":
        return env;
      default:
        return stmt satisfies never;
    }
  }

  private assign(env: Env, stmt: Extract<Stmt, { op: "declare" | "assign" }>): Env {
    const range = this.eval(env, stmt.value);
    const target =
      stmt.op === "declare" ? { op: "var" as const, variable: stmt.variable } : stmt.target;
    if (target.op === "var") {
      const { variable } = target;
      if (variable.kind === "number") {
        env.set(variable, range);
        this.noteVariable(variable, range);
      }
      return env;
    }
    const { field } = target;
    if (field.kind === "number") {
      env.set(field, range);
      env.dirty.add(field);
    }
    return env;
  }

  private element(store: Parameters<Facts["addElement"]>[0], range: Range): void {
    if (this.isFinal && !isNone(range)) this.write.addElement(store, range);
  }

  private call(env: Env, stmt: Extract<Stmt, { op: "call" }>): Env {
    const { fn, args, results } = stmt;
    for (const [i, arg] of args.entries()) {
      const range = this.eval(env, arg);
      if (this.isFinal && fn.params[i].kind === "number") this.write.add(fn.params[i], range);
    }
    for (const field of [...env.dirty]) {
      if (fn.reads.has(field) || fn.writes.has(field)) this.publish(env, field);
    }
    for (const field of fn.writes) env.forget(field);
    for (const [i, variable] of results.entries()) {
      if (variable.kind !== "number") continue;
      const range = this.read.result(fn, i);
      env.set(variable, range);
      this.noteVariable(variable, range);
    }
    return env;
  }

  private branch(env: Env, stmt: Extract<Stmt, { op: "if" }>): Way {
    this.eval(env, stmt.test);
    const yes = this.assume(env.copy(), stmt.test, true);
    const no = this.assume(env, stmt.test, false);
    return joinWays(this.block(yes, stmt.body), this.block(no, stmt.otherwise));
  }

  private choice(env: Env, stmt: Extract<Stmt, { op: "switch" }>): Way {
    this.eval(env, stmt.value);
    let way: Way;
    for (const { test, body } of stmt.cases) {
      if (test) this.eval(env, test);
      way = this.block(joinWays(way, env.copy()), body);
    }
    const left = joinWays(way, this.taken(this.breaks, stmt.label));
    return joinWays(left, env);
  }

  private loop(entry: Env, stmt: Loop): Way {
    const wasFinal = this.isFinal;
    this.isFinal = false;
    let head = entry;
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const { back } = this.pass(head.copy(), stmt);
      const next = back ? head.join(back) : head;
      if (next.same(head)) break;
      head = round < PATIENCE ? next : head.widen(next);
    }
    for (let round = 0; round < PATIENCE; round++) {
      const { back } = this.pass(head.copy(), stmt);
      head = back ? entry.join(back) : entry;
    }
    this.isFinal = wasFinal;
    return this.pass(head.copy(), stmt).exit;
  }

  /** Once around: the way back to the head and the way out. */
  private pass(head: Env, stmt: Loop): { readonly back: Way; readonly exit: Way } {
    if (stmt.testsLast) {
      const body = this.block(head, stmt.body);
      const again = joinWays(body, this.taken(this.continues, stmt.label));
      const tested = this.block(again, stmt.before);
      if (tested) this.eval(tested, stmt.test);
      const exit = this.assume(tested?.copy(), stmt.test, false);
      const back = this.assume(tested, stmt.test, true);
      return { back, exit: joinWays(exit, this.taken(this.breaks, stmt.label)) };
    }
    const tested = this.block(head, stmt.before);
    if (tested) this.eval(tested, stmt.test);
    const exit = this.assume(tested?.copy(), stmt.test, false);
    const body = this.block(this.assume(tested, stmt.test, true), stmt.body);
    const again = joinWays(body, this.taken(this.continues, stmt.label));
    const back = this.block(again, stmt.update);
    return { back, exit: joinWays(exit, this.taken(this.breaks, stmt.label)) };
  }

  private taken(ways: Map<Label, Way>, label: Label): Way {
    const way = ways.get(label);
    ways.delete(label);
    return way;
  }

  private result(env: Env, values: readonly Expr[]): void {
    for (const [i, value] of values.entries()) {
      const range = this.eval(env, value);
      if (this.isFinal && this.fn.results[i] === "number") this.write.addResult(this.fn, i, range);
    }
    this.publishAll(env);
  }

  /** What a function returns where JavaScript would throw. */
  private zeros(): void {
    if (!this.isFinal) return;
    for (const i of this.fn.results.keys()) this.write.addResult(this.fn, i, exactly(0));
  }

  /** Lets other functions see what a field has been set to. */
  private publish(env: Env, field: ScalarField): void {
    if (this.isFinal) this.write.add(field, env.get(field));
    env.dirty.delete(field);
  }

  private publishAll(env: Env): void {
    for (const field of [...env.dirty]) this.publish(env, field);
  }

  private assume(env: Way, test: Expr, holds: boolean): Way {
    return assume(env, test, holds, (at, expr) => this.quiet(at, expr));
  }

  /** The range of an expression, which is not noted: only a part of its uses may be meant. */
  private quiet(env: Env, expr: Expr): Range {
    const wasFinal = this.isFinal;
    this.isFinal = false;
    const range = this.eval(env, expr);
    this.isFinal = wasFinal;
    return range;
  }

  private noteVariable(variable: Variable, range: Range): void {
    if (!this.isFinal) return;
    const { variables } = this.findings;
    const before = variables.get(variable);
    variables.set(variable, before ? join(before, range) : range);
  }

  private eval(env: Env, expr: Expr): Range {
    const range = this.compute(env, expr);
    if (this.isFinal) {
      const before = this.findings.exprs.get(expr);
      this.findings.exprs.set(expr, before ? join(before, range) : range);
    }
    return range;
  }

  private compute(env: Env, expr: Expr): Range {
    switch (expr.op) {
      case "const":
        return typeof expr.value === "number" ? exactly(expr.value) : BOOLEAN;
      case "var":
        return expr.variable.kind === "number" ? env.get(expr.variable) : BOOLEAN;
      case "field":
        if (expr.field.kind === "boolean") return BOOLEAN;
        return expr.object === "self" ? env.get(expr.field) : this.read.field(expr.field);
      case "load":
        this.eval(env, expr.index);
        return this.loaded(expr);
      case "unary":
        return unaryRange(expr.fn, this.eval(env, expr.a));
      case "binary":
        return binaryRange(expr.fn, this.eval(env, expr.a), this.eval(env, expr.b));
      case "compare":
        this.eval(env, expr.a);
        this.eval(env, expr.b);
        return BOOLEAN;
      case "not":
      case "number":
        this.eval(env, expr.a);
        return BOOLEAN;
      case "logic": {
        this.eval(env, expr.a);
        const right = this.assume(env.copy(), expr.a, expr.fn === "and");
        if (right) this.eval(right, expr.b);
        return BOOLEAN;
      }
      case "select":
        return this.selected(env, expr);
      default:
        return expr satisfies never;
    }
  }

  /** An element; 0 stands for what lies outside of the array. */
  private loaded(expr: Extract<Expr, { op: "load" }>): Range {
    return join(this.read.elements(expr.array.store), exactly(0));
  }

  private selected(env: Env, expr: Extract<Expr, { op: "select" }>): Range {
    this.eval(env, expr.test);
    const yes = this.assume(env.copy(), expr.test, true);
    const no = this.assume(env.copy(), expr.test, false);
    const a = yes && this.eval(yes, expr.a);
    const b = no && this.eval(no, expr.b);
    if (!a || !b) return a ?? b ?? BOOLEAN;
    return join(a, b);
  }
}
