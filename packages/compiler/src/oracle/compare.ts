/** Compares a translation with its class: both play the same random steps, and their hashes must agree. */
import type { Game, PixelOptions } from "@carom/envs";
import type { CompiledGame } from "../compile.js";
import { CompileError } from "../errors.js";
import { runProgram } from "../toolchain.js";
import { type PlaySettings, playClass } from "./play.js";

/** What was compared. */
export interface Comparison {
  /** Whether everything was equal. */
  readonly equal: boolean;
  /** Steps that were compared. */
  readonly steps: number;
  /** The first step that differs; -1 where all are equal. */
  readonly firstDifference: number;
  /** In words, what a checked build found; empty if nothing. */
  readonly fault: string;
}

/** Which class a program was made from, and how its pictures look. */
export interface Subject {
  /** Makes the class's games. */
  readonly create: () => Game;
  /** Their translation. */
  readonly compiled: CompiledGame;
  /** What the game was compiled with. */
  readonly pixels: PixelOptions;
  /** The program that g++ made of `emitCpp()`. */
  readonly program: string;
}

/** Plays both. Throws CompileError TOOL_FAILED where the program does not end well. */
export function compareWithClass(subject: Subject, settings: PlaySettings): Comparison {
  const lines = playProgram(subject.program, settings);
  const bad = firstBadChunk(subject, settings, lines);
  const fault = subject.compiled.faultText(Number(lines.at(-1)?.split(" ")[2] ?? 0));
  const text = fault === "no fault" ? "" : fault;
  if (bad < 0) return { equal: true, steps: settings.steps, firstDifference: -1, fault: text };
  const near = { ...settings, steps: (bad + 1) * settings.chunk, chunk: 1 };
  const step =
    settings.chunk === 1 ? bad : firstBadChunk(subject, near, playProgram(subject.program, near));
  return { equal: false, steps: settings.steps, firstDifference: step, fault: text };
}

function firstBadChunk(subject: Subject, settings: PlaySettings, lines: readonly string[]): number {
  let bad = -1;
  const { create, compiled, pixels } = subject;
  playClass(create, compiled.layout, pixels, settings, (chunk, a, b) => {
    const [c, d] = (lines[chunk] ?? "").split(" ").map(Number);
    if (a !== c || b !== d) bad = chunk;
    return bad < 0;
  });
  return bad;
}

function playProgram(program: string, settings: PlaySettings): string[] {
  const { seed, steps, chunk, pixelEvery, maxSteps } = settings;
  const ran = runProgram(program, [seed, steps, chunk, pixelEvery, maxSteps].map(String));
  if (ran?.ok) return ran.stdout.trim().split("\n");
  const why = ran?.stderr.split("\n")[0] ?? "it is not there";
  throw new CompileError({ code: "TOOL_FAILED", what: `${program} does not play: ${why}` });
}
