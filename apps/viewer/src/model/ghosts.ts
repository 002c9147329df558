/**
 * Ghosts: what moves on other boards, laid faintly over the board that is shown. Of each other picture
 * only that is taken which has moved since its own episode began and which the shown picture does not
 * have: a ball, a paddle, a snake, but no wall that still stands there. Figures and whole backgrounds
 * are left out.
 */
import { FIELDS, Kind, type PrimitiveList, sameAt } from "./primitives.js";

/** Share of the board from which a rectangle counts as ground, not as an object. */
const GROUND = 0.2;

/** One other board. */
export interface Ghost {
  readonly picture: PrimitiveList;
  /** Its picture before the first decision: what is still there has not moved. */
  readonly start: PrimitiveList;
  /** 0..1: how strongly it is drawn. */
  readonly alpha: number;
}

/** Whether a list has a primitive that equals primitive `i` of another. */
function has(list: PrimitiveList, other: PrimitiveList, i: number): boolean {
  // Lists keep their order: the partner is mostly at the same place.
  if (i < list.count && sameAt(list, i, other, i)) return true;
  for (let j = 0; j < list.count; j++) if (sameAt(list, j, other, i)) return true;
  return false;
}

/** Adds what moves in a ghost's picture to `out`; `shown` is the picture that it lies on. */
export function addGhost(
  out: PrimitiveList,
  shown: PrimitiveList,
  { picture, start, alpha }: Ghost,
  board: { readonly width: number; readonly height: number },
): void {
  const ground = GROUND * board.width * board.height;
  for (let i = 0; i < picture.count; i++) {
    const kind = picture.kinds[i];
    if (kind === Kind.background || kind === Kind.digits) continue;
    if (kind === Kind.rect) {
      const [, , width, height] = picture.fields.subarray(i * FIELDS, (i + 1) * FIELDS);
      if (width * height >= ground) continue;
    }
    if (has(start, picture, i) || has(shown, picture, i)) continue;
    out.add(picture, i, alpha);
  }
}
