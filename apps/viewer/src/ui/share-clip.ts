/** The choices of the share dialog for a film: its kind, range and speed, and what it will be. */
import { grouped, stopwatch } from "../model/format.js";
import { type RangeChoice, rangeOf } from "../model/share-range.js";
import { type ClipOptions, planClip } from "../share/clip.js";
import type { RecordedShow, Stage } from "../stage.js";
import { choices } from "./choices.js";
import { h } from "./dom.js";

/** Pixels of the longer side of a GIF and of a film. */
const CLIP_SIDE = 480;
const FILM_SIDE = 720;
/** Most pictures per second of each. */
const CLIP_RATE = 25;
const FILM_RATE = 30;

/** Which film: its kind, range and speed. */
export function clipChoices(onChange: () => void) {
  const kind = choices<"gif" | "webm">({
    ...{ label: "Kind", initial: "gif", choose: onChange },
    items: [
      { value: "gif", text: "GIF" },
      { value: "webm", text: "WebM" },
    ],
  });
  const range = choices<RangeChoice>({
    ...{ label: "Range", initial: "whole", choose: onChange },
    items: [
      { value: "whole", text: "Whole episode" },
      { value: "around", text: "\u00b1 5 s" },
    ],
  });
  const speed = choices({
    ...{ label: "Speed", initial: 1, choose: onChange },
    items: [1, 2, 4].map((factor) => ({ value: factor, text: `${factor}\u00d7` })),
  });
  const root = h("div", { class: "share-choices" }, kind.root, range.root, speed.root);
  const options = ({ step, state }: Stage): ClipOptions => {
    const isGif = kind.value === "gif";
    return {
      ...rangeOf(range.value, { step, length: state.length, rate: state.rate }),
      speed: speed.value,
      side: isGif ? CLIP_SIDE : FILM_SIDE,
      rate: isGif ? CLIP_RATE : FILM_RATE,
      smooth: !isGif,
    };
  };
  return { root, kind: () => kind.value, options };
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
