/**
 * `carom export`: a kept episode of a run as a file that travels: one HTML page that plays it
 * offline, a GIF, or a PNG of one of its pictures. The files are those of the viewer's own dialog. What a
 * page is made of is export-page.ts.
 */
import { writeFileSync } from "node:fs";
import { extname } from "node:path";
import { decodeReplay, type Replay, ReplayPlayer, recordedGame } from "@carom/envs";
import { type RunReader, readRun } from "@carom/runs";
import type { EpisodeEntry } from "@carom/runs/formats";
import type { ClipOptions } from "@carom/viewer/share";
import { CliError, exitCodes } from "./errors.js";
import { pageOf } from "./export-page.js";
import { findRun } from "./folders.js";
import { kilobytes } from "./format.js";
import { playingAgain } from "./playing-again.js";
import { parseInteger, parseNumber } from "./values.js";

/** The options as commander hands them over. */
export interface ExportTexts {
  readonly episode?: string;
  readonly to: string;
  readonly at?: string;
  readonly speed?: string;
  /** Whether a page gets the policy that played (default: true). */
  readonly policy?: boolean;
}

/** Pixels of the longer side of a GIF and of a picture. */
const side = { gif: 480, png: 960 } as const;
/** Most pictures per second of a GIF. */
const gifRate = 25;
const pageLimit = 5000;
const kinds = [".html", ".gif", ".png"];

/** Writes the file. @throws RunError RUN_NOT_FOUND, ... · CliError BAD_VALUE, EPISODE_NOT_FOUND */
export async function exportCommand(folder: string, texts: ExportTexts): Promise<number> {
  const kind = extname(texts.to).toLowerCase();
  if (!kinds.includes(kind)) {
    throw new CliError(
      "BAD_VALUE",
      `--to: a file ending in ${kinds.join(", ")} is expected (got "${texts.to}")`,
    );
  }
  const run = readRun(findRun(folder));
  try {
    const entry = chooseEpisode(run, texts.episode ?? "best");
    const step = texts.at === undefined ? 0 : parseInteger("--at", texts.at, 0, entry.length);
    const bytes = run.replay(entry.id);
    const made =
      kind === ".html"
        ? await pageOf(run, entry, bytes, { step, wantsPolicy: texts.policy ?? true })
        : { file: await clipOf(run, bytes, kind, step, speedOf(texts)), about: "" };
    write(texts.to, made.file);
    const size = kilobytes(Buffer.byteLength(made.file));
    process.stdout.write(
      `${texts.to}: episode ${entry.id} of ${run.facts().id}, return ${entry.return}, ${entry.length} decisions, ${size}${made.about}\n`,
    );
  } finally {
    run.close();
  }
  return exitCodes.ok;
}

function speedOf({ speed = "1" }: ExportTexts): number {
  const value = parseNumber("--speed", speed);
  if (value > 0 && value <= 100) return value;
  throw new CliError(
    "BAD_VALUE",
    `--speed: a number above 0, up to 100, is expected (got "${speed}")`,
  );
}

function write(path: string, content: string | Uint8Array): void {
  try {
    writeFileSync(path, content);
  } catch (error) {
    throw new CliError("NOT_WRITABLE", `cannot write ${path}: ${(error as Error).message}`);
  }
}

/** All episodes that are kept, oldest first. */
function keptEpisodes(run: RunReader): EpisodeEntry[] {
  const all: EpisodeEntry[] = [];
  for (let since = 0; ; ) {
    const { episodes, next } = run.episodes(since, pageLimit);
    all.push(...episodes);
    if (episodes.length === 0 || next <= since) return all;
    since = next;
  }
}

/** The episode that a user means: by its id, or the best, worst, first or newest one. */
function chooseEpisode(run: RunReader, which: string): EpisodeEntry {
  const kept = keptEpisodes(run);
  const trained = kept.filter(({ reason }) => reason !== "chosen"); // the others a person played
  const best = (sign: number) =>
    trained.reduce<EpisodeEntry | undefined>(
      (most, one) => (most && sign * most.return >= sign * one.return ? most : one),
      undefined,
    );
  const found = new Map([
    ["best", () => best(1)],
    ["worst", () => best(-1)],
    ["first", () => trained[0]],
    ["newest", () => trained[trained.length - 1]],
  ]).get(which);
  const entry = found ? found() : kept.find(({ id }) => id === which);
  if (entry) return entry;
  if (kept.length === 0) {
    throw new CliError("EPISODE_NOT_FOUND", `${run.facts().id} has kept no episode`);
  }
  throw new CliError(
    "EPISODE_NOT_FOUND",
    `--episode: best, worst, first, newest or the id of a kept episode is expected (got "${which}")`,
  );
}

async function clipOf(
  run: RunReader,
  bytes: Uint8Array,
  kind: string,
  step: number,
  speed: number,
): Promise<Uint8Array> {
  const { ClipPainter, makeGif, makePng, planClip } = await import("@carom/viewer/share");
  const replay = decodeReplay(bytes);
  const player = await playerOf(run, replay);
  const { board, decisionsPerSecond } = player.game.spec;
  const isGif = kind === ".gif";
  const options: ClipOptions = {
    ...(isGif ? { from: step, to: replay.length } : { from: step, to: step }),
    ...{ speed, side: isGif ? side.gif : side.png, rate: gifRate, smooth: false },
  };
  const plan = planClip(board, decisionsPerSecond, options);
  const painter = new ClipPainter(player, plan);
  return isGif
    ? makeGif(painter, plan)
    : makePng(painter.paint(step), painter.width, painter.height);
}

/** Plays the episode, or shows its own pictures where the game's rules have changed since, or the game is gone. */
async function playerOf(run: RunReader, replay: Replay): Promise<ReplayPlayer> {
  const player = await playingAgain(run, replay);
  return player ?? new ReplayPlayer(replay, recordedGame(replay));
}
