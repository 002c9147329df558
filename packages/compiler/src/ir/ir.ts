/**
 * The intermediate representation: functions whose arrays are known by identity, whose variables have
 * unique names, and whose side effects are statements of their own, in JavaScript's order.
 *
 * An expression has no side effect and may be evaluated late, so it never stands behind a statement that
 * changes what it reads: what would is kept in a temporary first (lower/).
 */

/** Any function, seen as something to read. */
export type Callable = (...args: never[]) => unknown;

/** Type of a value in JavaScript. */
export type Kind = "number" | "boolean";

/** Type of an array's elements; `c8` is clamped. */
export type Element = "i8" | "u8" | "c8" | "i16" | "u16" | "i32" | "u32" | "f32" | "f64";

/** Which game a field belongs to: the one being played, or the one copied from. */
export type ObjectName = "self" | "other";

/** A local variable, parameter or temporary. */
export interface Variable {
  /** Unique in the program. */
  readonly name: string;
  readonly kind: Kind;
  /** Whether it is assigned after its declaration. */
  readonly mutable: boolean;
}

/** A number or boolean field of the game. */
export interface ScalarField {
  readonly name: string;
  readonly kind: Kind;
  /** What the constructor sets. */
  readonly initial: number | boolean;
}

/** Where an array's elements are. */
export interface Store {
  /**
   * A field of the game, a constant table, a local array, or what the caller hands in: the row of
   * observations, the mask, the action.
   */
  readonly place: "field" | "table" | "local" | "output" | "action";
  /** Unique in the program. */
  readonly name: string;
  readonly element: Element;
  readonly length: number;
  /** Initial elements of fields, all elements of tables; empty otherwise. */
  readonly values: ArrayLike<number>;
  /** Bounds of the elements, where the caller vouches for them. */
  readonly bounds?: readonly [number, number];
}

/** An array of one of the games. */
export interface ArrayRef {
  readonly store: Store;
  readonly object: ObjectName;
}

/** A place whose safety may have to be checked while running. */
export interface Site {
  readonly id: number;
  readonly kind: "index" | "loop" | "throw";
  /** `Snake.step, line 12: body[head]`. */
  readonly where: string;
}

/** Operators of one number. */
export type UnaryOp =
  | "neg"
  | "bitnot"
  | "floor"
  | "ceil"
  | "trunc"
  | "round"
  | "abs"
  | "sign"
  | "sqrt"
  | "fround"
  | "clz32";
/** Operators of two numbers that give one. */
export type BinaryOp =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "rem"
  | "bitand"
  | "bitor"
  | "bitxor"
  | "shl"
  | "shr"
  | "ushr"
  | "min"
  | "max"
  | "imul";
/** Comparisons; `eq` and `ne` also of two booleans. */
export type CompareOp = "lt" | "le" | "gt" | "ge" | "eq" | "ne";

/** A value without side effects. */
export type Expr =
  | { readonly op: "const"; readonly value: number | boolean }
  | { readonly op: "var"; readonly variable: Variable }
  | { readonly op: "field"; readonly field: ScalarField; readonly object: ObjectName }
  | { readonly op: "load"; readonly array: ArrayRef; readonly index: Expr; readonly site: Site }
  | { readonly op: "unary"; readonly fn: UnaryOp; readonly a: Expr }
  | { readonly op: "binary"; readonly fn: BinaryOp; readonly a: Expr; readonly b: Expr }
  | { readonly op: "compare"; readonly fn: CompareOp; readonly a: Expr; readonly b: Expr }
  | { readonly op: "logic"; readonly fn: "and" | "or"; readonly a: Expr; readonly b: Expr }
  | { readonly op: "not"; readonly a: Expr }
  | { readonly op: "select"; readonly test: Expr; readonly a: Expr; readonly b: Expr }
  /** A boolean as 0 or 1. */
  | { readonly op: "number"; readonly a: Expr };

/** What can be assigned. */
export type Target =
  | { readonly op: "var"; readonly variable: Variable }
  | { readonly op: "field"; readonly field: ScalarField; readonly object: ObjectName };

