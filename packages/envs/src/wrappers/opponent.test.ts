import { describe, expect, test } from "vitest";
import type { Game } from "../game.js";
import { ticTacToe } from "../games/tic-tac-toe/tic-tac-toe.js";
import { key } from "../key.js";
import { LocalVectorEnv } from "../local-env.js";
import { findGame } from "../registry.js";
import { hasEnded, rowOf, startLocal } from "../testing/beside.js";
import { Nim } from "../testing/nim.js";
import { Points } from "../testing/points.js";
import { RandomPlay } from "../testing/random-play.js";
import type { EpisodeRecord, VectorEnv } from "../vector-env.js";
import { type Opponent, opponent } from "./opponent.js";
import { createVectorEnv } from "./wrap.js";

function against(
  plays: "random" | Opponent,
  count: number,
  game: () => Game = () => ticTacToe.create(),
): { env: VectorEnv; records: EpisodeRecord[] } {
  const records: EpisodeRecord[] = [];
  const onEpisode = (record: EpisodeRecord): unknown => records.push(record);
  const env = opponent(new LocalVectorEnv(game, { count, key: key(5), onEpisode }), { plays });
  env.reset();
  return { env, records };
}

/** Takes the first free cell of the middle row, else the last free one. */
const middle: Opponent = (_observation, mask) => {
  const cells = [3, 4, 5, 8, 7, 6, 2, 1, 0];
  return cells.find((cell) => mask[cell] === 1) ?? 0;
};

/** Cells with the learner's own marks and the other's, of a tic-tac-toe observation. */
function cellsOf(row: readonly number[]): { own: number[]; other: number[] } {
  const cells = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  return {
    own: cells.filter((cell) => row[2 * cell] === 1),
    other: cells.filter((cell) => row[2 * cell + 1] === 1),
  };
}

/** Plays one env until an episode begins in which the learner is first, or second. */
function waitFor(env: VectorEnv, isFirst: boolean): void {
  const play = new RandomPlay(env);
  const isThere = () => rowOf(env.observations, 0, 1).every((value) => value === 0) === isFirst;
  do play.play(1);
  while (!(hasEnded(env, 0) && isThere()));
}

function move(env: VectorEnv, cell: number): void {
  env.actions[0] = cell;
  env.step();
}

