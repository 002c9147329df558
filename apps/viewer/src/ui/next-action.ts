/**
 * What the policy would do next, on the board: an arrow where the action has a direction, else its name,
 * and how sure it is. Says so where the episode went on otherwise.
 */
import type { Insight } from "../insight.js";
import { type Direction, directionOf } from "../model/direction.js";
import { percent } from "../model/format.js";
import { preferred } from "../model/thoughts.js";
import type { Stage } from "../stage.js";
import { h, setAttribute, setText, svg } from "./dom.js";
import { nameOf } from "./insight-view.js";
import type { BoardLayer } from "./timeline-layer.js";

/** Degrees by which an arrow to the right is turned. */
const TURNS: Readonly<Record<Direction, number>> = { right: 0, down: 90, left: 180, up: 270 };

export function nextAction(insight: Insight, stage: Stage): BoardLayer {
  const arrow = svg(
    "svg",
    { class: "next-arrow", viewBox: "0 0 20 20", "aria-hidden": "true" },
    svg("path", { d: "M3 10h13M11 5l5 5-5 5" }),
  );
  const name = h("b", {});
  const sure = h("span", { class: "figure" });
  const other = h("span", { class: "next-other" });
  const root = h(
    "div",
    { class: "next", role: "note", "aria-label": "What the policy would do", hidden: true },
    arrow,
    name,
    sure,
    other,
  );
  const update = () => {
    const log = insight.on.has("next") ? insight.opinion?.log : undefined;
    const isOver = stage.step >= stage.state.length;
    const choice = log && !isOver ? preferred(log.choicesAt(stage.step)) : undefined;
    root.hidden = choice === undefined;
    if (!log || !choice) return;
    const space = stage.show?.player.game.spec.actions;
    const label = nameOf(space, choice.action);
    const direction = directionOf(label);
    setAttribute(arrow, "data-way", direction ?? "none");
    if (direction) arrow.style.transform = `rotate(${TURNS[direction]}deg)`;
    setText(name, label);
    setText(sure, log.kind === "probability" ? percent(choice.weight) : "");
    const { action } = stage;
    const differs = typeof action === "number" && action !== choice.action;
    setText(other, differs ? `took ${nameOf(space, action)}` : "");
  };
  return { root, update };
}
