/**
 * `carom export`: a kept episode of a run as a file that travels: one HTML page that plays it
 * offline, a GIF, or a PNG of one of its pictures. The files are those of the viewer's own dialog.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { decodeReplay, EnvError, type Replay, ReplayPlayer, recordedGame } from "@carom/envs";
import { type RunReader, readRun } from "@carom/runs";
import type { EpisodeEntry } from "@carom/runs/formats";
import type { ClipOptions, ReplayPageParts } from "@carom/viewer/share";
import { CliError, exitCodes } from "./errors.js";
import { findRun } from "./folders.js";
import { gameOfRun } from "./game/source.js";
import { parseInteger, parseNumber } from "./values.js";

/** The options as commander hands them over. */
export interface ExportTexts {
  readonly episode?: string;
  readonly to: string;
  readonly at?: string;
  readonly speed?: string;
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
    const file =
      kind === ".html"
        ? await pageOf(run, entry, bytes, step)
        : await clipOf(run, bytes, kind, step, speedOf(texts));
    write(texts.to, file);
    const size = Math.ceil(file.length / 1000);
    process.stdout.write(
      `${texts.to}: episode ${entry.id} of ${run.facts().id}, return ${entry.return}, ${entry.length} decisions, ${size} kB\n`,
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

async function pageOf(
  run: RunReader,
  entry: EpisodeEntry,
  replay: Uint8Array,
  step: number,
): Promise<string> {
  const { PLAYER_FILE, replayPage } = await import("@carom/viewer/share");
  const player = fileURLToPath(
    new URL(`../../../apps/viewer/dist/${PLAYER_FILE}`, import.meta.url),
  );
  if (!existsSync(player)) {
    throw new CliError(
      "VIEWER_NOT_BUILT",
      "the viewer is not built here; build it with `pnpm build`",
    );
  }
  const { id, game } = run.facts();
  const code = run.gameFile();
  const parts: ReplayPageParts = {
    ...{ title: decodeReplay(replay).pictures?.title ?? game, replay, step, run: id, entry },
    ...(code === undefined ? {} : { game: code }),
  };
  return replayPage(readFileSync(player, "utf8"), parts);
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
  try {
    const player = new ReplayPlayer(replay, (await gameOfRun(run)).game);
    if (player.verify().ok || !replay.pictures) return player;
  } catch (error) {
    const isOther = error instanceof EnvError && replacedByPictures.includes(error.code);
    if (!isOther || !replay.pictures) throw error;
  }
  return new ReplayPlayer(replay, recordedGame(replay));
}

/** Why a game cannot play an episode that its pictures can show. */
const replacedByPictures: readonly string[] = ["REPLAY_FOREIGN", "UNKNOWN_GAME"];
