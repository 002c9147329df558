/**
 * sweep.svg: parallel coordinates, on a light background. One vertical axis per parameter with its
 * scale, the score last; one line per trial, darker the higher its score, thicker the more steps it
 * got; the best one in orange with its values. Self-contained: no script, no font, no style sheet.
 * Source of the form: Inselberg 1985, "The plane with parallel coordinates".
 */
import type { ConfigValue } from "@carom/agents";
import { formatCount, formatScore, formatShortCount } from "../format.js";
import type { SweepPlan } from "./plan.js";
import { type Outcome, objectiveNames, seedText, settingsText } from "./report.js";
import type { SweepParameter } from "./space.js";
import { bestOf, type Standing, standings } from "./standings.js";

/** A vertical axis: where a value lies, 0 (bottom) to 1 (top), and what is written beside it. */
export interface Axis {
  readonly title: string;
  /** "log" and the like, below the axis; empty for nothing. */
  readonly note: string;
  place(value: ConfigValue): number;
  readonly ticks: readonly { readonly at: number; readonly label: string }[];
}

const size = { height: 420, top: 96, bottom: 64, side: 72, gap: 132 };
const ink = { text: "#24292f", faint: "#57606a", best: "#d55e00", failed: "#8b949e" };
/** Colours of the lowest and of the highest score. */
const ramp = { low: [0xa6, 0xc8, 0xe0], high: [0x08, 0x30, 0x6b] } as const;
/** Ticks nearer to each other than this part of an axis would overlap. */
const nearest = 0.06;

/** The picture of a sweep as far as it has come. */
export function picture(outcome: Outcome): string {
  const { plan } = outcome;
  const list = standings(plan, outcome.records);
  const axes = [...plan.parameters.map(parameterAxis), scoreAxis(list)];
  const width = 2 * size.side + Math.max(size.gap * (axes.length - 1), 420);
  const xs = axes.map((_, i) => spread(i, axes.length, width));
  const best = bestOf(list);
  // The worst first, so that better ones lie on top and the best on all.
  const lines = list
    .toReversed()
    .map((standing) => line(standing, { outcome, axes, xs, list, best }));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${size.height}" width="${width}" height="${size.height}" font-family="system-ui, sans-serif" font-size="12" fill="${ink.text}">`,
    `<rect width="${width}" height="${size.height}" fill="#ffffff"/>`,
    ...heading(outcome, width),
    ...axes.map((_, i) => `<path d="M${xs[i]} ${yOf(0)}V${yOf(1)}" stroke="${ink.faint}"/>`),
    ...lines,
    ...axes.map((axis, i) => axisLabels(axis, xs[i])),
    ...(best === undefined ? [] : bestLabels(best, outcome.plan, axes, xs)),
    ...legend(list, width),
    "</svg>\n",
  ].join("\n");
}

/** The axis of a parameter. */
export function parameterAxis(parameter: SweepParameter): Axis {
  const { key: title } = parameter;
  if ("choices" in parameter) {
    const { choices } = parameter;
    const place = (value: ConfigValue): number =>
      choices.length === 1 ? 0.5 : choices.indexOf(value) / (choices.length - 1);
    const ticks = choices.map((choice) => ({ at: place(choice), label: String(choice) }));
    return { title, note: "", place, ticks };
  }
  const { low, high, scale } = parameter;
  const place =
    scale === "log"
      ? (value: ConfigValue): number => Math.log(Number(value) / low) / Math.log(high / low)
      : (value: ConfigValue): number => (Number(value) - low) / (high - low);
  const values = scale === "log" ? decades(low, high) : roundValues(low, high);
  return { title, note: scale === "log" ? "log" : "", place, ticks: ticksAt(values, place) };
}

/** The axis of the scores that there are. */
function scoreAxis(list: readonly Standing[]): Axis {
  const scores = list.flatMap(({ score }) => (score === null ? [] : [score]));
  const [least, greatest] = scores.length > 0 ? [Math.min(...scores), Math.max(...scores)] : [0, 1];
  const [low, high] = least < greatest ? [least, greatest] : [least - 0.5, greatest + 0.5];
  const place = (value: ConfigValue): number => (Number(value) - low) / (high - low);
  return { title: "score", note: "", place, ticks: ticksAt(roundValues(low, high), place) };
}

/** Powers of ten between the ends, and the ends. */
function decades(low: number, high: number): number[] {
  const values = [low, high];
  const last = Math.floor(Math.log10(high) + 1e-9);
  for (let power = Math.ceil(Math.log10(low) - 1e-9); power <= last; power++) {
    values.push(Number(`1e${power}`));
  }
  return values;
}

/** Multiples of 1, 2 or 5 times a power of ten between the ends, and the ends. */
function roundValues(low: number, high: number): number[] {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough * 0.999) ?? rough;
  const values = [low, high];
  for (let i = Math.ceil(low / step); i * step <= high; i++) {
    values.push(Number((i * step).toPrecision(12)));
  }
  return values;
}

/** The ends first, then what leaves room for the labels. */
function ticksAt(values: readonly number[], place: (value: number) => number): Axis["ticks"] {
  const ticks: { at: number; label: string }[] = [];
  for (const value of values) {
    const at = place(value);
    if (ticks.some((tick) => Math.abs(tick.at - at) < nearest)) continue;
    ticks.push({ at, label: numberText(value) });
  }
  return ticks;
}

function numberText(value: number): string {
  const short = Math.abs(value) >= 1000 ? formatShortCount(Math.round(value)) : undefined;
  const tiny = value !== 0 && Math.abs(value) < 1e-3;
  return (
    short ?? (tiny ? value.toExponential().replace("+", "") : String(Number(value.toPrecision(3))))
  );
}

