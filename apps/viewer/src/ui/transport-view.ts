/**
 * The timeline and the buttons under the stage. They send actions; the state machine is
 * model/transport.ts.
 */
import { areaPath } from "../model/analysis.js";
import { stopwatch, times } from "../model/format.js";
import type { Command } from "../model/keys.js";
import { SPEEDS } from "../model/transport.js";
import type { Show, Stage } from "../stage.js";
import { type Choices, choices } from "./choices.js";
import { h, setAttribute, setText, svg } from "./dom.js";
import { type IconName, icon, swapIcon } from "./icons.js";
import type { TimelineLayer } from "./timeline-layer.js";

export interface TransportView {
  readonly root: HTMLElement;
  update(): void;
}

/** Size of the curve's own coordinates; it is stretched over the timeline. */
const CURVE = { width: 1000, height: 100, columns: 500 };

/** What other parts add to the timeline and to the buttons. */
export interface TransportParts {
  readonly layers: readonly TimelineLayer[];
  readonly tools: readonly HTMLElement[];
  /** Whether a person can take over. */
  readonly takesOver: boolean;
}

export function transportView(
  stage: Stage,
  send: (command: Command) => void,
  { layers, tools, takesOver }: TransportParts,
): TransportView {
  const timeline = timelineView(stage, send, layers);
  const toggleIcon = icon("play");
  const toggle = button("Play", send, { type: "toggle" }, toggleIcon, "main");
  const live = h(
    "button",
    { class: "go-live", type: "button" },
    icon("live"),
    h("span", {}, "Live"),
  );
  live.addEventListener("click", () => send({ type: "live" }));
  const takeOver = iconButton("gamepad", "Take over and play", "P", send, { type: "takeover" });
  const speed = speedView(send, stage.state.speed);
  const root = h(
    "div",
    { class: "transport" },
    timeline.root,
    h(
      "div",
      { class: "buttons", role: "group", "aria-label": "Playback" },
      iconButton("start", "Start of the episode", "Home", send, { type: "home" }),
      iconButton("back", "One decision back", ",", send, { type: "frame", by: -1 }),
      toggle,
      iconButton("on", "One decision on", ".", send, { type: "frame", by: 1 }),
      takesOver ? takeOver : undefined,
      live,
      ...tools,
      speed.root,
    ),
  );
  const update = () => {
    const { mode, speed: factor } = stage.state;
    const paused = mode === "paused";
    swapIcon(toggleIcon, paused ? "play" : "pause");
    setAttribute(toggle, "aria-label", paused ? "Play" : "Pause");
    setAttribute(toggle, "title", paused ? "Play (Space)" : "Pause (Space)");
    setAttribute(live, "aria-pressed", String(mode === "live"));
    setAttribute(live, "title", "Follow the newest episode (End)");
    live.hidden = !stage.canFollow;
    const isPlayed = stage.show?.kind === "live" && stage.show.played !== undefined;
    setAttribute(takeOver, "aria-pressed", String(isPlayed));
    speed.show(factor);
    timeline.update();
  };
  return { root, update };
}

function iconButton(
  name: IconName,
  label: string,
  key: string,
  send: (command: Command) => void,
  command: Command,
): HTMLButtonElement {
  const made = button(label, send, command, icon(name), "");
  made.title = `${label} (${key})`;
  return made;
}

function button(
  label: string,
  send: (command: Command) => void,
  command: Command,
  face: SVGSVGElement,
  kind: string,
): HTMLButtonElement {
  const onclick = () => send(command);
  return h(
    "button",
    { class: `round ${kind}`, type: "button", "aria-label": label, onclick },
    face,
  );
}

/** Speeds as a row of choices: one look, one click. */
function speedView(send: (command: Command) => void, initial: number): Choices<number> {
  return choices({
    ...{ label: "Speed", kind: "speeds", title: "Speed (↑ ↓)", initial },
    items: SPEEDS.map((factor) => ({ value: factor, text: times(factor) })),
    choose: (speed) => send({ type: "speed", speed }),
  });
}

/** The timeline: a slider over the curve of the return. */
function timelineView(
  stage: Stage,
  send: (command: Command) => void,
  layers: readonly TimelineLayer[],
) {
  const ahead = svg("path", { class: "curve" });
  const behind = svg("path", { class: "curve" });
  const box = {
    viewBox: `0 0 ${CURVE.width} ${CURVE.height}`,
    preserveAspectRatio: "none",
    "aria-hidden": "true",
  };
  const played = svg("svg", { ...box, class: "played" }, behind);
  const fork = h("i", { class: "fork", hidden: true });
  const tip = h("output", { class: "tip", hidden: true });
  const root = h(
    "div",
    {
      class: "timeline",
      role: "slider",
      tabindex: 0,
      "aria-label": "Place in the episode",
      "aria-valuemin": 0,
    },
    svg("svg", box, ahead),
    played,
    ...layers.map((layer) => layer.root),
    fork,
    h("div", { class: "head" }),
    tip,
  );
  drag(root, tip, stage, send);
  const curve = curveOf(ahead, behind);
  const update = () => {
    const { position, length, rate } = stage.state;
    const share = length === 0 ? 0 : position / length;
    root.style.setProperty("--at", share.toFixed(5));
    setAttribute(root, "aria-valuemax", String(length));
    setAttribute(root, "aria-valuenow", String(stage.step));
    const place = `decision ${stage.step} of ${length}, ${stopwatch(position / rate)}`;
    setAttribute(root, "aria-valuetext", place);
    curve(stage.show);
    for (const layer of layers) layer.update();
    const at = forkOf(stage.show);
    fork.hidden = at === undefined || length === 0;
    if (at !== undefined) fork.style.setProperty("--fork", (at / (length || 1)).toFixed(5));
  };
  return { root, update };
}

/** The decision at which what is shown left another episode. */
function forkOf(show: Show | undefined): number | undefined {
  return show?.kind === "recorded" ? show.branch?.at : undefined;
}

/** Draws the curve when an episode came on stage or its analysis went on. */
function curveOf(...paths: readonly SVGPathElement[]) {
  let shown: Show | undefined;
  let drawn = -1;
  return (show: Show | undefined) => {
    const done = show?.kind === "recorded" ? show.analysis.done : 0;
    if (show === shown && done === drawn) return;
    shown = show;
    drawn = done;
    const d = show?.kind === "recorded" ? curvePath(show.analysis.returns, done) : "";
    for (const path of paths) path.setAttribute("d", d);
  };
}

/** The curve so far; decisions that are not analysed yet lie flat. */
function curvePath(returns: Float64Array, done: number): string {
  return areaPath(returns.subarray(0, done + 1), returns.length - 1, CURVE);
}

/** Clicking and dragging on the timeline; hovering shows the time. */
function drag(
  root: HTMLElement,
  tip: HTMLElement,
  stage: Stage,
  send: (command: Command) => void,
): void {
  const shareAt = (event: PointerEvent) => {
    const { left, width } = root.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - left) / width));
  };
  const point = (event: PointerEvent) => {
    const { length, rate } = stage.state;
    const share = shareAt(event);
    tip.hidden = length === 0;
    tip.style.setProperty("--tip", share.toFixed(5));
    setText(tip, stopwatch((share * length) / rate));
  };
  root.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    root.setPointerCapture(event.pointerId);
    send({ type: "share", share: shareAt(event) });
  });
  root.addEventListener("pointermove", (event) => {
    point(event);
    if (root.hasPointerCapture(event.pointerId)) send({ type: "share", share: shareAt(event) });
  });
  root.addEventListener("pointerleave", () => {
    tip.hidden = true;
  });
}
