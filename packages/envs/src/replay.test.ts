import { describe, expect, test } from "vitest";
import { defineGame } from "./game.js";
import { nextBelow, seedRandom } from "./random.js";
import { findGame } from "./registry.js";
import { decodeReplay, encodeReplay, hashBytes, makeReplay, type Replay } from "./replay.js";
import { ReplayPlayer } from "./replay-player.js";
import { actionBytes, actionWriter, sampleAction } from "./spaces.js";
import { checksum } from "./state.js";
import { ECHO_LENGTH, Echo, echoSpaces } from "./testing/echo.js";

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

  test("a replay of one byte per decision has the bytes that it always had", () => {
    const actions = Uint8Array.from({ length: 70 }, (_, i) => (i * 5) % 3);
    const facts = { seed: 12_345_678_901, actions };
    const replay = makeReplay(facts, findGame("pong"), { meta: { by: "tést" } });
    const before = [
      "Q1JSUAECAAB0AAAAeyJnYW1lIjoicG9uZyIsInZhcmlhbnQiOiJjbGFzc2ljIiwidmVyc2lvbiI6MSwic2VlZCI6",
      "MTIzNDU2Nzg5MDEsImxlbmd0aCI6NzAsInJldHVybiI6LTMsIm1ldGEiOnsiYnkiOiJ0XHUwMGU5c3QifX0YhmEY",
      "hmEYhmEYhmEYhmEYhgG2b76i2hrg6WId3/Vm/wQG",
    ].join("");
    expect(Buffer.from(encodeReplay(replay)).toString("base64")).toBe(before);
    expect(decodeReplay(Uint8Array.from(Buffer.from(before, "base64")))).toEqual(replay);
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
    [header({ width: 0 }), "invalid width (got 0)"],
    [header({ width: 1.5 }), "invalid width (got 1.5)"],
    [header({ width: "4" }), "invalid width (got 4)"],
    [header({ width: 2 ** 27 }), "invalid width (got 134217728)"],
    [header({ width: 2 }), "invalid size"],
    [header({ return: "high" }), "invalid return"],
  ])("a sound hash over the header %s is refused: %s", (text, message) => {
    expect(() => decodeReplay(forged(text))).toThrow(message);
  });

  test("a replay whose parts do not fit together is not encoded", () => {
    const replay = { ...played(2, 100), length: 99 };
    expect(() => encodeReplay(replay)).toThrow(
      "got 100 action bytes, 3 checksums, expected 99 and 3",
    );
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

describe.each(Object.values(echoSpaces))("$kind actions", (space) => {
  const definition = defineGame(() => new Echo(space));
  const width = actionBytes(space);

  /** A whole episode of random actions: the replay, and what the game was given. */
  function echoed(seed: number): { replay: Replay; given: number[][]; total: number } {
    const random = new Uint32Array(4);
    seedRandom(random, seed);
    const game = definition.create();
    game.seed(seed);
    game.reset();
    const bytes: number[] = [];
    const given: number[][] = [];
    let total = 0;
    while (!game.terminated) {
      const action = sampleAction(space, random);
      if (typeof action === "number") throw new Error("a vector was expected");
      const stored = new Uint8Array(width);
      actionWriter(space)(action, 0, stored, 0);
      bytes.push(...stored);
      given.push([...action]);
      total += game.step(action);
    }
    const replay = makeReplay({ seed, actions: Uint8Array.from(bytes) }, definition);
    return { replay, given, total };
  }

  test("come back from the bytes of a replay, entry by entry", () => {
    const { replay, given, total } = echoed(3);
    expect(replay).toMatchObject({ width, length: ECHO_LENGTH, return: total });
    const bytes = encodeReplay(replay);
    const decoded = decodeReplay(bytes);
    expect(decoded).toEqual(replay);
    expect(String.fromCharCode(...bytes.subarray(12))).toContain(`"length":150,"width":${width},`);
    const player = new ReplayPlayer(decoded, definition);
    const seen = Array.from({ length: ECHO_LENGTH }, () => {
      player.advance();
      return [...(player.game as Echo).last];
    });
    expect(seen).toEqual(given);
    expect(player.total).toBe(total);
  });

  test("are sought and verified", () => {
    const { replay, given } = echoed(4);
    const player = new ReplayPlayer(replay, definition);
    for (const step of [150, 1, 64, 63, 149]) {
      player.seek(step);
      expect([...(player.game as Echo).last]).toEqual(given[step - 1]);
      expect(player.verify()).toEqual({ ok: true, firstMismatch: -1 });
    }
    const actions = replay.actions.slice();
    actions.copyWithin(70 * width, 71 * width, 72 * width);
    expect(new ReplayPlayer({ ...replay, actions }, definition).verify().ok).toBe(false);
  });

  test("are refused where their bytes are no whole number of decisions, or of another width", () => {
    const actions = new Uint8Array(2 * width + 1);
    expect(() => makeReplay({ seed: 1, actions }, definition)).toThrow(
      `replay: no whole number of decisions (got ${2 * width + 1} bytes, expected a multiple of ${width})`,
    );
    const { replay } = echoed(5);
    const narrow = { ...replay, width: 1, length: replay.actions.length };
    expect(() => new ReplayPlayer(narrow, definition)).toThrow(
      `replay: actions of another kind (got 1 bytes per decision, expected ${width})`,
    );
  });
});

test.each([
  ["box", Float32Array.of(0, 0, Number.NaN), "got NaN as entry 2 (z), expected -0.1 to 7"],
  ["box", Float32Array.of(0, 0, Number.POSITIVE_INFINITY), "got Infinity as entry 2 (z)"],
  ["box", Float32Array.of(-1.5, 0, 0), "got -1.5 as entry 0 (x), expected -1 to 1"],
  ["multi-discrete", Int32Array.of(1, 7, 255), "got 7 as entry 1 (y), expected 0 to 6"],
  ["multi-binary", Int32Array.of(0, 0, 0, 0, 2), "got 2 as entry 4, expected 0 to 1"],
] as const)(
  "a replay with a %s action outside the space is refused: %s",
  (kind, action, problem) => {
    const space = echoSpaces[kind];
    const definition = defineGame(() => new Echo(space));
    const width = actionBytes(space);
    const actions = new Uint8Array(3 * width);
    const good = makeReplay({ seed: 1, actions }, definition);
    expect(new ReplayPlayer(good, definition).length).toBe(3);
    const bad = actions.slice();
    actionWriter(space)(action, 0, bad, 2 * width);
    expect(() => new ReplayPlayer({ ...good, actions: bad }, definition)).toThrow(
      `replay: no such action at decision 2 (${problem}`,
    );
  },
);

test("a replay that claims more decisions than it has actions is refused", () => {
  const replay = played(6, 50);
  expect(() => new ReplayPlayer({ ...replay, length: 60 }, breakout)).toThrow(
    "replay: no such action at decision 50 (got undefined, expected",
  );
});

test("episodes of a game in another process cannot be played again, and the error says so", () => {
  const { id, title, variants, defaultVariant, create } = breakout;
  const remote = () => create().spec;
  const elsewhere = { id, title, variants, defaultVariant, create, remote };
  const message =
    "replay: an episode cannot be played again where its game runs in another process (got breakout, expected a game of this process)";
  const actions = new Uint8Array(3);
  expect(() => makeReplay({ seed: 1, actions }, elsewhere)).toThrow(
    expect.objectContaining({ code: "UNSUPPORTED", message }),
  );
  expect(() => new ReplayPlayer(played(6, 50), elsewhere)).toThrow(message);
});

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
        "no such action at decision 0 (got 3, expected a whole number from 0 to 2)",
      ],
    ];
    for (const [change, message] of foreign) {
      expect(() => new ReplayPlayer({ ...replay, ...change }, breakout)).toThrow(message);
    }
  });
});
