import { createHash } from "node:crypto";
import { inflateSync } from "node:zlib";
import { findGame, makeReplay, ReplayPlayer } from "@carom/envs";
import { describe, expect, test } from "vitest";
import { type ClipOptions, ClipPainter, MOST_PICTURES, planClip, sizeOf } from "./clip.js";
import { stoppable } from "./exporter.js";
import { makeGif } from "./gif.js";
import { decodeParts, encodeParts, type ReplayPageParts } from "./page-parts.js";
import { makePng } from "./png.js";
import { playerFile, replayPage, replayPageSize } from "./replay-page.js";

const breakout = findGame("breakout");
const actions = Uint8Array.from({ length: 60 }, (_, i) => (i % 7 < 4 ? 1 : 2));

function player(): ReplayPlayer {
  return new ReplayPlayer(makeReplay({ seed: 3, actions }, breakout), breakout);
}

const whole: ClipOptions = { from: 0, to: 60, speed: 1, side: 480, rate: 25, smooth: false };
const board = { width: 160, height: 170 };

describe("planClip", () => {
  test("one picture per decision where they come slowly, at their own times", () => {
    const { positions, times, width, height } = planClip(board, 15, whole);
    expect([width, height]).toEqual([320, 340]);
    expect(positions).toEqual(Array.from({ length: 61 }, (_, i) => i));
    expect(times[15]).toBeCloseTo(1, 12);
    expect(times).toHaveLength(62); // and the end of the last
    expect(times[61]).toBeCloseTo(5, 12);
  });

  test("not more than the rate where they come fast; first and last are shown", () => {
    const { positions, times } = planClip(board, 60, { ...whole, from: 7 });
    expect(positions[0]).toBe(7);
    expect(positions.at(-1)).toBe(60);
    expect(times[1] - times[0]).toBeCloseTo(1 / 25, 12);
    expect(times.at(-2)).toBeCloseTo(53 / 60, 12);
    expect(positions.every(Number.isInteger)).toBe(true);
  });

  test("between decisions where it is smooth; twice as fast is half as long", () => {
    const { positions, times } = planClip(board, 15, { ...whole, rate: 30, smooth: true });
    expect(positions.slice(0, 3)).toEqual([0, 0.5, 1]);
    const fast = planClip(board, 15, { ...whole, rate: 30, smooth: true, speed: 2 });
    expect(fast.times.at(-2)).toBeCloseTo((times.at(-2) ?? 0) / 2, 12);
  });

  test("a range with too many pictures is refused with a sentence", () => {
    expect(() => planClip(board, 15, { ...whole, to: MOST_PICTURES })).toThrow(
      `The range is too long: ${MOST_PICTURES + 1} pictures, at most ${MOST_PICTURES}.`,
    );
  });

  test.each([
    [{ width: 160, height: 170 }, 480, { width: 320, height: 340 }],
    [{ width: 2.4, height: 1.2 }, 480, { width: 480, height: 240 }],
    [{ width: 1000, height: 501 }, 480, { width: 480, height: 240 }],
    [{ width: 7, height: 7 }, 8, { width: 8, height: 8 }],
    // A board of 339 pixels that is to be twice as large.
    [{ width: 163, height: 170 }, 678, { width: 652, height: 680 }],
  ])(
    "a board of %j in %i pixels is %j: even, whole pixels per unit where there is room",
    (size, side, expected) => {
      expect(sizeOf(size, side)).toEqual(expected);
    },
  );
});

describe("makeGif", () => {
  test("delays add up to the time of the clip, whatever they round to", async () => {
    const one = player();
    const plan = planClip(one.game.spec.board, one.game.spec.decisionsPerSecond, whole);
    const shares: number[] = [];
    const gif = await makeGif(new ClipPainter(one, plan), plan, (share) => void shares.push(share));
    expect(String.fromCharCode(...gif.subarray(0, 6))).toBe("GIF89a");
    expect(gif[6] | (gif[7] << 8)).toBe(plan.width);
    expect(delaysOf(gif).reduce((sum, delay) => sum + delay)).toBe(
      Math.round(100 * (plan.times.at(-1) ?? 0)),
    );
    expect(shares.at(-1)).toBe(1);
    expect(gif.at(-1)).toBe(0x3b);
  });

  test("a picture that is as the one before makes that one stay", async () => {
    const one = player();
    const size = { width: 32, height: 34 };
    const plan = { ...size, positions: [0, 0, 0, 9], times: [0, 0.1, 0.2, 0.3, 1.3] };
    const gif = await makeGif(new ClipPainter(one, plan), plan);
    expect(delaysOf(gif)).toEqual([30, 100]);
  });
});

/** Hundredths of a second of each picture, from the graphic control extensions. */
function delaysOf(gif: Uint8Array): number[] {
  const delays: number[] = [];
  for (let i = 0; i + 7 < gif.length; i++) {
    const isControl =
      gif[i] === 0x21 && gif[i + 1] === 0xf9 && gif[i + 2] === 4 && gif[i + 7] === 0;
    if (isControl) delays.push(gif[i + 4] | (gif[i + 5] << 8));
  }
  return delays;
}

