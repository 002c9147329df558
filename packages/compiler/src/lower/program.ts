/** From a live game to its program: the functions that are called from outside, and what they need. */
import type { ActionSpace, Game } from "@carom/envs";
import { actionWidth } from "@carom/envs";
import { CompileError } from "../errors.js";
import { namesFor } from "../front/names.js";
import type { Callable, Fn, Program, RootName, ScalarField, Store } from "../ir/ir.js";
import { translate } from "./functions.js";
import { GameBuilder } from "./game.js";
import { findMember } from "./members.js";
import { arrayOf, constant, numeric, type Value } from "./values.js";

/** How to translate. */
export interface LowerOptions {
  /** Names are taken from `static uses` of the class instead of the engine's inspector. */
  readonly declaredNames?: boolean;
}

const OPTIONAL: ReadonlySet<RootName> = new Set<RootName>(["legal", "lives", "copyFrom"]);

/** Translates a game that has just been made. Throws CompileError. */
export function lowerGame(game: Game, options: LowerOptions = {}): Program {
  const names = namesFor(game.constructor as Callable, options.declaredNames ?? false);
  try {
    const first = lowerWith(new GameBuilder(game, names));
    const changing = new Set([...first.fields, ...first.arrays].map(({ name }) => name));
    return lowerWith(new GameBuilder(game, names, changing));
  } finally {
    names.close();
  }
}

function lowerWith(builder: GameBuilder): Program {
  const roots = new Map<RootName, Fn>();
  for (const [name, args] of rootArguments(builder.game)) {
    const fn = lowerRoot(builder, name, args);
    if (fn) roots.set(name, fn);
  }
  return finish(builder, roots);
}

function rootArguments(game: Game): readonly (readonly [RootName, readonly Value[]])[] {
  const { actions, observation } = game.spec;
  const row = output("observation", "f32", observation.size);
  const number: Value = numeric({ op: "const", value: 0 });
  const mask = output("mask", "u8", actions.kind === "discrete" ? actions.names.length : 1);
  return [
    ["seed", [number]],
    ["reset", []],
    ["step", [actions.kind === "discrete" ? number : arrayOf(actionStore(actions))]],
    ["observe", [arrayOf(row), constant(0)]],
    ["draw", [{ is: "canvas" }]],
    ["legal", [arrayOf(mask)]],
    ["lives", []],
    ["copyFrom", [{ is: "object", object: "other" }]],
  ];
}

function output(name: string, element: "f32" | "u8", length: number): Store {
  return { place: "output", name, element, length, values: [] };
}

function actionStore(actions: ActionSpace): Store {
  const length = actionWidth(actions);
  const common = { place: "action", name: "action", length, values: [] } as const;
  switch (actions.kind) {
    case "box": {
      const low = Math.min(...actions.low.map(Math.fround));
      const high = Math.max(...actions.high.map(Math.fround));
      return { ...common, element: "f32", bounds: [low, high] };
    }
    case "multi-discrete":
      return { ...common, element: "i32", bounds: [0, Math.max(...actions.sizes) - 1] };
    default:
      return { ...common, element: "i32", bounds: [0, 1] };
  }
}

function lowerRoot(builder: GameBuilder, name: RootName, args: readonly Value[]): Fn | undefined {
  const found = findMember(builder.game, name);
  const callee = found?.value ?? (name === "lives" ? found?.get : undefined);
  if (!(found && callee)) {
    if (OPTIONAL.has(name)) return undefined;
    const { id } = builder.game.spec;
    throw new CompileError({ code: "INVALID_GAME", what: `${id}: the game has no ${name}()` });
  }
  const owner = `${found.home.constructor.name}.${name}`;
  return translate(builder, { callee, owner, self: "self", home: found.home, args });
}

function finish(builder: GameBuilder, roots: ReadonlyMap<RootName, Fn>): Program {
  for (const fn of builder.fns) inherit(fn);
  const written = new Set(builder.fns.flatMap((fn) => [...fn.writes]));
  const fields: ScalarField[] = [];
  const arrays: Store[] = [];
  const tables: Store[] = [...builder.tables.values()];
  for (const one of builder.fields.values()) {
    if (one.is === "scalar") {
      if (written.has(one.field)) fields.push(one.field);
    } else if (builder.written.has(one.store)) arrays.push(one.store);
    else tables.push(one.store);
  }
  return { roots, fns: builder.fns, fields, arrays, tables, sites: builder.sites };
}

/** What a function's callees use, it uses too; callees stand before their callers. */
function inherit(fn: Fn): void {
  for (const callee of fn.calls) {
    for (const field of callee.reads) fn.reads.add(field);
    for (const field of callee.writes) fn.writes.add(field);
    for (const store of callee.arrays) if (!callee.locals.has(store)) fn.arrays.add(store);
    fn.paints ||= callee.paints;
    fn.usesOther ||= callee.usesOther;
  }
}
