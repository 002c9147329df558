/** `carom eval`: plays a checkpoint on games it was not trained on and reports its score. */
import { createEvaluationEnv, createPolicy, evaluate } from "@carom/agents";
import { key, nextFloat, seedRandom } from "@carom/envs";
import { readRun } from "@carom/runs";
import type { RunFacts } from "@carom/runs/formats";
import type { Precision } from "@carom/tensor";
import { unpackCheckpoint } from "./checkpoint.js";
import {
  checkPrecision,
  type DeviceFacts,
  type DeviceWish,
  deviceText,
  openWished,
} from "./device.js";
import { exitCodes } from "./errors.js";
import { findRun } from "./folders.js";
import { formatCount, formatScore } from "./format.js";
import { envFactory } from "./game/envs.js";
import { gameOfRun } from "./game/source.js";
import {
  bootstrapInterval,
  type Interval,
  interquartileMean,
  mean,
  median,
  standardDeviation,
} from "./stats.js";
import { type Subject, subjectOf } from "./subject.js";
import { parsePrecision } from "./train/options.js";
import { parseCount, parseDevice, parseInteger, parseWhich } from "./values.js";

/** The options as commander hands them over. */
export interface EvalTexts {
  readonly episodes?: string;
  readonly greedy?: boolean;
  readonly checkpoint?: string;
  readonly seed?: string;
  readonly device?: string;
  readonly precision?: string;
  readonly threads?: string;
  readonly json?: boolean;
}

/** What an evaluation found; --json prints it. */
export interface EvalResult {
  readonly run: string;
  readonly game: string;
  readonly variant: string;
  readonly algo: string;
  /** Env step of the checkpoint. */
  readonly step: number;
  readonly episodes: number;
  readonly greedy: boolean;
  /** Seed of the games. */
  readonly seed: number;
  /** What it was played on: "cpu", "cuda". */
  readonly device: string;
  /** Of a GPU. */
  readonly precision?: Precision;
  readonly mean: number;
  readonly std: number;
  readonly median: number;
  /** Interquartile mean. */
  readonly iqm: number;
  readonly min: number;
  readonly max: number;
  /** Mean number of decisions per episode. */
  readonly meanLength: number;
  /** 95% bootstrap intervals of the mean and of the interquartile mean. */
  readonly interval: { readonly mean: Interval; readonly iqm: Interval };
}

/** Games played side by side at most. */
const maxGames = 64;

/** @throws RunError for the run and its checkpoints · CliError, AgentError, DeviceError */
export async function evalCommand(folder: string, texts: EvalTexts): Promise<number> {
  const episodes = parseCount("--episodes", texts.episodes ?? "100");
  const which = parseWhich("--checkpoint", texts.checkpoint ?? "latest");
  const wish = parseWish(texts);
  const run = readRun(findRun(folder));
  try {
    const facts = run.facts();
    const checkpoint = run.loadCheckpoint(which);
    const subject = subjectOf(facts, await gameOfRun(run));
    const played = playCheckpoint(subject, unpackCheckpoint(checkpoint).state, {
      episodes,
      greedy: texts.greedy === true,
      seed: evalSeed(texts, facts),
      wish,
    });
    for (const { name, error } of checkpoint.skipped) {
      process.stderr.write(`checkpoint ${name} cannot be used: ${error.message}\n`);
    }
    const result = summarise(facts, checkpoint.step, played);
    const on = texts.device === undefined ? [] : [`on ${deviceText(played.device)}`];
    process.stdout.write(`${[...evalLines(result), ...on].join("\n")}\n`);
    if (texts.json === true) process.stdout.write(`${JSON.stringify(result)}\n`);
  } finally {
    run.close();
  }
  return exitCodes.ok;
}

/** The processor and float32, whatever the run was trained on, unless another is asked for. */
function parseWish({ device, precision, threads }: EvalTexts): DeviceWish {
  const wish: DeviceWish = {
    device: device === undefined ? "cpu" : parseDevice("--device", device),
    threads: threads === undefined ? null : parseInteger("--threads", threads, 1, 1024),
    precision: parsePrecision(precision),
  };
  checkPrecision(wish);
  return wish;
}

function evalSeed({ seed }: EvalTexts, facts: RunFacts): number {
  if (seed === undefined) return key(facts.seed).child("eval").toSeed();
  return parseInteger("--seed", seed, 0, Number.MAX_SAFE_INTEGER);
}

interface Played {
  readonly seed: number;
  readonly greedy: boolean;
  readonly returns: readonly number[];
  readonly lengths: readonly number[];
  readonly device: DeviceFacts;
}

type State = ReturnType<typeof unpackCheckpoint>["state"];

function playCheckpoint(
  { game, module, variant, algo, config }: Subject,
  state: State,
  options: { episodes: number; greedy: boolean; seed: number; wish: DeviceWish },
): Played {
  const { episodes, greedy, seed, wish } = options;
  const { device, facts } = openWished(wish);
  const count = Math.min(episodes, maxGames);
  const root = key(seed).child("evaluation");
  const createEnv = envFactory(module?.url ?? null);
  const seen = { game, variant, config, state, count };
  try {
    const env = createEvaluationEnv({ ...seen, key: root, createEnv });
    const policy = createPolicy({ ...seen, algo, device, seed, spec: env.spec });
    try {
      const played = evaluate(policy, game, { episodes, greedy, seed, variant, env });
      return { seed, greedy, ...played, device: facts };
    } finally {
      policy.dispose();
      env.dispose();
    }
  } finally {
    device.dispose();
  }
}

function summarise(facts: RunFacts, step: number, played: Played): EvalResult {
  const { returns, lengths, seed, greedy, device } = played;
  const random = new Uint32Array(4);
  seedRandom(random, seed);
  const interval = (statistic: typeof mean): Interval =>
    bootstrapInterval(returns, statistic, () => nextFloat(random));
  return {
    run: facts.id,
    game: facts.game,
    variant: facts.variant,
    algo: facts.algo,
    step,
    episodes: returns.length,
    greedy,
    seed,
    device: device.name,
    ...(device.precision === undefined ? {} : { precision: device.precision }),
    mean: mean(returns),
    std: standardDeviation(returns),
    median: median(returns),
    iqm: interquartileMean(returns),
    min: Math.min(...returns),
    max: Math.max(...returns),
    meanLength: mean(lengths),
    interval: { mean: interval(mean), iqm: interval(interquartileMean) },
  };
}

function evalLines(result: EvalResult): string[] {
  const { run, step, episodes, greedy, seed, interval } = result;
  const actions = greedy ? "greedy actions" : "sampled actions";
  const range = ({ low, high }: Interval): string =>
    `95% interval ${formatScore(low)} to ${formatScore(high)}`;
  return [
    `${run}, checkpoint of step ${formatCount(step)}: ${formatCount(episodes)} episodes, ${actions}, seed ${seed}`,
    `mean    ${formatScore(result.mean)} ± ${formatScore(result.std)}   ${range(interval.mean)}`,
    `median  ${formatScore(result.median)}`,
    `IQM     ${formatScore(result.iqm)}   ${range(interval.iqm)}`,
    `range   ${formatScore(result.min)} to ${formatScore(result.max)}`,
  ];
}
