/**
 * A strip of warnings under the header: numbers that are not numbers, a crashed run, a page that
 * was refused.
 */
import type { Session } from "../session.js";
import { h } from "./dom.js";

export interface AlertsView {
  readonly root: HTMLElement;
  update(): void;
}

export function alertsView(session: Session): AlertsView {
  const root = h("div", { class: "alerts", role: "alert" });
  let shown = "";
  const update = () => {
    const messages = alertsOf(session);
    const now = messages.join("\n");
    if (now === shown) return;
    shown = now;
    root.replaceChildren(...messages.map((message) => h("p", {}, message)));
  };
  return { root, update };
}

function alertsOf({ link, facts, metrics }: Session): string[] {
  const messages: string[] = [];
  if (link.phase === "refused") messages.push(link.problem);
  if (facts?.status === "crashed") {
    messages.push("The run crashed: its process is gone. Its last checkpoint can be resumed.");
  }
  const broken = metrics.brokenNames();
  if (broken.length > 0) {
    messages.push(`Not a finite number: ${broken.join(", ")}. The network may be ruined.`);
  }
  return messages;
}
