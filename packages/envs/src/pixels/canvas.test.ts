import { describe, expect, test } from "vitest";
import type { BoardSize, Canvas } from "../game.js";
import { nextBelow, nextFloat, seedRandom } from "../random.js";
import { games } from "../registry.js";
import { fingerprint, playedFor } from "../testing/painted-frames.js";
import { ReferencePixels } from "../testing/reference-pixels.js";
import { PixelCanvas } from "./canvas.js";
import type { PixelOptions } from "./options.js";

const WHITE = 0xffffff;

/** The bytes of a drawing; old bytes are there before. */
function paint(board: BoardSize, options: PixelOptions, draw: (on: Canvas) => void): Uint8Array {
  const canvas = new PixelCanvas(board, options);
  const { width = 84, height = 84, color = "gray" } = options;
  const bytes = new Uint8Array(width * height * (color === "gray" ? 1 : 3)).fill(99);
  canvas.begin(bytes, 0);
  draw(canvas);
  return bytes;
}

/** Rows of a picture with one pixel per board unit. */
function rowsOf(width: number, height: number, draw: (on: Canvas) => void): number[][] {
  const bytes = paint({ width, height }, { width, height }, draw);
  return Array.from({ length: height }, (_, row) => [
    ...bytes.subarray(row * width, (row + 1) * width),
  ]);
}

/** The largest distance of any byte from the slow reference. */
function distance(
  board: BoardSize,
  options: Required<Pick<PixelOptions, "width" | "height" | "color">>,
  draw: (on: Canvas) => void,
): number {
  const { width, height, color } = options;
  const expected = new ReferencePixels(board, width, height, color === "gray" ? 1 : 3);
  draw(expected);
  const bytes = paint(board, options, draw);
  return bytes.reduce((most, byte, i) => Math.max(most, Math.abs(byte - expected.values[i])), 0);
}

describe("by hand", () => {
  test("a rectangle covers pixels by the share of them that it takes", () => {
    const rows = rowsOf(6, 3, (on) => on.rect(1, 0, 2.5, 1.25, WHITE));
    expect(rows).toEqual([
      [0, 255, 255, 128, 0, 0],
      [0, 64, 64, 32, 0, 0],
      [0, 0, 0, 0, 0, 0],
    ]);
  });

  test("a rectangle inside a pixel counts by its area, across two by both parts", () => {
    expect(rowsOf(3, 1, (on) => on.rect(1.25, 0.25, 0.5, 0.5, WHITE))).toEqual([[0, 64, 0]]);
    expect(rowsOf(3, 1, (on) => on.rect(0.5, 0, 1, 1, WHITE))).toEqual([[128, 128, 0]]);
  });

  test("alpha and coverage multiply, and shapes are mixed in one after the other", () => {
    const rows = rowsOf(3, 1, (on) => {
      on.background(0x646464);
      on.rect(0, 0, 2.5, 1, 0xc8c8c8, 0.5);
      on.rect(1, 0, 1, 1, 0x000000, 0.25);
    });
    expect(rows).toEqual([[150, 113, 125]]);
  });

  test("an edge of a stroke along the diagonal of pixels halves them", () => {
    expect(rowsOf(4, 4, (on) => on.line(-1, 5, 5, -1, Math.SQRT2, WHITE))).toEqual([
      [0, 0, 128, 255],
      [0, 128, 255, 128],
      [128, 255, 128, 0],
      [255, 128, 0, 0],
    ]);
  });

  test("the ends of a stroke are cut flat", () => {
    expect(rowsOf(4, 3, (on) => on.line(0.5, 1.5, 3, 1.5, 1, WHITE))[1]).toEqual([
      128, 255, 255, 0,
    ]);
    expect(rowsOf(3, 4, (on) => on.line(1.5, 3, 1.5, 0.5, 1, WHITE)).map((row) => row[1])).toEqual([
      128, 255, 255, 0,
    ]);
  });

  test("a disc has the area of its circle", () => {
    for (const radius of [0.3, 1, 2.5, 7, 19]) {
      const bytes = paint({ width: 40, height: 40 }, { width: 40, height: 40 }, (on) =>
        on.circle(20.2, 19.7, radius, WHITE),
      );
      const area = bytes.reduce((sum, byte) => sum + byte / 255, 0);
      expect(Math.abs(area - Math.PI * radius * radius)).toBeLessThan(0.01 + 0.004 * radius);
    }
  });

  test("digits are 3 cells wide, 5 high and 4 apart", () => {
    const rows = rowsOf(39, 5, (on) => on.digits(0, 0, 5, 9876543210, WHITE));
    const text = rows.map((row) => row.map((byte) => ({ 0: ".", 255: "#" })[byte]).join(""));
    expect(text).toEqual([
      "###.###.###.###.###.#.#.###.###..#..###",
      "#.#.#.#...#.#...#...#.#...#...#.##..#.#",
      "###.###..#..###.###.###.###.###..#..#.#",
      "..#.#.#..#..#.#...#...#...#.#....#..#.#",
      "###.###..#..###.###...#.###.###.###.###",
    ]);
  });

  test("grey is BT.601 luma, colours come channels last", () => {
    const board = { width: 4, height: 1 };
    const draw = (on: Canvas) => {
      [0xff0000, 0x00ff00, 0x0000ff, 0x123456].forEach((color, x) => {
        on.rect(x, 0, 1, 1, color);
      });
    };
    const size = { width: 4, height: 1 };
    expect([...paint(board, size, draw)]).toEqual([76, 150, 29, 46]);
    expect([...paint(board, { ...size, color: "rgb" }, draw)]).toEqual([
      255, 0, 0, 0, 255, 0, 0, 0, 255, 0x12, 0x34, 0x56,
    ]);
  });

  test("what was there before does not show where a game paints nothing", () => {
    expect(rowsOf(2, 2, () => {})).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });
});

