/**
 * The address bar: follows the moment on the stage while it stands still, and opens the moment that
 * a reader puts into it. What an address says is model/permalink.ts.
 */
import { fragmentOf, type Moment, momentOf } from "./model/permalink.js";
import type { Session } from "./session.js";
import type { Stage } from "./stage.js";

/** Milliseconds for which a moment stands before the address follows; browsers limit changes. */
const SETTLE = 350;

/** The overlays of the page, as far as an address can name them. */
export interface OverlayChoice {
  /** Names of those that are on. */
  shown(): readonly string[];
  /** Turns these on and all others off. */
  show(names: readonly string[]): void;
}

/** The boards side by side of the page, as far as an address can name them. */
export interface BoardsChoice {
  /** What an address says of them; undefined while there are none. */
  shown(): Moment | undefined;
  /** Puts those of a moment, if it names some, beside it once it is on the stage. */
  show(moment: Moment | undefined): void;
}

export class AddressBar {
  private readonly stage: Stage;
  private readonly session: Session;
  private readonly overlays: OverlayChoice | undefined;
  private readonly boards: BoardsChoice | undefined;
  private timer: number | undefined;
  private due: string | undefined;

  constructor(stage: Stage, session: Session, overlays?: OverlayChoice, boards?: BoardsChoice) {
    this.stage = stage;
    this.session = session;
    this.overlays = overlays;
    this.boards = boards;
  }

  /** The moment that the address names now; its overlays are turned on, and its boards will be. */
  read(): Moment | undefined {
    const moment = momentOf(location.hash);
    if (moment?.overlays) this.overlays?.show(moment.overlays);
    this.boards?.show(moment);
    return moment;
  }

  /** Opens what a reader puts into the address from now on. */
  listen(signal: AbortSignal): void {
    const react = () => {
      const moment = this.read();
      if (moment) this.stage.goTo(moment);
    };
    window.addEventListener("hashchange", react, { signal });
  }

  /** Called every frame: while playback stands, the address comes to name where. */
  follow(): void {
    const { stage } = this;
    const stands = stage.state.mode === "paused" && stage.show?.kind === "recorded";
    const next = stands ? this.present() : undefined;
    if (next === this.due) return;
    window.clearTimeout(this.timer);
    this.due = next;
    if (next === undefined || next === location.hash) return;
    this.timer = window.setTimeout(() => this.write(next), SETTLE);
  }

  /** Puts the moment on the stage into the address at once; returns the whole address. */
  writeNow(): string {
    this.write(this.present() ?? "");
    return location.href;
  }

  /** The address of the moment on the stage in the run's own page. */
  linkAt(page: URL): string {
    const link = new URL(page);
    link.hash = this.present() ?? "";
    return link.href;
  }

  private present(): string | undefined {
    const { session } = this;
    const moment = this.moment();
    if (moment === undefined) return undefined;
    const overlays = this.overlays?.shown() ?? [];
    const run = session.facts?.id;
    return fragmentOf({
      ...{ ...moment, overlays },
      ...(run === undefined ? {} : { run }),
    });
  }

  /** The moment on the stage; of a branch, which others do not have, the one where it left. */
  private moment(): Moment | undefined {
    const { show, step, episodeId } = this.stage;
    const aside = this.boards?.shown();
    if (aside) return aside;
    const branch = show?.kind === "recorded" ? show.branch : undefined;
    if (!branch) return episodeId === undefined ? undefined : { episode: episodeId, step };
    const isKept = branch.parent.kind === "episode";
    return isKept ? { episode: branch.parent.id, step: Math.min(step, branch.at) } : undefined;
  }

  private write(fragment: string): void {
    const link = new URL(location.href);
    link.hash = fragment;
    history.replaceState(null, "", link);
  }
}