describe("stoppable", () => {
  test("what was stopped rejects at once, whatever becomes of the work", async () => {
    let fail: (error: Error) => void = () => {};
    const making = stoppable(new Promise<string>((_, reject) => (fail = reject)));
    making.cancel();
    await expect(making.done).rejects.toMatchObject({
      ...{ name: "AbortError", message: "The export was stopped." },
    });
    fail(new Error("too late")); // nobody is told
    const done = stoppable(Promise.resolve("made"));
    expect(await done.done).toBe("made");
    done.cancel();
    expect(await done.done).toBe("made");
  });
});

test("makePng writes what was painted", async () => {
  const rgb = Uint8Array.from({ length: 3 * 4 * 3 }, (_, i) => i * 7);
  const png = Buffer.from(await makePng(rgb, 4, 3));
  expect(png.subarray(1, 4).toString()).toBe("PNG");
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([4, 3]);
  const length = png.readUInt32BE(33);
  expect(png.subarray(37, 41).toString()).toBe("IDAT");
  const rows = inflateSync(png.subarray(41, 41 + length));
  for (let y = 0; y < 3; y++) {
    expect(rows[13 * y]).toBe(0); // no filter
    expect([...rows.subarray(13 * y + 1, 13 * y + 13)]).toEqual([
      ...rgb.subarray(12 * y, 12 * y + 12),
    ]);
  }
  expect(png.readUInt32BE(png.length - 4)).toBe(0xae426082); // of IEND, as in every PNG
});

/** The content security policy of a page. */
function rulesOf(page: string): string {
  return /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1] ?? "";
}

describe("one-file replays", () => {
  const parts: ReplayPageParts = {
    title: "<Title> & \u2028",
    replay: Uint8Array.from({ length: 20_000 }, (_, i) => i & 255),
    step: 12,
    run: "run-1",
    entry: {
      ...{ id: "7", env: 1, episode: 2, seed: 3, length: 60, return: 4, terminated: true },
      ...{ steps: 5, reason: "best" },
    },
    game: new TextEncoder().encode("export default 1;\n//# sourceMappingURL=data:secret\n"),
    policy: { bytes: Uint8Array.of(1, 2, 3), steps: 4096, algo: "ppo", config: { gamma: 0.99 } },
  };

  test("the parts come back, the game without what names its author's folders", () => {
    const text = encodeParts(parts);
    expect(text).not.toContain("<");
    const game = new TextEncoder().encode("export default 1;\n\n");
    expect(decodeParts(text)).toEqual({ ...parts, game });
    const named = { ...parts, game, name: "Branch <1>" };
    expect(decodeParts(encodeParts(named))).toEqual(named);
    const { title, replay, step } = parts;
    expect(decodeParts(encodeParts({ title, replay, step }))).toEqual({ title, replay, step });
  });

  test("how large a page will be is known before it is made", async () => {
    for (const { policy, game, ...rest } of [parts, { ...parts, policy: undefined }]) {
      const made = { ...rest, ...(game && { game }), ...(policy && { policy }) };
      const player = "start()".padEnd(300_000);
      const carried = [made.replay.length, game?.length ?? 0, policy?.bytes.length ?? 0];
      const size = (await replayPage(player, made)).length;
      expect(Math.abs(replayPageSize(player.length, carried) - size)).toBeLessThan(2000);
    }
    expect([playerFile(parts), playerFile({})]).toEqual(["policy-player.js", "player.js"]);
  });

  test.each([
    ...["", "[]", "{}", '{"replay":7}', '{"replay":"","policy":"AQID"}'],
    '{"replay":"","policy":{"bytes":"AQID","steps":1,"algo":"ppo"}}',
  ])("%j is no episode", (text) => {
    expect(() => decodeParts(text)).toThrow();
  });

  test("the page lets nothing run but its player, and a module only where there is a game", async () => {
    const page = await replayPage("start()", parts);
    const hash = createHash("sha256").update("start()").digest("base64");
    expect(page.includes(`script-src 'sha256-${hash}' blob:;`)).toBe(true);
    expect(page.includes("default-src 'none'")).toBe(true);
    expect(page.slice(0, 2000)).toContain(
      "<title>&lt;Title&gt; &amp; \u2028, episode 3 \u00b7 run-1</title>",
    );
    const named = await replayPage("start()", { ...parts, name: "Branch <1>" });
    expect(named.slice(0, 2000)).toContain(", Branch &lt;1&gt; \u00b7 run-1</title>");
    expect(page.includes("worker-src blob:;")).toBe(true);
    const { game: _, policy, ...plain } = parts;
    expect(rulesOf(await replayPage("start()", plain))).not.toContain("blob:");
    const alone = rulesOf(await replayPage("start()", { ...plain, ...(policy && { policy }) }));
    expect(alone).toContain("worker-src blob:;");
    expect(alone).toMatch(/script-src 'sha256-[^ ]+';/); // the worker may be a text, a script may not
    await expect(replayPage("'</script>'", parts)).rejects.toThrow("it holds a tag");
  });
});
