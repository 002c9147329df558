/**
 * What is done with the policies that a run keeps: the time machine, boards side by side, why this
 * action, human against agent. Makes these parts and their views and keeps them apart: one of those that
 * change what is on the stage at a time.
 */

import type { Surface } from "./draw/surface.js";
import { Duel } from "./duel.js";
import type { Insight } from "./insight.js";
import type { ToolName } from "./model/keys.js";
import type { OtherPolicies } from "./other-policies.js";
import { Performances } from "./performances.js";
import type { PolicyHost } from "./policy/host.js";
import { Ratings } from "./ratings.js";
import type { Session } from "./session.js";
import { SideBySide } from "./side-by-side.js";
import type { Stage } from "./stage.js";
import { TimeMachine } from "./time-machine.js";
import { type DuelView, duelView } from "./ui/duel-view.js";
import { differenceMark, sideBySideView } from "./ui/side-by-side-view.js";
import { type ToolView, timeView } from "./ui/time-view.js";
import type { PictureLayer, StandIn, TimelineLayer } from "./ui/timeline-layer.js";
import { whyView } from "./ui/why-view.js";
import { Why } from "./why.js";

interface ToolParts {
  readonly session: Session;
  readonly stage: Stage;
  /** Policies of the runs beside this one. */
  readonly others: OtherPolicies;
  readonly host: Pick<PolicyHost, "play">;
  readonly insight: Insight;
  /** Opens a canvas for boards side by side. */
  readonly open: () => Promise<Surface>;
  readonly wake: () => void;
  /** Ends it all: the listening, and the canvases. */
  readonly signal: AbortSignal;
}

export class PolicyTools {
  readonly timeMachine: TimeMachine;
  readonly sideBySide: SideBySide;
  readonly why: Why;
  readonly duel: Duel;
  /** Drawn into the picture on the stage. */
  readonly pictures: readonly PictureLayer[];
  /** In the place of the board. */
  readonly standIns: readonly StandIn[];
  readonly onTimeline: readonly TimelineLayer[];
  /** Under the board. */
  readonly below: readonly HTMLElement[];
  /** Under the transport. */
  readonly under: readonly HTMLElement[];
  private readonly views: readonly ToolView[];
  private readonly duels: DuelView;

  constructor({ session, stage, others, host, insight, open, wake, signal }: ToolParts) {
    const performances = new Performances(session, host, wake);
    const ratings = new Ratings(session, host, wake);
    this.timeMachine = new TimeMachine(session, stage, performances, wake);
    this.sideBySide = new SideBySide({ session, stage, performances, others }, wake);
    this.why = new Why(session, stage, host, wake);
    this.duel = new Duel({ session, stage, performances, ratings }, wake);
    const { timeMachine, sideBySide, why, duel } = this;
    const time = timeView(timeMachine);
    const boards = sideBySideView({ sideBySide, session, stage, open, wake, signal });
    const card = whyView(why, stage, insight);
    this.duels = duelView({ duel, session, stage, open, wake, signal });
    this.views = [time, boards, card, this.duels];
    this.standIns = [boards, this.duels];
    this.onTimeline = [differenceMark(sideBySide, stage)];
    this.below = [card.root];
    this.under = [time.root];
    this.pictures = [
      layer(timeMachine, () => timeMachine.hasGhosts),
      layer(why, () => why.hasPath),
    ];
  }

  /** Time moves something that is not on the stage. */
  get isBusy(): boolean {
    return this.duel.isBusy || this.sideBySide.isBusy;
  }

  isOn(name: ToolName): boolean {
    const { timeMachine, sideBySide, why, duel } = this;
    return { time: timeMachine, compare: sideBySide, why, duel }[name].on;
  }

  /** Turns a part on or off. */
  toggle(name: ToolName): void {
    const { timeMachine, sideBySide, why, duel } = this;
    const policy = timeMachine.on ? timeMachine.stop?.policy : undefined;
    if (name === "why") {
      if (!sideBySide.on && !duel.on) why.toggle();
      return;
    }
    if (name !== "time" && timeMachine.on) timeMachine.close();
    if (name !== "compare" && sideBySide.on) sideBySide.toggle();
    if (name !== "duel" && duel.on) duel.close();
    if (name !== "time" && why.on) why.toggle();
    if (name === "time") timeMachine.toggle();
    else if (name === "compare") sideBySide.toggle();
    else duel.toggle(policy);
  }

  /** To an older or a newer policy; false while the time machine is off. */
  age(by: 1 | -1): boolean {
    if (this.timeMachine.on) this.timeMachine.step(by);
    return this.timeMachine.on;
  }

  /** Before the stage's own tick. */
  tick(seconds: number): void {
    const { sideBySide, why, duel } = this;
    this.timeMachine.update();
    sideBySide.update();
    // They may have come by an address.
    if (sideBySide.on && duel.on) duel.close();
    if (sideBySide.on && why.on) why.toggle();
    why.update();
    duel.tick(seconds);
  }

  /** After the stage was brought up to date. */
  update(): void {
    for (const view of this.views) view.update();
  }

  /** Takes a key that belongs to a duel; false if it means something else. */
  onKey(event: KeyboardEvent): boolean {
    return this.duels.onKey(event);
  }
}

function layer(part: Pick<PictureLayer, "draw" | "revision">, isOn: () => boolean): PictureLayer {
  return {
    draw: (shown, out) => part.draw(shown, out),
    get revision() {
      return part.revision;
    },
    get isOn() {
      return isOn();
    },
  };
}
