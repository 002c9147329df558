/** Makes a GIF, a WebM or a PNG beside the page: the page sends what to make, and hears how far it is. */
import {
  decodeReplay,
  findGame,
  type GameDefinition,
  ReplayPlayer,
  recordedGame,
} from "@carom/envs";
import { type ClipOptions, ClipPainter, planClip } from "./clip.js";
import { makeGif } from "./gif.js";
import { makePng } from "./png.js";
import { makeWebm } from "./webm.js";

/** Kinds of files that a worker makes. */
export type ClipKind = "gif" | "webm" | "png";

/** What the page asks for. */
export interface ExportTask {
  readonly kind: ClipKind;
  readonly replay: Uint8Array;
  /** Where the game's module is; undefined for a game of Carom. */
  readonly gameAddress: string | undefined;
  /** Whether recorded pictures are to be shown instead of the game. */
  readonly recorded: boolean;
  readonly clip: ClipOptions;
}

/** What the page hears. */
export type ExportAnswer =
  | { readonly type: "progress"; readonly share: number }
  | { readonly type: "done"; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly type: "failed"; readonly message: string };

const tell = (answer: ExportAnswer) => self.postMessage(answer);

self.addEventListener("message", ({ data }: MessageEvent<ExportTask>) => {
  make(data).then(
    (bytes) => tell({ type: "done", bytes }),
    (error: Error) => tell({ type: "failed", message: error.message }),
  );
});

async function make(task: ExportTask): Promise<Uint8Array<ArrayBuffer>> {
  const replay = decodeReplay(task.replay);
  const definition = task.recorded ? recordedGame(replay) : await gameOf(task, replay.game);
  const player = new ReplayPlayer(replay, definition);
  const { board, decisionsPerSecond } = player.game.spec;
  const plan = planClip(board, decisionsPerSecond, task.clip);
  const painter = new ClipPainter(player, plan);
  const { width, height } = plan;
  if (task.kind === "png") return makePng(painter.paint(task.clip.from), width, height);
  let told = 0;
  const progress = (share: number) => {
    if (share - told < 0.01) return;
    told = share;
    tell({ type: "progress", share });
  };
  return task.kind === "gif" ? makeGif(painter, plan, progress) : makeWebm(painter, plan, progress);
}

async function gameOf({ gameAddress }: ExportTask, id: string): Promise<GameDefinition> {
  if (gameAddress === undefined) return findGame(id);
  const module: { readonly default: GameDefinition } = await import(/* @vite-ignore */ gameAddress);
  return module.default;
}
