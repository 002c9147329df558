/** What else games on a GPU do: pictures, faults, the cache, and what they refuse. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  defineGame,
  type EpisodeRecord,
  findGame,
  type Game,
  type GameDefinition,
  type GameSpec,
  key,
  LocalVectorEnv,
  pixelObserver,
} from "@carom/envs";
import { liveTensors, openDevice, zeros } from "@carom/tensor";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, describe, expect, test } from "vitest";
import { EpisodeLogs } from "../../src/gpu-games/episode-logs.js";
import { GpuGames } from "../../src/gpu-games/gpu-games.js";
import { drawActions, expectBits, temporaryFolder } from "./games.js";

const cache = temporaryFolder();
const device = openTestedDevice();
afterAll(() => device.dispose());

/** Counts up; reads outside of its array, or gives what is no number, where the action asks for it. */
class Faulty implements Game {
  static uses = () => ({});
  readonly spec: GameSpec = {
    id: "faulty",
    variant: "classic",
    version: 1,
    title: "Faulty",
    actions: { kind: "discrete", names: ["count", "read outside", "divide by zero"] },
    observation: { size: 1, shape: [1] },
    board: { width: 1, height: 1 },
    decisionsPerSecond: 1,
    maxSteps: 100,
  };
  terminated = false;
  private readonly cells = new Float64Array(4);
  private at = 0;

  seed(_seed: number): void {}

  reset(): void {
    this.terminated = false;
    this.at = 0;
  }

  step(action: number): number {
    this.at += action === 1 ? 10 : 0;
    const cell = this.cells[this.at];
    this.at = 0;
    return action === 2 ? 1 / 0 : cell;
  }

  observe(out: Float32Array, at: number): void {
    out[at] = this.at;
  }

  draw(): void {}
}

describe("pictures", () => {
  test.each(["breakout", "snake"])("of %s are those of the processor", (id) => {
    const game = findGame(id);
    const options = { count: 5, key: key(2), maxSteps: 12 };
    const size = { width: 30, height: 24 };
    const observer = (spec: GameSpec) => pixelObserver(spec, size);
    const env = new LocalVectorEnv(game, { ...options, observer });
    const games = new GpuGames({ game, ...options, device, cache, pixels: size });
    const [now, last] = [0, 1].map(() => zeros([5, 24, 30, 1], { dtype: "uint8", device }));
    const random = Uint32Array.of(1, 2, 3, 4);
    games.reset();
    env.reset();
    for (let step = 0; step < 30; step++) {
      drawActions(env, random);
      games.actions.write(env.actions);
      games.step();
      env.step();
      games.pixels(now);
      games.finalPixels(last);
      expectBits(`pictures at step ${step}`, now, env.observations);
      expectBits(`last pictures at step ${step}`, last, env.finalObservations);
    }
    expect(() => games.pixels(games.observations)).toThrow(/pixels do not fit/);
    for (const one of [games, now, last]) one.dispose();
  });
});

describe("faults", () => {
  test("are told in words, once, and the games go on", () => {
    const game = defineGame(() => new Faulty());
    const options = { game, count: 4, key: key(1), firstEnv: 10, device, cache, checked: true };
    const games = new GpuGames(options);
    games.reset();
    games.actions.write(Int32Array.of(0, 1, 2, 7));
    games.step();
    expect(games.statistics().faults).toBe(3);
    expect(games.takeFaults()).toEqual([
      { env: 11, text: expect.stringMatching(/index is outside .*Faulty\.step/) },
      { env: 12, text: "a reward is not a finite float32 number" },
      { env: 13, text: "an action is outside of its space" },
    ]);
    games.actions.fill(0);
    games.step();
    expect(games.takeFaults()).toEqual([]);
    games.dispose();
  });
});

describe("the cache", () => {
  const make = (folder: string | false, checked = false): string => {
    const games = new GpuGames({
      ...{ game: findGame("catch"), count: 2, key: key(1), device },
      ...{ cache: folder, checked },
    });
    games.reset();
    games.dispose();
    return games.origin;
  };

  test("keeps what was compiled, and nothing that is not whole", () => {
    const folder = temporaryFolder();
    expect(make(folder)).toBe("compiled");
    const files = readdirSync(folder);
    expect(files).toHaveLength(1);
    expect(make(folder)).toBe("cache");
    expect(readdirSync(folder)).toEqual(files);
    expect(make(folder, true)).toBe("compiled"); // another text
    const file = join(folder, files[0]);
    writeFileSync(file, readFileSync(file).subarray(0, -1));
    expect(make(folder)).toBe("compiled");
    expect(make(folder)).toBe("cache");
  });

  test("may be where nothing can be written, or not at all", () => {
    const file = join(temporaryFolder(), "file");
    writeFileSync(file, "");
    expect(make(file)).toBe("compiled");
    expect(make(false)).toBe("compiled");
  });
});

