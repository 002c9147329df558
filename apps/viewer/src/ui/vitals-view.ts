/** The run's vital signs: the newest figures, and where the time goes. */
import { bytes, compact, elapsed, percent, points } from "../model/format.js";
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

/** What the process takes and what the disk has left; a quiet line. */
const ROOM = [
  { key: "memoryProcess", label: "memory", title: "Memory of the whole training process" },
  { key: "memoryHeap", label: "heap", title: "JavaScript objects of the training thread" },
  {
    key: "memoryArrays",
    label: "arrays",
    title: "Arrays of the training thread, replay memory included",
  },
  { key: "diskFree", label: "disk free", title: "Free on the disk of the run folder" },
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
  const room = roomView(session);
  const root = h(
    "section",
    { class: "health", "aria-label": "Figures of the run" },
    list,
    h(
      "div",
      { class: "time" },
      time.bar,
      h("div", { class: "time-legend" }, time.legend, room.root),
    ),
  );
  const update = () => {
    for (const { vital, value } of figures) {
      const latest = session.metrics.latest(vital.key);
      setText(value, latest === undefined ? "\u2013" : vital.text(latest));
    }
    time.update();
    room.update();
  };
  return { root, update };
}

/** Memory and disk, as far as the run measures them. */
function roomView(session: Session) {
  const parts = ROOM.map(({ key, label, title }) => ({ key, label, item: h("li", { title }) }));
  const root = h("ul", { class: "room figure", "aria-label": "Memory and disk" });
  root.append(...parts.map(({ item }) => item));
  const update = () => {
    for (const { key, label, item } of parts) {
      const value = session.metrics.latest(key);
      item.hidden = value === undefined;
      if (value !== undefined) setText(item, `${label} ${bytes(value)}`);
    }
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
  const update = () => {
    const shares = parts.map(({ key }) => Math.max(0, session.metrics.latest(key) ?? 0));
    const total = shares.reduce((sum, share) => sum + share, 0);
    bar.hidden = total <= 0;
    legend.hidden = total <= 0;
    if (total <= 0) return;
    for (const [i, part] of parts.entries()) {
      const share = shares[i] / total;
      part.bar.style.setProperty("--share", share.toFixed(4));
      setText(part.name, `${part.label} ${percent(share)}`);
      setAttribute(part.entry, "title", `Share of the time spent in the ${part.label}`);
    }
  };
  return { bar, legend, update };
}

/** A mean of scores: one decimal is enough. */
function points1(value: number): string {
  return Math.abs(value) >= 100 ? points(Math.round(value)) : points(Math.round(value * 10) / 10);
}
