/** Statements as C++. */
import type { Analysis } from "../analyse/analyse.js";
import type { Expr, Fn, Label, Loop, Shape, Stmt, Variable } from "../ir/ir.js";
import { type ExpressionWriter, storedText } from "./expressions.js";
import { type CppType, cppType, elementType, literal, typeOfKind } from "./types.js";

/** A construct of C++ that `break` leaves, around the present place. */
interface Around {
  readonly label: Label;
  /** Whether `continue` goes on with it as it should. */
  readonly isPlainLoop: boolean;
  readonly isLoop: boolean;
}

/** What the writer of statements needs to know of functions. */
export interface Calls {
  /** `name(g, canvas, 1, 2)`. */
  call(fn: Fn, args: readonly string[]): string;
  /** Types of what it returns. */
  results(fn: Fn): readonly CppType[];
  /** The type that holds several results. */
  resultType(fn: Fn): string;
}

/** Writes the statements of one function. */
export class StatementWriter {
  private readonly fn: Fn;
  private readonly analysis: Analysis;
  private readonly exprs: ExpressionWriter;
  private readonly calls: Calls;
  private readonly checked: boolean;
  private readonly around: Around[] = [];
  private readonly jumps: Set<string> = new Set();
  private lines: string[] = [];
  private depth = 1;

  constructor(
    fn: Fn,
    parts: {
      readonly analysis: Analysis;
      readonly exprs: ExpressionWriter;
      readonly calls: Calls;
      readonly checked: boolean;
    },
  ) {
    this.fn = fn;
    this.analysis = parts.analysis;
    this.exprs = parts.exprs;
    this.calls = parts.calls;
    this.checked = parts.checked;
  }

  /** The body, line by line. */
  write(): readonly string[] {
    this.block(this.fn.body);
    const isDone = this.fn.body.at(-1)?.op === "return";
    if (this.fn.results.length > 0 && !isDone) this.line(this.returnText([]));
    return this.lines;
  }

  private line(text: string): void {
    this.lines.push(`${"  ".repeat(this.depth)}${text}`);
  }

  private block(stmts: readonly Stmt[]): void {
    for (const stmt of stmts) this.statement(stmt);
  }

  private nested(stmts: readonly Stmt[]): void {
    this.depth += 1;
    this.block(stmts);
    this.depth -= 1;
  }

  private statement(stmt: Stmt): void {
    switch (stmt.op) {
      case "declare":
        this.declare(stmt.variable, stmt.value);
        return;
      case "array": {
        const { element, length, name } = stmt.store;
        this.line(`${elementType(element)} ${name}[${length}] = {};`);
        return;
      }
      case "assign":
        this.line(`${this.assignment(stmt)};`);
        return;
      case "store":
        this.store(stmt);
        return;
      case "fill":
        this.fill(stmt);
        return;
      case "copy":
        this.copy(stmt);
        return;
      case "call":
        this.call(stmt);
        return;
      case "paint":
        this.paint(stmt.shape, stmt.args);
        return;
      case "if":
        this.branch(stmt);
        return;
      case "loop":
        this.loop(stmt);
        return;
      case "switch":
        this.choice(stmt);
        return;
      case "block":
        this.labelled(stmt.label, () => {
          this.line("{");
          this.nested(stmt.body);
          this.line("}");
        });
        return;
      case "break":
        this.leave(stmt.label);
        return;
      case "continue":
        this.goOn(stmt.label);
        return;
      case "return":
        this.line(this.returnText(stmt.values));
        return;
      case "throw":
        if (this.checked) this.line(`carom_fault(g, ${stmt.site.id});`);
        this.line(this.returnText([]));
        return;
      default:
        stmt satisfies never;
    }
  }

  private typeOf(variable: Variable): CppType {
    return variable.kind === "boolean" ? "bool" : this.analysis.variable(variable);
  }

  private declare(variable: Variable, value: Expr): void {
    const type = this.typeOf(variable);
    const constant = variable.mutable ? "" : "const ";
    this.line(`${constant}${cppType(type)} ${variable.name} = ${this.exprs.as(value, type)};`);
  }

  private assignment({ target, value }: Extract<Stmt, { op: "assign" }>): string {
    const { text, type } = this.exprs.write(target);
    return `${text} = ${this.exprs.as(value, type)}`;
  }

  private store({ array, index, value, site }: Extract<Stmt, { op: "store" }>): void {
    const { exprs } = this;
    const stored = storedText(exprs, value, array.store);
    if (exprs.isInside(index, array.store)) {
      this.line(`${exprs.place(array, exprs.as(index, "i32"))} = ${stored};`);
      return;
    }
    const call = exprs.guard("carom_store", site);
    const type = elementType(array.store.element);
    this.line(`${call}${exprs.row(array)}, ${exprs.index(index)}, (${type})(${stored}));`);
  }

