/** Where runs lie: the default folder of a new one, and finding one by its path or its name. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { listRuns } from "@carom/runs";
import { CliError } from "./errors.js";

/** The folder, below the current one, that holds runs by default. */
export const runsFolder = "runs";
/** The folder that holds sweeps by default. */
const sweepsFolder = "sweeps";

/** `runs/<game>-<algo>-<date>-<time>`, with a number added if that is taken. */
export function newRunFolder(game: string, algo: string, now: Date): string {
  return newFolder(runsFolder, game, algo, now);
}

/** `sweeps/<game>-<algo>-<date>-<time>`, with a number added if that is taken. */
export function newSweepFolder(game: string, algo: string, now: Date): string {
  return newFolder(sweepsFolder, game, algo, now);
}

function newFolder(root: string, game: string, algo: string, now: Date): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const date = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`;
  const time = `${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
  const name = join(root, `${game}-${algo}-${date}-${time}`.replace(/[^\w.-]/g, "-"));
  let candidate = name;
  for (let n = 2; existsSync(candidate); n++) candidate = `${name}-${n}`;
  return candidate;
}

/** The folder that a user means: a path, or a name under `runs/`. */
export function findRun(text: string): string {
  return findFolder(runsFolder, text);
}

/** The same for a sweep: a path, or a name under `sweeps/`. */
export function findSweep(text: string): string {
  return findFolder(sweepsFolder, text);
}

function findFolder(root: string, text: string): string {
  const named = join(root, text);
  return !existsSync(text) && existsSync(named) ? named : text;
}

/** The run that started last. @throws CliError RUN_NOT_FOUND */
export function newestRun(): string {
  const newest = listRuns(runsFolder).find((run) => run.facts !== undefined);
  if (newest !== undefined) return newest.dir;
  throw new CliError("RUN_NOT_FOUND", `there is no run in ${runsFolder}/; name a run folder`);
}
