/**
 * The interface of this package: a server on this machine's loopback that shows one run to viewers.
 * HTTP for history (durable), one WebSocket for what is live (lossy). Rules S1.. are in README.md.
 */
import type { RunChange, RunShelf, RunSource } from "@carom/runs";
import type { ControlAnswer, ControlVerb, EpisodeEntry, LiveBoard } from "@carom/runs/formats";

/** What viewers want to watch, all together. */
export interface LiveWish {
  /** Most boards that a connected viewer asks for; 0 if none watches. */
  readonly boards: number;
  /**
   * True if the server lacks the beginning of an episode that is being played: the next
   * `publishLive` should give each board from its episode's start (`from` 0, `reset` true).
   */
  readonly fromStart: boolean;
}

/** Carries out what viewers ask of the training; only the process that trains has one. */
export interface RunControl {
  /** Called for each request that passed all checks. Must not wait. */
  request(verb: ControlVerb): ControlAnswer;
}

/** Options of startServer. */
export interface ServerOptions {
  /** The run that is shown: a `Run` of this process or a `RunReader` of any. */
  readonly source: RunSource;
  /**
   * First port to try (default 4747); if it is taken the next ones are tried; 0 lets the system
   * choose.
   */
  readonly port?: number;
  /** 22 to 128 letters, digits, `-`, `_` (default: 128 random bits). */
  readonly token?: string;
  /** Folder of the built viewer; without it a page that says so is served. */
  readonly staticDir?: string;
  /** Further origins whose pages may call, e.g. "http://localhost:5173" of a development server. */
  readonly allowOrigins?: readonly string[];
  /**
   * Keeps an episode that a person played in a viewer, and gives its entry; throws a RunError that
   * says why not. Without it viewers can only watch.
   */
  readonly onDemonstration?: (replay: Uint8Array) => EpisodeEntry;
  /** What viewers may ask of the training; without it they can only watch. */
  readonly control?: RunControl;
  /** A sentence for viewers that says why they can only watch. */
  readonly whyNoControl?: string;
  /** The run's neighbours, which viewers may compare it with. */
  readonly shelf?: RunShelf;
  /** Called when what viewers want changes. */
  readonly onWish?: (wish: LiveWish) => void;
}

/** A running server. */
export interface Server {
  /** Address for a person's browser, token included. Do not write it to a log. */
  readonly url: string;
  readonly port: number;
  /** Connected viewers. */
  clients(): number;
  /** What viewers want at the moment. */
  wish(): LiveWish;
  /**
   * Hands over what the boards did since the last call. Never waits and never queues without bound:
   * a slow viewer gets fewer frames, each complete. Bytes are copied. `envSteps`: env steps of the
   * run.
   */
  publishLive(boards: readonly LiveBoard[], envSteps: number): void;
  /** Says that something changed, where the source does not say so by itself. */
  notify(change: RunChange): void;
  /** Ends all connections and gives the port back. */
  close(): Promise<void>;
}
