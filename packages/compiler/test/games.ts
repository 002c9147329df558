/** Every variant of every game and probe, and where their translations are built. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Game, type GameDefinition, games } from "@carom/envs";
import { type CompiledGame, type CompileOptions, compileGame } from "../src/compile.js";
import type { Comparison } from "../src/oracle/compare.js";
import { compareWithClass } from "../src/oracle/compare.js";
import { buildProgram } from "../src/toolchain.js";

/** One variant of a game. */
export interface Variant {
  readonly name: string;
  readonly game: GameDefinition;
  readonly variant: string;
}

const PROBES = [
  "constant",
  "observation",
  "delay",
  "action",
  "match",
  "truncation",
  "identity",
  "memory",
  "mask",
  "multi-discrete",
  "multi-binary",
  "continuous",
  "continuous-2d",
  "continuous-delay",
  "continuous-truncation",
];

/** All variants, probes included. */
export function allVariants(find: (id: string) => GameDefinition): Variant[] {
  const all = [...games, ...PROBES.map((name) => find(`probe:${name}`))];
  return all.flatMap((game) =>
    game.variants.map((variant) => ({ name: `${game.id} ${variant}`, game, variant })),
  );
}

const folder = mkdtempSync(join(tmpdir(), "carom-compiler-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

/** A file of this process, gone when it ends. */
export function scratch(name: string): string {
  mkdirSync(folder, { recursive: true });
  return join(folder, name.replace(/[^\w.-]/g, "_"));
}

/** A translated game with its program. */
export interface Built {
  readonly create: () => Game;
  readonly compiled: CompiledGame;
  readonly program: string;
}

/** A game may compare what is always true. */
const WARNINGS = ["-Wall", "-Wextra", "-Werror", "-Wno-unused", "-Wno-type-limits"].concat(
  "-Wno-tautological-compare",
);

/** Translates and builds. */
export function build(
  name: string,
  create: () => Game,
  options: CompileOptions & { readonly checked?: boolean; readonly flags?: readonly string[] } = {},
): Built {
  const compiled = compileGame(create, options);
  const file = scratch(`${name}.cpp`);
  const program = scratch(`${name}.out`);
  writeFileSync(file, compiled.emitCpp({ checked: options.checked ?? false }));
  buildProgram(file, program, [...WARNINGS, ...(options.flags ?? [])]);
  return { create, compiled, program };
}

/** Plays a built game beside its class. */
export function compare(built: Built, steps: number, seed = 7): Comparison {
  const { compiled } = built;
  const settings = { seed, steps, chunk: 8192, pixelEvery: 97, maxSteps: compiled.spec.maxSteps };
  return compareWithClass({ ...built, pixels: {} }, settings);
}
