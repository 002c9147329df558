/** The small pure parts: clock, waits, figures, keys, addresses, feed rate. */
import { describe, expect, test } from "vitest";
import { backoff } from "./backoff.js";
import { FrameClock } from "./clock.js";
import { FeedRate } from "./feed-rate.js";
import {
  axisLabels,
  compact,
  duration,
  elapsed,
  fileSize,
  grouped,
  percent,
  points,
  signed,
  stopwatch,
  times,
} from "./format.js";
import { bindings, commandOf } from "./keys.js";
import { fragmentOf, momentOf } from "./permalink.js";
import { fileName, rangeOf } from "./share-range.js";
import { isPlayback } from "./transport.js";

describe("FrameClock", () => {
  test("counts the time between frames, but not the first", () => {
    const clock = new FrameClock();
    expect(clock.tick(1000)).toBe(0);
    expect(clock.tick(1016)).toBeCloseTo(0.016, 9);
  });

  test("a long gap counts as a short one, and time never goes back", () => {
    const clock = new FrameClock(100);
    clock.tick(0);
    expect(clock.tick(60_000)).toBe(0.1);
    expect(clock.tick(59_000)).toBe(0);
  });

  test("after a pause the gap does not count", () => {
    const clock = new FrameClock();
    clock.tick(0);
    clock.pause();
    expect(clock.tick(50)).toBe(0);
  });
});

describe("backoff", () => {
  test("doubles, is capped, and jitters downwards by at most a half", () => {
    expect([0, 1, 2, 3].map((attempt) => backoff(attempt, 1))).toEqual([500, 1000, 2000, 4000]);
    expect(backoff(3, 0)).toBe(2000);
    expect(backoff(100, 1)).toBe(15_000);
  });
});

describe("figures", () => {
  test("grouped", () => {
    expect([0, 999, 1000, 1234567, -1234].map(grouped)).toEqual([
      "0",
      "999",
      "1\u2009000",
      "1\u2009234\u2009567",
      "\u22121\u2009234",
    ]);
  });

  test("compact: three figures, whole numbers stay whole", () => {
    expect([0, 7, 950, 1234, 12_400, 999_999, 3.06e6, 1.2e9].map(compact)).toEqual([
      "0",
      "7",
      "950",
      "1.23k",
      "12.4k",
      "1.00M",
      "3.06M",
      "1.20G",
    ]);
    expect(compact(0.12345)).toBe("0.123");
    expect(compact(Number.NaN)).toBe("NaN");
    expect(compact(Number.NEGATIVE_INFINITY)).toBe("\u2212\u221e");
  });

  test("points and changes", () => {
    expect([432, 7.25, 123.456, -3].map(points)).toEqual(["432", "7.25", "123.5", "\u22123"]);
    expect([7, 0, -0.5].map(signed)).toEqual(["+7", "0", "\u22120.50"]);
  });

  test("times", () => {
    expect([0, 7.44, 61, 3723.4].map(stopwatch)).toEqual([
      "0:00.0",
      "0:07.4",
      "1:01.0",
      "1:02:03.4",
    ]);
    expect([8, 200, 3840, 183_600].map(duration)).toEqual([
      "8 s",
      "3 min 20 s",
      "1 h 04 min",
      "2 d 3 h",
    ]);
    expect([8, 825, 3723].map(elapsed)).toEqual(["0:08", "13:45", "1:02:03"]);
    expect(duration(Number.POSITIVE_INFINITY)).toBe("\u2014");
    expect([0.25, 1, 120, 16].map(times)).toEqual([
      "0.25\u00d7",
      "1\u00d7",
      "120\u00d7",
      "16\u00d7",
    ]);
    expect(percent(0.254)).toBe("25\u2009%");
  });

  test("labels of an axis share a unit and their decimals", () => {
    expect(axisLabels([0, 500_000, 1_000_000], 500_000)).toEqual(["0", "0.5M", "1.0M"]);
    expect(axisLabels([0, 2.5, 5], 2.5)).toEqual(["0", "2.5", "5.0"]);
    expect(axisLabels([-0.015, -0.01, 0], 0.005)).toEqual(["\u22120.015", "\u22120.010", "0"]);
    expect(axisLabels([0, 10, 20], 10)).toEqual(["0", "10", "20"]);
  });
});

