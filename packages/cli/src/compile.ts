/** `carom compile`: a game translated to C++ and CUDA; what came out, and whether it equals the class. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  buildCubin,
  buildProgram,
  type CompiledGame,
  CompileError,
  compareWithClass,
  compileGame,
  hasNvcc,
} from "@carom/compiler";
import type { Game, GameDefinition } from "@carom/envs";
import { CliError, exitCodes } from "./errors.js";
import { formatCount } from "./format.js";
import { resolveGame } from "./game/source.js";
import { parseChoice, parseCount, parseInteger } from "./values.js";

/** The options as commander hands them over. */
export interface CompileTexts {
  readonly variant?: string;
  readonly emit?: string;
  readonly check?: boolean;
  readonly steps?: string;
  readonly seed?: string;
  readonly arch?: string;
}

/** How to compare. */
interface Course {
  readonly steps: number;
  readonly seed: number;
  readonly arch: string;
}

/** Exit code 2 if the game is refused or differs. @throws what resolveGame throws · CliError */
export async function compileCommand(text: string, texts: CompileTexts): Promise<number> {
  const emit = texts.emit && parseChoice("--emit", texts.emit, ["cuda", "cpp", "ir"] as const);
  const course: Course = {
    steps: parseCount("--steps", texts.steps ?? "100k"),
    seed: parseInteger("--seed", texts.seed ?? "1", 0, 2 ** 32 - 1),
    arch: texts.arch ?? "sm_90",
  };
  const { game } = await resolveGame(text);
  if (game.remote) throw new CliError("UNSUPPORTED", `compile: ${game.id} runs in Python`);
  const create = (): Game => game.create(texts.variant);
  try {
    const compiled = compileGame(create);
    if (emit) {
      process.stdout.write(emitted(compiled, emit));
      return exitCodes.ok;
    }
    for (const line of facts(game, compiled)) print(line);
    return texts.check === true ? check(create, compiled, course) : exitCodes.ok;
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    process.stderr.write(`carom: ${error.message}\n`);
    return exitCodes.usage;
  }
}

function emitted(compiled: CompiledGame, what: "cuda" | "cpp" | "ir"): string {
  if (what === "cuda") return compiled.emitCuda();
  return what === "cpp" ? compiled.emitCpp() : compiled.emitIr();
}

/** What the compiler made, line by line. */
function facts({ title }: GameDefinition, compiled: CompiledGame): string[] {
  const { functions, layout, spec, unproven, hash } = compiled;
  const kilobytes = (compiled.emitCuda().length / 1024).toFixed(0);
  const state = layout.columns.map(({ name, element, length }) => {
    return `${name} ${element}${length > 1 ? `[${length}]` : ""}`;
  });
  return [
    `${title}, ${spec.variant}, version ${spec.version}`,
    `  functions  ${functions}`,
    `  state      ${layout.bytes} bytes a game: ${state.join(", ")}`,
    `  text       ${kilobytes} KB of CUDA, ${hash.slice(0, 12)}`,
    `  indices    ${unproven.length === 0 ? "all proven to be inside" : `${unproven.length} not proven to be inside, and guarded:`}`,
    ...unproven.map((where) => `             ${where}`),
  ];
}

function check(create: () => Game, compiled: CompiledGame, course: Course): number {
  const folder = mkdtempSync(join(tmpdir(), "carom-compile-"));
  try {
    const isEqual = checkEquality(folder, create, compiled, course);
    const isSound = checkFaults(folder, create, compiled, course);
    countRegisters(folder, compiled, course.arch);
    return isEqual && isSound ? exitCodes.ok : exitCodes.usage;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function play(
  folder: string,
  create: () => Game,
  compiled: CompiledGame,
  { steps, seed }: Course,
  checked: boolean,
): ReturnType<typeof compareWithClass> {
  const file = join(folder, "game.cpp");
  const program = join(folder, "game.out");
  writeFileSync(file, compiled.emitCpp({ checked }));
  buildProgram(file, program);
  const { maxSteps } = compiled.spec;
  const settings = { seed, steps, chunk: 4096, pixelEvery: 97, maxSteps };
  return compareWithClass({ create, compiled, pixels: {}, program }, settings);
}

function checkEquality(
  folder: string,
  create: () => Game,
  compiled: CompiledGame,
  course: Course,
): boolean {
  const { equal, firstDifference } = play(folder, create, compiled, course, false);
  const steps = `${formatCount(course.steps)} random decisions, seed ${course.seed}`;
  const differs = `DIFFERENT from the class at decision ${firstDifference + 1} of ${steps}`;
  print(`  equality   ${equal ? `equal to the class, bit by bit: ${steps}` : differs}`);
  return equal;
}

function checkFaults(
  folder: string,
  create: () => Game,
  compiled: CompiledGame,
  course: Course,
): boolean {
  const { fault } = play(folder, create, compiled, course, true);
  print(`  checked    ${fault === "" ? "no index out of range, no endless loop" : fault}`);
  return fault === "";
}

function countRegisters(folder: string, compiled: CompiledGame, arch: string): void {
  if (!hasNvcc()) {
    print("  registers  not counted: nvcc is not installed");
    return;
  }
  const file = join(folder, "game.cu");
  writeFileSync(file, compiled.emitCuda());
  for (const use of buildCubin(file, join(folder, "game.cubin"), arch)) {
    const spills = `spills ${use.spillStores} bytes out, ${use.spillLoads} in`;
    const memory = use.shared > 0 ? `, ${use.shared} bytes shared` : "";
    print(`  ${arch}      ${use.kernel}: ${use.registers} registers, ${spills}${memory}`);
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