describe("opponent", () => {
  test("its winning answer gives -1 and the position as the learner sees it", () => {
    const { env } = against(middle, 1);
    waitFor(env, true);
    move(env, 0);
    expect([env.rewards[0], env.terminated[0]]).toEqual([0, 0]);
    expect(cellsOf(rowOf(env.observations, 0, 1))).toEqual({ own: [0], other: [3] });
    move(env, 1);
    move(env, 8);
    expect([env.rewards[0], env.terminated[0], env.episodeReturn[0]]).toEqual([-1, 1, -1]);
    expect(env.episodeLength[0]).toBe(6); // the game's decisions
    expect(cellsOf(rowOf(env.finalObservations, 0, 1))).toEqual({
      own: [0, 1, 8],
      other: [3, 4, 5],
    });
  });

  test("it moves first where that is its side", () => {
    const { env } = against(middle, 1);
    waitFor(env, false);
    expect(cellsOf(rowOf(env.observations, 0, 1))).toEqual({ own: [], other: [3] });
    move(env, 0);
    move(env, 1);
    expect([env.rewards[0], env.terminated[0]]).toEqual([-1, 1]);
    expect(cellsOf(rowOf(env.finalObservations, 0, 1))).toEqual({ own: [0, 1], other: [3, 4, 5] });
  });

  test.each([true, false])("the learner's win gives 1, also when first is %s", (isFirst) => {
    const { env } = against((_row, mask) => [8, 3, 7].find((cell) => mask[cell] === 1) ?? 6, 1);
    waitFor(env, isFirst);
    for (const cell of [0, 1, 2]) move(env, cell);
    expect([env.rewards[0], env.terminated[0], env.episodeReturn[0]]).toEqual([1, 1, 1]);
  });

  test("a move that is not allowed loses for the learner", () => {
    const { env } = against(middle, 1);
    waitFor(env, true);
    move(env, 0);
    move(env, 0);
    expect([env.rewards[0], env.terminated[0]]).toEqual([-1, 1]);
  });

  test("is as games played by hand say, both sides about equally often", () => {
    const { env, records } = against(middle, 6);
    const play = new RandomPlay(env);
    const games = Array.from({ length: 6 }, () => byHand());
    const sides = [0, 0];
    for (let i = 0; i < 6; i++) games[i].begin(rowOf(env.observations, i, 6));
    for (let step = 0; step < 300; step++) {
      play.choose();
      const chosen = [...env.actions];
      env.step();
      expect([...env.actions]).toEqual(chosen);
      for (let i = 0; i < 6; i++) {
        const expected = games[i].play(chosen[i]);
        expect(env.rewards[i]).toBe(expected.reward);
        expect(env.terminated[i]).toBe(expected.over ? 1 : 0);
        const shown = expected.over ? env.finalObservations : env.observations;
        expect(rowOf(shown, i, 6)).toEqual(expected.row);
        if (!expected.over) continue;
        expect(env.episodeReturn[i]).toBe(expected.reward);
        sides[games[i].begin(rowOf(env.observations, i, 6))] += 1;
      }
    }
    const total = sides[0] + sides[1];
    expect(total).toBe(records.length);
    expect(Math.abs(sides[0] - total / 2)).toBeLessThan(2 * Math.sqrt(total));
  });

  test("at random it plays every allowed move as often", () => {
    const { env } = against("random", 50);
    const seen = new Array<number>(9).fill(0);
    const play = new RandomPlay(env);
    let first = 0;
    for (let step = 0; step < 400; step++) {
      play.play(1);
      for (let i = 0; i < 50; i++) {
        if (!hasEnded(env, i)) continue;
        const { other } = cellsOf(rowOf(env.observations, i, 50));
        expect(other.length).toBeLessThan(2);
        for (const cell of other) seen[cell] += 1;
        first += other.length;
      }
    }
    expect(first).toBeGreaterThan(2000);
    const sigma = Math.sqrt((first * 8) / 81);
    for (const times of seen) expect(Math.abs(times - first / 9)).toBeLessThan(4 * sigma);
  });

  test("what its first moves earned counts against the learner's first reward", () => {
    const { env, records } = against(
      (_row, mask) => (mask[1] === 1 ? 1 : 0),
      1,
      () => new Points(),
    );
    const returns: number[] = [];
    for (let step = 0; step < 400; step++) {
      env.actions[0] = 0;
      env.step();
      if (env.terminated[0] === 1) returns.push(env.episodeReturn[0]);
    }
    // five moves by turns, 1 for the learner's and 2 for the opponent's: first, 3 x 1 - 2 x 2
    expect(new Set(returns)).toEqual(new Set([3 - 4, 2 - 6]));
    // records count as the first player does
    expect(new Set(records.map((record) => record.return))).toEqual(new Set([3 - 4, 6 - 2]));
  });

  test("records of createVectorEnv have the learner's return, whichever side it played", () => {
    const ended: EpisodeRecord[] = [];
    const env = createVectorEnv(ticTacToe, {
      count: 20,
      key: key(5),
      firstEnv: 3,
      wrappers: [{ wrapper: "opponent" }],
      onEpisode: (record) => ended.push(record),
    });
    env.reset();
    const play = new RandomPlay(env);
    const returns: number[] = [];
    for (let step = 0; step < 300; step++) {
      ended.length = 0;
      play.play(1);
      for (const record of ended) {
        expect(record.return).toBe(env.episodeReturn[record.env - 3]);
        returns.push(record.return);
      }
    }
    for (const value of [-1, 0, 1]) expect(returns).toContain(value);
  });

  test("an episode that its first move ends is over, and the next one begins", () => {
    const { env, records } = against(
      () => 2,
      1,
      () => new Points(),
    );
    for (let step = 0; step < 50; step++) {
      env.actions[0] = 0;
      env.step();
      expect(env.current(0).length).toBe(0); // the learner is first, or it would be over
      expect(env.terminated[0]).toBe(1);
    }
    expect(records.some(({ length }) => length === 1)).toBe(true);
    expect(records.every(({ length }) => length <= 2)).toBe(true);
    expect(records.map(({ episode }) => episode)).toEqual(records.map((_, i) => i));
  });

  test("an episode that is cut keeps the learner's return", () => {
    const { env } = against(
      () => 1,
      1,
      () => new Points(),
    );
    env.actions[0] = 0;
    env.step();
    const first = env.rewards[0];
    if (env.terminated[0] === 1) throw new Error("too early");
    env.cut(0);
    expect([env.truncated[0], env.episodeReturn[0]]).toEqual([1, first]);
  });

  test("is a game for one: masks are the learner's, and it is nobody's turn", () => {
    const env = createVectorEnv(() => new Nim(), {
      count: 4,
      key: key(5),
      wrappers: [{ wrapper: "opponent" }],
    });
    env.reset();
    expect([env.spec.players, env.turn(0)]).toEqual([undefined, undefined]);
    const play = new RandomPlay(env);
    for (let step = 0; step < 100; step++) {
      play.play(1); // draws from the masks; what is not allowed throws
      for (let i = 0; i < 4; i++) {
        const stones = env.observations[2 * i];
        expect(rowOf(env.masks ?? new Uint8Array(0), i, 4)) //
          .toEqual([0, 1, 2].map((action) => (action < stones ? 1 : 0)));
      }
    }
  });

  test("refuses games that are not for two, and opponents that it does not know", () => {
    expect(() => opponent(startLocal(findGame("catch"), 1))).toThrow(
      "opponent: catch is not a game for two",
    );
    const plays = JSON.parse('"perfect"');
    expect(() => opponent(startLocal(ticTacToe, 1), { plays })).toThrow(
      'opponent: plays is nobody known (got "perfect", expected "random" or a function)',
    );
  });
});

/** Tic-tac-toe against `middle`, move by move. */
function byHand() {
  const game = ticTacToe.create();
  const mask = new Uint8Array(9);
  const row = new Float32Array(18);
  const look = (): number[] => {
    game.observe(row, 0);
    return [...row];
  };
  const answer = (): number => {
    game.legal?.(mask);
    return game.step(middle(row, mask));
  };
  return {
    /** Begins as the learner's first row says; its side. */
    begin(first: readonly number[]): number {
      game.reset();
      const side = first.some((value) => value === 1) ? 1 : 0;
      if (side === 1) answer();
      expect(first).toEqual(look());
      return side;
    },
    play(action: number) {
      let reward = game.step(action);
      if (!game.terminated) reward -= answer();
      return { reward, over: game.terminated, row: look() };
    },
  };
}
