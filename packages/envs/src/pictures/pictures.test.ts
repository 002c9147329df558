import { describe, expect, test } from "vitest";
import type { Canvas, Game, GameDefinition } from "../game.js";
import { seedRandom } from "../random.js";
import { findGame, games } from "../registry.js";
import { decodeReplay, encodeReplay, makeReplay, type Replay } from "../replay.js";
import { ReplayPlayer } from "../replay-player.js";
import { actionBytes, actionWriter, sampleAction } from "../spaces.js";
import { type Drawing, DrawingCanvas, decodeDrawings, encodeDrawings } from "./drawing.js";
import {
  decodePictures,
  pictureAt,
  pictureBytes,
  pictureCount,
  pictureEvery,
  pictureFacts,
} from "./pictures.js";
import { recordedGame } from "./recorded-game.js";

/** An episode of random, allowed actions. */
function played(definition: GameDefinition, most: number): Replay {
  const game = definition.create();
  const { actions: space } = game.spec;
  const random = new Uint32Array(4);
  seedRandom(random, 5);
  game.seed(11);
  game.reset();
  const width = actionBytes(space);
  const write = actionWriter(space);
  const mask = space.kind === "discrete" ? new Uint8Array(space.names.length).fill(1) : undefined;
  const bytes: number[] = [];
  for (let step = 0; step < most && !game.terminated; step++) {
    if (mask) game.legal?.(mask);
    let action = sampleAction(space, random);
    while (typeof action === "number" && mask?.[action] === 0) action = sampleAction(space, random);
    const stored = new Uint8Array(width);
    if (typeof action === "number") stored[0] = action;
    else write(action, 0, stored, 0);
    bytes.push(...stored);
    game.step(action);
  }
  return makeReplay({ seed: 11, actions: Uint8Array.from(bytes) }, definition, { pictures: true });
}

/** What a game draws, its numbers as they are kept. */
function drawn(player: ReplayPlayer): Drawing {
  const canvas = new DrawingCanvas();
  player.game.draw(canvas);
  const kept = (value: number) => (Number.isInteger(value * 8) ? value : Math.fround(value));
  return canvas.shapes.map(([kind, color, ...rest]) => [kind, color, ...rest.map(kept)]);
}

describe.each(games)("$id", (definition) => {
  const replay = decodeReplay(encodeReplay(played(definition, 700)));
  const stand = new ReplayPlayer(replay, recordedGame(replay));
  const real = new ReplayPlayer(replay, definition);

  test("its pictures are what it drew, and count the rewards", () => {
    const every = replay.pictures?.every ?? 0;
    for (let step = 0; step <= replay.length; step += every) {
      real.seek(step);
      stand.seek(step);
      expect(drawn(stand)).toEqual(drawn(real));
      expect(stand.total).toBeCloseTo(real.total, 9);
    }
    real.seek(replay.length);
    stand.seek(replay.length);
    expect(drawn(stand)).toEqual(drawn(real));
    expect(stand.total).toBeCloseTo(replay.return, 9);
  });

  test("between two pictures the earlier one stands", () => {
    stand.seek(0);
    const first = drawn(stand);
    stand.seek(Math.min(7, replay.length - 1));
    expect(drawn(stand)).toEqual(first);
  });
});

test.each([
  [0, 8, 1],
  [1, 8, 2],
  [512, 8, 65],
  [513, 16, 34],
  [5000, 128, 41],
])("an episode of %i decisions has a picture every %i: %i of them", (length, every, count) => {
  expect(pictureEvery(length)).toBe(every);
  expect(pictureCount(length, every)).toBe(count);
  expect(pictureAt(length, length, every)).toBe(count - 1);
});

test("more pictures than are ever recorded are refused: each could be large for a few bytes", () => {
  const { pictures, length } = played(findGame("pendulum"), 100);
  if (!pictures) throw new Error("the replay has no pictures");
  const facts = pictureFacts(pictures);
  const bytes = pictureBytes(pictures);
  expect(decodePictures(facts, bytes, length).every).toBe(8);
  expect(() => decodePictures({ ...facts, every: 1 }, bytes, length)).toThrow(
    /invalid every \(got 1, expected 8\)/,
  );
});