/** Something that can be left or gone on with. */
export interface Label {
  /** Unique in the program. */
  readonly name: string;
}

/** A loop: `while (true) { before; if (!test) break; body; update }`, or with the test at the end. */
export interface Loop {
  readonly op: "loop";
  readonly label: Label;
  readonly before: readonly Stmt[];
  readonly test: Expr;
  readonly body: readonly Stmt[];
  readonly update: readonly Stmt[];
  /** Whether the body runs once before the first test. */
  readonly testsLast: boolean;
  readonly site: Site;
}

/** A statement. */
export type Stmt =
  | { readonly op: "declare"; readonly variable: Variable; readonly value: Expr }
  | { readonly op: "array"; readonly store: Store }
  | { readonly op: "assign"; readonly target: Target; readonly value: Expr }
  | {
      readonly op: "store";
      readonly array: ArrayRef;
      readonly index: Expr;
      readonly value: Expr;
      readonly site: Site;
    }
  | {
      readonly op: "fill";
      readonly array: ArrayRef;
      readonly value: Expr;
      readonly from: Expr;
      readonly to: Expr;
    }
  | {
      readonly op: "copy";
      readonly array: ArrayRef;
      readonly source: ArrayRef;
      readonly at: Expr;
      readonly site: Site;
    }
  | {
      readonly op: "call";
      readonly fn: Fn;
      readonly args: readonly Expr[];
      readonly results: readonly Variable[];
    }
  | { readonly op: "paint"; readonly shape: Shape; readonly args: readonly Expr[] }
  | {
      readonly op: "if";
      readonly test: Expr;
      readonly body: readonly Stmt[];
      readonly otherwise: readonly Stmt[];
    }
  | Loop
  /** Runs `cases[i].body` for the first case whose value equals, and those after it. */
  | {
      readonly op: "switch";
      readonly label: Label;
      readonly value: Expr;
      readonly cases: readonly { readonly test: Expr | null; readonly body: readonly Stmt[] }[];
    }
  | { readonly op: "block"; readonly label: Label; readonly body: readonly Stmt[] }
  | { readonly op: "break"; readonly label: Label }
  | { readonly op: "continue"; readonly label: Label }
  | { readonly op: "return"; readonly values: readonly Expr[] }
  /** What throws in JavaScript: ends the function here, and a checked build reports it. */
  | { readonly op: "throw"; readonly site: Site };

/** What a canvas can paint. */
export type Shape = "background" | "rect" | "circle" | "line" | "digits";

/** A function, made for the arrays and objects that it is called with. */
export interface Fn {
  /** Unique in the program. */
  readonly name: string;
  /** `Class.method`, for people. */
  readonly owner: string;
  readonly params: readonly Variable[];
  /** Kinds of what it returns, none or several at once. */
  readonly results: Kind[];
  readonly body: Stmt[];
  readonly calls: Set<Fn>;
  /** Arrays that a caller hands in, and local arrays of callers. */
  readonly arrays: Set<Store>;
  /** Those of them that it makes itself. */
  readonly locals: Set<Store>;
  readonly reads: Set<ScalarField>;
  readonly writes: Set<ScalarField>;
  paints: boolean;
  usesOther: boolean;
}

/** The functions of a game that are called from outside. */
export type RootName =
  | "seed"
  | "reset"
  | "step"
  | "observe"
  | "draw"
  | "legal"
  | "lives"
  | "copyFrom";

/** A translated game. */
export interface Program {
  readonly roots: ReadonlyMap<RootName, Fn>;
  /** All functions, callees before callers. */
  readonly fns: readonly Fn[];
  /** Scalar fields that methods assign; the others are constants. */
  readonly fields: readonly ScalarField[];
  /** Array fields that methods write. */
  readonly arrays: readonly Store[];
  /** Constant tables that are read at computed indices. */
  readonly tables: readonly Store[];
  readonly sites: readonly Site[];
}
