/**
 * The value over the episode, as a line on the timeline, with the return to go behind it. While it is
 * on, the timeline is higher and its own curve gives way.
 */
import type { Insight } from "../insight.js";
import { valuePaths } from "../model/value-path.js";
import type { Stage } from "../stage.js";
import { h, setAttribute, svg } from "./dom.js";
import type { TimelineLayer } from "./timeline-layer.js";

const BOX = { width: 1000, height: 100, columns: 500 };

export function valueCurve(insight: Insight, stage: Stage): TimelineLayer {
  const behind = svg("path", { class: "to-go" });
  const played = svg("path", { class: "to-go" });
  const line = svg("path", { class: "value-line", "vector-effect": "non-scaling-stroke" });
  const box = {
    viewBox: `0 0 ${BOX.width} ${BOX.height}`,
    preserveAspectRatio: "none",
    "aria-hidden": "true",
  };
  const key = h(
    "span",
    { class: "value-key", "aria-hidden": "true" },
    h("i", { class: "of-value" }),
    "value",
    h("i", { class: "of-return" }),
    "return to go",
  );
  const root = h(
    "div",
    { class: "value-curve", hidden: true },
    svg("svg", box, behind),
    svg("svg", { ...box, class: "played" }, played),
    svg("svg", box, line),
    key,
  );
  let drawn = -1;
  const update = () => {
    const isOn = insight.on.has("value");
    root.hidden = !isOn;
    setAttribute(root.parentElement ?? root, "data-value", isOn ? "" : undefined);
    if (!isOn || drawn === insight.revision) return;
    drawn = insight.revision;
    const { opinion } = insight;
    const log = opinion?.log;
    const paths = valuePaths(
      {
        at: log?.steps ?? new Int32Array(0),
        values: log?.values ?? new Float32Array(0),
        returns: returnsOf(insight),
        length: stage.state.length,
      },
      BOX,
    );
    setAttribute(line, "d", paths.line);
    for (const area of [behind, played]) setAttribute(area, "d", paths.area);
  };
  return { root, update };
}

/** Returns in the units of the values; none where only training knows their scale. */
function returnsOf({ opinion }: Insight): Float32Array {
  const result = opinion?.result;
  return result && !result.isRescaled ? result.returns : new Float32Array(0);
}
