/** The charts of the run, refreshed together a few times a second when there is something new. */
import "uplot/dist/uPlot.min.css";
import { chartData } from "../model/chart-data.js";
import { type EpisodeEntry, nearestEpisode } from "../model/episodes.js";
import { compact, significant } from "../model/format.js";
import type { Session } from "../session.js";
import type { Stage } from "../stage.js";
import { type Chart, type ChartSpec, chart, type Marks } from "./chart.js";
import { h, setAttribute, setText } from "./dom.js";
import { keep, kept } from "./settings.js";

/** Milliseconds between two refreshes. */
const PAUSE = 400;
/** Points over which the smoothing's weight halves; 0 is none. */
const HALF_LIVES: readonly number[] = [0, 3, 10, 50];
const USUAL = 3;

const signedText = (value: number) =>
  value < 0 ? `\u2212${significant(-value)}` : significant(value);

/** What algorithms measure; a chart without values stays hidden. */
const SPECS: readonly ChartSpec[] = [
  { key: "score", title: "Score", text: compact, large: true },
  { key: "policyLoss", title: "Policy loss", text: signedText, large: false },
  { key: "valueLoss", title: "Value loss", text: signedText, large: false },
  { key: "entropy", title: "Entropy", text: signedText, large: false },
  { key: "approxKl", title: "KL divergence", text: signedText, large: false },
  { key: "qLoss", title: "Q loss", text: signedText, large: false },
  { key: "qMean", title: "Mean Q", text: signedText, large: false },
  { key: "temperature", title: "Temperature", text: signedText, large: false },
  { key: "epsilon", title: "Epsilon", text: signedText, large: false },
  { key: "curiosityReward", title: "Curiosity reward", text: signedText, large: false },
  { key: "explainedVariance", title: "Explained variance", text: signedText, large: false },
  { key: "stepsPerSecond", title: "Steps per second", text: compact, large: false },
];

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
  open: (entry: EpisodeEntry) => void,
): ChartsView {
  const state = { halfLife: usualHalfLife(), drawn: "", at: Number.NEGATIVE_INFINITY };
  const choose = (steps: number) => {
    const entry = nearestEpisode(session.episodes, steps);
    if (entry) open(entry);
  };
  const charts = SPECS.map((spec) => chart(spec, spec.large ? choose : undefined));
  const empty = h("p", { class: "hint" }, "Charts appear with the first update.");
  const smoothing = smoothingChoice(state.halfLife, (halfLife) => {
    state.halfLife = halfLife;
    keep("smoothing", String(halfLife));
    refresh();
  });
  const root = h(
    "section",
    { class: "trends", "aria-label": "Charts" },
    h("header", { class: "panel-head" }, h("h2", {}, "Trends"), smoothing),
    empty,
    h("div", { class: "charts" }, ...charts.map((one) => one.root)),
  );
  const playing = () => (stage.show?.kind === "recorded" ? stage.show.entry.steps : undefined);
  const stamp = () => `${session.revision.metrics} ${session.revision.episodes} ${playing()}`;

  function refresh(): void {
    state.drawn = stamp();
    const episodes = session.episodes.map((entry) => [entry.steps, entry.return] as const);
    const marks: Marks = { playing: playing(), episodes };
    for (const one of charts) drawChart(one, session, state.halfLife, marks);
    empty.hidden = session.metrics.length > 0;
  }

  function update(now: number): void {
    if (state.drawn === stamp() || now - state.at < PAUSE) return;
    state.at = now;
    refresh();
  }

  const restyle = () => {
    for (const one of charts) one.restyle();
  };
  return { root, update, restyle, isBehind: () => state.drawn !== stamp() };
}

function drawChart(one: Chart, session: Session, halfLife: number, marks: Marks): void {
  const width = one.width() || 400;
  one.draw(chartData(session.metrics, one.spec.key, { halfLife, width }), marks);
}

/** How much to smooth, said as what it does: the number of updates over which a weight halves. */
function smoothingChoice(initial: number, choose: (halfLife: number) => void): HTMLElement {
  const caption = h("span", { class: "hint" }, "Smoothing");
  const buttons = HALF_LIVES.map((halfLife) =>
    h(
      "button",
      { type: "button", "aria-pressed": String(halfLife === initial), title: explain(halfLife) },
      halfLife === 0 ? "off" : String(halfLife),
    ),
  );
  for (const [i, button] of buttons.entries()) {
    button.addEventListener("click", () => {
      for (const other of buttons) setAttribute(other, "aria-pressed", String(other === button));
      choose(HALF_LIVES[i]);
    });
  }
  setText(caption, "Smoothing");
  const choices = h(
    "div",
    { class: "choices", role: "group", "aria-label": "Smoothing" },
    ...buttons,
  );
  return h("div", { class: "captioned" }, caption, choices);
}

function explain(halfLife: number): string {
  if (halfLife === 0) return "Raw values only";
  return `Moving average: weights halve every ${halfLife} updates; raw values stay behind it`;
}

function usualHalfLife(): number {
  const chosen = kept("smoothing");
  const value = Number(chosen);
  return chosen !== undefined && HALF_LIVES.includes(value) ? value : USUAL;
}