describe("keys", () => {
  const press = (key: string, held = {}) =>
    commandOf({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held });

  test("the transport by keyboard", () => {
    expect(press(" ")).toEqual({ type: "toggle" });
    expect(press("K")).toEqual({ type: "toggle" });
    expect(press("ArrowLeft")).toEqual({ type: "nudge", seconds: -2 });
    expect(press("l")).toEqual({ type: "nudge", seconds: 10 });
    expect(press(".")).toEqual({ type: "frame", by: 1 });
    expect(press("ArrowDown")).toEqual({ type: "notch", by: -1 });
    expect(press("0")).toEqual({ type: "share", share: 0 });
    expect(press("7")).toEqual({ type: "share", share: 0.7 });
    expect(press("End")).toEqual({ type: "live" });
    expect(press("[")).toEqual({ type: "episode", by: -1 });
    expect(press("?")).toEqual({ type: "help" });
  });

  test("overlays and highlights by keyboard; shift means another one only where it says so", () => {
    expect(press("q")).toEqual({ type: "overlay", name: "choices" });
    expect(press("W", { shiftKey: true })).toEqual({ type: "overlay", name: "value" });
    expect(press("n")).toEqual({ type: "highlight", by: 1 });
    expect(press("N", { shiftKey: true })).toEqual({ type: "highlight", by: -1 });
  });

  test("the browser keeps its own keys", () => {
    expect(press("l", { ctrlKey: true })).toBeUndefined();
    expect(press("ArrowLeft", { altKey: true })).toBeUndefined();
    expect(press("z")).toBeUndefined();
  });

  test("no key has two meanings", () => {
    const keys = bindings.flatMap((binding) => binding.keys);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

test("what is asked of the page is not taken for playback", () => {
  const others = [
    ...["episode", "help", "theme", "boards", "overlay", "highlight", "export"],
    ...["takeover", "branches", "follow-best", "describe", "palette", "tool", "age"],
  ];
  for (const type of others) expect(isPlayback({ type })).toBe(false);
  for (const { commands } of bindings) {
    for (const command of commands) {
      expect(isPlayback(command)).toBe(!others.includes(command.type));
    }
  }
});

describe("permalink", () => {
  test("a moment survives the way through an address", () => {
    const moment = { episode: "412", step: 37 };
    expect(momentOf(fragmentOf(moment))).toEqual(moment);
  });

  test("so do run and overlays", () => {
    const moment = {
      run: "pong-ppo-1",
      episode: "4",
      step: 0,
      overlays: ["values", "next-action"],
    };
    expect(fragmentOf(moment)).toBe("#run=pong-ppo-1&ep=4&t=0&overlay=values,next-action");
    expect(momentOf(fragmentOf(moment))).toEqual(moment);
  });

  test("so do boards side by side", () => {
    const on = ["policy 3-1234", "episode 12", "policy 0-9@pong-ppo-2@2026-01-02T03:04:05.678Z"];
    const moment = { episode: "12", step: 40, boards: { seed: Number.MAX_SAFE_INTEGER, on } };
    const fragment = fragmentOf(moment);
    expect(fragment).toContain(
      "&seed=9007199254740991&boards=policy~3-1234,episode~12,policy~0-9%40pong",
    );
    expect(momentOf(fragment)).toEqual(moment);
    const one = "#ep=1&t=2&seed=3&boards=policy~3-1234";
    const two = `${one},episode~12`;
    expect(momentOf(two)?.boards?.on).toHaveLength(2);
    for (const none of [one, `${one},<b>~1`, `${one},b~1`, two.replace("=3", "=-3"), `${two},`]) {
      expect(momentOf(none)).toEqual({ episode: "1", step: 2 });
    }
  });

  test("names that a page cannot have are left out", () => {
    const moment = momentOf("#ep=4&t=1&run=../x&overlay=a,B,<i>,ok");
    expect(moment).toEqual({ episode: "4", step: 1, overlays: ["a", "ok"] });
  });

  test("anything else is no moment", () => {
    for (const fragment of [
      "",
      "#",
      "#ep=",
      "#ep=a&t=1",
      "#ep=1&t=-1",
      "#ep=1&t=x",
      "#ep=1&t=1e99",
    ]) {
      expect(momentOf(fragment)).toBeUndefined();
    }
  });
});

describe("what is exported", () => {
  test("the whole episode, or five seconds to both sides, within it", () => {
    const at = (step: number) => ({ step, length: 400, rate: 15 });
    expect(rangeOf("whole", at(50))).toEqual({ from: 0, to: 400 });
    expect(rangeOf("around", at(200))).toEqual({ from: 125, to: 275 });
    expect(rangeOf("around", at(20))).toEqual({ from: 0, to: 95 });
    expect(rangeOf("around", at(390))).toEqual({ from: 315, to: 400 });
  });

  test("has a name that every system takes, and a size that people read", () => {
    expect(fileName("pong-ppo-1", "Episode 5", "gif")).toBe("pong-ppo-1-episode-5.gif");
    expect(fileName("pong-ppo-1", "The <wall>, again!", "gif")).toBe(
      "pong-ppo-1-the-wall-again.gif",
    );
    expect(fileName("a b/../c", "Episode 1", "html")).toBe("a-b-..-c-episode-1.html");
    expect([812, 12_300, 1_449_000].map(fileSize)).toEqual(["812 B", "12 kB", "1.4 MB"]);
  });
});

describe("FeedRate", () => {
  test("decisions per second and board over the last seconds", () => {
    const rate = new FeedRate();
    for (let at = 0; at <= 2000; at += 100) {
      rate.add(4 * 30); // 4 boards, 30 decisions each
      rate.frame(at, 4);
    }
    expect(rate.perBoard).toBeCloseTo(300, 6);
  });

  test("is not known in the first second", () => {
    const rate = new FeedRate();
    rate.add(50);
    rate.frame(0, 1);
    rate.frame(500, 1);
    expect(rate.perBoard).toBeUndefined();
  });
});