describe("drawings", () => {
  const drawing = (draw: (on: DrawingCanvas) => void): Drawing => {
    const canvas = new DrawingCanvas();
    draw(canvas);
    return canvas.shapes;
  };
  const wall = drawing((on) => {
    on.background(0x101113);
    for (let i = 0; i < 20; i++) on.rect(i * 8, 2, 7.5, 3, 0xff0000 + i);
    on.circle(0.1, -3, 2, 0xffffff, 0.25);
    on.line(0, 0, 1.3, 7, 0.5, 0x00ff00);
    on.digits(1, 1, 5, 1234, 0xabcdef);
  });

  test.each<[string, readonly Drawing[]]>([
    ["nothing", [[], []]],
    ["twice the same", [wall, wall]],
    ["a brick less", [wall, [...wall.slice(0, 5), ...wall.slice(6)]]],
    ["a shape more", [wall, [...wall.slice(0, 5), wall[22], ...wall.slice(5)]]],
    ["another order", [wall, [...wall].reverse()]],
    [
      "one that moved",
      [wall, wall.map((s) => (s[0] === 2 ? [2, s[1], s[2], 4.125, s[4], s[5]] : s))],
    ],
  ])("%s comes back", (_, drawings) => {
    const kept = drawings.map((one) =>
      one.map((shape) => shape.map((n) => (Number.isInteger(n * 8) ? n : Math.fround(n)))),
    );
    expect(decodeDrawings(encodeDrawings(drawings), drawings.length)).toEqual(kept);
  });

  test("a brick less costs a few bytes", () => {
    const one = encodeDrawings([wall]).length;
    const two = encodeDrawings([wall, [...wall.slice(0, 5), ...wall.slice(6)]]).length;
    expect(two - one).toBeLessThan(8);
  });

  test("shapes that are nowhere are left out", () => {
    const shapes = drawing((on) => {
      on.rect(Number.NaN, 0, 1, 1, 0);
      on.circle(0, 0, Number.POSITIVE_INFINITY, 0);
      on.line(0, 0, 1e300, 1, 1, 0);
      on.digits(1, 2, 3, 4, 5);
    });
    expect(shapes).toEqual([[4, 5, 1, 1, 2, 3, 4]]);
  });

  test("bytes that are too short, too long or not of a drawing are refused", () => {
    const bytes = encodeDrawings([wall, wall]);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeDrawings(bytes.subarray(0, length), 2)).toThrow("cannot be read");
    }
    expect(() => decodeDrawings(Uint8Array.of(...bytes, 0), 2)).toThrow("bytes are left over");
    expect(() => decodeDrawings(Uint8Array.of(1, 15), 1)).toThrow("cannot be read");
    expect(() => decodeDrawings(Uint8Array.of(1, 2 << 1), 1)).toThrow("shapes that are not there");
  });
});

describe("bytes of a replay with pictures", () => {
  const replay = played(games[0], 100);

  test("are those of one without, and the pictures", () => {
    const { pictures, ...plain } = replay;
    expect(decodeReplay(encodeReplay(replay))).toEqual(replay);
    expect(decodeReplay(encodeReplay(plain))).toEqual(plain);
    const added = encodeReplay(replay).length - encodeReplay(plain).length;
    expect(added).toBeGreaterThan(pictures?.drawings.length ?? Number.POSITIVE_INFINITY);
    expect(added).toBeLessThan(4000);
  });

  test.each([
    [{ every: 0 }, "invalid every"],
    [{ every: 1 }, "cannot be read"],
    [{ returns: new Float64Array(0), drawings: new Uint8Array(8) }, "too few"],
    [{ decisionsPerSecond: -1 }, "invalid rate"],
    [{ board: { width: 0, height: 1 } }, "invalid board"],
    [{ actions: { kind: "discrete" } }, "invalid actions"],
    [{ actions: { kind: "box", size: 0, low: [0], high: [1] } }, "invalid actions"],
    [{ drawings: new Uint8Array(3) }, "cannot be read"],
  ])("are refused with %j: %s", (change, message) => {
    const { pictures } = replay;
    if (!pictures) throw new Error("it has pictures");
    const changed = { ...replay, pictures: { ...pictures, ...change } as typeof pictures };
    expect(() => decodeReplay(encodeReplay(changed))).toThrow(message);
  });

  test.each<[string, (this: Game, canvas: Canvas) => void]>([
    [
      "fails",
      () => {
        throw new Error("no brush");
      },
    ],
    [
      "draws without end",
      (canvas) => {
        for (let i = 0; i < 70_000; i++) canvas.rect(i, 0, 1, 1, 0);
      },
    ],
  ])("a game whose draw %s gives a replay without them", (_, draw) => {
    const [breakout] = games;
    const create = () => Object.defineProperty(breakout.create(), "draw", { value: draw });
    const episode = { seed: 1, actions: new Uint8Array(3) };
    const made = makeReplay(episode, { ...breakout, create }, { pictures: true });
    expect(made.pictures).toBeUndefined();
    expect(made.length).toBe(3);
  });

  test("a replay without pictures has no recorded game", () => {
    const { pictures: _, ...plain } = replay;
    expect(() => recordedGame(plain)).toThrow("replay: it has no pictures of its own");
  });
});
