/**
 * `window.__carom`: the page's state for tests and for the curious. Reading it changes nothing but
 * what `open` and `seek` say.
 */
import type { Surface } from "./draw/surface.js";
import type { Session } from "./session.js";
import type { Stage } from "./stage.js";

export interface Handle {
  readonly mode: string;
  readonly currentStep: number;
  readonly length: number;
  /** The kept episode on the stage. */
  readonly episode: string | undefined;
  readonly episodes: readonly string[];
  /** Rows of metrics that the page has. */
  readonly rows: number;
  readonly link: string;
  readonly renderer: string;
  /** Env of each live board, the episode on it, and the decisions that it shows. */
  readonly boards: readonly { env: number; episode: number | undefined; step: number }[];
  /** Checksum of the game on the stage at `currentStep`. */
  checksum(): number | undefined;
  /**
   * Checksums of the replay on the stage at the given decisions; leaves the page at the last of
   * them.
   */
  checksumsAt(steps: readonly number[]): readonly (number | undefined)[];
  /** Shows a decision, paused. */
  seek(step: number): void;
  /** Puts a kept episode on the stage, paused. */
  open(id: string): Promise<void>;
}

export function exposeHandle(
  stage: Stage,
  session: Session,
  surfaces: { readonly stage: Surface; readonly grid: Surface },
): void {
  const seek = (step: number) => {
    stage.dispatch({ type: "pause" });
    stage.dispatch({ type: "seek", step });
  };
  const handle: Handle = {
    get mode() {
      return stage.state.mode;
    },
    get currentStep() {
      return stage.step;
    },
    get length() {
      return stage.state.length;
    },
    get episode() {
      return stage.show?.kind === "recorded" ? stage.show.entry.id : undefined;
    },
    get episodes() {
      return session.episodes.map((entry) => entry.id);
    },
    get rows() {
      return session.metrics.length;
    },
    get link() {
      return session.link.phase;
    },
    get renderer() {
      return surfaces.stage.kind;
    },
    get boards() {
      return [...session.boards.values()].map((board) => ({
        env: board.env,
        episode: board.watched?.episode,
        step: board.step,
      }));
    },
    checksum: () => stage.checksum(),
    checksumsAt: (steps) =>
      steps.map((step) => {
        seek(step);
        return stage.checksum();
      }),
    seek,
    open: async (id) => {
      const entry = session.episodes.find((one) => one.id === id);
      if (entry) await stage.open(entry, "paused");
    },
  };
  Object.assign(window, { __carom: handle });
}
