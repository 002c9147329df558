/** Settings that are not the same in several runs, as a table: a column for each run. */
import type { RunFacts } from "@carom/runs/formats";
import { differences } from "../model/differences.js";
import { h } from "./dom.js";

/** A column. */
export interface ComparedRun {
  readonly name: string;
  readonly facts: RunFacts;
  /** Its place among the colours of the charts; absent where it has none. */
  readonly place?: number;
}

/** The table, or a sentence where all is the same. */
export function differencesTable(runs: readonly ComparedRun[]): HTMLElement {
  const rows = differences(runs.map(({ facts }) => facts));
  if (rows.length === 0) return h("p", { class: "hint" }, "All settings are the same.");
  const heads = runs.map(({ name, place = "" }) =>
    h("th", { scope: "col", "data-place": String(place) }, name),
  );
  const head = h("tr", {}, h("th", { scope: "col" }), ...heads);
  const body = rows.map(({ name, values }) =>
    h("tr", {}, h("th", { scope: "row" }, name), ...values.map((value) => h("td", {}, value))),
  );
  return h("table", {}, h("thead", {}, head), h("tbody", {}, ...body));
}
