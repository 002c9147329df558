import { describe, expect, test } from "vitest";
import { nextBelow, seedRandom } from "./random.js";
import { findGame } from "./registry.js";
import { decodeReplay, encodeReplay, hashBytes, makeReplay, type Replay } from "./replay.js";
import { ReplayPlayer } from "./replay-player.js";
import { checksum } from "./state.js";

const breakout = findGame("breakout");

/** Random play to the end of an episode, or to `limit`. */
function played(seed: number, limit = 2000, id = "breakout"): Replay {
  const definition = findGame(id);
  const game = definition.create();
  const actions: number[] = [];
  const state = new Uint32Array(4);
  seedRandom(state, seed);
  game.seed(seed);
  game.reset();
  while (!game.terminated && actions.length < limit) {
    actions.push(nextBelow(state, 2));
    game.step(actions[actions.length - 1]);
  }
  return makeReplay({ seed, actions: Uint8Array.from(actions) }, definition, {
    meta: { by: "tést" },
  });
}

describe("bytes", () => {
  test("decode gives back what encode was given", () => {
    for (const [seed, limit] of [
      [1, 2000],
      [2 ** 52, 64],
      [3, 1],
      [4, 0],
    ]) {
      const replay = played(seed, limit);
      expect(decodeReplay(encodeReplay(replay))).toEqual(replay);
    }
  });

  test("a view into larger memory decodes as well", () => {
    const bytes = encodeReplay(played(1));
    const larger = new Uint8Array(bytes.length + 7);
    larger.set(bytes, 3);
    expect(decodeReplay(larger.subarray(3, 3 + bytes.length))).toEqual(played(1));
  });

  test("actions take the bits that the largest needs", () => {
    const replay = played(1);
    for (const largest of [1, 2, 3, 4, 17, 255]) {
      const actions = replay.actions.map((_, i) => (i * 7) % (largest + 1));
      const bytes = encodeReplay({ ...replay, actions });
      expect(bytes[5]).toBe(Math.floor(Math.log2(largest)) + 1);
      expect(decodeReplay(bytes).actions).toEqual(actions);
    }
  });

  test("an episode of 5000 decisions is below two kilobytes", () => {
    const actions = new Uint8Array(5000).map((_, i) => i % 3);
    const checksums = new Uint32Array(80);
    const bytes = encodeReplay({ ...played(1, 0), actions, length: 5000, checksums });
    expect(bytes.length).toBeLessThan(2000);
  });

  test("every truncation and every flipped bit is refused", () => {
    const bytes = encodeReplay(played(2, 100));
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeReplay(bytes.subarray(0, length))).toThrow("replay: cannot be read");
    }
    for (let i = 0; i < 8 * bytes.length; i++) {
      const damaged = bytes.slice();
      damaged[i >> 3] ^= 1 << (i & 7);
      expect(() => decodeReplay(damaged)).toThrow("replay: cannot be read");
    }
  });

  test.each([
    ["[]", "its header is not an object"],
    ["{", "its header is not JSON"],
    [header({ game: 7 }), "invalid game"],
    [header({ version: -1 }), "invalid version (got -1)"],
    [header({ seed: 0.5 }), "invalid seed (got 0.5)"],
    [header({ seed: 2 ** 60 }), "invalid seed"],
    [header({ length: 1e9 }), "invalid length (got 1000000000)"],
    [header({ length: 50 }), "invalid size"],
    [header({ return: "high" }), "invalid return"],
  ])("a sound hash over the header %s is refused: %s", (text, message) => {
    expect(() => decodeReplay(forged(text))).toThrow(message);
  });

  test("a replay whose parts do not fit together is not encoded", () => {
    const replay = { ...played(2, 100), length: 99 };
    expect(() => encodeReplay(replay)).toThrow("got 100 actions, 3 checksums, expected 99 and 3");
  });
});

