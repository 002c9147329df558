/**
 * The game in words for screen readers, where the reader turns it on: a polite live region that
 * nobody sees. What is said and how often is model/narrator.ts.
 */
import type { ActionSpace, Action as GameAction } from "@carom/envs";
import { type Moment, Narrator } from "../model/narrator.js";
import { isAtEnd } from "../model/transport.js";
import type { Stage } from "../stage.js";
import { h, setAttribute, setText } from "./dom.js";
import { keep, kept } from "./settings.js";
import { showTitle } from "./stage-view.js";

export interface NarratorView {
  readonly root: HTMLElement;
  /** The switch, for the help. */
  readonly toggleButton: HTMLButtonElement;
  toggle(): void;
  tick(seconds: number): void;
}

export function narratorView(stage: Stage): NarratorView {
  const narrator = new Narrator();
  const said = h("p", {});
  const root = h("div", { class: "unseen", "aria-live": "polite", "aria-atomic": "true" }, said);
  let isOn = kept("describe") === "on";
  const toggleButton = h(
    "button",
    { class: "toggle", type: "button", onclick: () => toggle() },
    "Describe the game to screen readers",
  );
  const show = () => setAttribute(toggleButton, "aria-pressed", String(isOn));
  const toggle = () => {
    isOn = !isOn;
    keep("describe", isOn ? "on" : "off");
    narrator.reset();
    show();
    setText(said, isOn ? "The game is described." : "The game is no longer described.");
  };
  const tick = (seconds: number) => {
    const moment = isOn ? momentOf(stage) : undefined;
    const text = moment && narrator.tell(moment, seconds);
    if (text !== undefined) setText(said, text);
  };
  show();
  return { root, toggleButton, toggle, tick };
}

function momentOf(stage: Stage): Moment | undefined {
  const { show, score, step, state, action } = stage;
  if (!show) return undefined;
  const { spec } = show.player.game;
  return {
    ...{ title: showTitle(show), score, step, length: state.length },
    action: action === undefined ? undefined : actionText(spec.actions, action),
    ended: show.kind === "recorded" && isAtEnd(state),
  };
}

function actionText(space: ActionSpace, action: GameAction): string | undefined {
  return space.kind === "discrete" && typeof action === "number" ? space.names[action] : undefined;
}
