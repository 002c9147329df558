/**
 * What holds for every wrapper and any order of them: the envs do not feel each other, a saved env
 * goes on bit for bit, an episode can be started again, and records play in the bare game. The
 * normalisers' running statistics span envs and episodes: they are left out of the laws about envs by
 * themselves, where only their frozen form takes part.
 */
import { describe, expect, test } from "vitest";
import { EnvError } from "../errors.js";
import { defineGame, type GameDefinition } from "../game.js";
import { pendulum } from "../games/classic-control/pendulum.js";
import { ticTacToe } from "../games/tic-tac-toe/tic-tac-toe.js";
import { key } from "../key.js";
import { nextBelow, seedRandom } from "../random.js";
import { findGame } from "../registry.js";
import { makeReplay } from "../replay.js";
import { actionReader } from "../spaces.js";
import { Echo, echoSpaces } from "../testing/echo.js";
import { Nim } from "../testing/nim.js";
import { Points } from "../testing/points.js";
import { look, lookAll, RandomPlay } from "../testing/random-play.js";
import type { EpisodeRecord, VectorEnv } from "../vector-env.js";
import { createVectorEnv, spansEnvs, type WrapperSpec } from "./wrap.js";

interface Case {
  readonly name: string;
  readonly game: GameDefinition;
  readonly wrappers: readonly WrapperSpec[];
}

const games: readonly GameDefinition[] = [
  findGame("breakout"),
  findGame("catch"),
  pendulum,
  defineGame(() => new Echo(echoSpaces["multi-discrete"])),
  ticTacToe,
  defineGame(() => new Nim()),
];
const [breakout, catchGame, , echo, , nim] = games;
const points = defineGame(() => new Points());

const pixels: WrapperSpec = { wrapper: "pixels", width: 9, height: 7 };
const any: readonly WrapperSpec[] = [
  { wrapper: "time-limit", steps: 11 },
  { wrapper: "frame-skip", frames: 3 },
  { wrapper: "frame-skip", frames: 2, max: true },
  { wrapper: "frame-stack", frames: 4 },
  { wrapper: "frame-stack", frames: 3 },
  { wrapper: "flatten" },
  { wrapper: "clip-rewards", bound: 1 },
  { wrapper: "scale-rewards", factor: 0.3 },
  { wrapper: "normalize-observations" },
  { wrapper: "normalize-observations", frozen: true, clip: 2 },
  { wrapper: "normalize-returns" },
  { wrapper: "normalize-returns", frozen: true },
];
const free: readonly WrapperSpec[] = [
  { wrapper: "sticky-actions", probability: 0.25 },
  { wrapper: "no-op-start", most: 6 },
];
const boards: readonly WrapperSpec[] = [
  { wrapper: "action-mask" },
  { wrapper: "action-mask", illegal: "refuse" },
];

const single: readonly Case[] = [
  ...[...any, ...free, { wrapper: "episodic-life" } as const].map((spec) => one(breakout, spec)),
  ...[...any, ...free].map((spec) => one(echo, spec)),
  ...[...boards, { wrapper: "opponent" } as const].flatMap((spec) => [
    one(ticTacToe, spec),
    one(nim, spec),
    one(points, spec),
  ]),
  one(breakout, pixels),
  one(catchGame, { wrapper: "no-op-start", most: 20 }),
];

function one(game: GameDefinition, spec: WrapperSpec): Case {
  const { wrapper, ...settings } = spec;
  return { name: `${wrapper} ${JSON.stringify(settings)} of ${game.id}`, game, wrappers: [spec] };
}

/** As deep RL has used them. */
const usual: readonly Case[] = [
  {
    name: "the Atari benchmark's",
    game: breakout,
    wrappers: [
      pixels,
      { wrapper: "sticky-actions", probability: 0.25 },
      { wrapper: "no-op-start", most: 10 },
      { wrapper: "frame-skip", frames: 4, max: true },
      { wrapper: "episodic-life" },
      { wrapper: "frame-stack", frames: 4 },
      { wrapper: "clip-rewards", bound: 1 },
      { wrapper: "time-limit", steps: 12 },
    ],
  },
  {
    name: "those of continuous control",
    game: pendulum,
    wrappers: [{ wrapper: "normalize-observations" }, { wrapper: "normalize-returns" }],
  },
  {
    name: "those of a board game",
    game: ticTacToe,
    wrappers: [{ wrapper: "opponent" }, { wrapper: "action-mask" }, { wrapper: "flatten" }],
  },
];
const composed = Array.from({ length: 24 }, (_, i) => composition(i));

