/** What an agent and its training are asked for, and the checks that hold for plain JavaScript too. */
import type { Device } from "@carom/tensor";
import type { ConfigValue } from "../config.js";
import type { EncoderFactory } from "../encoders/encoder.js";
import { AgentError, suggestion } from "../errors.js";
import type { EnvFactory } from "../games.js";
import type { AgentListener } from "./events.js";

/**
 * What an agent is made from, beside its algorithm and its game.
 *
 * @typeParam C the algorithm's configuration
 */
export interface AgentOptions<C extends object = Readonly<Record<string, ConfigValue>>> {
  /** Variant of the game; its default when absent. */
  readonly variant?: string;
  /** Root of the key tree: games, initial parameters, sampling and evaluation derive from it (default 1). */
  readonly seed?: number;
  /** Where tensors live; a CPU device of the agent's own, opened when it is needed, when absent. */
  readonly device?: Device;
  /**
   * Env steps over which schedules run (learning rate, exploration, ...): give it where `train` is called
   * more than once. Default: the `steps` of the first training; later ones find the schedules at their end.
   */
  readonly totalSteps?: number;
  /** Settings that differ from those of the game's preset; see `AlgorithmInfo.schema`. */
  readonly config?: Readonly<Partial<C>>;
  /** Makes the encoder of observations, a module of one's own; chosen by the settings when absent. */
  readonly createEncoder?: EncoderFactory;
  /** Makes the games' env; games in this thread when absent. */
  readonly createEnv?: EnvFactory;
}

/** What ends training early: an AbortSignal, or anything that has its flag. */
export interface StopSignal {
  /** Whether training is to end; looked at between iterations. */
  readonly aborted: boolean;
}

/** How to train. All limits count from the call; the first one that is reached ends it. */
export interface TrainOptions {
  /**
   * Env steps more, over all games; the last iteration may go a little beyond. Default: what is left of
   * the schedules' steps, which are the preset's where nobody named any. `Infinity` is allowed.
   */
  readonly steps?: number;
  /** Seconds; looked at between iterations. */
  readonly seconds?: number;
  /**
   * Mean raw return that is good enough: of an evaluation where `evaluateEvery` is given, else of the last
   * 100 training episodes.
   */
  readonly untilScore?: number;
  /** Evaluations in a row without a new best score after which training ends; needs `evaluateEvery`. */
  readonly patience?: number;
  /** Ends training between two iterations once it is aborted. */
  readonly signal?: StopSignal;
  /** Env steps, over all games, between two evaluations; none when absent. */
  readonly evaluateEvery?: number;
  /** Complete episodes of each evaluation (default 20). They are played in one go. */
  readonly evaluateEpisodes?: number;
  /** Whether the state with the best evaluation is kept for `best` (default: where there are any). */
  readonly keepBest?: boolean;
  /** Env steps, over all games, between two checkpoints; one at the end only when absent. */
  readonly checkpointEvery?: number;
  /** Hears of every iteration; as all of these, for this training only. See {@link AgentEvents}. */
  readonly onMetrics?: AgentListener<"metrics">;
  /** Hears of every training episode that ended; of games on a GPU, of those of the first 64 games. */
  readonly onEpisode?: AgentListener<"episode">;
  /** Hears of the best and now and then the worst of the others; see {@link AgentEvents}. */
  readonly onRemarkable?: AgentListener<"remarkable">;
  /** Hears of every evaluation. */
  readonly onEvaluation?: AgentListener<"evaluation">;
  /** Hears of every checkpoint. */
  readonly onCheckpoint?: AgentListener<"checkpoint">;
}

/** Why training ended. */
export type TrainingEnd =
  | "steps"
  | "seconds"
  | "score"
  | "patience"
  | "aborted"
  /** The agent was disposed in the meantime. */
  | "disposed";

/** The best evaluation of an agent in training. */
export interface BestScore {
  /** Mean return. */
  readonly score: number;
  /** Env steps that the agent had trained for. */
  readonly steps: number;
}

/** What a training came to. */
export interface TrainSummary {
  /** Env steps that the agent has trained for, over all calls. */
  readonly steps: number;
  /** Seconds of this call, evaluations included. */
  readonly seconds: number;
  /** Training episodes that ended in this call. */
  readonly episodes: number;
  /** Mean raw return of the last 100 training episodes, or of all so far; null before the first ended. */
  readonly score: number | null;
  /** The best evaluation of the agent so far; null before there is one. */
  readonly best: BestScore | null;
  /** What ended it. */
  readonly reason: TrainingEnd;
}

const agentKeys: { readonly [K in keyof Required<AgentOptions>]: true } = {
  variant: true,
  seed: true,
  device: true,
  totalSteps: true,
  config: true,
  createEncoder: true,
  createEnv: true,
};

const trainKeys: { readonly [K in keyof Required<TrainOptions>]: true } = {
  steps: true,
  seconds: true,
  untilScore: true,
  patience: true,
  signal: true,
  evaluateEvery: true,
  evaluateEpisodes: true,
  keepBest: true,
  checkpointEvery: true,
  onMetrics: true,
  onEpisode: true,
  onRemarkable: true,
  onEvaluation: true,
  onCheckpoint: true,
};

/** @throws AgentError UNKNOWN_KEY, OUT_OF_RANGE */
export function checkAgentOptions(owner: string, options: AgentOptions): void {
  checkKeys(owner, options, agentKeys);
  const { totalSteps } = options;
  if (totalSteps !== undefined) checkNumber(owner, "totalSteps", totalSteps, "whole");
}

/** @throws AgentError UNKNOWN_KEY, OUT_OF_RANGE, BAD_VALUE */
export function checkTrainOptions(options: TrainOptions): void {
  checkKeys("train", options, trainKeys);
  const { steps, seconds, untilScore, evaluateEvery } = options;
  if (steps !== undefined && steps !== Number.POSITIVE_INFINITY) {
    checkNumber("train", "steps", steps, "whole");
  }
  if (seconds !== undefined) checkNumber("train", "seconds", seconds, "positive");
  if (untilScore !== undefined) checkNumber("train", "untilScore", untilScore, "any");
  for (const name of [
    "patience",
    "evaluateEvery",
    "evaluateEpisodes",
    "checkpointEvery",
  ] as const) {
    const value = options[name];
    if (value !== undefined) checkNumber("train", name, value, "whole");
  }
  for (const name of ["patience", "evaluateEpisodes", "keepBest"] as const) {
    if (options[name] === undefined || options[name] === false) continue;
    if (evaluateEvery !== undefined) continue;
    throw new AgentError("BAD_VALUE", `train: ${name} needs evaluateEvery (got none)`);
  }
}

function checkKeys(owner: string, options: object, known: Readonly<Record<string, true>>): void {
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(known, name)) continue;
    const names = Object.keys(known);
    const hint = suggestion(name, names) || `; there are ${names.join(", ")}`;
    throw new AgentError("UNKNOWN_KEY", `${owner}: there is no option "${name}"${hint}`);
  }
}

/** @throws AgentError OUT_OF_RANGE */
export function checkNumber(
  owner: string,
  name: string,
  value: number,
  kind: "whole" | "positive" | "any",
): void {
  const isSound =
    kind === "whole"
      ? Number.isSafeInteger(value) && value > 0
      : Number.isFinite(value) && (kind === "any" || value > 0);
  if (isSound) return;
  const expected = {
    whole: "a whole number above 0",
    positive: "a number above 0",
    any: "a finite number",
  };
  const text = `${owner}: ${name} must be ${expected[kind]} (got ${value})`;
  throw new AgentError("OUT_OF_RANGE", text);
}