  private fill({ array, value, from, to }: Extract<Stmt, { op: "fill" }>): void {
    const { exprs } = this;
    const { length, element } = array.store;
    const row = exprs.row(array).replace(/, \d+$/, "");
    const stored = `(${elementType(element)})(${storedText(exprs, value, array.store)})`;
    this.line(
      `carom_fill(${row}, ${this.bound(from, length)}, ${this.bound(to, length)}, ${stored});`,
    );
  }

  private bound(expr: Expr, length: number): string {
    const { lo, hi, whole, nan } = this.analysis.range(expr);
    const isConst = expr.op === "const" && Number(expr.value) >= 0 && Number(expr.value) <= length;
    const isInside = !this.checked && whole && !nan && lo >= 0 && hi <= length;
    if (isConst || isInside) return this.exprs.as(expr, "i32");
    return `carom_relative(${this.exprs.as(expr, "f64")}, ${length})`;
  }

  private copy({ array, source, at, site }: Extract<Stmt, { op: "copy" }>): void {
    const { exprs } = this;
    const i: Variable = { name: "i_copy", kind: "number", mutable: true };
    const room = array.store.length - source.store.length;
    const { lo, hi, whole, nan } = this.analysis.range(at);
    const isConst = at.op === "const" && Number(at.value) >= 0 && Number(at.value) <= room;
    const isProven = !this.checked && whole && !nan && lo >= 0 && hi <= room;
    const isInside = isConst || isProven;
    const start = isInside ? exprs.as(at, "i32") : exprs.index(at);
    const from = exprs.place(source, i.name);
    const to = isInside ? exprs.place(array, `at_copy + ${i.name}`) : "";
    const converted = this.converted(from, array.store, source.store);
    this.line(`{ const int at_copy = ${start};`);
    this.line(`  for (int ${i.name} = 0; ${i.name} < ${source.store.length}; ${i.name}++)`);
    if (isInside) this.line(`    ${to} = ${converted};`);
    else {
      const call = exprs.guard("carom_store", site);
      const type = elementType(array.store.element);
      const index = `at_copy < 0 ? -1 : at_copy + ${i.name}`;
      this.line(`    ${call}${exprs.row(array)}, ${index}, (${type})(${converted}));`);
    }
    this.line("}");
  }

  private converted(
    text: string,
    to: Parameters<typeof storedText>[2],
    from: Parameters<typeof storedText>[2],
  ): string {
    if (to.element === from.element) return text;
    const isFloat = from.element === "f32" || from.element === "f64";
    const type = elementType(to.element);
    if (to.element === "c8") return `carom_clamp8((double)${text})`;
    if (to.element === "f32" || to.element === "f64" || !isFloat) return `(${type})${text}`;
    return `(${type})carom_to_i32((double)${text})`;
  }

  private call({ fn, args, results }: Extract<Stmt, { op: "call" }>): void {
    const texts = args.map((arg, i) => this.exprs.as(arg, this.typeOf(fn.params[i])));
    const call = this.calls.call(fn, texts);
    const types = this.calls.results(fn);
    if (results.length === 0) {
      this.line(`${call};`);
      return;
    }
    const [first] = results;
    if (results.length === 1) {
      this.result(first, types[0], call);
      return;
    }
    const all = `${first.name}_all`;
    this.line(`const ${this.calls.resultType(fn)} ${all} = ${call};`);
    for (const [i, variable] of results.entries()) this.result(variable, types[i], `${all}.v${i}`);
  }

  private result(variable: Variable, type: CppType, text: string): void {
    const wanted = this.typeOf(variable);
    const cast = wanted === type ? text : `(${cppType(wanted)})${text}`;
    this.line(`const ${cppType(wanted)} ${variable.name} = ${cast};`);
    this.line(`(void)${variable.name};`);
  }

  private paint(shape: Shape, args: readonly Expr[]): void {
    const color = { background: 0, rect: 4, circle: 3, line: 5, digits: 4 }[shape];
    const texts = args.map((arg, i) =>
      i === color ? this.exprs.int(arg) : this.exprs.as(arg, "f64"),
    );
    this.line(`carom_${shape}(canvas, ${texts.join(", ")});`);
  }

  private branch({ test, body, otherwise }: Extract<Stmt, { op: "if" }>): void {
    this.line(`if (${this.exprs.as(test, "bool")}) {`);
    this.nested(body);
    if (otherwise.length > 0) {
      this.line("} else {");
      this.nested(otherwise);
    }
    this.line("}");
  }

