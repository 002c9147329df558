/**
 * Where on the board something happened between two pictures: a thing that is gone, else one that is
 * new, else a number that changed. Not here: what is shown there.
 */
import { pair, reachOf } from "./blend.js";
import { FIELDS, Kind, type PrimitiveList, sameAt } from "./primitives.js";

/** A place in board units. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** The place of the change that a person would look at; undefined if nothing but motion happened. */
export function placeOfChange(
  before: PrimitiveList,
  after: PrimitiveList,
  board: { readonly width: number; readonly height: number },
): Place | undefined {
  const pairs = pair(before, after, reachOf(board), new Int32Array(Math.max(1, before.count)));
  const gone = range(before.count).filter((i) => pairs[i] === -1);
  const stayed = new Set(range(before.count).map((i) => pairs[i]));
  const added = range(after.count).filter((i) => !stayed.has(i));
  const thing = (list: PrimitiveList, among: readonly number[]): number | undefined =>
    among.find((i) => list.kinds[i] === Kind.rect || list.kinds[i] === Kind.circle);
  const lost = thing(before, gone);
  if (lost !== undefined) return centreOf(before, lost);
  const won = thing(after, added);
  if (won !== undefined) return centreOf(after, won);
  const number = range(after.count).find(
    (i) =>
      after.kinds[i] === Kind.digits &&
      !range(before.count).some((j) => sameAt(before, j, after, i)),
  );
  return number === undefined ? undefined : centreOf(after, number);
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

function centreOf({ kinds, fields }: PrimitiveList, i: number): Place {
  const [x, y, a, b] = fields.subarray(i * FIELDS, (i + 1) * FIELDS);
  if (kinds[i] === Kind.rect) return { x: x + a / 2, y: y + b / 2 };
  if (kinds[i] === Kind.digits) return { x: x + a / 2, y: y + a / 2 };
  return { x, y };
}
