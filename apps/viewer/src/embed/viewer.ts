/** A viewer as others hold it: a stage, watched frame by frame for what it has to tell. */
import { decodeReplay } from "@carom/envs";
import { type LooseReplay, looseEntry, looseFacts, replayApi } from "../net/replay-api.js";
import { Session } from "../session.js";
import type { Stage } from "../stage.js";
import type { Viewer, ViewerEvents } from "./api.js";

/** An episode that came alone, and the session that shows it. */
export interface LooseEpisode {
  /** The session, given what to call after a change. */
  wakes(wake: () => void): Session;
  /** Puts another one in its place. */
  replace(next: LooseReplay): void;
}

/** A session for an episode that came alone. */
export function openLoose(first: LooseReplay): LooseEpisode {
  let current = first;
  let count = 0;
  let wake = () => {};
  const session = new Session(
    replayApi(() => current),
    () => wake(),
  );
  const replace = (next: LooseReplay) => {
    current = next;
    session.begin(looseFacts(current, `replay-${++count}`));
  };
  replace(first);
  const wakes = (call: () => void) => {
    wake = call;
    return session;
  };
  return { wakes, replace };
}

/** What makes an episode from bytes. Throws EnvError REPLAY_CORRUPT. */
export function looseReplay(bytes: Uint8Array, more: Partial<LooseReplay> = {}): LooseReplay {
  return { ...more, bytes, replay: decodeReplay(bytes) };
}

/** What a viewer is put together from. */
export interface ViewerParts {
  readonly stage: Stage;
  readonly session: Session;
  /** Puts something else on the stage. */
  readonly open: (what: Uint8Array | string) => Promise<void>;
  readonly dispose: () => void;
}

/** A viewer, and what has to be called after each of its frames. */
export function viewerOf(parts: ViewerParts): { viewer: Viewer; look: () => void } {
  const { stage, session } = parts;
  const listeners = new Map<string, Set<(event: never) => void>>();
  const tell = <K extends keyof ViewerEvents>(kind: K, event: ViewerEvents[K]) => {
    for (const listener of listeners.get(kind) ?? []) listener(event as never);
  };
  const { promise: ready, resolve, reject } = withResolvers();
  let [show, step, mode, problem] = [stage.show, -1, stage.state.mode, ""];
  const look = () => {
    const { length } = stage.state;
    if (stage.show !== show) {
      show = stage.show;
      tell("episode", { id: stage.episodeId ?? "", length });
    }
    if (show && stage.step !== step) tell("step", { step: stage.step, length });
    if (stage.state.mode !== mode) tell("mode", { mode: stage.state.mode });
    const said = stage.problem ?? session.problem ?? refusal(session) ?? "";
    if (said !== "" && said !== problem) tell("problem", { message: said });
    step = show ? stage.step : -1;
    mode = stage.state.mode;
    problem = said;
    const hopeless = whyNone(parts);
    if (show) resolve();
    else if (hopeless !== undefined) reject(new Error(hopeless));
  };
  const viewer: Viewer = {
    ready,
    get step() {
      return stage.step;
    },
    get length() {
      return stage.state.length;
    },
    get mode() {
      return stage.state.mode;
    },
    seek: (to) => stage.dispatch({ type: "seek", step: to }),
    play: () => stage.dispatch({ type: "play" }),
    pause: () => stage.dispatch({ type: "pause" }),
    open: parts.open,
    on: (kind, listener) => {
      const all = listeners.get(kind) ?? new Set();
      listeners.set(kind, all.add(listener as (event: never) => void));
      return () => void all.delete(listener as (event: never) => void);
    },
    dispose: () => {
      reject(new Error("The viewer was disposed of before an episode came."));
      parts.dispose();
    },
  };
  return { viewer, look };
}

function refusal({ link }: Session): string | undefined {
  return link.phase === "refused" ? link.problem : undefined;
}

/**
 * Why there is no episode to expect; undefined while one may come. One that is kept may, even where the
 * game cannot be had: it may bring its own pictures.
 */
function whyNone({ stage, session }: ViewerParts): string | undefined {
  const said = stage.problem ?? refusal(session);
  if (said !== undefined) return said;
  const isListed = session.listed && !session.isListing;
  if (stage.episodeId !== undefined || !isListed || session.episodes.length > 0) return undefined;
  return session.problem ?? (session.isUnderWay ? undefined : "The run keeps no episodes.");
}

function withResolvers() {
  let resolve: () => void = () => {};
  let reject: (reason: Error) => void = () => {};
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  promise.catch(() => {}); // who does not wait for it need not hear of it
  return { promise, resolve, reject };
}

/** Puts an episode that came alone on the stage. */
export async function showLoose(
  stage: Stage,
  episode: LooseReplay,
  begin: { readonly autoplay: boolean; readonly step: number },
): Promise<void> {
  await stage.open(looseEntry(episode), begin.autoplay ? "playing" : "paused", begin.step);
  if (stage.problem !== undefined) throw new Error(stage.problem);
}
