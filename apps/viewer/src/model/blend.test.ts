import { describe, expect, test } from "vitest";
import { blend, pair, reachOf } from "./blend.js";
import { FIELDS, PrimitiveList } from "./primitives.js";

const reach = reachOf({ width: 100, height: 100 });

function drawn(paint: (list: PrimitiveList) => void): PrimitiveList {
  const list = new PrimitiveList();
  list.background(0x000000);
  paint(list);
  return list;
}

function blended(from: PrimitiveList, to: PrimitiveList, alpha: number): PrimitiveList {
  const out = new PrimitiveList();
  blend(out, from, to, pair(from, to, reach, new Int32Array(0)), alpha);
  return out;
}

function field(list: PrimitiveList, primitive: number, index: number): number {
  return list.fields[primitive * FIELDS + index];
}

describe("blend", () => {
  test("what moved is half way at alpha 0.5", () => {
    const from = drawn((c) => c.circle(10, 20, 3, 0xffffff));
    const to = drawn((c) => c.circle(14, 30, 3, 0xffffff));
    const out = blended(from, to, 0.5);
    expect([field(out, 1, 0), field(out, 1, 1), field(out, 1, 2)]).toEqual([12, 25, 3]);
  });

  test("alpha 0 is the first picture and alpha 1 the second, exactly", () => {
    const from = drawn((c) => c.rect(0, 90, 20, 4, 0x00ff00));
    const to = drawn((c) => c.rect(7, 90, 20, 4, 0x00ff00));
    expect(blended(from, to, 0).equals(from)).toBe(true);
    expect(blended(from, to, 1).equals(to)).toBe(true);
  });

  test("a brick that breaks stays until the later decision, and its neighbours do not move", () => {
    const wall = (c: PrimitiveList, columns: number[]) => {
      for (const column of columns) c.rect(column * 10, 10, 9, 4, 0xff0000);
    };
    const from = drawn((c) => wall(c, [0, 1, 2, 3]));
    const to = drawn((c) => wall(c, [0, 2, 3]));
    expect(blended(from, to, 0.5).equals(from)).toBe(true);
  });

  test("a leap farther than the reach snaps instead of flying over the board", () => {
    const from = drawn((c) => c.circle(5, 95, 3, 0xffffff));
    const to = drawn((c) => c.circle(60, 40, 3, 0xffffff));
    expect(field(blended(from, to, 0.9), 1, 0)).toBe(5);
  });

  test("another size, colour or kind is another thing", () => {
    const from = drawn((c) => c.rect(10, 90, 20, 4, 0x00ff00));
    for (const to of [
      drawn((c) => c.rect(14, 90, 10, 4, 0x00ff00)),
      drawn((c) => c.rect(14, 90, 20, 4, 0x0000ff)),
      drawn((c) => c.circle(14, 90, 20, 0x00ff00)),
    ]) {
      expect(field(blended(from, to, 0.5), 1, 0)).toBe(10);
    }
  });

  test("of several alike, each goes to the nearest", () => {
    const from = drawn((c) => {
      c.circle(10, 10, 2, 0xffffff);
      c.circle(50, 50, 2, 0xffffff);
    });
    const to = drawn((c) => {
      c.circle(52, 50, 2, 0xffffff);
      c.circle(12, 10, 2, 0xffffff);
    });
    const out = blended(from, to, 0.5);
    expect([field(out, 1, 0), field(out, 2, 0)]).toEqual([11, 51]);
  });

  test("a line moves by both its ends", () => {
    const from = drawn((c) => c.line(0, 0, 10, 0, 2, 0xffffff));
    const to = drawn((c) => c.line(2, 2, 10, 4, 2, 0xffffff));
    const out = blended(from, to, 0.5);
    expect(Array.from(out.fields.subarray(FIELDS, FIELDS + 5))).toEqual([1, 1, 10, 2, 2]);
  });

  test("a changed number snaps, an unchanged one may move", () => {
    const from = drawn((c) => c.digits(10, 0, 10, 7, 0xffffff));
    const changed = drawn((c) => c.digits(12, 0, 10, 8, 0xffffff));
    const moved = drawn((c) => c.digits(12, 0, 10, 7, 0xffffff));
    expect(field(blended(from, changed, 0.5), 1, 0)).toBe(10);
    expect(field(blended(from, moved, 0.5), 1, 0)).toBe(11);
  });
});
