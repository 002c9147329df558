/**
 * What a chart has besides its own line: a dot per kept episode, a line where the one on the stage
 * belongs, crosses where a value was no number, and the lines of other runs.
 */
import uPlot from "uplot";
import type { OtherLine } from "../model/chart-data.js";
import { themeColor } from "./theme.js";

/** Marks that do not come from the metrics. */
export interface Marks {
  /** Where the episode on the stage ended, in env steps. */
  readonly playing: number | undefined;
  /** Kept episodes: env steps and return. */
  readonly episodes: readonly (readonly [steps: number, score: number])[];
}

/** Behind the lines. */
export function drawMarks(
  u: uPlot,
  { playing, episodes }: Marks,
  broken: readonly number[],
  { large }: { readonly large: boolean },
): void {
  const { ctx, bbox } = u;
  const ratio = uPlot.pxRatio;
  const within = (x: number) => x >= bbox.left && x <= bbox.left + bbox.width;
  ctx.save();
  if (large) drawEpisodes(u, episodes);
  const x = playing === undefined ? Number.NaN : Math.round(u.valToPos(playing, "x", true));
  if (within(x)) {
    ctx.strokeStyle = themeColor("accent");
    ctx.lineWidth = ratio;
    ctx.setLineDash([3 * ratio, 3 * ratio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  drawBroken(u, broken);
  ctx.restore();
}

function drawEpisodes(u: uPlot, episodes: Marks["episodes"]): void {
  const { ctx, bbox } = u;
  ctx.fillStyle = `${themeColor("ink-3")}70`;
  ctx.beginPath();
  for (const [steps, score] of episodes) {
    const x = u.valToPos(steps, "x", true);
    const y = u.valToPos(score, "y", true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    if (!(y >= bbox.top && y <= bbox.top + bbox.height)) continue;
    ctx.moveTo(x, y);
    ctx.arc(x, y, 1.6 * uPlot.pxRatio, 0, 2 * Math.PI);
  }
  ctx.fill();
}

/** A cross at the upper edge for each place at which the value was NaN or infinite. */
function drawBroken(u: uPlot, broken: readonly number[]): void {
  const { ctx, bbox } = u;
  const arm = 3 * uPlot.pxRatio;
  const y = bbox.top + arm + 1;
  ctx.setLineDash([]);
  ctx.strokeStyle = themeColor("accent");
  ctx.lineWidth = 1.5 * uPlot.pxRatio;
  ctx.beginPath();
  for (const steps of broken) {
    const x = u.valToPos(steps, "x", true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.moveTo(x - arm, y - arm);
    ctx.lineTo(x + arm, y + arm);
    ctx.moveTo(x - arm, y + arm);
    ctx.lineTo(x + arm, y - arm);
  }
  ctx.stroke();
}

/** Smoothed lines of other runs, clipped to the plot. */
export function drawOthers(u: uPlot, others: readonly OtherLine[]): void {
  if (others.length === 0) return;
  const { ctx, bbox } = u;
  const ratio = uPlot.pxRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.lineWidth = 1.5 * ratio;
  for (const { color, dash, data } of others) {
    ctx.strokeStyle = color;
    ctx.setLineDash(dash.map((length) => length * ratio));
    ctx.beginPath();
    let isOn = false;
    for (const [i, value] of data.smoothed.entries()) {
      const y = value === null ? Number.NaN : u.valToPos(value, "y", true);
      if (!Number.isFinite(y)) isOn = false;
      else {
        const x = u.valToPos(data.x[i], "x", true);
        if (isOn) ctx.lineTo(x, y);
        else ctx.moveTo(x, y);
        isOn = true;
      }
    }
    ctx.stroke();
  }
  ctx.restore();
}
