/** Choosing runs to compare with, and the legend of those that are chosen. */
import type { RunFacts } from "@carom/runs/formats";
import { type Comparison, MOST_COMPARED } from "../comparison.js";
import { compact } from "../model/format.js";
import { h, svg } from "./dom.js";
import { icon } from "./icons.js";
import { popover } from "./popover.js";

/** Dashes of the lines by place, CSS pixels; the colours are in run.css. */
export const DASHES: readonly (readonly number[])[] = [[], [7, 3], [2, 3], [9, 3, 2, 3]];

export interface OtherRunsView {
  /** The button with its list. */
  readonly root: HTMLElement;
  readonly legend: HTMLElement;
  update(): void;
}

export function otherRunsView(comparison: Comparison): OtherRunsView {
  const list = h("div", { class: "other-runs-list" });
  const { root } = popover("Compare with other runs", "compare", list, () => {
    void comparison.list.refresh();
  });
  const legend = h("ul", {
    class: "other-runs-legend",
    "aria-label": "Compared runs",
    hidden: true,
  });
  let shown = -1;
  const update = () => {
    if (shown === comparison.revision) return;
    shown = comparison.revision;
    fill(list, comparison);
    legend.hidden = comparison.chosen.length === 0;
    legend.replaceChildren(...comparison.chosen.map((one) => legendRow(comparison, one)));
  };
  return { root, legend, update };
}

function fill(list: HTMLElement, comparison: Comparison): void {
  const { chosen, list: all } = comparison;
  const { runs, problem } = all;
  const focused = list.querySelector("[data-run]:focus")?.getAttribute("data-run");
  const chosenIds = new Set(chosen.map(({ facts }) => facts.id));
  const hint =
    problem ??
    (runs === undefined
      ? "Looking for runs\u2026"
      : runs.length === 0
        ? "There is no other run beside this one."
        : `Up to ${MOST_COMPARED} runs of the same folder.`);
  const rows = (runs ?? []).map((run) => runRow(comparison, run, chosenIds.has(run.id)));
  list.replaceChildren(h("p", { class: "hint" }, hint), ...rows);
  const again = focused && list.querySelector(`[data-run="${CSS.escape(focused)}"]`);
  if (again instanceof HTMLElement) again.focus();
}

function runRow(comparison: Comparison, run: RunFacts, isChosen: boolean): HTMLElement {
  const box = h("input", {
    ...{ type: "checkbox", "data-run": run.id, checked: isChosen },
    disabled: !isChosen && comparison.isFull,
  });
  box.addEventListener("change", () => comparison.toggle(run.id));
  const about = `${run.game}, ${run.algo.toUpperCase()}, ${compact(run.steps)} steps, ${run.status}`;
  return h(
    "label",
    { class: "check" },
    box,
    h("span", {}, h("strong", {}, run.id), h("span", { class: "hint" }, about)),
  );
}

function legendRow(
  comparison: Comparison,
  { facts, place }: Comparison["chosen"][number],
): HTMLElement {
  const name = `Stop comparing with ${facts.id}`;
  const remove = h(
    "button",
    { class: "round small", type: "button", "aria-label": name, title: name },
    icon("close"),
  );
  remove.addEventListener("click", () => comparison.toggle(facts.id));
  const line = svg("line", { x1: 0, y1: 5, x2: 26, y2: 5 });
  if (DASHES[place].length > 0) line.setAttribute("stroke-dasharray", DASHES[place].join(" "));
  const swatch = svg("svg", { viewBox: "0 0 26 10", "aria-hidden": "true" }, line);
  return h("li", { "data-place": place }, swatch, h("span", { title: facts.id }, facts.id), remove);
}
