/**
 * @carom/viewer/share: an episode as a file that travels, made in browsers and in Node: one HTML
 * page, a GIF, a PNG.
 */
export { type ClipOptions, ClipPainter, type ClipPlan, planClip, sizeOf } from "./clip.js";
export { MOST_GIF_BYTES, makeGif, type Progress } from "./gif.js";
export type { ReplayPageParts } from "./page-parts.js";
export { makePng } from "./png.js";
export { PLAYER_FILE, replayPage } from "./replay-page.js";
