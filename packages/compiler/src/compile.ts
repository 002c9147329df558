/** From a game to its translation: the one function that callers need. */
import { createHash } from "node:crypto";
import type { Game, GameDefinition, GameSpec, PixelOptions } from "@carom/envs";
import { analyse } from "./analyse/analyse.js";
import { cudaText, type EmittedText, hostText } from "./emit/text.js";
import type { Program } from "./ir/ir.js";
import { printProgram } from "./ir/print.js";
import { type Layout, layoutOf } from "./layout.js";
import { lowerGame } from "./lower/program.js";

/** How to translate a game. */
export interface CompileOptions {
  /** The variant, where the game is given as a definition (default: the definition's). */
  readonly variant?: string;
  /** Size and colours of the pictures (default: 84 x 84, grey). */
  readonly pixels?: PixelOptions;
  /**
   * Takes the names of the module from `static uses` of the class even where the engine could tell them
   * (default false).
   */
  readonly declaredNames?: boolean;
}

/** What is emitted. */
export interface EmitOptions {
  /** Finds indices out of range, endless loops and `throw` while running (default false). */
  readonly checked?: boolean;
}

/** What is emitted for a GPU. */
export interface EmitCudaOptions extends EmitOptions {
  /** Threads of a block (default 128). */
  readonly threadsPerBlock?: number;
}

/** A translated game. */
export interface CompiledGame {
  /** What the game is. */
  readonly spec: GameSpec;
  /** How many functions it has. */
  readonly functions: number;
  /** How states lie in memory. */
  readonly layout: Layout;
  /** SHA-256 of the CUDA text: the same for the same rules, options and compiler. */
  readonly hash: string;
  /** Places whose index could not be proven to be inside, in words. */
  readonly unproven: readonly string[];
  /** The typed program as text for people. */
  emitIr(): string;
  /** C++ for the host, the test oracle. */
  emitCpp(options?: EmitOptions): string;
  /** CUDA C++ with the kernels carom_reset, carom_step and carom_pixels. */
  emitCuda(options?: EmitCudaOptions): string;
  /** In words, what a fault of a checked build means. */
  faultText(fault: number): string;
}

const USUAL_THREADS = 128;

/** What a game can be given as: a definition, a class, or a function that makes a new one. */
export type GameSource = GameDefinition | (new () => Game) | (() => Game);

/** Translates a game. Throws CompileError. */
export function compileGame(source: GameSource, options: CompileOptions = {}): CompiledGame {
  const game = newGame(source, options.variant);
  const program = lowerGame(game, { declaredNames: options.declaredNames ?? false });
  const analysis = analyse(program, game.spec.actions);
  const parts = { spec: game.spec, program, analysis, layout: layoutOf(program, analysis) };
  const pixels = options.pixels ?? {};
  const emitCuda = (wanted: EmitCudaOptions = {}): EmittedText => {
    const { checked = false, threadsPerBlock = USUAL_THREADS } = wanted;
    return cudaText(parts, { checked, threadsPerBlock, pixels });
  };
  const usual = emitCuda();
  return {
    spec: game.spec,
    functions: program.fns.length,
    layout: parts.layout,
    hash: createHash("sha256").update(usual.text).digest("hex"),
    unproven: [...new Set(usual.guarded.map(({ where }) => where))],
    emitIr: () => printProgram(program, analysis),
    emitCpp: ({ checked = false } = {}) => {
      return hostText(parts, { checked, pixels, threadsPerBlock: USUAL_THREADS }).text;
    },
    emitCuda: (wanted) => emitCuda(wanted).text,
    faultText: (fault) => faultText(program, fault),
  };
}

function newGame(source: GameSource, variant: string | undefined): Game {
  if (typeof source !== "function") return source.create(variant);
  return isClass(source) ? new source() : source();
}

function isClass(source: (new () => Game) | (() => Game)): source is new () => Game {
  const prototype: unknown = source.prototype;
  return typeof prototype === "object" && prototype !== null && "step" in prototype;
}

const FAULTS = {
  index: "an index is outside of its array",
  loop: "a loop does not end",
  throw: "the game throws an error",
} as const;

function faultText({ sites }: Program, fault: number): string {
  if (fault === -2) return "a reward is not a finite float32 number";
  if (fault === -1) return "an action is outside of its space";
  const site = sites[fault - 1];
  return site ? `${FAULTS[site.kind]} (${site.where})` : "no fault";
}
