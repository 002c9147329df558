/**
 * The button beside playback that opens a list of overlays and, under it, the highlights of the episode:
 * everything that the keys do, for those who do not know them yet.
 */
import { type Insight, overlayNames } from "../insight.js";
import { stopwatch } from "../model/format.js";
import { type Highlight, strongest } from "../model/highlights.js";
import type { Command, OverlayName } from "../model/keys.js";
import type { Stage } from "../stage.js";
import { h, setAttribute, setText } from "./dom.js";
import { describe } from "./highlight-marks.js";
import { icon } from "./icons.js";

const NAME = "Overlays and highlights";
/** Highlights that are listed. */
const LISTED = 5;

const words: Readonly<Record<OverlayName, { readonly text: string; readonly key: string }>> = {
  choices: { text: "Probabilities, or values of actions", key: "Q" },
  value: { text: "Value over the episode", key: "W" },
  rewards: { text: "Rewards where they happen", key: "E" },
  next: { text: "What the policy would do next", key: "R" },
  saliency: { text: "What matters to the policy", key: "S" },
  activity: { text: "Activity of the network", key: "A" },
};

export interface OverlayMenu {
  readonly root: HTMLElement;
  update(): void;
}

export function overlayMenu(
  insight: Insight,
  stage: Stage,
  send: (command: Command) => void,
): OverlayMenu {
  const items = overlayNames.map((name) => overlayItem(name, send));
  const found = highlightList(insight, stage, send);
  const panel = h(
    "div",
    { class: "overlay-menu", id: "overlay-menu", popover: "auto", "aria-label": "Overlays" },
    h("h3", {}, "Show"),
    h("div", { class: "menu-items", role: "group", "aria-label": "Overlays" }, ...items),
    h("h3", {}, "Highlights", h("kbd", {}, "N")),
    found.root,
  );
  const count = h("span", { class: "menu-count" });
  const button = h(
    "button",
    {
      class: "round overlay-button",
      type: "button",
      popovertarget: "overlay-menu",
      ...{ "aria-label": NAME, title: NAME },
    },
    icon("layers"),
    count,
  );
  panel.addEventListener("toggle", () => {
    if (!panel.matches(":popover-open")) return;
    insight.findHighlights();
    placeAbove(panel, button);
  });
  const update = () => {
    for (const [i, name] of overlayNames.entries()) {
      setAttribute(items[i], "aria-pressed", String(insight.on.has(name)));
    }
    const { size } = insight.on;
    setText(count, size === 0 ? "" : String(size));
    setAttribute(button, "aria-label", size === 0 ? NAME : `${NAME}, ${size} on`);
    if (panel.matches(":popover-open")) found.update();
  };
  return { root: h("div", { class: "overlays" }, button, panel), update };
}

function overlayItem(name: OverlayName, send: (command: Command) => void): HTMLButtonElement {
  const { text, key } = words[name];
  const onclick = () => send({ type: "overlay", name });
  return h(
    "button",
    { class: "menu-item", type: "button", "aria-pressed": "false", onclick },
    icon("check"),
    h("span", {}, text),
    h("kbd", {}, key),
  );
}

/** The strongest highlights, in the order in which they happen. */
function highlightList(insight: Insight, stage: Stage, send: (command: Command) => void) {
  const list = h("div", { class: "menu-items", role: "group", "aria-label": "Highlights" });
  const note = h("p", { class: "hint", role: "status" });
  const root = h("div", {}, list, note);
  let drawn = -1;
  const update = () => {
    if (drawn === insight.revision) return;
    drawn = insight.revision;
    const top = strongest(insight.highlights, LISTED).toSorted((a, b) => a.step - b.step);
    setText(note, top.length > 0 ? "" : noteOf(insight));
    list.replaceChildren(...top.map((one) => highlightItem(one, stage, send)));
  };
  return { root, update };
}

function noteOf(insight: Insight): string {
  if (insight.isThinking) return "Looking through the episode\u2026";
  return "Nothing stands out in this episode.";
}

function highlightItem(
  one: Highlight,
  stage: Stage,
  send: (command: Command) => void,
): HTMLButtonElement {
  const onclick = () => {
    send({ type: "pause" });
    send({ type: "seek", step: one.step });
  };
  return h(
    "button",
    { class: "menu-item", type: "button", onclick },
    h("i", { class: "mark", "data-kind": one.kind, "aria-hidden": "true" }),
    h("span", {}, describe(one)),
    h("span", { class: "figure quiet" }, stopwatch(one.step / stage.state.rate)),
  );
}

/** Above the button, inside the window; it grows upwards. */
export function placeAbove(panel: HTMLElement, button: HTMLElement): void {
  const { left, top } = button.getBoundingClientRect();
  const { width } = panel.getBoundingClientRect();
  const x = Math.max(8, Math.min(left - 12, window.innerWidth - width - 8));
  panel.style.left = `${Math.round(x)}px`;
  panel.style.bottom = `${Math.round(window.innerHeight - top + 8)}px`;
  panel.style.maxHeight = `${Math.round(top - 16)}px`;
}
