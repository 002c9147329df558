/**
 * From the options of `carom train` as text to a checked request. Everything that can be known to be
 * wrong without touching a file or a device is found here.
 */
import { defaultSteps, findAlgorithm, resolveConfig } from "@carom/agents";
import { specOf } from "@carom/envs";
import type { Precision } from "@carom/tensor";
import { type DeviceChoice, precisions } from "../device.js";
import { CliError } from "../errors.js";
import type { FoundGame } from "../game/source.js";
import type { Limits } from "../status/block.js";
import type { Subject } from "../subject.js";
import {
  parseAssignments,
  parseChoice,
  parseCount,
  parseDevice,
  parseDuration,
  parseInteger,
  parseNumber,
} from "../values.js";

/** The options as commander hands them over: text, undefined where not given. */
export interface TrainTexts {
  readonly algo?: string;
  readonly variant?: string;
  readonly steps?: string;
  readonly time?: string;
  readonly untilScore?: string;
  readonly seed?: string;
  readonly device?: string;
  readonly precision?: string;
  readonly threads?: string;
  readonly out?: string;
  readonly resume?: string;
  readonly initFrom?: string;
  readonly checkpoint?: string;
  readonly set?: readonly string[];
  readonly checkpointEvery?: string;
  readonly viewer: boolean;
  readonly control?: string;
  readonly port?: string;
  readonly open?: boolean;
  readonly json?: boolean;
}

/** How the command behaves around the training; may differ between continuations. */
export interface Manner {
  /** Seconds between checkpoints. */
  readonly checkpointEvery: number;
  readonly viewer: ViewerOptions | null;
  /** Whether viewers may pause, save and stop. */
  readonly control: boolean;
  /** Whether the result is printed as JSON on the last line. */
  readonly json: boolean;
}

/** How the viewer is served. */
export interface ViewerOptions {
  /** First port tried; undefined for the server's own choice. */
  readonly port: number | undefined;
  /** Whether the browser is opened. */
  readonly open: boolean;
}

/** A limit or device setting that was asked for; null where it was not. */
export interface Asked {
  readonly steps: number | null;
  readonly seconds: number | null;
  readonly score: number | null;
  readonly device: DeviceChoice | null;
  readonly precision: Precision | null;
  readonly threads: number | null;
}

/** What limits a run, and the device that was asked for, in text form. @throws CliError BAD_VALUE */
export function parseAsked(texts: TrainTexts): Asked {
  const { steps, time, untilScore, device, threads, precision } = texts;
  return {
    steps: steps === undefined ? null : parseCount("--steps", steps),
    seconds: time === undefined ? null : parseDuration("--time", time),
    score: untilScore === undefined ? null : parseNumber("--until-score", untilScore),
    device: device === undefined ? null : parseDevice("--device", device),
    precision: parsePrecision(precision),
    threads: threads === undefined ? null : parseInteger("--threads", threads, 1, 1024),
  };
}

/** What --precision says; null where it is not given. @throws CliError BAD_VALUE */
export function parsePrecision(text: string | undefined): Precision | null {
  return text === undefined ? null : parseChoice("--precision", text, precisions);
}

/** How to behave. @throws CliError BAD_VALUE */
export function parseManner(texts: TrainTexts): Manner {
  const { checkpointEvery = "30s", port } = texts;
  const viewer = parseViewer({ port, open: texts.open });
  if (!texts.viewer && texts.open === true) {
    throw new CliError("CONFLICT", "--open needs the viewer; leave out --no-viewer");
  }
  return {
    checkpointEvery: parseDuration("--checkpoint-every", checkpointEvery),
    viewer: texts.viewer ? viewer : null,
    control: parseChoice("--control", texts.control ?? "on", ["on", "off"]) === "on",
    json: texts.json === true,
  };
}

/** The options that `train` and `watch` share. @throws CliError BAD_VALUE */
export function parseViewer(texts: {
  readonly port?: string | undefined;
  readonly open?: boolean | undefined;
}): ViewerOptions {
  const { port, open = false } = texts;
  return {
    port: port === undefined ? undefined : parseInteger("--port", port, 1, 65535),
    open,
  };
}

/**
 * The subject of a new run.
 *
 * @throws EnvError UNKNOWN_VARIANT · AgentError UNKNOWN_ALGORITHM, UNKNOWN_KEY, OUT_OF_RANGE,
 *   BAD_VALUE · CliError BAD_VALUE, MISSING_GAME
 */
export function parseSubject(source: FoundGame | undefined, texts: TrainTexts): Subject {
  const overrides = parseAssignments("--set", texts.set ?? []);
  if (source === undefined) {
    throw new CliError("MISSING_GAME", "train: name a game, as in `carom train breakout`");
  }
  const { game, module } = source;
  const { variant } = specOf(game, texts.variant);
  const algo = findAlgorithm(texts.algo ?? "ppo").name;
  return {
    game,
    module,
    variant,
    algo,
    seed: parseInteger("--seed", texts.seed ?? "1", 0, Number.MAX_SAFE_INTEGER),
    config: resolveConfig(algo, game.id, variant, overrides),
  };
}

/** The limits of a new run: what was asked for, with the preset's steps as the default. */
export function limitsOf(asked: Asked, subject: Subject): Limits {
  const { algo, game, variant, config } = subject;
  return {
    steps: asked.steps ?? defaultSteps(algo, game.id, variant, config),
    seconds: asked.seconds,
    score: asked.score,
  };
}

/** Refuses options that would make a continued run another run. @throws CliError CONFLICT */
export function checkResumeTexts(gameId: string | undefined, texts: TrainTexts): void {
  const fixed: [string, unknown][] = [
    ["a game", gameId],
    ["--algo", texts.algo],
    ["--variant", texts.variant],
    ["--seed", texts.seed],
    ["--set", texts.set],
    ["--out", texts.out],
    ["--init-from", texts.initFrom],
    ["--checkpoint", texts.checkpoint],
  ];
  for (const [name, value] of fixed) {
    if (value === undefined) continue;
    throw new CliError("CONFLICT", `--resume continues a run as it was; leave out ${name}`);
  }
}
