/**
 * Board and transport alone, of an episode or of a run: what is embedded into other pages and what a
 * one-file replay shows. What a policy adds is policy-extra.ts; the whole page is page.ts.
 */
import type { Surface } from "../draw/surface.js";
import { FrameClock } from "../model/clock.js";
import { type Command, commandOf } from "../model/keys.js";
import { isPlayback } from "../model/transport.js";
import type { Session } from "../session.js";
import { Stage } from "../stage.js";
import { h } from "../ui/dom.js";
import { belongsElsewhere } from "../ui/key-focus.js";
import { type StageParts, stageView } from "../ui/stage-view.js";
import { prefersStillness } from "../ui/theme.js";
import { type TransportParts, transportView } from "../ui/transport-view.js";

/** What a player needs from around it. */
export interface PlayerHome {
  readonly surface: Surface;
  /** Keys are heard in here. */
  readonly keys: Document | HTMLElement;
  /** Called for commands that are not about playback. */
  readonly onCommand?: (command: Command) => void;
  /** Called after every frame. */
  readonly onFrame?: () => void;
  /** Makes what is added to board and transport. */
  readonly extra?: (around: Around) => PlayerExtra;
}

/** What additions are made of. */
export interface Around {
  readonly stage: Stage;
  readonly session: Session;
  /** The board on the stage. */
  readonly canvas: HTMLCanvasElement;
  readonly wake: () => void;
  readonly send: (command: Command) => void;
  /** Ends the listening. */
  readonly signal: AbortSignal;
}

/** What is added to board and transport. */
export interface PlayerExtra {
  readonly onStage: StageParts;
  readonly onTransport: TransportParts;
  /** Called once the board is in its place: what comes between it and the transport, and after that. */
  elements(): { readonly between: readonly HTMLElement[]; readonly after: readonly HTMLElement[] };
  /** Before the stage's own tick. */
  tick(seconds: number): void;
  /** After the stage was brought up to date. */
  update(): void;
  /** Another episode takes the place of the one that it has been about. */
  leave(): void;
  /** Takes a key that belongs to a game that is played; false if it means something else. */
  onKey(event: KeyboardEvent): boolean;
  /** Whether a command is its own. */
  knows(command: Command): boolean;
  /** Carries out a command that it knows. */
  carryOut(command: Command): void;
  /** Whether a key may do what it does elsewhere: a person who plays has other uses for most. */
  allows(command: Command): boolean;
}

const noStageParts: StageParts = { layers: [], pictures: [], standIns: [], below: [] };
const noTransportParts: TransportParts = { layers: [], tools: [], takesOver: false };

export class Player {
  readonly stage: Stage;
  readonly session: Session;
  readonly root: HTMLElement;
  private readonly home: PlayerHome;
  private readonly extra: PlayerExtra | undefined;
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
    const { signal } = this.end;
    const send = (command: Command) => this.send(command);
    const { stage, session } = this;
    const { canvas } = home.surface;
    this.extra = home.extra?.({ stage, session, canvas, wake, send, signal });
    const { onStage = noStageParts, onTransport = noTransportParts } = this.extra ?? {};
    const board = stageView(stage, session, home.surface, onStage);
    const transport = transportView(stage, send, onTransport);
    const { between = [], after = [] } = this.extra?.elements() ?? {};
    this.views = [board, transport];
    const parts = [board.root, ...between, transport.root, ...after];
    this.root = h("main", { class: "first player" }, ...parts);
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

  /** Another episode takes the place of this one. */
  leave(): void {
    this.extra?.leave();
  }

  dispose(): void {
    this.end.abort();
    if (this.request !== undefined) cancelAnimationFrame(this.request);
    this.session.disconnect();
    this.home.surface.destroy();
  }

  private frame(now: number): void {
    this.request = undefined;
    const seconds = this.clock.tick(now);
    this.extra?.tick(seconds);
    const moved = this.stage.tick(seconds);
    this.extra?.update();
    for (const view of this.views) view.update(moved);
    this.home.onFrame?.();
    if (this.stage.isBusy) this.wake();
    else this.clock.pause();
  }

  private send(command: Command): void {
    if (isPlayback(command)) this.stage.dispatch(command);
    else if (this.extra?.knows(command)) this.extra.carryOut(command);
    else this.home.onCommand?.(command);
    this.wake();
  }

  private onVisibility(): void {
    this.clock.pause();
    this.wake();
  }

  private onKey(event: KeyboardEvent): void {
    if (belongsElsewhere(event)) return;
    const { extra, home } = this;
    if (extra?.onKey(event)) {
      this.wake();
      return;
    }
    const command = commandOf(event);
    if (!command || extra?.allows(command) === false) return;
    if (!isPlayback(command) && !extra?.knows(command) && !home.onCommand) return;
    event.preventDefault();
    this.send(command);
  }
}
