/** The run's vital signs: the newest figures, and where the time goes. */
import { compact, elapsed, percent, points } from "../model/format.js";
import type { Session } from "../session.js";
import { h, setAttribute, setText } from "./dom.js";

export interface VitalsView {
  readonly root: HTMLElement;
  update(): void;
}

interface Vital {
  readonly key: string;
  readonly label: string;
  readonly text: (value: number) => string;
}

const VITALS: readonly Vital[] = [
  { key: "score", label: "Mean score", text: points1 },
  { key: "best", label: "Best score", text: points },
  { key: "episodes", label: "Episodes", text: compact },
  { key: "stepsPerSecond", label: "Steps / s", text: compact },
  { key: "seconds", label: "Training time", text: elapsed },
];

const PARTS = [
  { key: "timeGame", label: "game" },
  { key: "timePolicy", label: "policy" },
  { key: "timeLearn", label: "learning" },
] as const;

export function vitalsView(session: Session): VitalsView {
  const figures = VITALS.map((vital) => ({ vital, value: h("dd", { class: "figure" }, "\u2013") }));
  const list = h(
    "dl",
    { class: "vitals" },
    ...figures.map(({ vital, value }) =>
      h("div", {}, h("dt", { class: "label" }, vital.label), value),
    ),
  );
  const time = timeView(session);
  const root = h(
    "section",
    { class: "health", "aria-label": "Figures of the run" },
    list,
    time.root,
  );
  const update = () => {
    for (const { vital, value } of figures) {
      const latest = session.metrics.latest(vital.key);
      setText(value, latest === undefined ? "\u2013" : vital.text(latest));
    }
    time.update();
  };
  return { root, update };
}

/** One bar, split by where the time goes. */
function timeView(session: Session) {
  const parts = PARTS.map(({ key, label }) => {
    const name = h("span", {});
    return {
      key,
      label,
      name,
      bar: h("i", { "data-part": label }),
      entry: h("li", { "data-part": label }, name),
    };
  });
  const bar = h("div", { class: "split", "aria-hidden": "true" }, ...parts.map((part) => part.bar));
  const legend = h(
    "ul",
    { class: "split-legend", "aria-label": "Where the time goes" },
    ...parts.map((part) => part.entry),
  );
  const root = h("div", { class: "time" }, bar, legend);
  const update = () => {
    const shares = parts.map(({ key }) => Math.max(0, session.metrics.latest(key) ?? 0));
    const total = shares.reduce((sum, share) => sum + share, 0);
    root.hidden = total <= 0;
    if (total <= 0) return;
    for (const [i, part] of parts.entries()) {
      const share = shares[i] / total;
      part.bar.style.setProperty("--share", share.toFixed(4));
      setText(part.name, `${part.label} ${percent(share)}`);
      setAttribute(part.entry, "title", `Share of the time spent in the ${part.label}`);
    }
  };
  return { root, update };
}

/** A mean of scores: one decimal is enough. */
function points1(value: number): string {
  return Math.abs(value) >= 100 ? points(Math.round(value)) : points(Math.round(value * 10) / 10);
}
