/**
 * From the options of `carom sweep` as text to a plan. Everything that can be known to be wrong
 * before a trial is begun is found here.
 */
import { availableParallelism } from "node:os";
import { defaultSteps } from "@carom/agents";
import { key } from "@carom/envs";
import { checkPrecision, type DeviceChoice, type DeviceWish } from "../device.js";
import { CliError } from "../errors.js";
import type { FoundGame } from "../game/source.js";
import { parsePrecision, parseSubject } from "../train/options.js";
import { parseAssignments, parseChoice, parseCount, parseDevice, parseInteger } from "../values.js";
import { planRungs } from "./halving.js";
import { type Objective, objectives, type SweepPlan } from "./plan.js";
import { defaultParameters, drawTrials, parseParameters } from "./space.js";

/** The options as commander hands them over: text, undefined where not given. */
export interface SweepTexts {
  readonly algo?: string;
  readonly variant?: string;
  readonly trials?: string;
  readonly steps?: string;
  readonly seeds?: string;
  readonly rungs?: string;
  readonly objective?: string;
  readonly param?: readonly string[];
  readonly set?: readonly string[];
  readonly seed?: string;
  readonly device?: string;
  readonly precision?: string;
  readonly threads?: string;
  readonly jobs?: string;
  readonly out?: string;
  readonly resume?: string;
  readonly json?: boolean;
}

/** How the command behaves; may differ between continuations. */
export interface SweepManner {
  /** Runs at a time. */
  readonly jobs: number;
  /** What was asked for; null where it was not. */
  readonly device: DeviceChoice | null;
  /** Whether the outcome is printed as JSON on the last line. */
  readonly json: boolean;
}

/** Of so many trials one goes on to the next rung. */
export const eta = 3;

const defaultTrials = "27";
const defaultRungs = "3";

/** How to behave; as many runs at a time as there are processors, unless said. @throws CliError */
export function parseSweepManner({ jobs, device, json }: SweepTexts): SweepManner {
  return {
    device: device === undefined ? null : parseDevice("--device", device),
    jobs: jobs === undefined ? availableParallelism() : parseInteger("--jobs", jobs, 1, 1024),
    json: json === true,
  };
}

/**
 * The plan of a new sweep.
 *
 * @throws EnvError UNKNOWN_VARIANT · AgentError for algorithm and settings · CliError BAD_VALUE,
 *   CONFLICT, MISSING_GAME, MISSING_PARAM
 */
export function parsePlan(
  source: FoundGame | undefined,
  texts: SweepTexts,
  { jobs, device }: SweepManner,
): SweepPlan {
  if (source === undefined) {
    throw new CliError("MISSING_GAME", "sweep: name a game, as in `carom sweep cartpole`");
  }
  const { game, module, variant, algo, seed } = parseSubject(source, { ...texts, viewer: false });
  const searched = { algo, game: game.id, variant };
  const settings = { ...parseAssignments("--set", texts.set ?? []) };
  const parameters =
    texts.param === undefined
      ? defaultParameters(searched, Object.keys(settings))
      : parseParameters(texts.param, searched);
  const both = parameters.find(({ key }) => Object.hasOwn(settings, key));
  if (both !== undefined) {
    throw new CliError(
      "CONFLICT",
      `--set fixes ${both.key}, which the sweep varies; leave out one`,
    );
  }
  const trials = parseInteger("--trials", texts.trials ?? defaultTrials, 1, 10_000);
  const seeds = parseInteger("--seeds", texts.seeds ?? "1", 1, 1000);
  const steps =
    texts.steps === undefined
      ? defaultSteps(algo, game.id, variant, settings)
      : parseCount("--steps", texts.steps);
  const rungs = parseInteger("--rungs", texts.rungs ?? defaultRungs, 1, 20);
  const wish: DeviceWish = {
    device: device ?? "cpu",
    threads: threadsOf(texts.threads, jobs),
    precision: parsePrecision(texts.precision),
  };
  checkPrecision(wish);
  return {
    ...{ game: game.id, ownGame: module !== null, variant, algo, seed },
    trials: drawTrials(parameters, trials, seed),
    seeds: drawSeeds(seeds, seed),
    rungs: planRungs({ trials, steps, eta, rungs }),
    objective: parseObjective(texts.objective),
    ...{ parameters, settings },
    ...{ device: wish.device, precision: wish.precision },
    threads: threadsOf(texts.threads, jobs),
  };
}

/** Refuses options that would make a continued sweep another one. @throws CliError CONFLICT */
export function checkResumedSweep(gameId: string | undefined, texts: SweepTexts): void {
  const { jobs: _jobs, device: _device, json: _json, resume: _resume, ...fixed } = texts;
  const given = gameId === undefined ? Object.keys(fixed)[0] : undefined;
  const name = gameId !== undefined ? "a game" : given && `--${given}`;
  if (name === undefined) return;
  throw new CliError("CONFLICT", `--resume continues a sweep as it was; leave out ${name}`);
}

function parseObjective(text: string | undefined): Objective {
  return parseChoice("--objective", text ?? "final", objectives);
}

/** Seeds of a trial's runs. */
function drawSeeds(count: number, seed: number): number[] {
  const root = key(seed).child("sweep");
  return Array.from({ length: count }, (_, i) => root.child("run", i).toSeed());
}

/** The processors shared out among the runs. */
function threadsOf(text: string | undefined, jobs: number): number {
  if (text !== undefined) return parseInteger("--threads", text, 1, 1024);
  return Math.max(1, Math.floor(availableParallelism() / jobs));
}
