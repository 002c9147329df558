import { describe, expect, test } from "vitest";
import { digitRuns, digitsOf } from "./glyphs.js";
import { PrimitiveList } from "./primitives.js";
import { layOut, QUAD_FIELDS, QuadList, Shape, type Viewport } from "./quads.js";

const view: Viewport = {
  x: 100,
  y: 200,
  width: 40,
  height: 20,
  scale: 1.5,
  shiftX: 0,
  shiftY: 0,
  crisp: true,
};

function quadsOf(paint: (list: PrimitiveList) => void, viewport = view) {
  const list = new PrimitiveList();
  paint(list);
  const quads = new QuadList();
  layOut(list, viewport, quads);
  return Array.from({ length: quads.count }, (_, i) => {
    const [x, y, w, h, rotation] = quads.fields.subarray(i * QUAD_FIELDS, (i + 1) * QUAD_FIELDS);
    const box = { left: x - w / 2, top: y - h / 2, w, h, rotation };
    return { ...box, shape: quads.shapes[i], color: quads.colors[i], alpha: quads.alphas[i] };
  });
}

describe("layOut", () => {
  test("the background covers the board", () => {
    const [quad] = quadsOf((c) => c.background(0x123456));
    expect(quad).toMatchObject({ left: 100, top: 200, w: 60, h: 30, color: 0x123456 });
  });

  test("edges of rectangles are whole pixels", () => {
    const [quad] = quadsOf((c) => c.rect(1, 1, 3, 1, 0xff0000, 0.5));
    expect(quad).toMatchObject({ left: 102, top: 202, w: 4, h: 1, alpha: 0.5 });
  });

  test("rectangles that touch on the board touch on the screen, at any scale", () => {
    for (const scale of [0.37, 0.69, 1, 1.37, 2.5]) {
      const quads = quadsOf(
        (c) => {
          for (let i = 0; i < 12; i++) c.rect(i * 3, 0, 3, 5, 0xffffff);
        },
        { ...view, scale },
      );
      for (let i = 1; i < quads.length; i++) {
        expect(quads[i].left).toBe(quads[i - 1].left + quads[i - 1].w);
      }
    }
  });

  test("a shift moves everything by less than a pixel, and nothing out of the board", () => {
    const shifted = { ...view, shiftX: 0.75, shiftY: 0.5 };
    const [left, right] = quadsOf((c) => {
      c.rect(0, 0, 3, 3, 0xffffff);
      c.rect(37, 17, 3, 3, 0xffffff);
    }, shifted);
    expect([left.left, left.top]).toEqual([101, 201]);
    expect([right.left + right.w, right.top + right.h]).toEqual([160, 230]);
  });

  test("a thumbnail that is not crisp keeps its edges where they are", () => {
    const [quad] = quadsOf((c) => c.rect(1, 1, 3, 1, 0xff0000), {
      ...view,
      scale: 0.25,
      crisp: false,
    });
    expect(quad).toMatchObject({ left: 100.25, top: 200.25, w: 0.75, h: 0.25 });
  });

  test("what is thinner than a pixel still shows; what has no size does not", () => {
    const quads = quadsOf((c) => {
      c.rect(0, 0, 0.1, 10, 0xffffff);
      c.rect(0, 0, 0, 10, 0xffffff);
      c.rect(0, 0, 5, -1, 0xffffff);
    });
    expect(quads.map(({ w }) => w)).toEqual([1]);
  });

  test("circles keep their exact place", () => {
    const [quad] = quadsOf((c) => c.circle(10.1, 5, 2, 0xffffff));
    expect(quad.shape).toBe(Shape.disc);
    expect(quad.left).toBeCloseTo(100 + (10.1 - 2) * 1.5, 4);
    expect(quad.w).toBeCloseTo(6, 5);
  });

  test("a line becomes a turned band of its length and width", () => {
    const [quad] = quadsOf((c) => c.line(0, 0, 0, 10, 2, 0xffffff));
    expect(quad).toMatchObject({ shape: Shape.band, w: 15, h: 3 });
    expect(quad.rotation).toBeCloseTo(Math.PI / 2, 6);
  });

  test("digits are boxes on whole pixels, 4 cells apart", () => {
    const ones = quadsOf((c) => c.digits(0, 0, 10, 11, 0xffffff));
    const half = ones.length / 2;
    expect(half).toBe(digitRuns[1].length);
    expect(ones[half].left - ones[0].left).toBe(4 * 3);
    for (const { left, top } of ones) expect([left % 1, top % 1]).toEqual([0, 0]);
  });
});

describe("digits", () => {
  test("look like digits", () => {
    const picture = (digit: number) => {
      const rows = Array.from({ length: 5 }, () => Array.from({ length: 3 }, () => "."));
      for (const [column, row, w, h] of digitRuns[digit]) {
        for (let y = row; y < row + h; y++) {
          for (let x = column; x < column + w; x++) {
            expect(rows[y][x]).toBe("."); // runs do not overlap
            rows[y][x] = "#";
          }
        }
      }
      return rows.map((row) => row.join("")).join("\n");
    };
    expect([2, 4, 8].map(picture).join("\n\n")).toMatchInlineSnapshot(`
      "###
      ..#
      ###
      #..
      ###

      #.#
      #.#
      ###
      ..#
      ..#

      ###
      #.#
      ###
      #.#
      ###"
    `);
    expect(new Set(digitRuns.map((_, digit) => picture(digit))).size).toBe(10);
  });

  test("of a number: whole, not negative, never in exponents", () => {
    expect(digitsOf(432)).toEqual([4, 3, 2]);
    expect(digitsOf(7.9)).toEqual([7]);
    expect(digitsOf(-3)).toEqual([0]);
    expect(digitsOf(1e30)).toEqual([0]);
    expect(digitsOf(Number.NaN)).toEqual([0]);
  });
});
