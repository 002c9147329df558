/**
 * Which of a module's exports is its game: the rule by which a file of one's own is trained on,
 * checked and shown. The default export is; without one, the only definition there is among the
 * others; without a definition, the only class that is a game.
 *
 * Not here: finding, reading and bundling files (the command line), names of games (registry.ts).
 */
import { EnvError } from "./errors.js";
import { defineGame, type Game, type GameDefinition } from "./game.js";

/** What a game's class has to have. */
const METHODS = ["seed", "reset", "step", "observe", "draw"] as const;

type GameClass = new () => Game;

/**
 * The game of a module: a GameDefinition, or one made from a class that implements Game and takes no
 * arguments. Throws EnvError INVALID_ARGUMENT, which lists the exports where none fits.
 */
export function gameOf(exports: object): GameDefinition {
  const entries: (readonly [string, unknown])[] = Object.entries(exports);
  const main = entries.find(([name]) => name === "default");
  if (main) {
    const game = read("the default export", main[1]);
    if (game) return game;
    throw invalid(`the default export is no game (got ${typeof main[1]}, expected ${EXPECTED})`);
  }
  for (const looks of [looksLikeDefinition, looksLikeClass]) {
    const candidates = entries.filter(([, value]) => looks(value));
    if (candidates.length > 1) {
      const names = candidates.map(([name]) => name).join(", ");
      throw invalid(`more than one game (got ${names}; expected one, or a default export)`);
    }
    for (const [name, value] of candidates) {
      const game = read(`the export "${name}"`, value);
      if (game) return game;
    }
  }
  const found = entries.map(([name, value]) => `${name} (${typeof value})`).join(", ");
  throw invalid(`no game (got ${found || "no exports"}; expected ${EXPECTED})`);
}

const EXPECTED = "an exported GameDefinition or class that implements Game";

/** The game in a value; undefined if it does not look like one, an error if it only looks like one. */
function read(what: string, value: unknown): GameDefinition | undefined {
  if (looksLikeDefinition(value)) {
    const problem = definitionProblem(value);
    if (problem === "") return value as GameDefinition;
    throw invalid(`${what} is no GameDefinition (${problem})`);
  }
  if (!looksLikeClass(value)) return undefined;
  const lacking = METHODS.filter((method) => typeof value.prototype[method] !== "function");
  if (lacking.length > 0) throw invalid(`${what} is a class without ${lacking.join("(), ")}()`);
  if (value.length > 0) {
    throw invalid(`${what} is a class whose constructor takes arguments (expected none)`);
  }
  return definitionOf(what, value);
}

/** A definition from the class, once a first game has shown that it has a spec. */
function definitionOf(what: string, GameClass: GameClass): GameDefinition {
  const { spec } = new GameClass();
  const facts: Partial<Record<string, unknown>> = { ...spec };
  const missing = ["id", "title", "variant"].filter((name) => typeof facts[name] !== "string");
  if (missing.length === 0) return defineGame(() => new GameClass());
  const problem = spec ? `its spec lacks ${missing.join(", ")}` : "it has no field spec";
  throw invalid(`${what} is a class that is no game (${problem}; expected a GameSpec)`);
}

function looksLikeDefinition(value: unknown): value is { readonly create: unknown } {
  const isObject = typeof value === "object" && value !== null;
  return isObject && "create" in value && typeof value.create === "function";
}

function looksLikeClass(value: unknown): value is GameClass {
  if (typeof value !== "function" || !("prototype" in value)) return false;
  const { prototype } = value;
  return typeof prototype === "object" && prototype !== null && "step" in prototype;
}

/** What a definition lacks; empty if nothing. */
function definitionProblem(value: object): string {
  const { id, title, variants, defaultVariant }: Partial<Record<string, unknown>> = { ...value };
  for (const [name, text] of Object.entries({ id, title, defaultVariant })) {
    if (typeof text !== "string" || text === "") return `its ${name} is ${typeof text}, no text`;
  }
  if (!Array.isArray(variants) || !variants.includes(defaultVariant)) {
    return `its variants do not include its defaultVariant "${defaultVariant}"`;
  }
  return "";
}

function invalid(message: string): EnvError {
  return new EnvError("INVALID_ARGUMENT", `module: ${message}`);
}
