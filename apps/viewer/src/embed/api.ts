/**
 * The interface of this package: a viewer inside a page of one's own. It shows an episode or a run in
 * an element, with the board and the transport alone or with the whole page.
 */
import type { GameDefinition } from "@carom/envs";
import type { JsonObject } from "@carom/runs/formats";

/** What draws the boards; auto: WebGL if a GPU does the work, else the 2-D canvas. */
export type RendererName = "auto" | "webgl" | "canvas";

/** The policy that played a replay: a file of its run's folder, and what running it takes. */
export interface ReplayPolicy {
  /** The file `policies/<id>.safetensors` of the run's folder: its bytes, or where they can be had. */
  readonly file: Uint8Array | string | URL;
  /** Name of the algorithm, and its complete configuration, as the run's `run.json` has them. */
  readonly algo: string;
  readonly config: JsonObject;
  /** Env steps of the training when the policy was taken, for the reader (default: 0). */
  readonly steps?: number;
}

/** Options of mountViewer: exactly one of `replay` and `run`. */
export interface ViewerOptions {
  /** The bytes of a replay, as `encodeReplay` makes them and a run keeps them. */
  readonly replay?: Uint8Array;
  /**
   * Address of a run as `carom train` and `carom watch` print it, token included, at the origin of the page
   * around: its web server passes `/api` and `/live` on to the run's server, which has to be told of the
   * origin (`allowOrigins`). Run servers answer pages of their own site alone.
   */
  readonly run?: string | URL;
  /** stage (default): board and transport alone; page: all that the viewer has, for a run. */
  readonly parts?: "stage" | "page";
  /** The game of the replay, where it is no part of Carom. */
  readonly game?: GameDefinition;
  /**
   * The policy that played the replay: with it there are overlays and highlights, why this action, and a
   * person who takes over and hands back to it. It is asked about replays of the same game that
   * `open` brings, too.
   */
  readonly policy?: ReplayPolicy;
  /** What draws the boards (default: auto). */
  readonly renderer?: RendererName;
  /** Light or dark (default: what the system prefers). */
  readonly theme?: "light" | "dark";
  /** focus (default): keys are heard while the focus is inside; document: always. */
  readonly keys?: "focus" | "document";
  /** Whether the episode of `replay` plays at once (default: it stands at `step`). A run begins live, or with its best episode. */
  readonly autoplay?: boolean;
  /** Decision of `replay` to begin with (default: 0); for a run use `open` and `seek` once it is ready. */
  readonly step?: number;
}

/** What a viewer tells. */
export interface ViewerEvents {
  /** Another decision is on the stage. */
  readonly step: { readonly step: number; readonly length: number };
  /** Playback began, stopped, or follows a training. */
  readonly mode: { readonly mode: "live" | "playing" | "paused" };
  /**
   * Another episode is on the stage; `id` is its name in the run, "0" for a replay, "" for one that is
   * being played; a branch that a person played has a name of its own.
   */
  readonly episode: { readonly id: string; readonly length: number };
  /** What keeps the viewer from showing what it was asked for, as a sentence. */
  readonly problem: { readonly message: string };
}

/** A viewer in a page. */
export interface Viewer {
  /**
   * Resolves when the first episode is on the stage; rejects with the problem if none comes, and after
   * `dispose` before that. It waits for a trainer that does not answer, and for the first episode of a
   * training.
   */
  readonly ready: Promise<void>;
  /** The decision on the stage. */
  readonly step: number;
  /** Decisions of the episode. */
  readonly length: number;
  /** Whether it is live, playing or paused. */
  readonly mode: "live" | "playing" | "paused";
  /** Goes to a decision; what was moving goes on moving. */
  seek(step: number): void;
  /** Plays; from the start if it stood at the end. */
  play(): void;
  /** Stands still. */
  pause(): void;
  /** Puts another replay on the stage, or another episode of the run by its id. */
  open(what: Uint8Array | string): Promise<void>;
  /** Listens to what happens; the answer ends it. */
  on<K extends keyof ViewerEvents>(kind: K, listener: (event: ViewerEvents[K]) => void): () => void;
  /** Removes the viewer from its element, disconnects and frees what it held. */
  dispose(): void;
}
