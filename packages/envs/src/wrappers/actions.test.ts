/** Wrappers that decide what is played: sticky actions and the action mask. */
import { describe, expect, test } from "vitest";
import { defineGame, type GameDefinition } from "../game.js";
import { ticTacToe } from "../games/tic-tac-toe/tic-tac-toe.js";
import { key } from "../key.js";
import { findGame } from "../registry.js";
import { actionReader } from "../spaces.js";
import { startLocal } from "../testing/beside.js";
import { Echo, echoSpaces } from "../testing/echo.js";
import { Nim } from "../testing/nim.js";
import { RandomPlay } from "../testing/random-play.js";
import type { EpisodeRecord, VectorEnv } from "../vector-env.js";
import { actionMask } from "./action-mask.js";
import { stickyActions } from "./sticky-actions.js";
import { createVectorEnv, type WrapperSpec } from "./wrap.js";

function make(
  game: GameDefinition,
  wrappers: readonly WrapperSpec[],
  count: number,
): { env: VectorEnv; records: EpisodeRecord[] } {
  const records: EpisodeRecord[] = [];
  const env = createVectorEnv(game, {
    count,
    key: key(5),
    wrappers,
    onEpisode: (record) => records.push(record),
  });
  env.reset();
  return { env, records };
}

describe("sticky-actions", () => {
  const echo = defineGame(() => new Echo(echoSpaces.box));

  /** The first entries of all actions that a record holds. */
  function playedOf(record: EpisodeRecord): number[] {
    const read = actionReader(echoSpaces.box);
    return Array.from({ length: record.length }, (_, step) => {
      const action = read(record.actions, 12 * step);
      return typeof action === "number" ? action : action[0];
    });
  }

  /** Plays a different number at every step, and says which, episode by episode. */
  function playNumbers(probability: number, steps: number, count: number) {
    const { env, records } = make(echo, [{ wrapper: "sticky-actions", probability }], count);
    const given = Array.from({ length: count }, (): number[][] => [[]]);
    for (let step = 0; step < steps; step++) {
      for (let i = 0; i < count; i++) {
        env.actions[3 * i] = Math.fround((1 + step) / (steps + 1));
        given[i].at(-1)?.push(env.actions[3 * i]);
      }
      env.step();
      for (let i = 0; i < count; i++) if (env.terminated[i] === 1) given[i].push([]);
    }
    return records.map((record) => ({
      played: playedOf(record),
      given: given[record.env][record.episode],
    }));
  }

  test("the last action is played again as often as said, and the one given otherwise", () => {
    const probability = 0.25;
    let repeats = 0;
    let decisions = 0;
    for (const { played, given } of playNumbers(probability, 3000, 4)) {
      for (let step = 0; step < played.length; step++) {
        const last = step === 0 ? 0 : played[step - 1]; // before the first stands the idle action
        expect([given[step], last]).toContain(played[step]);
        repeats += played[step] === last ? 1 : 0;
        decisions += 1;
      }
    }
    expect(decisions).toBe(12000);
    const sigma = Math.sqrt(decisions * probability * (1 - probability));
    expect(Math.abs(repeats - decisions * probability)).toBeLessThan(4 * sigma);
  });

  test("at the start of an episode the idle action sticks, not the last one of the episode before", () => {
    const firsts = playNumbers(0.5, 6000, 4).map(({ played, given }) => [played[0], given[0]]);
    const idle = firsts.filter(([played]) => played === 0).length;
    const asGiven = firsts.filter(([played, given]) => played === given).length;
    expect(idle + asGiven).toBe(firsts.length);
    expect(Math.abs(idle - firsts.length / 2)).toBeLessThan(2 * Math.sqrt(firsts.length));
    expect(firsts.length).toBe(160);
  });

  test("with 0 nothing sticks, with 1 everything does", () => {
    for (const { played, given } of playNumbers(0, 300, 1)) expect(played).toEqual(given);
    for (const { played } of playNumbers(1, 300, 1)) expect(new Set(played)).toEqual(new Set([0]));
  });

  test("what the learner chose stays in its array", () => {
    const { env } = make(echo, [{ wrapper: "sticky-actions", probability: 1 }], 2);
    env.actions.set([0.5, 0.25, 1, -0.5, 0, 3]);
    env.step();
    expect([...env.actions]).toEqual([0.5, 0.25, 1, -0.5, 0, 3]);
  });

  test("within a frame skip, each skipped frame draws anew", () => {
    const wrappers: WrapperSpec[] = [
      { wrapper: "sticky-actions", probability: 0.5 },
      { wrapper: "frame-skip", frames: 3 },
    ];
    const { env, records } = make(echo, wrappers, 1);
    for (let step = 0; step < 50; step++) {
      env.actions[0] = Math.fround((1 + step) / 51);
      env.step();
    }
    const played = playedOf(records[0]);
    const changes = [0, 1, 2].map(
      (phase) => played.filter((a, t) => t % 3 === phase && a !== (played[t - 1] ?? 0)).length,
    );
    expect(Math.min(...changes)).toBeGreaterThan(3); // an action can arrive late by some frames
  });

  test("refuses what is no probability", () => {
    const inner = startLocal(findGame("catch"), 1);
    for (const probability of [-0.1, 1.1, Number.NaN]) {
      expect(() => stickyActions(inner, { probability })).toThrow(
        `sticky-actions: probability must be 0 to 1 (got ${probability})`,
      );
    }
  });
});