  /** Writes a construct and, behind it, the place where jumps out of it go. */
  private labelled(label: Label, write: () => void): void {
    write();
    if (this.jumps.has(`${label.name}_end`)) this.line(`${label.name}_end:;`);
  }

  private loop(stmt: Loop): void {
    const counter = `${stmt.label.name}_n`;
    if (this.checked) this.line(`int ${counter} = 0;`);
    const updates = stmt.update.filter((one) => one.op === "assign");
    const isSimple = updates.length === stmt.update.length;
    const isPlain = !stmt.testsLast && stmt.before.length === 0 && isSimple;
    this.around.push({ label: stmt.label, isPlainLoop: isPlain, isLoop: true });
    this.labelled(stmt.label, () =>
      isPlain ? this.plainLoop(stmt, updates) : this.wideLoop(stmt),
    );
    this.around.pop();
  }

  private cap(stmt: Loop): void {
    if (!this.checked) return;
    const counter = `${stmt.label.name}_n`;
    this.line(`  if (++${counter} > CAROM_LOOP_LIMIT) { carom_fault(g, ${stmt.site.id}); break; }`);
  }

  private plainLoop(stmt: Loop, updates: readonly Extract<Stmt, { op: "assign" }>[]): void {
    const update = updates.map((one) => this.assignment(one)).join(", ");
    this.line("CAROM_LOOP");
    this.line(`for (; ${this.exprs.as(stmt.test, "bool")}; ${update}) {`);
    this.cap(stmt);
    this.loopBody(stmt);
    this.line("}");
  }

  /** In a block of its own, where inner loops jump to its end. */
  private loopBody(stmt: Loop): void {
    const start = this.lines.length;
    this.nested(stmt.body);
    if (!this.jumps.has(`${stmt.label.name}_next`)) return;
    this.lines.splice(start, 0, `${"  ".repeat(this.depth)}{`);
    this.line("}");
    this.line(`${stmt.label.name}_next:;`);
  }

  private wideLoop(stmt: Loop): void {
    this.line("CAROM_LOOP");
    this.line("while (true) {");
    this.cap(stmt);
    this.depth += 1;
    if (!stmt.testsLast) this.test(stmt);
    this.line("{");
    this.loopBody(stmt);
    this.line("}");
    if (stmt.testsLast) this.test(stmt);
    this.block(stmt.update);
    this.depth -= 1;
    this.line("}");
  }

  private test({ before, test }: Loop): void {
    this.block(before);
    if (test.op === "const" && test.value === true) return;
    this.line(`if (!(${this.exprs.as(test, "bool")})) break;`);
  }

  private choice({ label, value, cases }: Extract<Stmt, { op: "switch" }>): void {
    const otherwise = cases.findIndex(({ test }) => test === null);
    const chosen = cases.reduceRight(
      (rest, { test }, i) => (test ? `${this.equals(value, test)} ? ${i} : ${rest}` : rest),
      String(otherwise < 0 ? cases.length : otherwise),
    );
    this.around.push({ label, isPlainLoop: false, isLoop: false });
    this.labelled(label, () => {
      this.line(`switch (${chosen}) {`);
      for (const [i, { body }] of cases.entries()) {
        this.line(`case ${i}: {`);
        this.nested(body);
        this.line("} /* fall through */");
      }
      this.line("default: break;");
      this.line("}");
    });
    this.around.pop();
  }

  private equals(value: Expr, test: Expr): string {
    return this.exprs.as({ op: "compare", fn: "eq", a: value, b: test }, "bool");
  }

  private leave(label: Label): void {
    if (this.around.at(-1)?.label === label) {
      this.line("break;");
      return;
    }
    this.jumps.add(`${label.name}_end`);
    this.line(`goto ${label.name}_end;`);
  }

  private goOn(label: Label): void {
    const inner = this.around.findLast(({ isLoop }) => isLoop);
    if (inner?.label === label && inner.isPlainLoop) {
      this.line("continue;");
      return;
    }
    this.jumps.add(`${label.name}_next`);
    this.line(`goto ${label.name}_next;`);
  }

  /** Without values: zeros, for ways that end early. */
  private returnText(values: readonly Expr[]): string {
    const types = this.fn.results.map((kind, i) =>
      typeOfKind(kind, this.analysis.result(this.fn, i)),
    );
    if (types.length === 0) return "return;";
    const texts = types.map((type, i) =>
      values[i] ? this.exprs.as(values[i], type) : literal(type === "bool" ? false : 0, type),
    );
    if (texts.length === 1) return `return ${texts[0]};`;
    return `return ${this.calls.resultType(this.fn)}{${texts.join(", ")}};`;
  }
}