interface Drawing {
  readonly outcome: Outcome;
  readonly axes: readonly Axis[];
  readonly xs: readonly number[];
  readonly list: readonly Standing[];
  readonly best: Standing | undefined;
}

/** One trial: through its values to its score, or past the end of that axis where it failed. */
function line(standing: Standing, { outcome, axes, xs, list, best }: Drawing): string {
  const { trial, rung, score, steps, failure } = standing;
  const { plan } = outcome;
  const values = plan.trials[trial];
  const ys = plan.parameters.map(({ key }, i) => yOf(axes[i].place(values[key])));
  const last = axes[axes.length - 1];
  ys.push(score === null ? yOf(0) + 22 : yOf(last.place(score)));
  const path = xs.map((x, i) => `${i === 0 ? "M" : "L"}${x.toFixed(1)} ${ys[i].toFixed(1)}`);
  const end = score === null ? (failure ?? "no episode ended") : `score ${formatScore(score)}`;
  const title = `trial ${trial}: ${settingsText(values)}, ${formatCount(steps)} steps, ${end}`;
  const style =
    standing === best
      ? `stroke="${ink.best}" stroke-width="3.5"`
      : score === null
        ? `stroke="${ink.failed}" stroke-width="1" stroke-dasharray="4 4"`
        : `stroke="${shade(score, list)}" stroke-width="${1.2 + 0.9 * rung}" stroke-opacity="0.85"`;
  return `<path d="${path.join("")}" fill="none" stroke-linejoin="round" ${style}><title>${escapeText(title)}</title></path>`;
}

/** The colour of a score among all scores. */
function shade(score: number, list: readonly Standing[]): string {
  const share = Math.min(1, Math.max(0, scoreAxis(list).place(score)));
  const parts = ramp.low.map((low, i) => Math.round(low + (ramp.high[i] - low) * share));
  return `#${parts.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}

function heading({ plan }: Outcome, width: number): string[] {
  const title = `${plan.algo} on ${plan.game} (${plan.variant}): ${plan.trials.length} trials`;
  const score = `score: ${objectiveNames[plan.objective]}${seedText(plan)}`;
  return [
    text(width / 2, 26, title, `text-anchor="middle" font-size="16" font-weight="600"`),
    text(width / 2, 46, score, `text-anchor="middle" fill="${ink.faint}"`),
  ];
}

/** What is written at an axis, over the lines. */
function axisLabels({ title, note, ticks }: Axis, x: number): string {
  const marks = ticks.map(({ at, label }) => {
    const y = yOf(at);
    const tick = `<path d="M${x} ${y.toFixed(1)}h-5" stroke="${ink.faint}"/>`;
    return `${tick}${text(x - 8, y + 4, label, `text-anchor="end" fill="${ink.faint}" font-size="11" ${halo}`)}`;
  });
  return [
    text(x, size.top - 24, title, `text-anchor="middle" font-weight="600"`),
    text(x, yOf(0) + 18, note, `text-anchor="middle" fill="${ink.faint}" font-size="11"`),
    ...marks,
  ].join("");
}

const halo = `paint-order="stroke" stroke="#ffffff" stroke-width="3"`;

/** The best trial's values beside its line. */
function bestLabels(
  { trial, score }: Standing,
  { parameters, trials }: SweepPlan,
  axes: readonly Axis[],
  xs: readonly number[],
): string[] {
  const own = parameters.map(({ key }) => trials[trial][key]);
  return axes.map((axis, i) => {
    const value = i < own.length ? own[i] : (score ?? 0);
    const label = i < own.length ? String(value) : formatScore(score ?? 0);
    const y = yOf(axis.place(value));
    return text(xs[i] + 7, y - 6, label, `fill="${ink.best}" font-weight="600" ${halo}`);
  });
}

function legend(list: readonly Standing[], width: number): string[] {
  const y = size.height - 20;
  const failed = list.some(({ score }) => score === null);
  const steps = Array.from({ length: 24 }, (_, i) => {
    const parts = ramp.low.map((low, c) => Math.round(low + ((ramp.high[c] - low) * i) / 23));
    return `<rect x="${size.side + 30 + 5 * i}" y="${y - 9}" width="5.5" height="10" fill="rgb(${parts.join(",")})"/>`;
  });
  const parts = [
    text(size.side, y, "low", `fill="${ink.faint}"`),
    ...steps,
    text(size.side + 158, y, "high score; thicker: more steps", `fill="${ink.faint}"`),
    `<path d="M${width - 150} ${y - 4}h24" stroke="${ink.best}" stroke-width="3.5"/>`,
    text(width - 120, y, "best", `fill="${ink.faint}"`),
  ];
  if (failed) {
    parts.push(
      `<path d="M${width - 80} ${y - 4}h24" stroke="${ink.failed}" stroke-dasharray="4 4"/>`,
      text(width - 50, y, "failed", `fill="${ink.faint}"`),
    );
  }
  return parts;
}

/** Place of the i-th of `count` axes. */
function spread(i: number, count: number, width: number): number {
  return size.side + ((width - 2 * size.side) * i) / Math.max(1, count - 1);
}

function yOf(share: number): number {
  const bottom = size.height - size.bottom;
  return bottom - (bottom - size.top) * share;
}

function text(x: number, y: number, value: string, style: string): string {
  if (value === "") return "";
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${style}>${escapeText(value)}</text>`;
}

function escapeText(value: string): string {
  return value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
