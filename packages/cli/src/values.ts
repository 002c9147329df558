/**
 * Text of command-line options -> checked values. Every parser names the option in its error, says
 * what it got and what it expects. No option is looked up here: see program.ts.
 */
import type { WhichCheckpoint } from "@carom/runs";
import type { DeviceChoice } from "./device.js";
import { CliError } from "./errors.js";

const countUnits: Readonly<Record<string, number>> = { "": 1, k: 1e3, m: 1e6, b: 1e9, g: 1e9 };
const timeUnits: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, h: 3600, d: 86_400 };

/** A whole number of at least 1, with optional unit: `40M`, `500k`, `1.5M`, `1e6`, `2_000_000`. */
export function parseCount(option: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?(?:e\d+)?)([kmbg]?)$/i.exec(text.trim().replaceAll("_", ""));
  const count = match === null ? Number.NaN : Number(match[1]) * countUnits[match[2].toLowerCase()];
  if (Number.isSafeInteger(count) && count >= 1) return count;
  throw badValue(option, text, "a whole number of at least 1, such as 40M, 500k or 20000");
}

/** Seconds from `90`, `90s`, `2m`, `1h30m`, `0.5h`. More than zero. */
export function parseDuration(option: string, text: string): number {
  const compact = text.trim().toLowerCase().replaceAll(" ", "");
  let seconds = /^(\d+(\.\d+)?[smhd]?)+$/.test(compact) ? 0 : Number.NaN;
  for (const [, amount, unit] of compact.matchAll(/(\d+(?:\.\d+)?)([smhd]?)/g)) {
    seconds += Number(amount) * timeUnits[unit];
  }
  if (seconds > 0 && Number.isFinite(seconds)) return seconds;
  throw badValue(option, text, "a time such as 90, 90s, 2m or 1h30m");
}

/** A whole number between `min` and `max`, both included. */
export function parseInteger(option: string, text: string, min: number, max: number): number {
  const value = /^[+-]?\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw badValue(option, text, `a whole number from ${min} to ${max}`);
}

/** A finite number. */
export function parseNumber(option: string, text: string): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (Number.isFinite(value)) return value;
  throw badValue(option, text, "a number");
}

/** One of `choices`. */
export function parseChoice<T extends string>(
  option: string,
  text: string,
  choices: readonly T[],
): T {
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  throw badValue(option, text, `one of ${choices.join(", ")}`);
}

/** cpu, auto, cuda or cuda:<number>. */
export function parseDevice(option: string, text: string): DeviceChoice {
  if (text === "cpu" || text === "auto" || text === "cuda") return text;
  const index = /^cuda:(\d{1,3})$/.exec(text)?.[1];
  if (index !== undefined) return `cuda:${Number(index)}`;
  throw badValue(option, text, "one of cpu, cuda, auto, or cuda:1 for the second GPU");
}

/** `["lr=1e-3", "epochs=4"]` -> `{lr: "1e-3", epochs: "4"}`; the last of a repeated key counts. */
export function parseAssignments(option: string, texts: readonly string[]): Record<string, string> {
  const result: Record<string, string> = Object.create(null);
  for (const text of texts) {
    const at = text.indexOf("=");
    if (at < 1) {
      const hint = `${option} takes all that follows it; put the game before it`;
      throw new CliError("BAD_VALUE", `${option} expects key=value (got "${text}"); ${hint}`);
    }
    result[text.slice(0, at).trim()] = text.slice(at + 1).trim();
  }
  return result;
}

/** latest, best, or an env step as in the names of checkpoints. */
export function parseWhich(option: string, text: string): WhichCheckpoint {
  if (text === "latest" || text === "best") return text;
  if (/^\d/.test(text)) return text === "0" ? 0 : parseCount(option, text);
  throw badValue(option, text, "latest, best or an env step");
}

function badValue(option: string, text: string, expected: string): CliError {
  return new CliError("BAD_VALUE", `${option} expects ${expected} (got "${text}")`);
}
