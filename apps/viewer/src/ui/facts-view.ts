/**
 * Everything that is known of how the run was made: game, algorithm, seed, device, versions,
 * configuration.
 */
import type { JsonValue, RunFacts } from "@carom/runs/formats";
import { grouped } from "../model/format.js";
import type { Session } from "../session.js";
import { h } from "./dom.js";

export interface FactsView {
  readonly root: HTMLElement;
  update(): void;
}

/** @param renderer what draws the boards, for those who wonder why it is slow */
export function factsView(session: Session, renderer: string): FactsView {
  // What scrolls must be reached by keyboard.
  const about = { role: "region", "aria-label": "How the run was made", tabindex: 0 };
  const root = h("div", { class: "facts", ...about });
  let shown = "";
  const update = () => {
    const { facts } = session;
    const now = facts ? JSON.stringify([facts.id, facts.status, facts.startedAt]) : "";
    if (now === shown) return;
    shown = now;
    root.replaceChildren(...(facts ? sectionsOf(facts, renderer) : []));
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

function section(title: string, rows: readonly (readonly [string, string])[]): HTMLElement {
  const list = rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)));
  return h("section", {}, h("h3", {}, title), h("dl", {}, ...list));
}

/** A configuration as rows: nested names joined by dots. */
function flat(value: JsonValue, name: string): readonly (readonly [string, string])[] {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([key, item]) =>
      flat(item, name ? `${name}.${key}` : key),
    );
  }
  return [[name, Array.isArray(value) ? value.map(String).join(", ") : String(value)]];
}

function localTime(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? iso : date.toLocaleString();
}
