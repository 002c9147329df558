import { describe, expect, test } from "vitest";
import {
  colours,
  cutTo,
  formatDuration,
  formatShortCount,
  formatSmall,
  plain,
  visibleLength,
} from "../src/format.js";
import {
  renderBlock,
  renderLine,
  type Snapshot,
  secondsLeft,
  shareDone,
} from "../src/status/block.js";
import { createDisplay, isInteractive, paintFor } from "../src/status/terminal.js";

const snapshot: Snapshot = {
  row: {
    steps: 12_345_678,
    seconds: 62,
    stepsPerSecond: 310_000,
    episodes: 10_234,
    score: 312.44,
    best: 512,
    policyLoss: -0.01234,
    valueLoss: 0.4567,
    entropy: 0.98,
    approxKl: 0.000043,
    timeGame: 0.21,
    timePolicy: 0.35,
    timeLearn: 0.4,
  },
  limits: { steps: 40_000_000, seconds: null, score: null },
  rate: 300_000,
};

/** A terminal or a pipe that remembers what was written to it. */
function recorder(isTTY: boolean): {
  text: string;
  isTTY: boolean;
  columns: number;
  write(text: string): void;
} {
  return {
    text: "",
    isTTY,
    columns: 100,
    write(text) {
      this.text += text;
    },
  };
}

describe("renderBlock", () => {
  test("shows steps, speed, episodes, score, best, losses, ETA and the split of time", () => {
    expect(renderBlock(snapshot, 90, plain)).toMatchInlineSnapshot(`
      [
        "━━━━━━━━━━━━━━━━━━━───────────────────────────────────────── 31%   ETA 1m 32s",
        "steps   12,345,678 of 40,000,000   310,000 steps/s",
        "score   312.4 mean of the last 100   best 512.0   episodes 10,234",
        "losses  policy -0.0123   value 0.457   entropy 0.980   KL 4.3e-5",
        "time    game 21%, policy 35%, learning 40%   elapsed 1m 02s",
      ]
    `);
  });

  test("no line is wider than the terminal, with or without colours", () => {
    for (const columns of [10, 20, 40, 80, 200]) {
      for (const paint of [plain, colours]) {
        for (const line of renderBlock(snapshot, columns, paint)) {
          expect(visibleLength(line)).toBeLessThanOrEqual(columns);
        }
      }
    }
  });

  test("before the first episode there is a dash, not a number", () => {
    const { score: _score, best: _best, ...rest } = snapshot.row;
    const lines = renderBlock({ ...snapshot, row: { ...rest, steps: 64 } }, 90, plain);
    expect(lines.join("\n")).toContain("- (no episode ended yet)");
  });
});

test("renderLine holds the same facts in one line", () => {
  expect(renderLine(snapshot)).toMatchInlineSnapshot(
    `"steps 12,345,678 | 310,000 steps/s | episodes 10,234 | score 312.4 | best 512.0 | policy -0.0123 value 0.457 entropy 0.980 KL 4.3e-5 | time game 21%, policy 35%, learning 40% | elapsed 1m 02s | ETA 1m 32s"`,
  );
});

describe("the forecast", () => {
  test("is by steps when there is no time limit", () => {
    expect(secondsLeft(snapshot)).toBeCloseTo(92.18, 1);
    expect(shareDone(snapshot)).toBeCloseTo(0.3086, 3);
  });

  test("is by the limit that comes first", () => {
    const limits = { steps: 40_000_000, seconds: 80, score: null };
    expect(secondsLeft({ ...snapshot, limits })).toBe(18);
    expect(shareDone({ ...snapshot, limits })).toBeCloseTo(62 / 80);
  });

  test("is unknown before any speed is known", () => {
    expect(secondsLeft({ ...snapshot, rate: 0 })).toBeNull();
  });
});

describe("createDisplay", () => {
  test("redraws one block in place on a terminal, printed lines stay above it", () => {
    const output = recorder(true);
    const display = createDisplay(output, { NO_COLOR: "1" });
    display.print("viewer: http://127.0.0.1:1/");
    display.show(snapshot, 0);
    display.show(snapshot, 1);
    display.print("checkpoint saved");
    display.end();
    const height = renderBlock(snapshot, 99, plain).length;
    const up = `\u001b[${height}A\u001b[0J`;
    expect(output.text.startsWith("viewer: http://127.0.0.1:1/\n")).toBe(true);
    expect(output.text.split(up)).toHaveLength(4);
    expect(output.text.split(up)[2]).toMatch(/^checkpoint saved\n━/);
  });

  test("prints plain lines in a pipe, not more often than every five seconds, and the last one", () => {
    const output = recorder(false);
    const display = createDisplay(output, {});
    for (let second = 0; second <= 12; second += 0.25) display.show(snapshot, second);
    display.end();
    const lines = output.text.trimEnd().split("\n");
    expect(lines).toHaveLength(4);
    expect(new Set(lines)).toEqual(new Set([renderLine(snapshot)]));
    expect(output.text).not.toContain("\u001b");
  });
});

test("NO_COLOR and dumb terminals are respected", () => {
  const terminal = recorder(true);
  expect(paintFor(terminal, { TERM: "xterm" })).toBe(colours);
  expect(paintFor(terminal, { TERM: "xterm", NO_COLOR: "" })).toBe(colours);
  expect(paintFor(terminal, { TERM: "xterm", NO_COLOR: "1" })).toBe(plain);
  expect(isInteractive(terminal, { TERM: "dumb" })).toBe(false);
  expect(isInteractive(recorder(false), { TERM: "xterm" })).toBe(false);
});

test("numbers are formatted for reading", () => {
  expect([0.4, 59.6, 125, 3720, 100_000].map(formatDuration)).toEqual([
    "0s",
    "1m 00s",
    "2m 05s",
    "1h 02m",
    "1d 03h",
  ]);
  expect([40_000_000, 1_500_000, 500_000, 999].map(formatShortCount)).toEqual([
    "40M",
    "1.5M",
    "500k",
    "999",
  ]);
  expect([0, 0.01234, 4.3e-5, -2.5, Number.NaN].map(formatSmall)).toEqual([
    "0.00",
    "0.0123",
    "4.3e-5",
    "-2.50",
    "NaN",
  ]);
  expect(cutTo("abcdef", 4)).toBe("abc…");
});
