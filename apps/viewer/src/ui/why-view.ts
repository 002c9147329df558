/**
 * The card of a decision: each action with what the policy thought of it and what came of it when it was
 * tried. Pointing at an action, or going there by keyboard, draws its paths on the board. Takes no room
 * while it is off.
 */
import type { Insight } from "../insight.js";
import { compact, grouped, percent, points, signed } from "../model/format.js";
import { whosePolicy } from "../model/policy-name.js";
import type { Outcome } from "../model/rollouts.js";
import type { Stage } from "../stage.js";
import { HORIZONS, type Line, MOST_ACTIONS, TRIES, type Why } from "../why.js";
import { choices } from "./choices.js";
import { h, setAttribute, setText } from "./dom.js";
import { icon } from "./icons.js";
import { nameOf } from "./insight-view.js";
import { closeButton, type ToolView } from "./time-view.js";

/** @param insight for what mattered, which lies on the board */
export function whyView(why: Why, stage: Stage, insight: Insight): ToolView {
  const about = h("span", { class: "time-about" });
  const tools = toolsOf(why, insight);
  const head = h("header", { class: "tool-head" }, h("h3", {}, "Why"), about, tools.root);
  const rows = h("div", { class: "why-rows", role: "list", "aria-label": "Actions" });
  const note = h("p", { class: "hint", role: "status" });
  const label = { class: "tool why", "aria-label": "Why this action", hidden: true };
  const root = h("section", label, head, rows, note);
  const update = () => {
    root.hidden = !why.on;
    if (!why.on) return;
    const { lines, problem } = why;
    tools.update();
    setText(about, aboutOf(why));
    setText(note, problem ?? noteOf(why));
    setAttribute(root, "data-answered", lines.length > 0 ? "" : undefined);
    const space = stage.show?.player.game.spec.actions;
    const count = space?.kind === "discrete" ? Math.min(MOST_ACTIONS, space.names.length) : 0;
    rows.style.setProperty("--rows", String(count)); // the board keeps its size while answers come
    const taken =
      why.at === undefined || stage.show?.kind !== "recorded"
        ? undefined
        : stage.show.action(why.at);
    while (rows.children.length > lines.length) rows.lastElementChild?.remove();
    while (rows.children.length < lines.length) rows.append(rowOf(rows.children.length, why));
    const means = lines.flatMap(({ outcome }) => outcome?.mean ?? []);
    const isTie = Math.max(...means) === Math.min(...means);
    const best = isTie ? undefined : Math.max(...means);
    for (const [i, line] of lines.entries()) {
      const isBest = line.outcome !== undefined && line.outcome.mean === best;
      const isTaken = line.action === taken;
      const share = barOf(line, lines, why.kind);
      paint(rows.children[i], line, {
        name: nameOf(space, line.action),
        why,
        isTaken,
        isBest,
        share,
      });
    }
  };
  return { root, update };
}

function aboutOf({ at, policy }: Why): string {
  if (at === undefined || !policy) return "";
  return `decision ${grouped(at)} \u00b7 ${whosePolicy(policy)}`;
}

/** What the figures are. */
function noteOf({ greedy, horizon, isThinking, lines }: Why): string {
  if (lines.length === 0) return isThinking ? "Asking the policy\u2026" : "";
  const how = greedy
    ? "its best actions"
    : `actions drawn as in training, ${TRIES} times: mean, least and most`;
  return `Each action was tried from this very state; then the policy played on for ${horizon} s with ${how}.`;
}

/** Seconds, and how the policy plays on. */
function toolsOf(why: Why, insight: Insight) {
  const seconds = choices<number>({
    ...{ label: "How long the policy plays on", initial: why.horizon },
    items: HORIZONS.map((horizon) => ({ value: horizon, text: `${horizon} s` })),
    choose: (horizon) => why.set({ horizon }),
  });
  const ways = choices({
    ...{ label: "How the policy plays on", initial: why.greedy },
    items: [false, true].map((greedy) => ({
      ...{ value: greedy, text: greedy ? "best" : `${TRIES} drawn` },
    })),
    choose: (greedy) => why.set({ greedy }),
  });
  const name = "What mattered to the policy";
  const mattered = h(
    "button",
    {
      ...{ class: "round small why-mattered", type: "button", "aria-label": name },
      ...{ title: `${name} (S)`, onclick: () => insight.toggle("saliency") },
    },
    icon("eye"),
  );
  const root = h(
    "div",
    { class: "tool-tools" },
    seconds.root,
    ways.root,
    mattered,
    closeButton("Close (Y)", () => why.toggle()),
  );
  const update = () => {
    setAttribute(mattered, "aria-pressed", String(insight.on.has("saliency")));
    seconds.show(why.horizon);
    ways.show(why.greedy);
  };
  return { root, update };
}

function rowOf(index: number, why: Why): HTMLElement {
  const trace = (isOn: boolean) => why.trace(isOn ? why.lines[index]?.action : undefined);
  const row = h(
    "div",
    { class: "why-row", role: "listitem", tabindex: 0 },
    h("span", { class: "bar-name" }),
    h("i", { class: "bar-track", "aria-hidden": "true" }),
    h("span", { class: "figure why-weight" }),
    h("span", { class: "figure why-gain" }),
    h("span", { class: "figure why-range" }),
    h("span", { class: "why-end" }),
  );
  row.addEventListener("pointerenter", () => trace(true));
  row.addEventListener("pointerleave", () => trace(false));
  row.addEventListener("focus", () => trace(true));
  row.addEventListener("blur", () => trace(false));
  return row;
}

interface Painted {
  readonly name: string;
  readonly why: Why;
  readonly isTaken: boolean;
  readonly isBest: boolean;
  readonly share: number;
}

function paint(row: Element, { weight, outcome }: Line, about: Painted): void {
  const { name, why, isTaken, isBest, share } = about;
  const [label, track, likes, gain, range, end] = row.children;
  setText(label, name);
  setText(likes, why.kind === "probability" ? percent(weight) : points(weight));
  if (track instanceof HTMLElement) track.style.setProperty("--share", share.toFixed(4));
  setText(gain, outcome ? signed(outcome.mean) : "\u2026");
  setText(range, rangeOf(outcome));
  setText(end, endOf(outcome));
  setAttribute(row, "data-taken", isTaken ? "" : undefined);
  setAttribute(row, "aria-current", isTaken ? "true" : undefined);
  setAttribute(gain, "data-best", isBest ? "" : undefined);
}

/** The length of a bar: the probability, or the place between the least and the best value. */
function barOf({ weight }: Line, lines: readonly Line[], kind: Why["kind"]): number {
  if (kind === "probability") return Math.max(0, Math.min(1, weight));
  const weights = lines.map((line) => line.weight);
  const [least, best] = [Math.min(...weights), Math.max(...weights)];
  return best > least ? 0.06 + 0.94 * ((weight - least) / (best - least)) : 1;
}

function rangeOf(outcome: Outcome | undefined): string {
  if (!outcome || outcome.count < 2) return "";
  const { least, most } = outcome;
  return least === most ? "always" : `${compact(least)} \u2026 ${compact(most)}`;
}

function endOf(outcome: Outcome | undefined): string {
  if (!outcome || outcome.ends === 0) return "";
  return outcome.ends === outcome.count ? "ends" : `ends ${outcome.ends} of ${outcome.count}`;
}