describe("beside the slow reference", () => {
  const board = { width: 10, height: 7 };
  const random = new Uint32Array(4);
  const between = (low: number, high: number) => low + (high - low) * nextFloat(random);

  /** The largest distance over random drawings of one shape, in grey on odd sizes. */
  function worst(seed: number, one: () => (on: Canvas) => void): number {
    seedRandom(random, seed);
    let most = 0;
    for (let i = 0; i < 30; i++) {
      const size = { width: 20 + nextBelow(random, 60), height: 20 + nextBelow(random, 60) };
      most = Math.max(most, distance(board, { ...size, color: "gray" }, one()));
    }
    return most;
  }

  test("rectangles, lines and digits are exact but for rounding", () => {
    const rect = worst(1, () => {
      const [x, y, w, h] = [between(-1, 9), between(-1, 6), between(0, 6), between(0, 4)];
      return (on) => on.rect(x, y, w, h, WHITE);
    });
    const line = worst(2, () => {
      const [x1, y1, x2, y2] = [between(-1, 11), between(-1, 8), between(-1, 11), between(-1, 8)];
      const width = between(0.02, 2);
      return (on) => on.line(x1, y1, x2, y2, width, WHITE);
    });
    const digits = worst(3, () => {
      const [x, y, height] = [between(-1, 9), between(-1, 6), between(0.2, 4)];
      const value = nextBelow(random, 12345);
      return (on) => on.digits(x, y, height, value, WHITE);
    });
    expect(Math.max(rect, line, digits)).toBeLessThan(1);
  });

  test("circles are within 1/256 of their coverage, and rounding", () => {
    for (const [low, high] of [
      [0.02, 0.2],
      [0.15, 0.45],
      [0.4, 2],
      [2, 9],
    ]) {
      const circle = worst(4, () => {
        const [x, y, radius] = [between(0, 10), between(0, 7), between(low, high)];
        return (on) => on.circle(x, y, radius, WHITE);
      });
      expect(circle).toBeLessThan(1.5);
    }
  });

  test("heaps of all shapes in colour are within two steps", () => {
    seedRandom(random, 5);
    for (let i = 0; i < 5; i++) {
      const seed = nextBelow(random, 1000);
      const format = { width: 53, height: 38, color: "rgb" } as const;
      expect(distance(board, format, (on) => drawHeap(on, seed, 30))).toBeLessThan(2);
    }
  });

  test.each(games.flatMap((game) => game.variants.map((variant) => ({ game, variant }))))(
    "$game.id/$variant is within two steps",
    ({ game, variant }) => {
      const played = playedFor(game, variant, 40);
      const format = { width: 84, height: 84, color: "gray" } as const;
      const draw = (on: Canvas) => played.draw(on);
      expect(distance(played.spec.board, format, draw)).toBeLessThan(2);
    },
  );

  test("shapes larger than the store of sums are painted in bands, without a seam", () => {
    const format = { width: 2500, height: 30, color: "gray" } as const;
    const draw = (on: Canvas) => {
      on.line(-1, -1, 11, 8, 2.5, WHITE);
      on.circle(2, 3, 1.5, 0x808080, 0.7);
    };
    expect(distance(board, format, draw)).toBeLessThan(2);
  });
});