/** Two to five wrappers at random around a game at random. */
function composition(seed: number): Case {
  const random = new Uint32Array(4);
  seedRandom(random, key(seed).child("composition").toSeed());
  const pick = <T>(list: readonly T[]): T => list[nextBelow(random, list.length)];
  const game = games[seed % games.length];
  const wrappers: WrapperSpec[] = nextBelow(random, 3) === 0 ? [pixels] : [];
  const isBoard = game === ticTacToe || game === nim;
  const known = isBoard
    ? [...any, ...boards, { wrapper: "opponent" } as const]
    : [...any, ...free, ...(game === breakout ? [{ wrapper: "episodic-life" } as const] : [])];
  for (let left = 2 + nextBelow(random, 4); left > 0; left--) {
    const next = pick(known);
    const isSecond = next.wrapper === "opponent" && wrappers.includes(next);
    // an action repeated on a board is not allowed there
    if (!isSecond && !(isBoard && next.wrapper === "frame-skip")) wrappers.push(next);
  }
  const name = wrappers.map(({ wrapper }) => wrapper).join(" > ");
  return { name: `${seed}: ${game.id} > ${name}`, game, wrappers };
}

const cases = [...single, ...usual, ...composed];
const separate = cases.filter(({ wrappers }) => !wrappers.some(spansOpenly));

function spansOpenly(spec: WrapperSpec): boolean {
  return spansEnvs(spec) && !("frozen" in spec && spec.frozen);
}

const COUNT = 5;

function make(
  { game, wrappers }: Case,
  options: { count?: number; firstEnv?: number; records?: EpisodeRecord[] } = {},
): VectorEnv {
  const { count = COUNT, firstEnv = 0, records } = options;
  const onEpisode = (record: EpisodeRecord): unknown => records?.push(record);
  return createVectorEnv(game, {
    count,
    firstEnv,
    key: key(17),
    maxSteps: 70,
    wrappers,
    onEpisode,
  });
}

function started(which: Case, options: Parameters<typeof make>[1] = {}): VectorEnv {
  const env = make(which, options);
  env.reset();
  return env;
}

/** Whether any action of a board game may be given. */
function forgives({ wrappers }: Case): boolean {
  const masks = wrappers.filter((spec) => spec.wrapper === "action-mask");
  return masks.length > 0 && masks.every(({ illegal }) => illegal !== "refuse");
}

/** Records by env and episode, in the order of the envs. */
function sorted(records: readonly EpisodeRecord[]): EpisodeRecord[] {
  return [...records].sort((a, b) => a.env - b.env || a.episode - b.episode);
}

const STEPS = 90;

describe.each(separate.map((which) => [which.name, which] as const))("%s", (_name, which) => {
  const isBlind = forgives(which);

  test("steps of parts, in any order, make a whole step", () => {
    const records: EpisodeRecord[][] = [[], []];
    const whole = started(which, { records: records[0] });
    const parts = started(which, { records: records[1] });
    const play = new RandomPlay(whole, isBlind);
    const random = new Uint32Array(4);
    seedRandom(random, 3);
    for (let step = 0; step < STEPS; step++) {
      play.choose();
      parts.actions.set(whole.actions);
      whole.step();
      const border = nextBelow(random, COUNT + 1);
      const ranges = [
        [0, border],
        [border, COUNT],
      ];
      if (nextBelow(random, 2) === 0) ranges.reverse();
      for (const [from, to] of ranges) parts.stepRange(from, to);
      expect(lookAll(parts)).toEqual(lookAll(whole));
    }
    expect(sorted(records[1])).toEqual(sorted(records[0]));
  });

  test("an env is the same in any number of them, and in a part of a larger set", () => {
    const all = started(which);
    const few = started(which, { count: 2 });
    const part = started(which, { firstEnv: 3, count: 2 });
    const plays = [all, few, part].map((env) => new RandomPlay(env, isBlind));
    for (let step = 0; step < STEPS; step++) {
      for (const play of plays) play.play(1);
      expect(lookAll(few)).toEqual(lookAll(all).slice(0, 2));
      expect(lookAll(part)).toEqual(lookAll(all).slice(3));
    }
  });

  test("an episode started again takes the same course from the same actions", () => {
    const played = started(which);
    const play = new RandomPlay(played, isBlind);
    const i = 3;
    const again = make(which);
    for (let step = 0, episode = -1; step < STEPS; step++) {
      if (played.current(i).episode !== episode) {
        episode = played.current(i).episode;
        again.restart(i, episode);
        expect(look(again, i).observation).toEqual(look(played, i).observation);
        expect(again.current(i)).toEqual(played.current(i));
      }
      play.choose();
      again.actions.set(played.actions);
      played.step();
      again.stepRange(i, i + 1);
      expect(look(again, i)).toEqual(look(played, i));
    }
  });
});

