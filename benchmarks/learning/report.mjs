/** results/learning.md and its pictures, from the store alone: what other machines trained is in it too. */
import { interquartileMean, median } from "@carom/agents";
import { chart, colors } from "../lib/plot.mjs";
import { report, saveResult, table } from "../lib/report.mjs";
import { bars } from "./bars.mjs";
import { writeDocuments } from "./documents.mjs";
import { judge } from "./judge.mjs";
import { lengthText, prepare } from "./protocol.mjs";
import { curvePoints } from "./seed.mjs";
import { readStore, resultsOf } from "./store.mjs";

const titles = {
  cartpole: "CartPole",
  control: "Acrobot and MountainCar",
  pendulum: "Pendulum",
  grid: "Grid games",
  breakout: "Breakout",
  pixels: "Breakout from pixels",
};
/** Panels side by side in a picture. */
const columns = 3;

/** Writes the report. @param {string} command  what was typed @param {object[]} chosen  rows to print */
export function writeReport(command, chosen) {
  const store = readStore();
  const rows = bars.map((row) => lookUp(row, store));
  writeDocuments(rows, (own) => summary(own, store));
  report("learning", {
    title: "Learning: the bars of the agent library",
    command,
    intro: [...introduction(), ...drawAll(rows)].join("\n\n"),
    body: judgements(rows, store),
    printed: judgements(
      rows.filter(({ row }) => chosen.includes(row)),
      store,
    ),
  });
}

/** The table of judgements; rows without a result say why. */
export function judgements(rows, store) {
  const header = "row,training,judged by,seeds,result,bar,verdict,training time,steps/s,commit";
  return table(
    header.split(","),
    rows.flatMap((found) => linesOf(found, store)),
  );
}

/** The same in short, for documents. */
function summary(rows, store) {
  const lines = rows.flatMap((found) => linesOf(found, store));
  return table(
    ["row", "training", "judged by", "seeds", "result", "bar", "verdict"],
    lines.map((line) => line.slice(0, 7)),
  );
}

/** A row with its results in the store. */
export function lookUp(row, store) {
  const ready = prepare(row);
  if (ready.missing !== undefined) return { row, ready, results: [] };
  return {
    row,
    ready,
    results: resultsOf(store, { id: row.id, seeds: row.seeds }, ready.settings),
  };
}

function introduction() {
  return [
    "Every row is a training as `carom train` does it (the game's preset, unless settings are named), on one thread unless said, and what is demanded of it. Rows are data: [bars.mjs](../learning/bars.mjs); seeds are 1, 2, 3, ...; each seed's result is in [learning.json](learning.json).",
    "Evaluations play 100 episodes on games that were not trained on, with raw rewards. IQM is the interquartile mean over seeds with its 95 % stratified bootstrap interval (Agarwal et al. 2021), and its lower end is held against the bar. The best checkpoint is the one with the highest training score (mean of the last 100 episodes) of those that were kept. A verdict is open while seeds are missing. Training time is the median over seeds, without evaluations; several seeds may have been trained side by side.",
  ];
}

function linesOf({ row, ready, results }, store) {
  const training = trainingText(row, ready);
  if (ready.missing !== undefined) {
    const empty = ["-", "-", "-", "-", "not built", "-", "-", "-"];
    return [[row.id, training, ...empty.with(1, ready.missing)]];
  }
  const others = (claim) => {
    const other = bars.find(({ id }) => id === claim.over);
    return other === undefined ? [] : lookUp(other, store).results;
  };
  return row.claims.map((claim) => {
    const { protocol, result, bar, verdict } = judge(claim, row, results, others(claim));
    const source = claim.source === undefined ? "" : ` (${claim.source})`;
    return [
      row.id,
      training,
      `${protocol}${source}`,
      `${results.length} of ${row.seeds}`,
      result,
      bar,
      verdict,
      ...speedOf(results),
    ];
  });
}

function trainingText(row, { settings }) {
  const { algo, game, set, variant, steps, time, threads } = row;
  const length = lengthText({ steps: settings?.steps ?? steps ?? "preset", time: time ?? null });
  const names = Object.entries(set).map(([key, value]) => `${key}=${value}`);
  const where = variant === null ? game : `${game}/${variant}`;
  const cores = threads === 1 ? "" : `, ${settings?.threads ?? threads} threads`;
  return [`${algo}, ${where}, ${length}${cores}`, row.note ?? names.join(" ")]
    .filter((part) => part !== "")
    .join(", ");
}

function speedOf(results) {
  if (results.length === 0) return ["-", "-", "-"];
  const seconds = median(results.map((one) => one.seconds));
  const rate = median(results.map((one) => one.steps / Math.max(one.seconds, 1e-9)));
  const commits = [...new Set(results.map((one) => one.commit))];
  return [`${seconds.toFixed(1)} s`, Math.round(rate).toLocaleString("en"), commits.join("; ")];
}

/** Draws one picture per family that has results. Gives the lines that show them. */
function drawAll(rows) {
  return Object.entries(titles).flatMap(([family, title]) => {
    const panels = rows
      .filter(({ row, results }) => row.family === family && results.length > 0)
      .map(panelOf);
    if (panels.length === 0) return [];
    const grid = Array.from({ length: Math.ceil(panels.length / columns) }, (_, i) =>
      panels.slice(i * columns, (i + 1) * columns),
    );
    const file = `learning-${family}-bars.svg`;
    saveResult(file, chart(grid, { title: `${title}: training score, mean of 100 episodes` }));
    return [`![${title}](${file})`];
  });
}

/** Every seed as a thin line, their interquartile mean as a thick one, the bar dashed. */
function panelOf({ row, ready, results }) {
  const { steps, time } = ready.settings;
  const length = time ?? steps;
  const at = (i) => (length * (i + 1)) / curvePoints;
  const seeds = results.map(({ curve }) => ({
    label: "a seed",
    color: colors[5],
    width: 0.9,
    opacity: 0.7,
    points: curve.flatMap((score, i) => (score === null ? [] : [[at(i), score]])),
  }));
  const middle = Array.from({ length: curvePoints }, (_, i) => {
    const scores = results.map(({ curve }) => curve[i]).filter((score) => score !== null);
    return scores.length < results.length ? [] : [[at(i), interquartileMean(scores)]];
  }).flat();
  const { bar, statistic } = row.claims[0];
  const level =
    statistic === "improves"
      ? []
      : [
          [0, bar],
          [length, bar],
        ];
  return {
    title: `${row.id} (${results.length} seed${results.length === 1 ? "" : "s"})`,
    xLabel: time === null ? "env steps" : "seconds of training",
    yLabel: "score",
    curves: [
      ...seeds,
      { label: "interquartile mean", color: colors[0], width: 2.2, points: middle },
      { label: "bar", color: colors[1], width: 1.2, dash: "5 4", points: level },
    ],
  };
}
