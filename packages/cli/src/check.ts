/**
 * `carom check`: whether a game keeps the rules that trainers, replays and the viewer rely on, how
 * fast it is, whether a GPU could run it, and whether its own tests pass (game/tests.ts).
 */
import { CompileError, compileGame } from "@carom/compiler";
import {
  type CheckResult,
  checkGame,
  type GameDefinition,
  key,
  LocalVectorEnv,
  sampleAction,
  seedRandom,
} from "@carom/envs";
import { CliError, exitCodes } from "./errors.js";
import { formatCount } from "./format.js";
import { type FoundGame, resolveGame } from "./game/source.js";
import { runTests, type TestRun } from "./game/tests.js";
import { parseCount, parseInteger } from "./values.js";

/** The options as commander hands them over. */
export interface CheckTexts {
  readonly variant?: string;
  readonly steps?: string;
  readonly seed?: string;
  readonly json?: boolean;
}

/** What was found; --json prints it. */
export interface CheckReport {
  readonly game: string;
  /** Whether no rule was broken and no test failed. */
  readonly ok: boolean;
  readonly variants: readonly VariantReport[];
  /** The tests beside the game; null where there are none. */
  readonly tests: TestRun | null;
}

/** What was found of one variant. */
export interface VariantReport {
  readonly variant: string;
  readonly ok: boolean;
  readonly results: readonly CheckResult[];
  /** Decisions per second of random play in one thread; null if it failed. */
  readonly stepsPerSecond: number | null;
  /** Why it cannot be translated for a GPU; null if it can. That breaks no rule. */
  readonly gpu: string | null;
}

/** How to check. */
interface Course {
  readonly steps: number;
  readonly seed: number;
}

/** Milliseconds for which the speed is measured, and games that are played at a time. */
const measuredFor = 300;
const games = 16;

/** Exit code 2 if anything failed. @throws what resolveGame throws · EnvError UNKNOWN_VARIANT · CliError */
export async function checkCommand(text: string, texts: CheckTexts): Promise<number> {
  const steps = parseCount("--steps", texts.steps ?? "100k");
  const seed = parseInteger("--seed", texts.seed ?? "1", 0, Number.MAX_SAFE_INTEGER);
  const source = await resolveGame(text);
  refuseRemote(source.game);
  const { id, variants } = source.game;
  const wanted = texts.variant === undefined ? variants : [texts.variant];
  const print = texts.json === true ? () => {} : printLine;
  const reports = wanted.map((variant) => checkVariant(source, variant, { steps, seed }, print));
  const tests = await runTests(source.module);
  if (tests !== null) print(testsLine(tests));
  const ok = reports.every((report) => report.ok) && (tests === null || tests.failed === 0);
  const report: CheckReport = { game: id, ok, variants: reports, tests };
  print(verdict(report));
  if (texts.json === true) printLine(JSON.stringify(report));
  return ok ? exitCodes.ok : exitCodes.usage;
}

function refuseRemote({ id, remote }: GameDefinition): void {
  if (remote === undefined) return;
  throw new CliError(
    "UNSUPPORTED",
    `check: ${id} runs in another process, which is not looked into`,
  );
}

function checkVariant(
  { game }: FoundGame,
  variant: string,
  { steps, seed }: Course,
  print: (line: string) => void,
): VariantReport {
  if (!game.variants.includes(variant)) game.create(variant); // throws, and says which there are
  const { ok, results } = checkGame(game, { variant, steps, seed });
  print(`${game.title}, ${variant}: ${formatCount(steps)} random decisions, seed ${seed}`);
  for (const result of results) print(resultLine(result));
  const stepsPerSecond = measureSpeed(game, variant, seed);
  const speed = `${formatCount(stepsPerSecond ?? 0)} steps/s of random play in one thread`;
  print(`  ${"speed".padEnd(9)}  ${stepsPerSecond === null ? "not measured: it fails" : speed}`);
  const gpu = refusalOf(game, variant);
  print(
    `  ${"gpu".padEnd(9)}  ${gpu === null ? "translates to CUDA" : `stays on the processor: ${gpu}`}`,
  );
  return { variant, ok, results, stepsPerSecond, gpu };
}

/** What the compiler does not take, and where; null if it takes everything. */
function refusalOf(game: GameDefinition, variant: string): string | null {
  try {
    compileGame(game, { variant });
    return null;
  } catch (error) {
    if (error instanceof CompileError) return error.message.split("\n")[0];
    return error instanceof Error ? error.message : String(error);
  }
}

/** `  failed     G7   random play stays within the declared space: step 3: ...` */
function resultLine({ id, title, outcome, detail }: CheckResult): string {
  const word = outcome === "passed" ? "ok" : outcome;
  return `  ${word.padEnd(9)}  ${id.padEnd(4)} ${title}${detail === "" ? "" : `: ${detail}`}`;
}

function testsLine({ file, passed, failed, output }: TestRun): string {
  const counts = `  tests      ${file}: ${passed} passed, ${failed} failed`;
  return failed === 0 ? counts : `${output.trimEnd()}\n${counts}`;
}

function verdict({ ok, variants, tests }: CheckReport): string {
  if (ok) return "all is well";
  const rules = variants.flatMap(({ results }) => results.filter((r) => r.outcome === "failed"));
  const parts = [`broken rules: ${rules.length}`, `failed tests: ${tests?.failed ?? 0}`];
  return parts.join(", ");
}

/** null for a game that fails on the way. */
function measureSpeed(game: GameDefinition, variant: string, seed: number): number | null {
  try {
    const env = new LocalVectorEnv(game, { count: games, key: key(seed), variant });
    env.reset();
    const random = new Uint32Array(4);
    seedRandom(random, seed);
    const start = performance.now();
    for (let steps = games; ; steps += games) {
      drawActions(env, random);
      env.step();
      const passed = performance.now() - start;
      if (passed >= measuredFor) return Math.round((1000 * steps) / passed);
    }
  } catch {
    return null;
  }
}

/** Random actions for all games, of those that are allowed where not all are. */
function drawActions({ actions, count, masks, spec }: LocalVectorEnv, random: Uint32Array): void {
  const width = actions.length / count;
  for (let i = 0; i < count; i++) {
    let action = sampleAction(spec.actions, random);
    if (typeof action !== "number") {
      actions.set(action, i * width);
      continue;
    }
    const row = masks && (i * masks.length) / count;
    while (masks && row !== undefined && masks[row + Number(action)] !== 1) {
      action = sampleAction(spec.actions, random);
    }
    actions[i] = Number(action);
  }
}

function printLine(line: string): void {
  process.stdout.write(`${line}\n`);
}
