/**
 * Everything that is known of how the run was made: game, algorithm, seed, device, versions,
 * configuration.
 */
import type { RunFacts } from "@carom/runs/formats";
import type { Comparison } from "../comparison.js";
import { flat } from "../model/differences.js";
import { grouped } from "../model/format.js";
import type { Session } from "../session.js";
import { differencesTable } from "./differences-table.js";
import { h } from "./dom.js";
import { logView } from "./log-view.js";

export interface FactsView {
  readonly root: HTMLElement;
  update(): void;
}

/** @param renderer what draws the boards, for those who wonder why it is slow */
export function factsView(session: Session, comparison: Comparison, renderer: string): FactsView {
  const log = logView(session);
  const about = h("div", {});
  const differs = h("div", {});
  // What scrolls must be reached by keyboard.
  const region = { role: "region", "aria-label": "How the run was made", tabindex: 0 };
  const root = h("div", { class: "facts", ...region }, log.root, differs, about);
  let shown = "";
  let compared = -1;
  const update = () => {
    log.update();
    const { facts } = session;
    if (facts && compared !== comparison.revision) {
      compared = comparison.revision;
      differs.replaceChildren(...differenceTable(facts, comparison));
    }
    const now = facts ? JSON.stringify([facts.id, facts.status, facts.startedAt]) : "";
    if (now === shown) return;
    shown = now;
    about.replaceChildren(...(facts ? sectionsOf(facts, renderer) : []));
  };
  return { root, update };
}

function sectionsOf(facts: RunFacts, renderer: string): HTMLElement[] {
  const threads = `${facts.threads} ${facts.threads === 1 ? "thread" : "threads"}`;
  const detail = facts.precision ?? threads;
  return [
    section("Run", [
      ["Name", facts.id],
      ["Game", `${facts.game}, ${facts.variant}, version ${facts.gameVersion}`],
      ["Algorithm", facts.algo],
      ["Seed", String(facts.seed)],
      ["Steps asked for", grouped(facts.totalSteps)],
      ["Device", `${facts.device}, ${detail}`],
      ["Started", localTime(facts.startedAt)],
    ]),
    section("Configuration", flat(facts.config, "")),
    section("Versions", [...Object.entries(facts.versions), ["boards drawn by", renderer]]),
  ];
}

/** Settings that are not the same in the runs that are compared; the first column is this run. */
function differenceTable(facts: RunFacts, { chosen }: Comparison): HTMLElement[] {
  if (chosen.length === 0) return [];
  const others = chosen.map((one) => ({ ...one, name: one.facts.id }));
  const table = differencesTable([{ name: "this run", facts }, ...others]);
  return [h("section", { class: "differences" }, h("h3", {}, "Differences"), table)];
}

function section(title: string, rows: readonly (readonly [string, string])[]): HTMLElement {
  const list = rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)));
  return h("section", {}, h("h3", {}, title), h("dl", {}, ...list));
}

function localTime(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? iso : date.toLocaleString();
}
