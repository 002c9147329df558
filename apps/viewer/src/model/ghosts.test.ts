import { expect, test } from "vitest";
import { addGhost } from "./ghosts.js";
import { Kind, PrimitiveList } from "./primitives.js";

const board = { width: 100, height: 100 };

/** A wall, a ball at (x, 50), and a score. */
function picture(x: number, wall = true): PrimitiveList {
  const list = new PrimitiveList();
  list.background(0);
  list.digits(0, 0, 5, x, 0xffffff);
  if (wall) list.rect(0, 10, 20, 5, 0xff0000);
  list.circle(x, 50, 2, 0xffffff);
  return list;
}

/** What a ghost adds to the shown picture. */
function added(shown: PrimitiveList, ghost: PrimitiveList): PrimitiveList {
  const out = new PrimitiveList();
  addGhost(out, shown, { picture: ghost, start: picture(5), alpha: 0.25 }, board);
  return out;
}

test("a ghost is what moved and is not where the shown board has it", () => {
  const out = added(picture(30), picture(60));
  expect(out.count).toBe(1);
  expect(out.kinds[0]).toBe(Kind.circle);
  expect([...out.fields.subarray(0, 3)]).toEqual([60, 50, 2]);
  expect(out.alphas[0]).toBe(0.25);
});

test("a wall that is gone on the shown board casts no ghost", () => {
  expect(added(picture(30, false), picture(60)).count).toBe(1);
});

test("boards that agree have no ghosts; nor has one that has not moved", () => {
  expect(added(picture(60), picture(60)).count).toBe(0);
  expect(added(picture(30), picture(5)).count).toBe(0);
});

test("a flash over the whole board is no object", () => {
  const flash = picture(5);
  flash.rect(0, 0, 100, 60, 0xffffff, 0.5);
  expect(added(picture(30), flash).count).toBe(0);
});
