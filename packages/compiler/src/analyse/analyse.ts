/** The ranges of a whole program, and with them the types in which its numbers are kept. */
import type { ActionSpace } from "@carom/envs";
import type { Expr, Fn, Program, ScalarField, Store, Variable } from "../ir/ir.js";
import { ANY, isInt, isUnsigned, type Range, wholes } from "../ir/range.js";
import { Facts } from "./facts.js";
import { type Findings, Flow } from "./flow.js";

/** How a number is kept. */
export type NumberType = "i32" | "u32" | "f64";

const MOST_ROUNDS = 1000;
const MOST_NARROWINGS = 6;

/** What is known of a program. */
export class Analysis {
  private readonly facts: Facts;
  private readonly findings: Findings;

  constructor(facts: Facts, findings: Findings) {
    this.facts = facts;
    this.findings = findings;
  }

  /** What an expression can be; anything where it is never computed. */
  range(expr: Expr): Range {
    return this.findings.exprs.get(expr) ?? ANY;
  }

  /** How a variable is kept. */
  variable(variable: Variable): NumberType {
    return typeFor(this.findings.variables.get(variable) ?? ANY);
  }

  /** How a field is kept. */
  field(field: ScalarField): NumberType {
    return typeFor(this.facts.field(field));
  }

  /** Whether a field or array ever changes. */
  changes(subject: ScalarField | Store): boolean {
    return this.facts.isChanging(subject);
  }

  /** How a result of a function is handed back. */
  result(fn: Fn, i: number): NumberType {
    return typeFor(this.facts.result(fn, i));
  }

  /** Whether an index is certainly inside of the array. */
  isInside(index: Expr, store: Store): boolean {
    const { lo, hi, whole, nan } = this.range(index);
    return whole && !nan && lo >= 0 && hi < store.length;
  }
}

/** The smallest type that holds all of a range. */
export function typeFor(range: Range): NumberType {
  if (isInt(range)) return "i32";
  return isUnsigned(range) ? "u32" : "f64";
}

/** Finds out what the numbers of a program can be. */
export function analyse(program: Program, actions: ActionSpace): Analysis {
  const order = [...program.fns].reverse(); // callers first
  const known = new Facts(program);
  addArguments(program, actions, known);
  widenFacts(order, known);
  let facts = known;
  let findings = emptyFindings();
  for (let round = 0; round < MOST_NARROWINGS; round++) {
    const narrower = new Facts(program);
    addArguments(program, actions, narrower);
    findings = emptyFindings();
    for (const fn of order) new Flow(fn, facts, narrower, findings).run();
    const isSame = narrower.equals(facts);
    facts = narrower;
    if (isSame) break;
  }
  return new Analysis(facts, findings);
}

/** Runs every function again until nothing that it asks for has changed. */
function widenFacts(order: readonly Fn[], facts: Facts): void {
  const inputs = new Map<Fn, ReadonlySet<object>>();
  const stale = new Set(order);
  for (let round = 0; round < MOST_ROUNDS && stale.size > 0; round++) {
    for (const fn of order) {
      if (!stale.delete(fn)) continue;
      facts.asked = new Set();
      facts.changed.clear();
      new Flow(fn, facts, facts, emptyFindings()).run();
      inputs.set(fn, facts.asked);
      for (const [reader, asked] of inputs) {
        if ([...facts.changed].some((subject) => asked.has(subject))) stale.add(reader);
      }
    }
  }
}

function emptyFindings(): Findings {
  return { exprs: new Map(), variables: new Map() };
}

/** What is handed in from outside. */
function addArguments({ roots }: Program, actions: ActionSpace, facts: Facts): void {
  const [seed] = roots.get("seed")?.params ?? [];
  if (seed) facts.add(seed, wholes(0, Number.MAX_SAFE_INTEGER));
  const [action] = roots.get("step")?.params ?? [];
  if (action && actions.kind === "discrete") facts.add(action, wholes(0, actions.names.length - 1));
  const [at] = roots.get("observe")?.params ?? [];
  if (at) facts.add(at, wholes(0, 0));
}