describe.each(cases.map((which) => [which.name, which] as const))("%s", (_name, which) => {
  const isBlind = forgives(which);

  test("a saved env goes on bit for bit from the middle of episodes", () => {
    const records: EpisodeRecord[][] = [[], []];
    const env = started(which, { records: records[0] });
    const play = new RandomPlay(env, isBlind);
    play.play(37);
    const saved = structuredClone(env.save());
    records[0].length = 0;
    const other = make(which, { records: records[1] });
    other.restore(saved);
    expect(other.save()).toEqual(saved);
    expect(lookAll(other)).toEqual(lookAll(env));
    for (let step = 0; step < STEPS; step++) {
      play.choose();
      other.actions.set(env.actions);
      env.step();
      other.step();
      expect(lookAll(other)).toEqual(lookAll(env));
    }
    env.cut(1);
    other.cut(1);
    expect(lookAll(other)).toEqual(lookAll(env));
    expect(records[1]).toEqual(records[0]);
    expect(other.save()).toEqual(env.save());
  });

  test("every record plays in the bare game to the same return and end", () => {
    const records: EpisodeRecord[] = [];
    const env = started(which, { records });
    const hasOpponent = which.wrappers.some(({ wrapper }) => wrapper === "opponent");
    new RandomPlay(env, isBlind).play(2 * STEPS);
    expect(records.length).toBeGreaterThan(0);
    for (const record of records) {
      const replay = makeReplay(record, which.game);
      const isSecond = hasOpponent && record.return !== replay.return; // then it counts the other way
      expect(record.return).toBe(isSecond ? 0 - replay.return : replay.return);
      expect(record.length).toBe(replay.length);
      expect(endsAtLast(which.game, record)).toBe(record.terminated);
      expect(record.truncated).toBe(!record.terminated);
    }
  });

  test("a step that nobody looks at plays all the same", () => {
    const looked = started(which);
    const blind = started(which);
    const play = new RandomPlay(looked, isBlind);
    for (let step = 0; step < STEPS; step++) {
      play.choose();
      blind.actions.set(looked.actions);
      looked.step();
      const isLooked = step % 4 === 3;
      blind.stepRange(0, COUNT, isLooked);
      const [shown, expected] = [lookAll(blind), lookAll(looked)];
      for (let i = 0; i < COUNT; i++) {
        const isNew = expected[i].final.length > 0; // the row of an episode that begins is there
        const free = isLooked || isNew ? {} : { observation: expect.any(String) };
        expect(shown[i]).toEqual({ ...expected[i], ...free });
      }
    }
  });

  test("reset forgets everything", () => {
    const env = started(which);
    const first = lookAll(env);
    const play = new RandomPlay(env, isBlind);
    play.play(30);
    env.reset();
    if (!which.wrappers.some(spansOpenly)) expect(lookAll(env)).toEqual(first);
    expect(lookAll(env).map(({ reward, terminated }) => [reward, terminated])).toEqual(
      first.map(({ reward, terminated }) => [reward, terminated]),
    );
  });

  test("the state of other wrappers is refused and changes nothing", () => {
    const env = started(which);
    new RandomPlay(env, isBlind).play(9);
    const before = env.save();
    const others: readonly (readonly WrapperSpec[])[] = [
      [...which.wrappers, { wrapper: "time-limit", steps: 77 }],
      [...which.wrappers, { wrapper: "flatten" }],
      [...which.wrappers.slice(0, -1), { wrapper: "time-limit", steps: 78 }],
      which.wrappers.slice(0, -1),
    ];
    for (const wrappers of others) {
      const other = started({ ...which, wrappers });
      expect(() => env.restore(other.save())).toThrow(EnvError);
      expect(() => env.restore(other.save())).toThrow("VectorEnv.restore: the state has");
      expect(env.save()).toEqual(before);
    }
  });
});

/** Whether the bare game is over after the record's last action, and not before. */
function endsAtLast(definition: GameDefinition, record: EpisodeRecord): boolean {
  const game = definition.create();
  const read = actionReader(game.spec.actions);
  const width = record.actions.length / record.length;
  game.seed(record.seed);
  game.reset();
  for (let step = 0; step < record.length; step++) {
    expect(game.terminated).toBe(false);
    game.step(read(record.actions, step * width));
  }
  return game.terminated;
}