describe("edges", () => {
  test("what lies beyond the board is cut off, however far", () => {
    const rows = rowsOf(3, 3, (on) => {
      on.rect(-1e9, -1e9, 1e9 + 1, 1e9 + 1, WHITE);
      on.line(2.5, -1e6, 2.5, 1e6, 1, 0x808080);
      on.line(-1e6, -1e6 + 2, 1e6, 1e6 + 2, 0.2, 0x404040);
      on.circle(500, 1, 10, WHITE);
      on.circle(1.5, 1002, 1000, 0xc0c0c0);
      on.digits(-50, -50, 5, 8, WHITE);
    });
    expect(rows[0].slice(0, 2)).toEqual([255, 0]);
    expect(rows.map((row) => row[2])).toEqual([128, 128, 192]);
    expect(rows[2].slice(0, 2)).toEqual([192, 192]);
  });

  test("sizes that are not positive and numbers that are none paint nothing", () => {
    const draw = (on: Canvas) => {
      for (const none of [Number.NaN, 0, -1, Number.NEGATIVE_INFINITY]) {
        on.rect(1, 1, none, 2, WHITE);
        on.rect(1, 1, 2, 2, WHITE, none);
        on.circle(2, 2, none, WHITE);
        on.circle(2, 2, 1, WHITE, none);
        on.line(1, 1, 3, 2, none, WHITE);
      }
      on.rect(Number.NaN, 1, 2, 2, WHITE);
      on.circle(Number.NaN, 1, 2, WHITE);
      on.circle(1, 1, Number.POSITIVE_INFINITY, WHITE);
      on.line(1, 1, 1, 1, 2, WHITE);
      on.line(1, Number.NaN, 3, 1, 2, WHITE);
      on.digits(Number.NaN, 1, 2, 3, WHITE);
    };
    expect(new Set(rowsOf(4, 4, draw).flat())).toEqual(new Set([0]));
  });

  test("alpha above 1 is 1, digits that are no number are 0", () => {
    expect(rowsOf(1, 1, (on) => on.rect(0, 0, 1, 1, 0x646464, 7))).toEqual([[100]]);
    const zero = rowsOf(3, 5, (on) => on.digits(0, 0, 5, 0, WHITE));
    expect(rowsOf(3, 5, (on) => on.digits(0, 0, 5, Number.NaN, WHITE))).toEqual(zero);
    expect(rowsOf(3, 5, (on) => on.digits(0, 0, 5, -3, WHITE))).toEqual(zero);
  });
});

