/**
 * What a sweep varies: `--param` as text to checked parameters, and the values of a trial.
 *
 * Random search (Bergstra and Bengio 2012, "Random search for hyper-parameter optimization"): every
 * value is drawn by itself, from a stream that trial and setting name in the key tree. So a trial's
 * values do not depend on how many trials there are, nor on the order in which they run. Not here:
 * which trials go on (halving.ts).
 */
import {
  type ConfigField,
  type ConfigValue,
  findAlgorithm,
  resolveConfig,
  type SweepRange,
  sweepRanges,
} from "@carom/agents";
import { type Key, key, nextBelow, nextFloat, seedRandom } from "@carom/envs";
import { CliError } from "../errors.js";

/** A setting that differs between trials: an interval, or a list of values. */
export type SweepParameter = RangeParameter | ChoiceParameter;

/** Values between two ends, both included. */
export type RangeParameter = {
  readonly key: string;
  readonly low: number;
  readonly high: number;
  /** Whether values or their logarithms are spread evenly. */
  readonly scale: "linear" | "log";
  /** Whether only whole numbers are tried. */
  readonly integer: boolean;
};

/** Values of a list, equally likely. */
export type ChoiceParameter = {
  readonly key: string;
  readonly choices: readonly ConfigValue[];
};

/** What settings are checked against. */
export interface Searched {
  readonly algo: string;
  /** Id of the game. */
  readonly game: string;
  readonly variant: string;
}

/** Values of a trial by setting. */
export type TrialValues = Readonly<Record<string, ConfigValue>>;

/** Digits that a drawn value keeps, so that it can be read and given again as it was. */
const digits = 4;

/** Times that a trial is drawn again when an earlier one has the same values. */
const redraws = 100;

/**
 * The parameters of `--param key=low..high[:log|:int]` and `key=a,b,c` (or `key=a|b`, for values
 * with commas).
 *
 * @throws AgentError UNKNOWN_KEY, BAD_VALUE, OUT_OF_RANGE · CliError BAD_VALUE, CONFLICT
 */
export function parseParameters(texts: readonly string[], searched: Searched): SweepParameter[] {
  const parameters = texts.map((text) => parseParameter(text, searched));
  const seen = new Set<string>();
  for (const { key: name } of parameters) {
    if (seen.has(name)) throw new CliError("CONFLICT", `--param names ${name} twice`);
    seen.add(name);
  }
  return parameters;
}

/**
 * What a sweep of the algorithm varies where nobody says.
 *
 * @param fixed settings that are left out. @throws CliError MISSING_PARAM
 */
export function defaultParameters(
  { algo }: Searched,
  fixed: readonly string[] = [],
): SweepParameter[] {
  const { schema } = findAlgorithm(algo);
  const ranges = Object.entries(sweepRanges(algo, schema)).filter(
    ([name]) => !fixed.includes(name),
  );
  if (ranges.length > 0) return ranges.map(([name, range]) => declared(name, range, schema[name]));
  const hint = "name one, as in --param learningRate=1e-4..1e-2:log";
  throw new CliError("MISSING_PARAM", `sweep: nothing is known to vary for ${algo}; ${hint}`);
}

/** The values of `count` trials, which differ as far as the space allows. */
export function drawTrials(
  parameters: readonly SweepParameter[],
  count: number,
  seed: number,
): TrialValues[] {
  const root = key(seed).child("sweep");
  const trials: TrialValues[] = [];
  const seen = new Set<string>();
  const different = parameters.reduce((product, parameter) => product * valueCount(parameter), 1);
  for (let trial = 0; trial < count; trial++) {
    const at = root.child("trial", trial);
    let values = drawTrial(parameters, at, 0);
    const attempts = seen.size < different ? redraws : 0;
    for (let again = 1; again <= attempts && seen.has(JSON.stringify(values)); again++) {
      values = drawTrial(parameters, at, again);
    }
    seen.add(JSON.stringify(values));
    trials.push(values);
  }
  return trials;
}

