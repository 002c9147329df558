/**
 * The charts of the run, refreshed together a few times a second when there is something new; which
 * of them, how smooth, on which scale, beside which other runs, and as which file.
 */
import "uplot/dist/uPlot.min.css";
import type { Comparison } from "../comparison.js";
import { ChartCache, episodeDots, type OtherLine } from "../model/chart-data.js";
import { type ChartSpec, chartSpecs } from "../model/chart-specs.js";
import { metricsCsv } from "../model/csv.js";
import { type EpisodeEntry, nearestEpisode } from "../model/episodes.js";
import type { Session } from "../session.js";
import type { Stage } from "../stage.js";
import { type Chart, chart, type Extras } from "./chart.js";
import { type ChartChoice, chartChoice } from "./chart-choice.js";
import { choices } from "./choices.js";
import { h, setAttribute } from "./dom.js";
import { chartsPicture, download } from "./export.js";
import { DASHES, otherRunsView } from "./other-runs-view.js";
import { popover } from "./popover.js";
import { keep, kept } from "./settings.js";
import { themeColor } from "./theme.js";

/** Milliseconds between two refreshes. */
const PAUSE = 400;
/** Points over which the smoothing's weight halves; 0 is none. */
const HALF_LIVES: readonly number[] = [0, 3, 10, 50];
const USUAL = 3;
/** Milliseconds of a frame that charts may take; what is left is drawn in the next one. */
const BUDGET = 6;

export interface ChartsView {
  readonly root: HTMLElement;
  /** @param now milliseconds */
  update(now: number): void;
  restyle(): void;
  /** True if something new waits for its turn. */
  readonly isBehind: () => boolean;
}

export function chartsView(
  session: Session,
  stage: Stage,
  comparison: Comparison,
  open: (entry: EpisodeEntry) => void,
): ChartsView {
  const state = { halfLife: usualHalfLife(), log: kept("scale") === "log", drawn: "", at: -1e9 };
  const queue: Chart[] = [];
  const draw = drawer(session, stage, comparison);
  const empty = h("p", { class: "hint" }, "Charts appear with the first update.");
  const choice = chartChoice(() => refresh());
  const set = chartSet(session, choice, open);
  const compare = otherRunsView(comparison);
  const smoothing = smoothingChoice(state.halfLife, (halfLife) => {
    state.halfLife = halfLife;
    keep("smoothing", String(halfLife));
    refresh();
  });
  const scale = scaleButton(state.log, (log) => {
    state.log = log;
    keep("scale", log ? "log" : "linear");
    refresh();
  });
  const root = h(
    "section",
    { class: "trends", "aria-label": "Charts" },
    h(
      "header",
      { class: "panel-head" },
      h("h2", {}, "Trends"),
      ...[choice.root, compare.root, exportMenu(session, set.pictures)],
    ),
    h("div", { class: "trend-tools" }, smoothing, scale),
    ...[compare.legend, empty, set.root],
  );
  const stamp = () => `${draw.stamp()} ${comparison.revision}`;

  function refresh(): void {
    state.drawn = stamp();
    queue.splice(0, queue.length, ...set.arrange());
    empty.hidden = session.metrics.length > 0;
    work(BUDGET);
  }

  /** Draws what waits, one chart after the other, for so many milliseconds of this frame. */
  function work(budget: number): void {
    const until = performance.now() + budget;
    for (let one = queue.shift(); one; one = queue.shift()) {
      draw.draw(one, state.halfLife, state.log);
      if (performance.now() > until) return;
    }
  }

  function update(now: number): void {
    compare.update();
    if (queue.length > 0) work(BUDGET);
    else if (state.drawn !== stamp() && now - state.at >= PAUSE) {
      state.at = now;
      refresh();
    }
  }

  const restyle = () => set.restyle();
  const isBehind = () => queue.length > 0 || state.drawn !== stamp();
  return { root, update, restyle, isBehind };
}

/** The charts that exist: made when they are first wanted, kept after that. */
function chartSet(session: Session, choice: ChartChoice, open: (entry: EpisodeEntry) => void) {
  const charts = new Map<string, Chart>();
  const root = h("div", { class: "charts" });
  const chartOf = (spec: ChartSpec): Chart => {
    const made =
      charts.get(spec.key) ??
      chart(spec, (steps) => {
        const entry = nearestEpisode(session.episodes, steps);
        if (entry) open(entry);
      });
    charts.set(spec.key, made);
    return made;
  };
  /** Puts those for what is measured and chosen on the page, in order. */
  const arrange = (): readonly Chart[] => {
    const specs = chartSpecs(session.metrics.names());
    choice.offer(specs);
    const wanted = specs.filter((spec) => choice.has(spec)).map(chartOf);
    const isSame =
      wanted.length === root.children.length &&
      wanted.every((one, i) => root.children[i] === one.root);
    if (!isSame) root.replaceChildren(...wanted.map((one) => one.root));
    return wanted;
  };
  const pictures = () =>
    [...root.children].flatMap(
      (element) => charts.get(element.getAttribute("data-metric") ?? "")?.picture() ?? [],
    );
  const restyle = () => {
    for (const one of charts.values()) one.restyle();
  };
  return { root, arrange, pictures, restyle };
}

