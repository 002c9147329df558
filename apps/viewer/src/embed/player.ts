/**
 * Board and transport alone, of an episode or of a run: what is embedded into other pages and what a
 * one-file replay shows. The whole page is page.ts.
 */
import type { Surface } from "../draw/surface.js";
import { FrameClock } from "../model/clock.js";
import { type Command, commandOf } from "../model/keys.js";
import { isPlayback } from "../model/transport.js";
import type { Session } from "../session.js";
import { Stage } from "../stage.js";
import { h } from "../ui/dom.js";
import { belongsElsewhere } from "../ui/key-focus.js";
import { stageView } from "../ui/stage-view.js";
import { prefersStillness } from "../ui/theme.js";
import { transportView } from "../ui/transport-view.js";

/** What a player needs from around it. */
export interface PlayerHome {
  readonly surface: Surface;
  /** Keys are heard in here. */
  readonly keys: Document | HTMLElement;
  /** Called for commands that are not about playback. */
  readonly onCommand?: (command: Command) => void;
  /** Called after every frame. */
  readonly onFrame?: () => void;
}

export class Player {
  readonly stage: Stage;
  readonly session: Session;
  readonly root: HTMLElement;
  private readonly home: PlayerHome;
  private readonly views: readonly { update(redraw: boolean): void }[];
  private readonly clock = new FrameClock();
  private readonly end = new AbortController();
  private request: number | undefined;

  /** @param open makes the session, given what to call after a change */
  constructor(open: (wake: () => void) => Session, home: PlayerHome) {
    const wake = () => this.wake();
    this.home = home;
    this.session = open(wake);
    this.stage = new Stage(this.session, wake);
    this.stage.smooth = !prefersStillness();
    const plain = { layers: [], pictures: [], standIns: [], below: [] };
    const stage = stageView(this.stage, this.session, home.surface, plain);
    const transport = transportView(this.stage, (command) => this.send(command), {
      layers: [],
      tools: [],
    });
    this.views = [stage, transport];
    this.root = h("main", { class: "first player" }, stage.root, transport.root);
    const { signal } = this.end;
    const onKey = (event: Event) => this.onKey(event as KeyboardEvent);
    home.keys.addEventListener("keydown", onKey, { signal });
    document.addEventListener("visibilitychange", () => this.onVisibility(), { signal });
    window.addEventListener("resize", wake, { signal });
    this.wake();
  }

  /** Asks for a frame. */
  wake(): void {
    if (this.request !== undefined || document.hidden || this.end.signal.aborted) return;
    this.request = requestAnimationFrame((now) => this.frame(now));
  }

  dispose(): void {
    this.end.abort();
    if (this.request !== undefined) cancelAnimationFrame(this.request);
    this.session.disconnect();
    this.home.surface.destroy();
  }

  private frame(now: number): void {
    this.request = undefined;
    const moved = this.stage.tick(this.clock.tick(now));
    for (const view of this.views) view.update(moved);
    this.home.onFrame?.();
    if (this.stage.isBusy) this.wake();
    else this.clock.pause();
  }

  private send(command: Command): void {
    if (isPlayback(command)) this.stage.dispatch(command);
    else this.home.onCommand?.(command);
    this.wake();
  }

  private onVisibility(): void {
    this.clock.pause();
    this.wake();
  }

  private onKey(event: KeyboardEvent): void {
    const command = belongsElsewhere(event) ? undefined : commandOf(event);
    if (!command || !(isPlayback(command) || this.home.onCommand)) return;
    event.preventDefault();
    this.send(command);
  }
}
