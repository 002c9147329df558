/**
 * What matters to the policy, on the board: the more its choice hangs on a place, the brighter the place.
 * Where observations are no pictures of the board, the panel lists things instead (close-up-view.ts).
 */
import type { Insight } from "../insight.js";
import type { Saliency } from "../policy/protocol.js";
import { h } from "./dom.js";
import type { BoardLayer } from "./timeline-layer.js";

/** The accent of dark boards, as red, green, blue. */
const INK = [255, 106, 61] as const;
const STRONGEST = 215;
/** Below 1: what matters little is seen too. */
const SOFTNESS = 0.8;

export function saliencyMap(insight: Insight): BoardLayer {
  const canvas = h("canvas", { class: "saliency-map", "aria-hidden": "true", hidden: true });
  const root = h("div", { class: "pops" }, canvas);
  let drawn = -1;
  const update = () => {
    const { closeUp, on } = insight;
    const answer = on.has("saliency") ? closeUp.saliency?.answer : undefined;
    canvas.hidden = answer?.layout !== "board";
    if (!answer || canvas.hidden || drawn === closeUp.revision) return;
    drawn = closeUp.revision;
    paint(canvas, answer);
  };
  return { root, update };
}

function paint(canvas: HTMLCanvasElement, { rows, columns, choice }: Saliency): void {
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext("2d");
  if (!context) return;
  const image = context.createImageData(columns, rows);
  const most = choice.reduce((max, one) => Math.max(max, one), 0) || 1;
  for (let i = 0; i < choice.length; i++) {
    image.data.set([...INK, STRONGEST * (choice[i] / most) ** SOFTNESS], 4 * i);
  }
  context.putImageData(image, 0, 0);
}