/** A header as encodeReplay writes it, with some facts changed. */
function header(change: Record<string, unknown>): string {
  const { game, variant, version, seed, length, return: total } = played(2, 100);
  return JSON.stringify({
    game,
    variant,
    version,
    seed,
    length,
    return: total,
    meta: null,
    ...change,
  });
}

/** The bytes of a replay with another header, their hash made sound again. */
function forged(text: string): Uint8Array {
  const bytes = encodeReplay(played(2, 100));
  const view = new DataView(bytes.buffer);
  const rest = bytes.slice(12 + view.getUint32(8, true), bytes.length - 4);
  const made = new Uint8Array(12 + text.length + rest.length + 4);
  made.set(bytes.subarray(0, 12));
  made.set(
    Uint8Array.from(text, (letter) => letter.charCodeAt(0)),
    12,
  );
  made.set(rest, 12 + text.length);
  const madeView = new DataView(made.buffer);
  madeView.setUint32(8, text.length, true);
  madeView.setUint32(made.length - 4, hashBytes(made.subarray(0, made.length - 4)), true);
  return made;
}

describe("the player", () => {
  test("seek reaches any decision, forwards and backwards, with the same state", () => {
    const replay = { ...played(5, 2000), meta: null };
    const states: number[] = [];
    const totals: number[] = [];
    const straight = new ReplayPlayer(replay, breakout);
    for (let step = 0; step <= replay.length; step++) {
      states.push(checksum(straight.game));
      totals.push(straight.total);
      straight.advance();
    }
    expect([straight.step, straight.total]).toEqual([replay.length, replay.return]);
    expect(straight.game.terminated).toBe(true);

    const player = new ReplayPlayer(replay, breakout);
    const random = new Uint32Array(4);
    seedRandom(random, 1);
    for (let i = 0; i < 100; i++) {
      const step = nextBelow(random, replay.length + 1);
      player.seek(step);
      expect([player.step, player.total, checksum(player.game)]).toEqual([
        step,
        totals[step],
        states[step],
      ]);
    }
    player.seek(-5);
    expect(player.step).toBe(0);
    player.seek(1e9);
    expect(player.step).toBe(replay.length);
    expect(player.advance()).toBe(0);
  });

  test("long episodes are sought by keyframes", () => {
    const game = findGame("probe:truncation");
    const actions = new Uint8Array(3000).map((_, i) => i % 2);
    const player = new ReplayPlayer(makeReplay({ seed: 1, actions }, game), game);
    for (const step of [2999, 256, 255, 257, 512, 0, 1500, 3000]) {
      player.seek(step);
      expect([player.step, player.total]).toEqual([step, step]);
    }
  });

  test("verify finds no difference in a good replay, and the place of one in a bad one", () => {
    const replay = played(6, 2000);
    expect(new ReplayPlayer(replay, breakout).verify()).toEqual({ ok: true, firstMismatch: -1 });
    const checksums = replay.checksums.slice();
    checksums[1] ^= 1;
    const wrong = new ReplayPlayer({ ...replay, checksums }, breakout);
    expect(wrong.verify()).toEqual({ ok: false, firstMismatch: 64 });
    const actions = new Uint8Array(replay.length + 10);
    actions.set(replay.actions);
    const longer = { ...replay, actions, length: actions.length };
    expect(new ReplayPlayer(longer, breakout).verify().ok).toBe(false);
  });

  test("a replay of another game, variant or version is refused", () => {
    const replay = played(6, 50);
    const foreign: [Partial<Replay>, string][] = [
      [{ game: "pong" }, "got pong/classic version 1, expected breakout"],
      [{ variant: "round" }, "got breakout/round version 1, expected breakout"],
      [{ version: 99 }, "got breakout/classic version 99, expected breakout/classic version"],
      [
        { actions: replay.actions.map(() => 3) },
        "no such action (got 3 at decision 0, expected below 3)",
      ],
    ];
    for (const [change, message] of foreign) {
      expect(() => new ReplayPlayer({ ...replay, ...change }, breakout)).toThrow(message);
    }
  });
});
