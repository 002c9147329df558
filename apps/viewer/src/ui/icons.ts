/** The icons: outlines on a 20 x 20 grid, drawn with the colour of the text around them. */
import { svg } from "./dom.js";

const PATHS = {
  play: "M6.5 4.2v11.6a.6.6 0 0 0 .92.5l9-5.8a.6.6 0 0 0 0-1l-9-5.8a.6.6 0 0 0-.92.5Z",
  pause: "M6 4.5h2.6v11H6zM11.4 4.5H14v11h-2.6z",
  start:
    "M5 4.5h1.8v11H5zM15.5 5v10a.5.5 0 0 1-.8.4L8.2 10.4a.5.5 0 0 1 0-.8l6.5-5a.5.5 0 0 1 .8.4Z",
  back: "M12.7 5.3 8 10l4.7 4.7",
  on: "M7.3 5.3 12 10l-4.7 4.7",
  live: "M10 7.4a2.6 2.6 0 1 1 0 5.2 2.6 2.6 0 0 1 0-5.2ZM5.4 5.4a6.5 6.5 0 0 0 0 9.2M14.6 5.4a6.5 6.5 0 0 1 0 9.2",
  sun: "M10 6.6a3.4 3.4 0 1 1 0 6.8 3.4 3.4 0 0 1 0-6.8ZM10 2.4v1.4M10 16.2v1.4M2.4 10h1.4M16.2 10h1.4M4.6 4.6l1 1M14.4 14.4l1 1M15.4 4.6l-1 1M5.6 14.4l-1 1",
  moon: "M15.9 12.2A6.6 6.6 0 0 1 7.8 4.1a6.6 6.6 0 1 0 8.1 8.1Z",
  help: "M7.6 7.6a2.4 2.4 0 1 1 3.6 2.1c-.8.5-1.2.9-1.2 1.9M10 14.2v.2",
  link: "M8.4 11.6a2.6 2.6 0 0 0 3.7 0l2.6-2.6a2.6 2.6 0 0 0-3.7-3.7l-.7.7M11.6 8.4a2.6 2.6 0 0 0-3.7 0L5.3 11A2.6 2.6 0 0 0 9 14.7l.7-.7",
  layers: "M10 3.2 3.4 6.8 10 10.4l6.6-3.6L10 3.2ZM3.4 10 10 13.6 16.6 10M3.4 13.2 10 16.8l6.6-3.6",
  fork: "M3 10h4.5c3.6 0 2.6-5 6.2-5H17M7.5 10c3.6 0 2.6 5 6.2 5H17M14.6 2.8 17 5l-2.4 2.2M14.6 12.8 17 15l-2.4 2.2",
  eye: "M2.6 10S5.3 5.4 10 5.4s7.4 4.6 7.4 4.6-2.7 4.6-7.4 4.6S2.6 10 2.6 10ZM10 8a2 2 0 1 1 0 4 2 2 0 0 1 0-4Z",
  ages: "M3.6 10a6.4 6.4 0 1 0 2-4.6M3.4 3.6v3h3M10 6.4V10l2.6 1.8",
  share: "M10 12.6V3.4M6.6 6.6 10 3.2l3.4 3.4M4.4 10.6v5a1 1 0 0 0 1 1h9.2a1 1 0 0 0 1-1v-5",
  check: "M4.8 10.6 8.4 14l6.8-8",
  save: "M5 4.5h8l2.5 2.5v8.5h-11V5a.5.5 0 0 1 .5-.5ZM7.5 4.5v3.6h4.6V4.5M7 15.5v-4h6v4",
  stop: "M5.6 5.6h8.8v8.8H5.6z",
  hold: "M7.3 5v10M12.7 5v10",
  go: "M7 4.8v10.4l8-5.2-8-5.2Z",
  list: "M4.5 6h11M4.5 10h11M4.5 14h11M8 4.2v3.6M12.6 8.2v3.6M6.4 12.2v3.6",
  compare: "M3.5 14.5 7.5 9l3 3 6-7M3.5 10.5l3.6-3.7 3.4 2 6-5.3",
  download: "M10 4v8.2M6.6 9 10 12.4 13.4 9M4.5 15.8h11",
  filter: "M3.8 5h12.4l-4.8 5.6v4.6l-2.8-1.4v-3.2L3.8 5Z",
  copy: "M7.5 7.5h8v8h-8zM12.5 4.5h-8v8",
  close: "M5.5 5.5l9 9M14.5 5.5l-9 9",
  gamepad:
    "M6.3 5.8h7.4a4 4 0 0 1 3.9 3.2l.6 3.1a1.9 1.9 0 0 1-3.3 1.6L13.2 12H6.8l-1.7 1.7a1.9 1.9 0 0 1-3.3-1.6L2.4 9a4 4 0 0 1 3.9-3.2ZM6.4 7.7v2.4M5.2 8.9h2.4M13 8.9h.1",
  best: "M10 3.2l2.1 4.3 4.7.7-3.4 3.3.8 4.7L10 14l-4.2 2.2.8-4.7-3.4-3.3 4.7-.7Z",
  rename: "M12.6 4.6l2.8 2.8L7.6 15.2l-3.4.6.6-3.4Z",
  demonstration: "M5.6 3.8h8.8v12.4L10 13l-4.4 3.2Z",
  remove: "M4.5 6h11M8 6V4.2h4V6M6 6l.6 9.8h6.8L14 6",
} as const;

export type IconName = keyof typeof PATHS;

/** Icons that are areas rather than strokes. */
const FILLED: ReadonlySet<IconName> = new Set(["play", "pause", "start"]);

/** An icon; decorative, so the button around it needs a name of its own. */
export function icon(name: IconName): SVGSVGElement {
  const kind = FILLED.has(name) ? "icon filled" : "icon";
  return svg(
    "svg",
    { class: kind, viewBox: "0 0 20 20", "aria-hidden": "true" },
    svg("path", { d: PATHS[name] }),
  );
}

/** Shows another icon in the same place. */
export function swapIcon(target: SVGSVGElement, name: IconName): void {
  if (target.dataset["icon"] === name) return;
  target.dataset["icon"] = name;
  target.setAttribute("class", FILLED.has(name) ? "icon filled" : "icon");
  target.firstElementChild?.setAttribute("d", PATHS[name]);
}
