/**
 * The settings of the games' surroundings that every algorithm has: what the learner sees of a game
 * and how its actions reach it. They become wrappers around the vector env; the games stay as they are.
 */
import { type GameDefinition, specOf, type WrapperSpec } from "@carom/envs";
import type { Config, SchemaOf } from "./config.js";

/** The surroundings' part of a configuration; {@link envSchema} documents every key. */
export interface EnvConfig {
  readonly observation: string;
  readonly pixelSize: number;
  readonly frameSkip: number;
  readonly frameStack: number;
  readonly stickyActions: number;
  readonly noOpStart: number;
  readonly episodicLife: boolean;
  readonly maskActions: boolean;
  readonly timeLimit: number;
  readonly rewardScale: number;
  readonly normalizeObservations: boolean;
  readonly normalizeReturns: boolean;
  readonly faults: string;
  readonly envWorkers: number;
  readonly games: string;
}

/** Settings of the surroundings. */
export const envSchema: SchemaOf<EnvConfig> = {
  observation: {
    type: "string",
    default: "state",
    choices: ["state", "pixels"],
    unit: "",
    doc: "What the learner sees: the game's own numbers, or a grey picture of its board.",
  },
  pixelSize: {
    type: "integer",
    default: 84,
    min: 8,
    max: 1024,
    unit: "pixels",
    doc: "Width and height of the picture.",
  },
  frameSkip: {
    type: "integer",
    default: 1,
    min: 1,
    max: 100,
    unit: "decisions",
    doc: "Decisions of the game for which each action is played; of pictures the last two are merged.",
  },
  frameStack: {
    type: "integer",
    default: 1,
    min: 1,
    max: 64,
    unit: "observations",
    doc: "How many of the last observations are seen at once.",
  },
  stickyActions: {
    type: "number",
    default: 0,
    min: 0,
    max: 1,
    unit: "probability",
    doc: "Chance that the game plays the last action again instead of the chosen one.",
  },
  noOpStart: {
    type: "integer",
    default: 0,
    min: 0,
    max: 1000,
    unit: "decisions",
    doc: "Most idle actions at the start of an episode, their number at random; 0 for none.",
  },
  episodicLife: {
    type: "boolean",
    default: false,
    unit: "",
    doc: "Whether a lost life is an end for the learner; scores stay those of whole games.",
  },
  maskActions: {
    type: "boolean",
    default: false,
    unit: "",
    doc: "Whether an action that a game does not allow is replaced by one that it does, at random.",
  },
  timeLimit: {
    type: "integer",
    default: 0,
    min: 0,
    max: 1_000_000_000,
    unit: "steps",
    doc: "Steps after which an episode is cut; 0 for the game's own limit.",
  },
  rewardScale: {
    type: "number",
    default: 1,
    unit: "",
    doc: "What the learner's rewards are multiplied with. Scores stay raw.",
  },
  normalizeObservations: {
    type: "boolean",
    default: false,
    unit: "",
    doc: "Whether observations are standardised by statistics of all seen so far.",
  },
  normalizeReturns: {
    type: "boolean",
    default: false,
    unit: "",
    doc: "Whether rewards are divided by the running spread of the return.",
  },
  faults: {
    type: "string",
    default: "auto",
    choices: ["auto", "throw", "truncate"],
    unit: "",
    doc: "What a game that fails does: end training with a message (throw), or lose its episode only (truncate); auto: the latter where games have threads of their own.",
  },
  envWorkers: {
    type: "integer",
    default: 0,
    min: 0,
    max: 1024,
    unit: "threads",
    doc: "Threads that games run on, 0 for the training thread; results are the same.",
  },
  games: {
    type: "string",
    default: "auto",
    choices: ["auto", "cpu"],
    unit: "",
    doc: "Where games live while a network learns on a GPU: there too, where the game translates and the algorithm can (auto), or on the processor (cpu).",
  },
};

/** The surroundings' part of a checked configuration; what it lacks has its default. */
export function envConfig(config: Config): EnvConfig {
  const entries = Object.entries(envSchema).map(([key, field]) => [
    key,
    config[key] ?? field.default,
  ]);
  return Object.fromEntries(entries) as EnvConfig;
}

/** What the wrappers are for: learning, or showing what was learned on the game as it is. */
export type Purpose = "training" | "evaluation";

/**
 * The wrappers that a configuration asks for, from the inside out. An evaluation leaves out what only
 * changes rewards and ends for the learner, and takes statistics as they are.
 */
export function wrappersOf(
  config: EnvConfig,
  game: GameDefinition,
  variant: string,
  purpose: Purpose,
): WrapperSpec[] {
  const isTraining = purpose === "training";
  const spec = specOf(game, variant);
  const isPixels = config.observation === "pixels";
  const hasRules = game.remote === undefined && game.create(variant).legal !== undefined;
  const list: (WrapperSpec | false)[] = [
    isPixels && { wrapper: "pixels", width: config.pixelSize, height: config.pixelSize },
    spec.players === 2 && { wrapper: "opponent" },
    config.maskActions && hasRules && { wrapper: "action-mask" },
    config.stickyActions > 0 && {
      wrapper: "sticky-actions",
      probability: config.stickyActions,
    },
    config.noOpStart > 0 && { wrapper: "no-op-start", most: config.noOpStart },
    config.frameSkip > 1 && { wrapper: "frame-skip", frames: config.frameSkip, max: isPixels },
    config.timeLimit > 0 && { wrapper: "time-limit", steps: config.timeLimit },
    isTraining && config.episodicLife && { wrapper: "episodic-life" },
    config.frameStack > 1 && { wrapper: "frame-stack", frames: config.frameStack },
    isTraining &&
      config.rewardScale !== 1 && { wrapper: "scale-rewards", factor: config.rewardScale },
    config.normalizeObservations && { wrapper: "normalize-observations", frozen: !isTraining },
    isTraining && config.normalizeReturns && { wrapper: "normalize-returns" },
  ];
  return list.filter((one) => one !== false);
}
