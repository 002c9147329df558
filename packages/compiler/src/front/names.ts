/**
 * What a free name of a function means: a live value, found by the inspector, or in the list that the
 * class declares where there is none (`static uses = () => ({ SIDE, shift })`).
 */
import { findSourceMap } from "node:module";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import type { Callable } from "../ir/ir.js";
import { type FunctionFacts, Inspector, type Scope } from "./scopes.js";
import { FunctionSource, type Origin } from "./source.js";

/** Answer to what a name means. */
export type Found = { readonly found: true; readonly value: unknown } | { readonly found: false };

const UNKNOWN: Origin = { file: "", line: 0, column: 0, mapped: () => undefined };

/** Looks names up, for as long as a compilation lasts. */
export interface Names {
  /** The value of a free name of `fn`. */
  find(fn: Callable, name: string): Found;
  /** Where the text of `fn` begins, as far as it is known. */
  origin(fn: Callable): Origin;
  /** Ends the lookup. */
  close(): void;
}

/** By the inspector, or by the list that the class declares if there is none or `declared` is set. */
export function namesFor(GameClass: Callable, declared: boolean): Names {
  if (declared) return new DeclaredNames(GameClass);
  try {
    return new InspectedNames(new Inspector());
  } catch {
    return new DeclaredNames(GameClass);
  }
}

class InspectedNames implements Names {
  private readonly facts: Map<Callable, FunctionFacts> = new Map();
  private readonly inspector: Inspector;

  constructor(inspector: Inspector) {
    this.inspector = inspector;
  }

  find(fn: Callable, name: string): Found {
    for (const scope of this.factsOf(fn).scopes) {
      if (name in scope) return { found: true, value: scope[name] };
    }
    return { found: false };
  }

  origin(fn: Callable): Origin {
    const { script, line, column } = this.factsOf(fn);
    const url = this.inspector.address(script);
    const isFile = url.startsWith("file:");
    const map = isFile ? findSourceMap(fileURLToPath(url)) : undefined;
    const mapped: Origin["mapped"] = (atLine, atColumn) => {
      const entry = map?.findEntry(atLine, atColumn);
      if (!entry || !("originalSource" in entry)) return undefined;
      return { file: basename(entry.originalSource), line: entry.originalLine };
    };
    return { file: basename(isFile ? fileURLToPath(url) : url), line, column, mapped };
  }

  close(): void {
    this.inspector.close();
  }

  private factsOf(fn: Callable): FunctionFacts {
    let facts = this.facts.get(fn);
    if (!facts) {
      facts = this.inspector.look(fn);
      this.facts.set(fn, facts);
    }
    return facts;
  }
}

/** The result of `uses` gives the values, its text the names: minifiers rename one side only. */
class DeclaredNames implements Names {
  private readonly values: Scope;

  constructor(GameClass: Callable) {
    this.values = declaredValues(GameClass);
  }

  find(_fn: Callable, name: string): Found {
    if (!Object.hasOwn(this.values, name)) return { found: false };
    return { found: true, value: this.values[name] };
  }

  origin(): Origin {
    return UNKNOWN;
  }

  close(): void {}
}

function declaredValues(GameClass: Callable): Scope {
  if (!("uses" in GameClass) || typeof GameClass.uses !== "function") return {};
  const uses = GameClass.uses as () => Scope;
  const given = uses();
  const values: Record<string, unknown> = { ...given };
  const { body } = new FunctionSource(uses, "uses", () => UNKNOWN).node;
  if (body.type !== "ObjectExpression") return values;
  for (const property of body.properties) {
    if (property.type !== "Property" || property.computed) continue;
    const key = property.key.type === "Identifier" ? property.key.name : undefined;
    if (key !== undefined && property.value.type === "Identifier") {
      values[property.value.name] = given[key];
    }
  }
  return values;
}
