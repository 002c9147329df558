/** Which charts are shown: all that a run has measured are on offer; the choice is kept. */
import type { ChartSpec } from "../model/chart-specs.js";
import { h } from "./dom.js";
import { popover } from "./popover.js";
import { keep, kept } from "./settings.js";

export interface ChartChoice {
  readonly root: HTMLElement;
  /** Says what there is. */
  offer(specs: readonly ChartSpec[]): void;
  has(spec: ChartSpec): boolean;
}

export function chartChoice(onChange: () => void): ChartChoice {
  const chosen = parse(kept("charts"));
  const list = h("div", { class: "chart-list" });
  const { root } = popover("Choose charts", "list", list);
  let offered = "";
  const has = ({ key, usual }: ChartSpec) => chosen.get(key) ?? usual;

  const row = (spec: ChartSpec) => {
    const box = h("input", { type: "checkbox", checked: has(spec) });
    box.addEventListener("change", () => {
      chosen.set(spec.key, box.checked);
      keep("charts", JSON.stringify([...chosen]));
      onChange();
    });
    return h("label", { class: "check" }, box, h("span", {}, spec.title));
  };
  const offer = (specs: readonly ChartSpec[]) => {
    const now = specs.map(({ key }) => key).join("\n");
    if (now === offered) return;
    offered = now;
    list.replaceChildren(...specs.map(row));
  };
  return { root, offer, has };
}

/** What was kept: pairs of a name and whether it is shown. */
function parse(text: string | undefined): Map<string, boolean> {
  const chosen = new Map<string, boolean>();
  try {
    const pairs: unknown = JSON.parse(text ?? "[]");
    if (!Array.isArray(pairs)) return chosen;
    for (const pair of pairs) {
      if (Array.isArray(pair) && typeof pair[0] === "string") chosen.set(pair[0], pair[1] === true);
    }
  } catch {
    // Something else wrote it: the usual charts are shown.
  }
  return chosen;
}
