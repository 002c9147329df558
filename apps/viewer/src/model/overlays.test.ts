/** The small parts of the overlays: value curves, places of change, directions of actions. */
import { expect, test } from "vitest";
import { placeOfChange } from "./change.js";
import { directionOf } from "./direction.js";
import { PrimitiveList } from "./primitives.js";
import { valuePaths } from "./value-path.js";

const box = { width: 100, height: 10, columns: 4 };
const none = new Float32Array(0);

test("a value curve has 0 in its scale, so that bad is below and good above", () => {
  const at = Int32Array.of(0, 1);
  const { line } = valuePaths(
    { at, values: Float32Array.of(-1, 1), returns: none, length: 2 },
    box,
  );
  expect(line).toBe("M0.0 10.0L50.0 0.0L100 0.0");
});

test("the return to go is an area from 0", () => {
  const at = Int32Array.of(0, 1);
  const series = { at, values: Float32Array.of(1, 1), returns: Float32Array.of(2, 1), length: 2 };
  expect(valuePaths(series, box).area).toBe("M0.0 10.0L0.0 0.0L50.0 5.0L100 10.0Z");
});

test("of many decisions no spike is lost", () => {
  const length = 1000;
  const at = Int32Array.from({ length }, (_, i) => i);
  const values = Float32Array.from(at, (i) => (i === 437 ? 50 : 0));
  const { line } = valuePaths({ at, values, returns: none, length }, box);
  expect(line).toContain("43.7 0.0");
  expect(line.split("L").length).toBeLessThan(12);
});

test("nothing known gives no curve", () => {
  expect(
    valuePaths({ at: new Int32Array(0), values: none, returns: none, length: 9 }, box),
  ).toEqual({
    line: "",
    area: "",
  });
});

function drawn(paint: (list: PrimitiveList) => void): PrimitiveList {
  const list = new PrimitiveList();
  list.background(0);
  paint(list);
  return list;
}

const board = { width: 100, height: 100 };

test("the place of a change is that of a thing that is gone, not of one that moved", () => {
  const before = drawn((list) => {
    list.rect(10, 20, 8, 4, 0xff0000);
    list.rect(30, 20, 8, 4, 0xff0000);
    list.circle(50, 50, 2, 0xffffff);
    list.digits(2, 2, 5, 7, 0xffffff);
  });
  const after = drawn((list) => {
    list.rect(30, 20, 8, 4, 0xff0000);
    list.circle(53, 47, 2, 0xffffff);
    list.digits(2, 2, 5, 8, 0xffffff);
  });
  expect(placeOfChange(before, after, board)).toEqual({ x: 14, y: 22 });
});

test("else that of a new thing, else that of a number, else there is none", () => {
  const ball = drawn((list) => list.circle(50, 50, 2, 0xffffff));
  const more = drawn((list) => {
    list.circle(50, 50, 2, 0xffffff);
    list.rect(4, 4, 2, 2, 0x00ff00);
  });
  expect(placeOfChange(ball, more, board)).toEqual({ x: 5, y: 5 });
  const score = (value: number) => drawn((list) => list.digits(10, 10, 6, value, 0xffffff));
  expect(placeOfChange(score(1), score(2), board)).toEqual({ x: 13, y: 13 });
  expect(placeOfChange(ball, ball, board)).toBe(undefined);
});

test("actions have the direction that their names tell", () => {
  const named = ["left", "move right", "Up", "stay", "left and up", "drop", "north", "leftover"];
  expect(named.map(directionOf)).toEqual([
    "left",
    "right",
    "up",
    undefined,
    undefined,
    "down",
    "up",
    undefined,
  ]);
});
