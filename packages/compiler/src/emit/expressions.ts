/**
 * Expressions as C++. An operation is done in integers where its operands are kept as integers and its
 * range says that nothing can overflow, be NaN or -0; else in doubles, as JavaScript does it.
 */
import { type Analysis, typeFor } from "../analyse/analyse.js";
import type { ArrayRef, BinaryOp, Expr, ScalarField, Site, Store, UnaryOp } from "../ir/ir.js";
import { isInt, isUnsigned, type Range } from "../ir/range.js";
import { type CppType, elementType, literal, loadedType } from "./types.js";

/** A piece of C++ and its type. */
export interface Text {
  readonly text: string;
  readonly type: CppType;
}

/** Names of the program's parts in C++. */
export interface CppNames {
  /** The member that a field is. */
  field(field: ScalarField): string;
  /** A store that is no local: member, table or parameter. */
  store(store: Store): string;
}

const BITS: Readonly<Partial<Record<BinaryOp, string>>> = { bitand: "&", bitor: "|", bitxor: "^" };
const SIGNS: Readonly<Partial<Record<BinaryOp, string>>> = {
  add: "+",
  sub: "-",
  mul: "*",
  div: "/",
};
const COMPARISONS = { lt: "<", le: "<=", gt: ">", ge: ">=", eq: "==", ne: "!=" } as const;

/** Writes expressions. */
export class ExpressionWriter {
  private readonly analysis: Analysis;
  private readonly names: CppNames;
  private readonly checked: boolean;
  /** Sites whose index had to be guarded. */
  readonly guarded: Set<Site> = new Set();

  constructor(analysis: Analysis, names: CppNames, checked: boolean) {
    this.analysis = analysis;
    this.names = names;
    this.checked = checked;
  }

  /** The expression as a value of the type, which it is known to fit. */
  as(expr: Expr, type: CppType): string {
    const value = this.known(expr);
    if (value !== undefined) return literal(value, type);
    const found = this.write(expr);
    return found.type === type ? found.text : `(${castOf(type)})${group(found.text)}`;
  }

  /** The value of a constant, or of a field that never changes. */
  known(expr: Expr): number | boolean | undefined {
    if (expr.op === "const") return expr.value;
    const isFixed = expr.op === "field" && !this.analysis.changes(expr.field);
    return isFixed ? expr.field.initial : undefined;
  }

  /** ToInt32 of the expression. */
  int(expr: Expr): string {
    const value = this.known(expr);
    if (value !== undefined) return literal(Number(value) | 0, "i32");
    const { text, type } = this.write(expr);
    if (type === "i32") return text;
    if (type === "u32") return `(int)${group(text)}`;
    const { lo, hi, nan } = this.analysis.range(expr);
    const isSmall = !nan && lo > -2147483649 && hi < 2147483648;
    return isSmall ? `(int)${group(text)}` : `carom_to_i32(${text})`;
  }

  /** An index as an int; -1 for what is none. */
  index(expr: Expr): string {
    if (isInt({ ...this.analysis.range(expr), negZero: false })) return this.as(expr, "i32");
    return `carom_index(${this.as(expr, "f64")})`;
  }

  /** The expression in the type that suits it. */
  write(expr: Expr): Text {
    switch (expr.op) {
      case "const":
        return this.constant(expr.value);
      case "var":
        return { text: expr.variable.name, type: this.typeOfVariable(expr) };
      case "field":
        return this.field(expr);
      case "load":
        return this.load(expr);
      case "unary":
        return this.unary(expr.fn, expr.a, this.analysis.range(expr));
      case "binary":
        return this.binary(expr.fn, expr.a, expr.b, this.analysis.range(expr));
      case "compare":
        return this.compare(expr);
      case "logic": {
        const sign = expr.fn === "and" ? "&&" : "||";
        const text = `(${this.as(expr.a, "bool")} ${sign} ${this.as(expr.b, "bool")})`;
        return { text, type: "bool" };
      }
      case "not":
        return { text: `!${group(this.as(expr.a, "bool"))}`, type: "bool" };
      case "number":
        return { text: `(int)${group(this.as(expr.a, "bool"))}`, type: "i32" };
      case "select":
        return this.select(expr);
      default:
        return expr satisfies never;
    }
  }

  /** Whether an index needs no guard. A checked build guards them all: it tests the analysis too. */
  isInside(index: Expr, store: Store): boolean {
    return !this.checked && this.analysis.isInside(index, store);
  }

  /** Where an element is, for an index that is inside. */
  place({ store, object }: ArrayRef, index: string): string {
    const name = this.names.store(store);
    if (this.isMember(store)) return `${owner(object)}.${name}[CAROM_AT(${index})]`;
    if (store.place === "output") return `${name}.at(${index})`;
    return `${name}[${index}]`;
  }

