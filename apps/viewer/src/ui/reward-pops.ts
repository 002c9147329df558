/**
 * Rewards as they happen: a number that rises where something changed on the board. Where motion is to be
 * reduced it stands as long as its decision.
 */
import { ReplayPlayer } from "@carom/envs";
import type { Insight } from "../insight.js";
import { type Place, placeOfChange } from "../model/change.js";
import { signed } from "../model/format.js";
import { PrimitiveList } from "../model/primitives.js";
import type { Session } from "../session.js";
import type { RecordedShow, Stage } from "../stage.js";
import { h } from "./dom.js";
import type { BoardLayer, BoardPlace } from "./timeline-layer.js";

/** Pops on the board at once. */
const MOST = 8;
/** A longer leap is no playing on: rewards that were passed over are not shown. */
const LEAP = 40;

export function rewardPops(insight: Insight, stage: Stage, session: Session): BoardLayer {
  const root = h("div", { class: "pops", "aria-hidden": "true" });
  const places = placesOf(session);
  let known: RecordedShow | undefined;
  let before = 0;
  const update = (place: BoardPlace) => {
    const { show, step } = stage;
    const recorded = show?.kind === "recorded" ? show : undefined;
    const isOn = insight.on.has("rewards") && recorded !== undefined;
    const from = recorded === known && step > before && step - before <= LEAP ? before : step - 1;
    const isMoved = recorded !== known || step !== before;
    known = recorded;
    before = step;
    if (!isOn) root.replaceChildren();
    if (!isOn || !isMoved || step === 0 || step > recorded.analysis.done) return;
    for (const old of root.querySelectorAll("[data-still]")) old.remove();
    const { returns } = recorded.analysis;
    const sum = returns[step] - returns[Math.max(0, from)];
    if (sum === 0) return;
    const last = lastReward(returns, step);
    pop(root, signed(sum), places(recorded, last) ?? middle(recorded), {
      place,
      isStill: !stage.smooth || stage.state.mode === "paused",
    });
  };
  return { root, update };
}

/** The decision up to `step` whose reward was the last. */
function lastReward(returns: Float64Array, step: number): number {
  let last = step;
  while (last > 1 && returns[last] === returns[last - 1]) last--;
  return last;
}

interface Shown {
  readonly place: BoardPlace;
  /** Stands until the next decision instead of rising. */
  readonly isStill: boolean;
}

function pop(root: HTMLElement, text: string, at: Place, { place, isStill }: Shown): void {
  const made = h("span", { class: "pop", "data-still": isStill }, text);
  const x = Math.min(place.width - 16, Math.max(16, at.x * place.unit));
  const y = Math.min(place.height - 12, Math.max(28, at.y * place.unit));
  made.style.left = `${x.toFixed(1)}px`;
  made.style.top = `${y.toFixed(1)}px`;
  made.addEventListener("animationend", () => made.remove());
  root.append(made);
  while (root.children.length > MOST) root.firstElementChild?.remove();
}

function middle({ player }: RecordedShow): Place {
  const { width, height } = player.game.spec.board;
  return { x: width / 2, y: height / 3 };
}

/** Where the reward of a decision came from, by a player of its own beside that of the stage. */
function placesOf(session: Session): (show: RecordedShow, step: number) => Place | undefined {
  let of: RecordedShow | undefined;
  let player: ReplayPlayer | undefined;
  const [before, after] = [new PrimitiveList(), new PrimitiveList()];
  return (show, step) => {
    if (show.instead !== undefined || !session.definition) return undefined; // not the game it was
    if (show !== of) {
      player = new ReplayPlayer(show.replay, session.definition);
      of = show;
    }
    if (!player) return undefined;
    for (const [list, at] of [
      [before, step - 1],
      [after, step],
    ] as const) {
      player.seek(at);
      list.clear();
      player.game.draw(list);
    }
    return placeOfChange(before, after, player.game.spec.board);
  };
}
