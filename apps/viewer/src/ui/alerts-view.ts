/**
 * A strip of warnings under the header: what is wrong with the run by its own metrics (the rules are
 * in @carom/runs/formats, health.ts), a crashed run, a page that was refused. The reader can put
 * each away; it comes back when it begins anew.
 */
import type { AlertLevel } from "@carom/runs/formats";
import type { Session } from "../session.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";

export interface AlertsView {
  readonly root: HTMLElement;
  update(): void;
}

interface Warning {
  /** Changes when the same thing begins anew. */
  readonly id: string;
  readonly level: AlertLevel;
  readonly text: string;
}

const WORDS: Readonly<Record<AlertLevel, string>> = {
  danger: "Danger",
  warning: "Warning",
  notice: "Notice",
};

export function alertsView(session: Session): AlertsView {
  const root = h("div", { class: "alerts", role: "alert" });
  const away = new Set<string>();
  let shown = "";
  const update = () => {
    const warnings = warningsOf(session).filter(({ id }) => !away.has(id));
    const now = warnings.map(({ id, text }) => `${id} ${text}`).join("\n");
    if (now === shown) return;
    shown = now;
    root.replaceChildren(...warnings.map((warning) => line(warning, () => putAway(warning.id))));
  };
  const putAway = (id: string) => {
    away.add(id);
    update();
  };
  return { root, update };
}

function line({ level, text }: Warning, putAway: () => void): HTMLElement {
  return h(
    "p",
    { "data-level": level },
    h("strong", {}, WORDS[level]),
    h("span", {}, text),
    h(
      "button",
      { class: "round small", type: "button", "aria-label": "Put away", onclick: putAway },
      icon("close"),
    ),
  );
}

/** Of a run that is over only what ruined it is told: nobody can do anything about the rest. */
function warningsOf({ link, facts, alerts, isUnderWay }: Session): Warning[] {
  const warnings: Warning[] = [];
  if (link.phase === "refused") {
    warnings.push({ id: "refused", level: "danger", text: link.problem });
  }
  if (facts?.status === "crashed") {
    const text = "The run crashed: its process is gone. Its last checkpoint can be resumed.";
    warnings.push({ id: `crashed ${facts.steps}`, level: "danger", text });
  }
  for (const { rule, since, level, message } of alerts) {
    const isTold = isUnderWay || rule === "not-finite";
    if (isTold) warnings.push({ id: `${rule} ${since}`, level, text: message });
  }
  return warnings;
}
