/**
 * The run's log: what was asked of the training, by whom, and what was wrong when. The newest first.
 * Also says why this page cannot control the training, where it cannot.
 */
import type { ControlVerb, RunEvent } from "@carom/runs/formats";
import { compact } from "../model/format.js";
import type { Session } from "../session.js";
import { h } from "./dom.js";

/** Events that are listed. */
const SHOWN = 100;

const ASKED: Readonly<Record<ControlVerb, string>> = {
  pause: "paused",
  resume: "resumed",
  save: "checkpoint asked for",
  stop: "stopped",
};

export interface LogView {
  readonly root: HTMLElement;
  update(): void;
}

export function logView(session: Session): LogView {
  const root = h("section", { class: "log", hidden: true });
  let shown = "";
  const update = () => {
    const { control, events } = session;
    const reason = session.isUnderWay && !control.available ? control.reason : "";
    const now = `${session.revision.events} ${reason}`;
    if (now === shown) return;
    shown = now;
    root.hidden = reason === "" && events.length === 0;
    const newest = events.slice(-SHOWN).reverse();
    root.replaceChildren(
      h("h3", {}, "Log"),
      ...(reason === "" ? [] : [h("p", { class: "hint" }, reason)]),
      h("ul", {}, ...newest.map(row)),
    );
  };
  return { root, update };
}

function row(event: RunEvent): HTMLElement {
  return h(
    "li",
    { "data-kind": event.kind },
    h("time", { class: "figure quiet", datetime: event.at }, timeOf(event.at)),
    h("span", {}, textOf(event)),
    h("span", { class: "figure quiet" }, compact(event.steps)),
  );
}

function textOf(event: RunEvent): string {
  if (event.kind === "saved") return "checkpoint saved";
  if (event.kind === "control") {
    return `${ASKED[event.verb]} by ${event.by === "viewer" ? "a viewer" : "the terminal"}`;
  }
  return event.state === "raised" ? event.message : `over: ${event.message}`;
}

function timeOf(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? iso : date.toLocaleTimeString();
}