  /** Pointer, stride and length: the arguments of the guarded functions. */
  row({ store, object }: ArrayRef): string {
    const name = this.names.store(store);
    if (this.isMember(store)) return `${owner(object)}.${name}, CAROM_STRIDE, ${store.length}`;
    if (store.place === "output") return `${name}.p, ${name}.stride, ${store.length}`;
    return `${name}, 1, ${store.length}`;
  }

  /** Name of the guarded function, and what comes before its other arguments. */
  guard(name: string, site: Site): string {
    this.guarded.add(site);
    return this.checked ? `${name}_checked(g, ${site.id}, ` : `${name}(`;
  }

  private isMember(store: Store): boolean {
    return store.place === "field" && this.analysis.changes(store);
  }

  private constant(value: number | boolean): Text {
    if (typeof value === "boolean") return { text: literal(value, "bool"), type: "bool" };
    const isNegZero = Object.is(value, -0);
    const whole = Number.isInteger(value) && !isNegZero;
    const range: Range = { lo: value, hi: value, whole, nan: !whole, negZero: isNegZero };
    const type = typeFor(range);
    return { text: literal(value, type), type };
  }

  private typeOfVariable({ variable }: Extract<Expr, { op: "var" }>): CppType {
    return variable.kind === "boolean" ? "bool" : this.analysis.variable(variable);
  }

  private field({ field, object }: Extract<Expr, { op: "field" }>): Text {
    if (!this.analysis.changes(field)) return this.constant(field.initial);
    const type = field.kind === "boolean" ? "bool" : this.analysis.field(field);
    return { text: `${owner(object)}.${this.names.field(field)}`, type };
  }

  private load({ array, index, site }: Extract<Expr, { op: "load" }>): Text {
    const { element } = array.store;
    const type = loadedType(element);
    const cast = element === "f32" ? "(double)" : "";
    if (this.isInside(index, array.store)) {
      return { text: `${cast}${this.place(array, this.as(index, "i32"))}`, type };
    }
    const call = `${this.guard("carom_load", site)}${this.row(array)}, ${this.index(index)})`;
    return { text: `${cast}${call}`, type };
  }

  private unary(fn: UnaryOp, a: Expr, range: Range): Text {
    if (fn === "floor" && a.op === "binary" && a.fn === "div") {
      const quotient = this.quotient(a.a, a.b);
      if (quotient) return quotient;
    }
    if (fn === "bitnot") return { text: `(~${group(this.int(a))})`, type: "i32" };
    if (fn === "clz32")
      return { text: `carom_clz32((unsigned)${group(this.int(a))})`, type: "i32" };
    const of = this.write(a);
    if (of.type !== "f64") {
      if (fn === "floor" || fn === "ceil" || fn === "trunc" || fn === "round") return of;
      if (fn === "abs" && of.type === "u32") return of;
      if (of.type === "i32" && isInt(range)) {
        if (fn === "neg") return { text: `(-${of.text})`, type: "i32" };
        if (fn === "abs") return { text: `carom_abs_int(${of.text})`, type: "i32" };
      }
    }
    const x = this.as(a, "f64");
    if (fn === "neg") return { text: `(-${group(x)})`, type: "f64" };
    if (fn === "fround") return { text: `(double)(float)${group(x)}`, type: "f64" };
    return { text: `${UNARY_CALLS[fn]}(${x})`, type: "f64" };
  }

  /** `Math.floor(a / b)` of integers that are not negative is an integer division. */
  private quotient(a: Expr, b: Expr): Text | undefined {
    const [x, y] = [this.write(a), this.write(b)];
    if (x.type !== "i32" || y.type !== "i32") return undefined;
    if (this.analysis.range(a).lo < 0 || this.analysis.range(b).lo < 1) return undefined;
    return { text: `(${x.text} / ${y.text})`, type: "i32" };
  }

  private binary(fn: BinaryOp, a: Expr, b: Expr, range: Range): Text {
    switch (fn) {
      case "add":
      case "sub":
      case "mul":
      case "div":
        return this.arithmetic(fn, a, b, range);
      case "rem":
        return this.remainder(a, b);
      case "min":
      case "max":
        return this.extreme(fn, a, b);
      case "imul": {
        const text = `(int)((unsigned)${group(this.int(a))} * (unsigned)${group(this.int(b))})`;
        return { text, type: "i32" };
      }
      case "shl":
      case "shr":
      case "ushr":
        return this.shift(fn, a, b, range);
      default:
        return { text: `(${this.int(a)} ${BITS[fn]} ${this.int(b)})`, type: "i32" };
    }
  }

