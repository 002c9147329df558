/**
 * The panel under the board: what the policy thinks of the decision on the stage, and whose policy it
 * is. Takes no room while nothing of it is on.
 */
import type { ActionSpace } from "@carom/envs";
import type { Insight } from "../insight.js";
import { percent, points } from "../model/format.js";
import { policyTitle, whosePolicy } from "../model/policy-name.js";
import { barOf, type Choice, listed, type ThoughtLog } from "../model/thoughts.js";
import type { Stage } from "../stage.js";
import { closeUpView } from "./close-up-view.js";
import { h, setAttribute, setText } from "./dom.js";

/** Most actions that have a bar. */
const MOST_BARS = 6;

export interface InsightView {
  readonly root: HTMLElement;
  update(): void;
  /** The theme has changed. */
  restyle(): void;
}

export function insightView(insight: Insight, stage: Stage): InsightView {
  const whose = h("span", { class: "insight-whose" });
  const value = h("output", { class: "figure" });
  const valuePair = h("span", { class: "pairing" }, h("span", { class: "label" }, "Value"), value);
  const bars = barsView();
  const closeUp = closeUpView(insight);
  const root = h(
    "section",
    { class: "insight", "aria-label": "What the policy thinks", hidden: true },
    bars.root,
    closeUp.root,
    h("p", { class: "insight-line" }, whose, valuePair),
  );
  const update = () => {
    root.hidden = !insight.isAsking;
    if (root.hidden) return;
    const log = insight.opinion?.log;
    setText(whose, whoseText(insight, stage));
    const known = log?.valueAt(stage.step);
    valuePair.hidden = known === undefined;
    setText(value, known === undefined ? "" : points(known));
    bars.root.hidden = !insight.on.has("choices") || log === undefined;
    if (log && !bars.root.hidden) bars.update(log, stage);
    closeUp.update();
  };
  return { root, update, restyle: closeUp.restyle };
}

function whoseText({ opinion, problem, isThinking }: Insight, { show, state }: Stage): string {
  if (problem !== undefined) return problem;
  if (show?.kind === "live") return "The policy is asked when the episode has ended.";
  if (!opinion) return "";
  const { policy, log } = opinion;
  const last = log.steps.at(-1) ?? 0;
  const isBehind = isThinking && log.indexAt(state.position) < 0;
  return isBehind
    ? `Asking the ${whosePolicy(policy)}\u2026 ${percent(last / Math.max(1, state.length))}`
    : policyTitle(policy);
}

/** A bar for each action; the one that was taken is marked. */
function barsView() {
  const root = h("ul", { class: "bars", "aria-label": "Actions" });
  const update = (log: ThoughtLog, stage: Stage) => {
    const space = stage.show?.player.game.spec.actions;
    const taken = typeof stage.action === "number" ? stage.action : undefined;
    const choices = log.choicesAt(stage.step);
    const shown = listed(choices, MOST_BARS, taken);
    while (root.children.length > shown.length) root.lastElementChild?.remove();
    while (root.children.length < shown.length) root.append(barItem());
    for (const [i, choice] of shown.entries()) {
      const name = nameOf(space, choice.action);
      paint(root.children[i], choice, { name, taken, bar: barOf(choice, choices, log.kind), log });
    }
  };
  return { root, update };
}

function barItem(): HTMLElement {
  return h(
    "li",
    {},
    h("span", { class: "bar-name" }),
    h("span", { class: "bar-figure figure" }),
    h("i", { class: "bar-track", "aria-hidden": "true" }),
  );
}

interface Painted {
  readonly name: string;
  readonly taken: number | undefined;
  readonly bar: number;
  readonly log: ThoughtLog;
}

function paint(item: Element, choice: Choice, { name, taken, bar, log }: Painted): void {
  const [label, figure, track] = item.children;
  setText(label, name);
  const weight = log.kind === "probability" ? percent(choice.weight) : points(choice.weight);
  setText(figure, choice.isAllowed ? weight : "\u2013");
  setAttribute(item, "data-taken", choice.action === taken ? "" : undefined);
  setAttribute(item, "aria-current", choice.action === taken ? "true" : undefined);
  if (track instanceof HTMLElement) track.style.setProperty("--share", bar.toFixed(4));
}

/** The name of a discrete action for people. */
export function nameOf(space: ActionSpace | undefined, action: number): string {
  return space?.kind === "discrete" ? (space.names[action] ?? String(action)) : String(action + 1);
}
