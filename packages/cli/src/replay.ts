/**
 * `carom replay`: plays a replay file again, tells whether its game still plays it as it was recorded,
 * and what came out; with --decisions every decision as a line of JSON, for programs of any language.
 */
import { readFileSync } from "node:fs";
import {
  actionReader,
  decodeReplay,
  findGame,
  forFirstPlayer,
  type GameDefinition,
  type Json,
  type Replay,
  ReplayPlayer,
} from "@carom/envs";
import { CliError, exitCodes } from "./errors.js";
import { isTaken, resolveGame } from "./game/source.js";

/** The options as commander hands them over. */
export interface ReplayTexts {
  readonly game?: string;
  readonly decisions?: boolean;
  readonly json?: boolean;
}

/** What was found; --json prints it. */
export interface ReplayReport {
  readonly game: string;
  readonly variant: string;
  readonly version: number;
  readonly seed: number;
  /** Decisions. */
  readonly length: number;
  /** Sum of the rewards, as played now. */
  readonly return: number;
  /** Whether the rules ended the episode. */
  readonly terminated: boolean;
  /** Whether every checksum agrees. */
  readonly ok: boolean;
  /** First decision before which the state differs; null if none. */
  readonly firstMismatch: number | null;
  /** What whoever made the file says of it. */
  readonly meta: Json;
}

/**
 * Exit code 2 if the game plays it differently.
 *
 * @throws CliError FILE_UNREADABLE, GAME_NOT_FOUND · EnvError REPLAY_CORRUPT, REPLAY_FOREIGN
 */
export async function replayCommand(file: string, texts: ReplayTexts): Promise<number> {
  const replay = decodeReplay(readFile(file));
  const game = texts.game === undefined ? ownGame(replay) : (await resolveGame(texts.game)).game;
  const player = new ReplayPlayer(replay, game);
  const { ok, firstMismatch } = player.verify();
  if (texts.decisions === true) printDecisions(player);
  else player.seek(replay.length);
  const { game: id, variant, version, seed, length, meta } = replay;
  const report: ReplayReport = {
    ...{ game: id, variant, version, seed, length, return: player.total },
    ...{ terminated: player.game.terminated, ok, meta },
    firstMismatch: ok ? null : firstMismatch,
  };
  if (texts.json === true) printLine(JSON.stringify(report));
  else if (texts.decisions !== true) for (const line of lines(report, replay)) printLine(line);
  return ok ? exitCodes.ok : exitCodes.usage;
}

/** The game that the file names. A file may not name a module: that would run whatever it likes. */
function ownGame({ game }: Replay): GameDefinition {
  if (isTaken(game)) return findGame(game);
  const hint = "say where it is with --game ./my-game.ts";
  const got = JSON.stringify(game.slice(0, 80));
  throw new CliError("GAME_NOT_FOUND", `replay: its game ${got} is no part of Carom (${hint})`);
}

function readFile(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliError("FILE_UNREADABLE", `replay: ${reason}`);
  }
}

/** `{"step":0,"action":1,"reward":0}` for each decision; a vector is an array. */
function printDecisions(player: ReplayPlayer): void {
  const { actions, width, length } = player.replay;
  const read = actionReader(player.game.spec.actions);
  for (let step = 0; step < length && !player.game.terminated; step++) {
    const mover = player.game.player;
    const taken = read(actions, step * width);
    const action = typeof taken === "number" ? taken : [...taken];
    const reward = player.advance();
    const own = forFirstPlayer(mover, reward);
    const turn = mover === undefined ? {} : { player: mover };
    printLine(JSON.stringify({ step, ...turn, action, reward: own }));
  }
}

function lines(report: ReplayReport, replay: Replay): string[] {
  const { game, variant, version, seed, length, terminated, ok, firstMismatch, meta } = report;
  const end = terminated ? "to the end of the game" : "not to the end of the game";
  const recorded = report.return === replay.return ? "" : ` (recorded: ${replay.return})`;
  const verdict = ok
    ? `all ${replay.checksums.length} checksums agree`
    : `the game plays it differently from decision ${firstMismatch} on: its rules have changed since`;
  return [
    `game:      ${game}, ${variant}, version ${version}`,
    `seed:      ${seed}`,
    `decisions: ${length}, ${end}`,
    `return:    ${report.return}${recorded}`,
    ...(meta === null ? [] : [`meta:      ${JSON.stringify(meta)}`]),
    `checked:   ${verdict}`,
  ];
}

function printLine(line: string): void {
  process.stdout.write(`${line}\n`);
}