describe("letterbox", () => {
  const board = { width: 4, height: 2 };
  const draw = (on: Canvas) => {
    on.background(0x404040);
    on.rect(-9, -9, 10, 10, WHITE);
    on.circle(3, 1, 3, 0x808080);
    on.line(-9, 1.7, 9, 1.7, 0.3, WHITE);
    on.line(-9, -5, 9, 5, 0.3, WHITE);
  };

  test("the board keeps its proportions in the middle, the bars stay black", () => {
    const within = paint(board, { width: 12, height: 6 }, draw);
    const boxed = paint(board, { width: 12, height: 11, fit: "letterbox" }, draw);
    const expected = new Uint8Array(12 * 11);
    expected.set(within, 2 * 12);
    expect(boxed).toEqual(expected);
  });

  test("bars lie at the sides where the picture is too wide", () => {
    const boxed = paint(board, { width: 20, height: 4, fit: "letterbox", color: "rgb" }, draw);
    const within = paint(board, { width: 8, height: 4, color: "rgb" }, draw);
    for (let row = 0; row < 4; row++) {
      const line = boxed.subarray(row * 60, (row + 1) * 60);
      expect(line.subarray(18, 42)).toEqual(within.subarray(row * 24, (row + 1) * 24));
      expect(new Set([...line.subarray(0, 18), ...line.subarray(42)])).toEqual(new Set([0]));
    }
  });
});

test("a heap of shapes has the bytes that it has always had", () => {
  const board = { width: 10, height: 7 };
  const prints = (["gray", "rgb"] as const).flatMap((color) =>
    (["fill", "letterbox"] as const).map((fit) =>
      fingerprint(paint(board, { color, fit }, (on) => drawHeap(on, 11, 60))),
    ),
  );
  expect(prints).toEqual(["fbc3e864", "d4298145", "e5d91164", "ec57285b"]);
});

test("a circle has the same bytes the first time and ever after, wherever else it was painted", () => {
  const size = { width: 84, height: 84 };
  const canvas = new PixelCanvas(size);
  const random = new Uint32Array(4);
  seedRandom(random, 3);
  const circles = Array.from({ length: 40 }, () => ({
    x: nextFloat(random) * 84,
    y: nextFloat(random) * 84,
    radius: 0.3 + nextFloat(random) * 12,
  }));
  const painted = (on: PixelCanvas, from: number): Uint8Array => {
    const out = new Uint8Array(84 * 84);
    on.begin(out, 0);
    for (let i = 0; i < circles.length; i++) {
      const { x, y, radius } = circles[(from + i) % circles.length];
      // the same disc at other whole pixels, too
      on.circle(x, y, radius, 0xffffff);
      on.circle((x + 7) % 84, (y + 11) % 84, radius, 0x808080);
    }
    return out;
  };
  const first = painted(new PixelCanvas(size), 0);
  for (const other of [17, 5]) painted(canvas, other); // fills the memory, and pushes much of it out
  for (let again = 0; again < 3; again++) expect(painted(canvas, 0)).toEqual(first);
});

/** Shapes of all kinds at random places. */
function drawHeap(on: Canvas, seed: number, count: number): void {
  const random = new Uint32Array(4);
  seedRandom(random, seed);
  const between = (low: number, high: number) => low + (high - low) * nextFloat(random);
  on.background(nextBelow(random, WHITE));
  for (let i = 0; i < count; i++) {
    const [x, y, color] = [between(-1, 10), between(-1, 7), nextBelow(random, WHITE)];
    const alpha = i % 3 === 0 ? 1 : between(0, 1);
    if (i % 4 === 0) on.rect(x, y, between(0, 4), between(0, 4), color, alpha);
    else if (i % 4 === 1) on.circle(x, y, between(0, 2), color, alpha);
    else if (i % 4 === 2) on.line(x, y, between(0, 10), between(0, 7), between(0, 1), color);
    else on.digits(x, y, between(0, 3), nextBelow(random, 1000), color);
  }
}
