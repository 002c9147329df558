/**
 * What a row of bars.mjs comes to in the library as it is built: complete settings and the words for `carom train`, or
 * why it cannot be trained yet. Two results are of one protocol when their settings are the same.
 */
import { createHash } from "node:crypto";
import { cpus } from "node:os";
import { algorithms, defaultSteps, findAlgorithm, resolveConfig } from "@carom/agents";
import { games, specOf } from "@carom/envs";

/**
 * The row made ready.
 *
 * @param row of bars.mjs @param {number} scale  1, or what steps and seconds are multiplied with to try the machine out
 * @returns {{ settings: object, hash: string, words: string[] } | { missing: string }}
 */
export function prepare(row, scale = 1) {
  const missing = whatIsMissing(row);
  if (missing !== null) return { missing };
  const { algo, game, set } = row;
  const { variant, version } = specOf(gameOf(row), row.variant ?? undefined);
  const steps = Math.ceil(scale * (row.steps ?? defaultSteps(algo, game, variant, set)));
  const time = row.time === null ? null : scale * row.time;
  const threads = row.threads === "all" ? cpus().length : row.threads;
  const config = resolveConfig(algo, game, variant, set);
  const settings = { algo, game, variant, gameVersion: version, steps, time, threads, config };
  return { settings, hash: hashOf(settings), words: wordsOf(row, settings) };
}

/**
 * Whether a result with the first settings may stand for the second. A setting that has come into the library since, and
 * has its default here, changes nothing.
 */
export function isSameProtocol(before, now) {
  const { config: oldConfig, ...oldFacts } = before;
  const { config, ...facts } = now;
  if (canonical(oldFacts) !== canonical(facts)) return false;
  const { schema } = findAlgorithm(facts.algo);
  const names = new Set([...Object.keys(oldConfig), ...Object.keys(config)]);
  return [...names].every((name) => (oldConfig[name] ?? schema[name]?.default) === config[name]);
}

/** Steps or time of a protocol, in words. */
export function lengthText({ steps, time }) {
  return time === null ? `${shortCount(steps)} steps` : `${time} s`;
}

/** 1500000 -> 1.5M. */
export function shortCount(count) {
  if (count >= 1e6) return `${Number((count / 1e6).toPrecision(3))}M`;
  if (count >= 1e3) return `${Number((count / 1e3).toPrecision(3))}k`;
  return String(count);
}

/** Why the library cannot train the row, or null. */
function whatIsMissing(row) {
  if (!algorithms.some(({ name }) => name === row.algo)) return `no algorithm ${row.algo}`;
  const game = gameOf(row);
  if (game === undefined) return `no game ${row.game}`;
  if (row.variant !== null && !game.variants.includes(row.variant)) {
    return `${row.game} has no variant ${row.variant}`;
  }
  try {
    resolveConfig(row.algo, row.game, row.variant ?? game.defaultVariant, row.set);
    return null;
  } catch (error) {
    return error.message;
  }
}

function gameOf(row) {
  return games.find(({ id }) => id === row.game);
}

function wordsOf({ set, checkpointEvery }, { algo, game, variant, steps, time, threads }) {
  const pairs = Object.entries(set).map(([key, value]) => `${key}=${value}`);
  return [
    ...["train", game, "--variant", variant, "--algo", algo, "--steps", String(steps)],
    ...(time === null ? [] : ["--time", `${time}s`]),
    ...["--threads", String(threads), "--checkpoint-every", checkpointEvery],
    ...["--no-viewer", "--json"],
    ...(pairs.length === 0 ? [] : ["--set", ...pairs]),
  ];
}

function hashOf(settings) {
  return createHash("sha256").update(canonical(settings)).digest("hex").slice(0, 12);
}

/** JSON with the keys of every object in order. */
function canonical(value) {
  return JSON.stringify(value, (_, item) =>
    item !== null && typeof item === "object" && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}
