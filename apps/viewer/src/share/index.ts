/**
 * @carom/viewer/share: an episode as a file that travels, made in browsers and in Node: one HTML
 * page, a GIF, a PNG.
 */

export { ofAge } from "../model/ages.js";
export { type ClipOptions, ClipPainter, type ClipPlan, planClip, sizeOf } from "./clip.js";
export { MOST_GIF_BYTES, makeGif, type Progress } from "./gif.js";
export type { PolicyPart, ReplayPageParts } from "./page-parts.js";
export { makePng } from "./png.js";
export { playerFile, replayPage, replayPageSize } from "./replay-page.js";
