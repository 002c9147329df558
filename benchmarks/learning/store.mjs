/**
 * Where results are kept: benchmarks/results/learning.json, committed, one line per seed, so that what several machines
 * trained comes together by merging lines. A new result replaces the one of the same row and seed; results of another
 * protocol stay until their row is trained again.
 *
 *   { "<row>": { "settings": { "<hash>": {...} }, "seeds": { "<seed>": { "hash": "<hash>", ... } } } }
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { isSameProtocol } from "./protocol.mjs";

const file = fileURLToPath(new URL("../results/learning.json", import.meta.url));

/** All results. */
export function readStore() {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
}

/** Adds one seed's result. Reads the file anew, since another runner may have written it. */
export function addToStore({ id, seed, hash, settings, result }) {
  const store = readStore();
  const row = store[id] ?? { settings: {}, seeds: {} };
  row.seeds[seed] = { hash, ...result };
  row.settings[hash] = settings;
  const used = new Set(Object.values(row.seeds).map((one) => one.hash));
  for (const one of Object.keys(row.settings)) if (!used.has(one)) delete row.settings[one];
  store[id] = row;
  writeWhole(file, textOf(store));
}

/** The results of a row that are of its protocol, by seed, at most `seeds` of them. */
export function resultsOf(store, { id, seeds }, settings) {
  const row = store[id];
  if (row === undefined) return [];
  return Object.entries(row.seeds)
    .filter(([seed, { hash }]) => {
      return Number(seed) <= seeds && isSameProtocol(row.settings[hash], settings);
    })
    .map(([seed, result]) => ({ seed: Number(seed), ...result }))
    .sort((a, b) => a.seed - b.seed);
}

/** Writes a file so that a process that is killed leaves the old one or the new one. */
export function writeWhole(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  const next = `${path}.${process.pid}`;
  writeFileSync(next, text);
  renameSync(next, path);
}

function textOf(store) {
  const rows = sorted(store).map(([id, { settings, seeds }]) => {
    const lines = (entries) =>
      entries.map(([key, value]) => `   ${JSON.stringify(key)}: ${JSON.stringify(value)}`);
    const bySeed = Object.entries(seeds).sort(([a], [b]) => Number(a) - Number(b));
    return [
      ` ${JSON.stringify(id)}: {`,
      `  "settings": {\n${lines(sorted(settings)).join(",\n")}\n  },`,
      `  "seeds": {\n${lines(bySeed).join(",\n")}\n  }\n }`,
    ].join("\n");
  });
  return `{\n${rows.join(",\n")}\n}\n`;
}

function sorted(object) {
  return Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1));
}
