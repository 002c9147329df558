/** Highlights as marks on the timeline; a click goes to one. For the keyboard there are N and a list. */
import type { Insight } from "../insight.js";
import { signed } from "../model/format.js";
import type { Highlight } from "../model/highlights.js";
import type { Stage } from "../stage.js";
import { h } from "./dom.js";
import type { TimelineLayer } from "./timeline-layer.js";

export function highlightMarks(insight: Insight, stage: Stage): TimelineLayer {
  const root = h("div", { class: "marks", hidden: true, "aria-hidden": "true" });
  let drawn: readonly Highlight[] | undefined;
  const update = () => {
    const { highlights } = insight;
    if (highlights === drawn) return;
    drawn = highlights;
    root.hidden = highlights.length === 0;
    root.replaceChildren(
      ...highlights.map((one) => {
        const mark = h("i", { class: "mark", "data-kind": one.kind, title: describe(one) });
        mark.style.setProperty("--at", (one.step / Math.max(1, stage.state.length)).toFixed(5));
        return mark;
      }),
    );
  };
  return { root, update };
}

/** A highlight in words. */
export function describe({ kind, amount }: Highlight): string {
  switch (kind) {
    case "reward":
      return `reward ${signed(amount)}`;
    case "chain":
      return `${signed(amount)} within two seconds`;
    case "drop":
      return `value fell by ${signed(amount).slice(1)}`;
    case "surprise":
      return amount > 0
        ? `better than expected, ${signed(amount)}`
        : `worse than expected, ${signed(amount)}`;
    default:
      return kind satisfies never;
  }
}
