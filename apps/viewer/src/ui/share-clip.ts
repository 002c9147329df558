/** The choices of the share dialog for a film: its kind, range and speed, and what it will be. */
import { grouped, stopwatch } from "../model/format.js";
import { type RangeChoice, rangeOf } from "../model/share-range.js";
import { type ClipOptions, planClip } from "../share/clip.js";
import type { RecordedShow, Stage } from "../stage.js";
import { h, setAttribute } from "./dom.js";

/** Pixels of the longer side of a GIF and of a film. */
const CLIP_SIDE = 480;
const FILM_SIDE = 720;
/** Most pictures per second of each. */
const CLIP_RATE = 25;
const FILM_RATE = 30;

/** Which film: its kind, range and speed. */
export function clipChoices(onChange: () => void) {
  const kind = choices<"gif" | "webm">("Kind", { gif: "GIF", webm: "WebM" }, "gif", onChange);
  const range = choices<RangeChoice>(
    "Range",
    { whole: "Whole episode", around: "\u00b1 5 s" },
    "whole",
    onChange,
  );
  const speed = choices("Speed", { 1: "1\u00d7", 2: "2\u00d7", 4: "4\u00d7" }, "1", onChange);
  const root = h("div", { class: "share-choices" }, kind.root, range.root, speed.root);
  const options = ({ step, state }: Stage): ClipOptions => {
    const isGif = kind.value() === "gif";
    return {
      ...rangeOf(range.value(), { step, length: state.length, rate: state.rate }),
      speed: Number(speed.value()),
      side: isGif ? CLIP_SIDE : FILM_SIDE,
      rate: isGif ? CLIP_RATE : FILM_RATE,
      smooth: !isGif,
    };
  };
  return { root, kind: kind.value, options };
}

/** One of several, as buttons. */
function choices<K extends string>(
  label: string,
  texts: Readonly<Record<K, string>>,
  first: NoInfer<K>,
  onChange: () => void,
): { root: HTMLElement; value: () => K } {
  let chosen: K = first;
  const keys = Object.keys(texts) as K[];
  const buttons = keys.map((key) => {
    const onclick = () => {
      chosen = key;
      paint();
      onChange();
    };
    return h("button", { type: "button", onclick }, texts[key]);
  });
  const paint = () => {
    for (const [i, key] of keys.entries()) {
      setAttribute(buttons[i], "aria-pressed", String(key === chosen));
    }
  };
  paint();
  const root = h("div", { class: "choices", role: "group", "aria-label": label }, ...buttons);
  return { root, value: () => chosen };
}

/** What a film will be, or why it cannot be made. */
export function describe(
  show: RecordedShow,
  options: ClipOptions,
): { message: string; fits: boolean } {
  const { board, decisionsPerSecond } = show.player.game.spec;
  try {
    const { width, height, positions, times } = planClip(board, decisionsPerSecond, options);
    const time = stopwatch(times[times.length - 2]);
    const pictures = `${grouped(positions.length)} pictures`;
    return { message: `${width} \u00d7 ${height}, ${pictures}, ${time}`, fits: true };
  } catch (error) {
    return { message: (error as Error).message, fits: false };
  }
}