/** How many values a parameter has. */
function valueCount(parameter: SweepParameter): number {
  if ("choices" in parameter) return parameter.choices.length;
  return parameter.integer ? parameter.high - parameter.low + 1 : Number.POSITIVE_INFINITY;
}

function drawTrial(parameters: readonly SweepParameter[], at: Key, again: number): TrialValues {
  return Object.fromEntries(
    parameters.map((parameter) => [
      parameter.key,
      draw(parameter, at.child("draw", again).child(parameter.key)),
    ]),
  );
}

/** One value of a parameter from the stream that the key names. */
export function draw(parameter: SweepParameter, stream: Key): ConfigValue {
  const random = new Uint32Array(4);
  seedRandom(random, stream.toSeed());
  if ("choices" in parameter) {
    return parameter.choices[nextBelow(random, parameter.choices.length)];
  }
  const { low, high, scale, integer } = parameter;
  // Each whole number stands for the interval around it, so that the ends are as likely as the rest.
  const [from, to] = integer ? [low - 0.5, high + 0.5] : [low, high];
  const value =
    scale === "linear"
      ? from + (to - from) * nextFloat(random)
      : from * (to / from) ** nextFloat(random);
  const rounded = integer ? Math.round(value) : Number(value.toPrecision(digits));
  return Math.min(high, Math.max(low, rounded));
}

function parseParameter(text: string, searched: Searched): SweepParameter {
  const at = text.indexOf("=");
  if (at < 1) throw badParam(text, "key=low..high or key=a,b,c");
  const name = text.slice(0, at).trim();
  const value = text.slice(at + 1).trim();
  const range = /^(.+?)\.\.(.+?)((?::[a-z]+)*)$/i.exec(value);
  if (range === null) return parseChoices(text, name, value, searched);
  const [, low, high, marks] = range;
  return parseRange(text, name, [low, high], marks.split(":").slice(1), searched);
}

function parseRange(
  text: string,
  name: string,
  ends: readonly [string, string],
  marks: readonly string[],
  searched: Searched,
): RangeParameter {
  const unknown = marks.find((mark) => mark !== "log" && mark !== "int");
  if (unknown !== undefined) throw badParam(text, "only :log or :int after the range");
  const [low, high] = ends.map((end) => checked(name, end, searched));
  if (typeof low !== "number" || typeof high !== "number") {
    throw badParam(text, `values for ${name}, as ${name}=a,b: it is no number`);
  }
  const integer = marks.includes("int") || fieldOf(name, searched)?.type === "integer";
  if (low >= high) throw badParam(text, `the lower end first (${low} is not below ${high})`);
  if (integer && !(Number.isInteger(low) && Number.isInteger(high))) {
    throw badParam(text, "whole numbers at both ends");
  }
  const scale = marks.includes("log") ? "log" : "linear";
  if (scale === "log" && low <= 0) throw badParam(text, "a lower end above 0 for :log");
  return { key: name, low, high, scale, integer };
}

/** A bar parts values too, for settings such as hidden=64,64 that have commas of their own. */
function parseChoices(
  text: string,
  name: string,
  value: string,
  searched: Searched,
): ChoiceParameter {
  const parts = value.split(value.includes("|") ? "|" : ",");
  const choices = [...new Set(parts.map((part) => checked(name, part.trim(), searched)))];
  if (choices.length > 1) return { key: name, choices };
  throw badParam(text, "at least two values; --set fixes a setting");
}

/** A value as the algorithm's schema takes it. @throws AgentError with range and unit */
function checked(name: string, value: string, { algo, game, variant }: Searched): ConfigValue {
  return resolveConfig(algo, game, variant, { [name]: value })[name];
}

function fieldOf(name: string, { algo }: Searched): ConfigField | undefined {
  return findAlgorithm(algo).schema[name];
}

function declared(name: string, range: SweepRange, field: ConfigField): SweepParameter {
  if ("choices" in range) return { key: name, choices: range.choices };
  return { key: name, ...range, integer: field.type === "integer" };
}

function badParam(text: string, expected: string): CliError {
  return new CliError("BAD_VALUE", `--param expects ${expected} (got "${text}")`);
}