describe("action-mask", () => {
  test("lets allowed actions through and replaces the others, each allowed one as likely", () => {
    const { env, records } = make(ticTacToe, [{ wrapper: "action-mask" }], 20);
    while (records.length < 2000) {
      env.actions.fill(4); // the centre, again and again
      env.step();
      expect(env.actions.every((action) => action === 4)).toBe(true);
    }
    const seconds = new Array<number>(9).fill(0);
    for (const { actions } of records) {
      expect(actions[0]).toBe(4);
      expect(new Set(actions).size).toBe(actions.length); // no cell twice
      seconds[actions[1]] += 1;
    }
    expect(seconds[4]).toBe(0);
    const expected = records.length / 8;
    const sigma = Math.sqrt((expected * 7) / 8);
    for (const cell of [0, 1, 2, 3, 5, 6, 7, 8]) {
      expect(Math.abs(seconds[cell] - expected)).toBeLessThan(4 * sigma);
    }
  });

  test("a learner that looks at the masks feels nothing", () => {
    const nim = defineGame(() => new Nim());
    const bare = make(nim, [], 3);
    const masked = make(nim, [{ wrapper: "action-mask" }], 3);
    const plays = [bare.env, masked.env].map((env) => new RandomPlay(env));
    for (let step = 0; step < 60; step++) for (const play of plays) play.play(1);
    expect(masked.records).toEqual(bare.records);
    expect(masked.env.masks).toEqual(bare.env.masks);
  });

  test("refuses what is not allowed where it is to, and plays nothing", () => {
    const { env } = make(ticTacToe, [{ wrapper: "action-mask", illegal: "refuse" }], 2);
    env.actions.set([4, 3]);
    env.step();
    env.actions.set([4, 4]);
    expect(() => env.step()).toThrow(
      "tictactoe: action of env 0 is not allowed (got 4, expected one of 0, 1, 2, 3, 5, 6, 7, 8)",
    );
    expect([env.current(0).length, env.current(1).length]).toEqual([1, 1]);
  });

  test.each(["replace", "refuse"] as const)(
    "what is no action at all is refused (%s)",
    (illegal) => {
      for (const wrong of [-1, 9, 15]) {
        const { env } = make(ticTacToe, [{ wrapper: "action-mask", illegal }], 2);
        env.actions[0] = wrong;
        expect(() => env.step()).toThrow(
          `tictactoe: invalid action of env 0 (got ${wrong}, expected 0 to 8)`,
        );
      }
    },
  );

  test("knows what is allowed also after steps that were not looked at", () => {
    const wrappers: WrapperSpec[] = [{ wrapper: "action-mask", illegal: "refuse" }];
    const { env } = make(ticTacToe, wrappers, 1);
    env.actions[0] = 4;
    env.stepRange(0, 1, false);
    expect(env.masks?.[4]).toBe(0);
    expect(() => env.step()).toThrow("is not allowed");
  });

  test("refuses games without masks, and settings that are none", () => {
    expect(() => actionMask(startLocal(findGame("catch"), 1))).toThrow(
      "action-mask: in catch every action is allowed",
    );
    const illegal = JSON.parse('"ignore"');
    expect(() => actionMask(startLocal(ticTacToe, 1), { illegal })).toThrow(
      'action-mask: illegal must be "replace" or "refuse" (got "ignore")',
    );
  });
});