  private arithmetic(fn: BinaryOp, a: Expr, b: Expr, range: Range): Text {
    const [x, y] = [this.write(a), this.write(b)];
    const sign = SIGNS[fn];
    if (fn !== "div" && x.type === "i32" && y.type === "i32" && isInt(range)) {
      return { text: `(${x.text} ${sign} ${y.text})`, type: "i32" };
    }
    if (fn !== "div" && this.isCount(a, x) && this.isCount(b, y) && isUnsigned(range)) {
      return { text: `(${this.as(a, "u32")} ${sign} ${this.as(b, "u32")})`, type: "u32" };
    }
    return { text: `(${this.as(a, "f64")} ${sign} ${this.as(b, "f64")})`, type: "f64" };
  }

  private isCount(expr: Expr, { type }: Text): boolean {
    if (type === "u32") return true;
    if (type !== "i32") return false;
    const value = this.known(expr);
    return value !== undefined ? Number(value) >= 0 : this.analysis.range(expr).lo >= 0;
  }

  private remainder(a: Expr, b: Expr): Text {
    const [x, y] = [this.write(a), this.write(b)];
    const isSigned = x.type === "i32" && y.type === "i32";
    const divisor = Number(this.known(b) ?? this.analysis.range(b).lo);
    if (isSigned && this.isCount(a, x) && divisor >= 1) {
      return { text: `(${x.text} % ${y.text})`, type: "i32" };
    }
    if (this.isCount(a, x) && this.isCount(b, y) && divisor >= 1) {
      return { text: `(${this.as(a, "u32")} % ${this.as(b, "u32")})`, type: "u32" };
    }
    return { text: `fmod(${this.as(a, "f64")}, ${this.as(b, "f64")})`, type: "f64" };
  }

  private extreme(fn: "min" | "max", a: Expr, b: Expr): Text {
    const word = fn === "min" ? "lesser" : "greater";
    if (this.write(a).type === "i32" && this.write(b).type === "i32") {
      return { text: `carom_${word}_int(${this.as(a, "i32")}, ${this.as(b, "i32")})`, type: "i32" };
    }
    const isPlain = (expr: Expr): boolean => {
      const { nan, negZero } = this.analysis.range(expr);
      return !nan && !negZero;
    };
    const name = isPlain(a) && isPlain(b) ? word : fn;
    return { text: `carom_${name}(${this.as(a, "f64")}, ${this.as(b, "f64")})`, type: "f64" };
  }

  private shift(fn: "shl" | "shr" | "ushr", a: Expr, b: Expr, range: Range): Text {
    const shift = this.known(b);
    const by = shift !== undefined ? String(Number(shift) & 31) : `(${this.int(b)} & 31)`;
    const of = this.int(a);
    if (fn === "shr") return { text: `(${of} >> ${by})`, type: "i32" };
    if (fn === "shl") return { text: `(int)((unsigned)${group(of)} << ${by})`, type: "i32" };
    const text = `((unsigned)${group(of)} >> ${by})`;
    return isInt(range) ? { text: `(int)${text}`, type: "i32" } : { text, type: "u32" };
  }

  private compare({ fn, a, b }: Extract<Expr, { op: "compare" }>): Text {
    const [x, y] = [this.write(a), this.write(b)];
    const type: CppType = x.type === y.type ? x.type : "f64";
    const text = `(${this.as(a, type)} ${COMPARISONS[fn]} ${this.as(b, type)})`;
    return { text, type: "bool" };
  }

  private select({ test, a, b }: Extract<Expr, { op: "select" }>): Text {
    const [x, y] = [this.write(a), this.write(b)];
    const type: CppType = x.type === y.type ? x.type : "f64";
    const text = `(${this.as(test, "bool")} ? ${this.as(a, type)} : ${this.as(b, type)})`;
    return { text, type };
  }
}

const UNARY_CALLS: Readonly<Record<string, string>> = {
  floor: "floor",
  ceil: "ceil",
  trunc: "trunc",
  round: "carom_round",
  abs: "fabs",
  sign: "carom_sign",
  sqrt: "sqrt",
};

function owner(object: "self" | "other"): string {
  return object === "self" ? "g" : "o";
}

function castOf(type: CppType): string {
  if (type === "i32") return "int";
  if (type === "u32") return "unsigned";
  return type === "f64" ? "double" : "bool";
}

/** In parentheses, unless it is a name, a number or in parentheses as a whole already. */
function group(text: string): string {
  return /^[\w.]+$/.test(text) ? text : `(${text})`;
}

/** What is stored in an array of the element, from a value. */
export function storedText(writer: ExpressionWriter, expr: Expr, store: Store): string {
  const { element } = store;
  const type = elementType(element);
  if (element === "f64") return writer.as(expr, "f64");
  if (element === "f32") return `(float)${group(writer.as(expr, "f64"))}`;
  if (element === "c8") return `carom_clamp8(${writer.as(expr, "f64")})`;
  return `(${type})${group(writer.int(expr))}`;
}