/** Draws charts from what is known, and remembers what it worked out for them. */
function drawer(session: Session, stage: Stage, comparison: Comparison) {
  const own = new ChartCache();
  const theirs = new Map<string, ChartCache>();
  let dots: { stamp: string; list: ReturnType<typeof episodeDots> } = { stamp: "", list: [] };
  const playing = () => (stage.show?.kind === "recorded" ? stage.show.entry.steps : undefined);

  const dotsFor = (width: number) => {
    const stamp = `${session.revision.episodes} ${width}`;
    if (dots.stamp !== stamp) dots = { stamp, list: episodeDots(session.episodes, width) };
    return dots.list;
  };
  const othersOf = (name: string, halfLife: number, width: number): OtherLine[] =>
    comparison.chosen.flatMap(({ facts, metrics, revision, place }) => {
      const cache = theirs.get(facts.id) ?? new ChartCache();
      theirs.set(facts.id, cache);
      const data = cache.get(metrics, revision(), name, { halfLife, width });
      const color = themeColor(`other-${place + 1}`);
      return data ? [{ color, dash: DASHES[place], data }] : [];
    });

  const draw = (one: Chart, halfLife: number, log: boolean): void => {
    const width = one.width() || 400;
    const { key, large } = one.spec;
    const data = own.get(session.metrics, session.revision.metrics, key, { halfLife, width });
    const marks = { playing: playing(), episodes: large ? dotsFor(width) : [] };
    const extras: Extras = { marks, others: othersOf(key, halfLife, width), log };
    one.draw(data, extras);
  };
  const stamp = () => `${session.revision.metrics} ${session.revision.episodes} ${playing()}`;
  return { draw, stamp };
}

/** PNG of the charts, CSV of all rows. */
function exportMenu(
  session: Session,
  pictures: () => Parameters<typeof chartsPicture>[1],
): HTMLElement {
  const name = () => session.facts?.id ?? "run";
  const png = h("button", { class: "popover-item", type: "button" }, "Charts as PNG");
  png.addEventListener("click", async () => {
    menu.close();
    const look = { paper: themeColor("paper"), ink: themeColor("ink") };
    const rest = { quiet: themeColor("ink-2"), font: themeColor("font") };
    const picture = await chartsPicture(name(), pictures(), { ...look, ...rest });
    if (picture) download(`${name()}.png`, picture);
  });
  const csv = h("button", { class: "popover-item", type: "button" }, "All values as CSV");
  csv.addEventListener("click", () => {
    menu.close();
    download(`${name()}.csv`, new Blob([metricsCsv(session.metrics)], { type: "text/csv" }));
  });
  const menu = popover("Export the charts", "download", h("div", {}, png, csv));
  return menu.root;
}

/** How much to smooth, said as what it does: the number of updates over which a weight halves. */
function smoothingChoice(initial: number, choose: (halfLife: number) => void): HTMLElement {
  const items = HALF_LIVES.map((halfLife) => ({
    ...{ value: halfLife, title: explain(halfLife) },
    text: halfLife === 0 ? "off" : String(halfLife),
  }));
  const { root } = choices({ label: "Smoothing", items, choose, initial });
  return h("div", { class: "captioned" }, h("span", { class: "hint" }, "Smoothing"), root);
}

function explain(halfLife: number): string {
  if (halfLife === 0) return "Raw values only";
  return `Moving average: weights halve every ${halfLife} updates; raw values stay behind it`;
}

/** Linear or logarithmic. */
function scaleButton(initial: boolean, choose: (log: boolean) => void): HTMLElement {
  const title = "A logarithmic scale, where all values are above zero";
  const button = h("button", { type: "button", "aria-pressed": String(initial), title }, "log");
  button.addEventListener("click", () => {
    const log = button.getAttribute("aria-pressed") !== "true";
    setAttribute(button, "aria-pressed", String(log));
    choose(log);
  });
  return h("div", { class: "choices", role: "group", "aria-label": "Scale" }, button);
}

function usualHalfLife(): number {
  const chosen = kept("smoothing");
  const value = Number(chosen);
  return chosen !== undefined && HALF_LIVES.includes(value) ? value : USUAL;
}