describe("what is refused", () => {
  const options = { game: findGame("catch"), count: 2, key: key(1), device, cache };

  test("names the reason and the way out", () => {
    class Chancy extends Faulty {
      override step(): number {
        return Math.random();
      }
    }
    const game = defineGame(() => new Chancy());
    expect(() => new GpuGames({ ...options, game })).toThrow(
      expect.objectContaining({
        code: "UNSUPPORTED_GAME",
        message: expect.stringMatching(/Math\.random cannot be seeded.*on the processor/s),
      }),
    );
    const remote: GameDefinition = { ...options.game, remote: () => options.game.create().spec };
    expect(() => new GpuGames({ ...options, game: remote })).toThrow(/not run in this process/);
    expect(() => new GpuGames({ ...options, variant: "other" })).toThrow(/no such variant/);
    expect(() => new GpuGames({ ...options, count: 0 })).toThrow(/count must be a positive/);
    expect(() => new GpuGames({ ...options, opponent: true })).toThrow(/not a game for two/);
    using cpu = openDevice("cpu");
    expect(() => new GpuGames({ ...options, device: cpu })).toThrow(/only a GPU/);
  });

  test("steps before reset, rows that do not fit, states of others", () => {
    const games = new GpuGames(options);
    expect(() => games.step()).toThrow(/call reset\(\) first/);
    games.reset();
    expect(() => games.step({ rewards: games.actions })).toThrow(/rewards do not fit/);
    const state = games.save();
    const other = new GpuGames({ ...options, key: key(2) });
    expect(() => other.restore(state)).toThrow(expect.objectContaining({ code: "STATE_MISMATCH" }));
    expect(() => games.finalPixels(games.observations)).toThrow(/make the games with `pixels`/);
    for (const one of [games, other]) one.dispose();
  });

  test("a log that is not kept lets a state go on on a GPU only", () => {
    const bare = new GpuGames({ ...options, log: false });
    bare.reset();
    bare.step();
    const state = bare.save();
    const { game, count } = options;
    const env = new LocalVectorEnv(game, { count, key: options.key });
    expect(() => env.restore(state)).toThrow(/another log/);
    const again = new GpuGames({ ...options, log: false });
    again.restore(state);
    for (const one of [bare, again]) one.step();
    expectBits("observations", again.observations, bare.observations.toTypedArray());
    for (const one of [bare, again]) one.dispose();
  });

  test("of a state without a log, episodes that had just begun are known as a whole", () => {
    const settings = { ...options, game: findGame("cartpole") };
    const bare = new GpuGames({ ...settings, log: false });
    const games = new GpuGames(settings);
    games.follow(100, { games: 2, most: 100 });
    const logs = new EpisodeLogs(games, 2);
    let right = 0;
    /** The first game's pole falls at once, the other's stays up for a while. */
    const step = (one: GpuGames): void => {
      right = 1 - right;
      one.actions.write(Int32Array.of(0, right));
      one.step();
    };
    bare.reset();
    const lengths = (): number[] => Array.from(bare.tensors.lengths.toTypedArray());
    while (bare.tensors.episodes.toTypedArray()[0] === 0) step(bare);
    expect(lengths()).toEqual([0, expect.toSatisfy((length) => length > 0)]);
    const state = bare.save();
    games.restore(state);
    logs.restore(state.arrays);
    const endOf = (env: number, episode: number): EpisodeRecord | undefined => {
      while (games.tensors.episodes.toTypedArray()[env] === episode) step(games);
      const { best, worst } = games.statistics();
      const ended = [best, worst].find((one) => one?.env === env);
      expect(ended).toMatchObject({ env, episode });
      return ended && logs.find(ended);
    };
    expect(endOf(0, 1)).toMatchObject({ env: 0, episode: 1 });
    expect(endOf(1, 0)).toBe(undefined); // nobody has read how it began
    for (const one of [bare, games]) one.dispose();
  });

  test("an episode whose decisions were written over, or never known, is not told", () => {
    const follow = (games: GpuGames): EpisodeLogs => {
      games.follow(4, { games: 1, most: 3 });
      return new EpisodeLogs(games, 1);
    };
    const games = new GpuGames({ ...options, maxSteps: 3 });
    const logs = follow(games);
    const step = (times: number): void => {
      for (let i = 0; i < times; i++) games.step();
    };
    games.reset();
    logs.reset();
    step(4);
    const { best } = games.statistics();
    if (best === undefined) throw new Error("no episode has ended");
    expect(logs.find(best)).toMatchObject({ env: 0, episode: 0, length: 3, truncated: true });
    expect(logs.take()).toHaveLength(1);
    step(4); // the log holds 7 decisions
    expect(logs.find(best)).toBe(undefined);
    step(4);
    expect(logs.take()).toEqual([]);
    expect(logs.current(0)).toMatchObject({ episode: 4, length: 0 });
    step(1);
    expect(logs.take()).toEqual([]);
    const next = (): EpisodeRecord[] => {
      games.tensors.ends.fill(0); // as a rollout does
      step(3);
      return logs.take();
    };
    expect(next()).toEqual([]); // episode 4, whose first decision nobody has read
    expect(next()).toMatchObject([{ episode: 5, length: 3 }]);
    games.dispose();
  });

  test("nothing is left on the device", () => {
    const before = liveTensors(device);
    const games = new GpuGames(options);
    games.reset();
    games.restore(games.save());
    games.dispose();
    games.dispose();
    expect(liveTensors(device)).toBe(before);
  });
});
