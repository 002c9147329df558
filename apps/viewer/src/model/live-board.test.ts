import { actionWriter, findGame, type Game } from "@carom/envs";
import type { LiveBoard as LivePart } from "@carom/runs/formats";
import { describe, expect, test } from "vitest";
import { Film } from "./film.js";
import { LiveBoard } from "./live-board.js";
import { LiveEpisode, LivePlayer } from "./live-episode.js";
import { PrimitiveList } from "./primitives.js";
import { followTheBall } from "./testing.js";

const breakout = findGame("breakout");
const rate = breakout.create().spec.decisionsPerSecond;

function part(facts: Partial<LivePart>): LivePart {
  return {
    env: 0,
    episode: 0,
    seed: 7,
    from: 0,
    actions: new Uint8Array(0),
    reset: false,
    ...facts,
  };
}

function still(count: number): Uint8Array {
  return new Uint8Array(count);
}

/** The picture of the game itself after some decisions of standing still. */
function pictureAfter(seed: number, steps: number): PrimitiveList {
  const game: Game = breakout.create();
  game.seed(seed);
  game.reset();
  for (let i = 0; i < steps; i++) game.step(0);
  const list = new PrimitiveList();
  game.draw(list);
  return list;
}

describe("LiveBoard", () => {
  test("[L1] plays an episode from its start, as fast as people can follow", () => {
    const board = new LiveBoard(0, () => breakout.create());
    expect(board.receive(part({ actions: still(30), reset: true }))).toBe(true);
    expect(board.picture?.equals(pictureAfter(7, 0))).toBe(true);
    board.advance(10 / rate, false);
    expect(board.step).toBe(10);
    expect(board.picture?.equals(pictureAfter(7, 10))).toBe(true);
  });

  test("[L2] at the end it rests, then jumps to the newest episode, over those between", () => {
    const board = new LiveBoard(0, () => breakout.create());
    board.receive(part({ actions: still(3), reset: true }));
    board.receive(part({ episode: 1, seed: 8, actions: still(3), reset: true }));
    board.receive(part({ episode: 2, seed: 9, actions: still(3), reset: true }));
    board.advance(3 / rate, false);
    expect([board.watched?.episode, board.step]).toEqual([0, 3]);
    board.advance(0.5, false);
    expect(board.watched?.episode).toBe(0);
    board.advance(0.5, false);
    expect([board.watched?.episode, board.step]).toEqual([2, 0]);
    expect(board.picture?.equals(pictureAfter(9, 0))).toBe(true);
  });

  test("[L3] a long episode is left after a minute if there is a newer one", () => {
    const lonely = new LiveBoard(0, () => breakout.create());
    const board = new LiveBoard(0, () => breakout.create());
    const actions = followTheBall(7, 1000);
    for (const one of [lonely, board]) one.receive(part({ actions, reset: true }));
    board.receive(part({ episode: 1, seed: 8, reset: true }));
    for (let second = 0; second < 61; second++) {
      lonely.advance(1, false);
      board.advance(1, false);
    }
    expect(board.watched?.episode).toBe(1);
    expect(lonely.watched?.episode).toBe(0);
  });

  test("[L4] waits where the training is slower than the watching", () => {
    const board = new LiveBoard(0, () => breakout.create());
    board.receive(part({ actions: still(4), reset: true }));
    board.advance(2, false);
    expect(board.step).toBe(4);
    board.receive(part({ from: 4, actions: still(4) }));
    board.advance(2 / rate, false);
    expect(board.step).toBe(6);
  });

  test("frames that overlap add only what is new; a gap is told", () => {
    const board = new LiveBoard(0, () => breakout.create());
    board.receive(part({ actions: still(10), reset: true }));
    expect(board.receive(part({ from: 5, actions: still(10) }))).toBe(true);
    expect(board.newest?.length).toBe(15);
    expect(board.receive(part({ from: 20, actions: still(1) }))).toBe(false);
    expect(board.receive(part({ episode: 1, from: 3, actions: still(1) }))).toBe(false);
    expect(board.received).toBe(15);
  });

  test("an episode that is sent again from its start goes on where it was", () => {
    const board = new LiveBoard(0, () => breakout.create());
    board.receive(part({ actions: still(10), reset: true }));
    board.advance(5 / rate, false);
    expect(board.receive(part({ actions: still(12), reset: true }))).toBe(true);
    expect([board.watched?.length, board.step]).toEqual([12, 5]);
  });
});

describe("LiveEpisode", () => {
  const space = { kind: "box", size: 2, low: [-1, -1], high: [1, 1] } as const;

  test("counts whole decisions of several bytes, however the bytes arrive", () => {
    const sent = [Float32Array.of(0.5, -1), Float32Array.of(0.25, 1), Float32Array.of(-0.75, 0)];
    const bytes = new Uint8Array(24);
    const write = actionWriter(space);
    for (const [i, action] of sent.entries()) write(action, 0, bytes, 8 * i);
    for (const cuts of [[24], [8, 16, 24], [3, 11, 12, 23, 24], [1, 24]]) {
      const episode = new LiveEpisode(0, 0, 7, space);
      let from = 0;
      for (const to of cuts) {
        expect(episode.add(from, bytes.subarray(from, to))).toBe(true);
        expect(episode.length).toBe(Math.floor(to / 8));
        from = to;
      }
      expect(sent.map((_, step) => episode.action(step).toString())).toEqual(sent.map(String));
    }
  });

  test("bytes that come twice change nothing, and a gap is told", () => {
    const episode = new LiveEpisode(0, 0, 7, space);
    episode.add(0, new Uint8Array(12));
    expect(episode.add(4, Uint8Array.of(9, 9, 9, 9, 9, 9, 9, 9, 1, 1, 1, 1))).toBe(true);
    expect([episode.length, String(episode.action(0))]).toEqual([2, "0,0"]);
    expect(episode.add(17, new Uint8Array(7))).toBe(false);
    expect(episode.length).toBe(2);
  });
});

describe("Film", () => {
  function film(): Film {
    const episode = new LiveEpisode(0, 0, 7, breakout.create().spec.actions);
    episode.add(0, still(40));
    return new Film(new LivePlayer(breakout.create(), episode));
  }

  test("shows exactly the picture of a whole decision, however it was reached", () => {
    const reel = film();
    for (const position of [3, 3.4, 3.9, 4, 17, 16.5, 2, 40]) reel.show(position, true);
    for (const step of [5, 39, 0, 12]) {
      reel.show(step + 0.5, true);
      reel.show(step, true);
      expect(reel.picture.equals(pictureAfter(7, step))).toBe(true);
      expect(reel.player.step).toBe(step);
    }
  });

  test("shows a picture between two decisions, or the earlier one if it is not to blend", () => {
    const reel = film();
    reel.show(20.5, true);
    expect(reel.picture.equals(pictureAfter(7, 20))).toBe(false);
    reel.show(20.5, false);
    expect(reel.picture.equals(pictureAfter(7, 20))).toBe(true);
  });

  test("says whether the picture changed", () => {
    const reel = film();
    expect(reel.show(1, true)).toBe(true);
    expect(reel.show(1, true)).toBe(false);
    expect(reel.show(1.7, false)).toBe(false);
  });
});
