import { findGame } from "@carom/envs";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, describe, expect, test } from "vitest";
import type { SavedArray, SavedState, Trainer } from "./agent.js";
import { algorithms, createTrainer, resolveConfig } from "./registry.js";
import { parametersOnly, transferParameters } from "./transfer.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

/** An array of ascending numbers. */
function ramp(shape: readonly number[], from: number): SavedArray {
  const size = shape.reduce((product, length) => product * length, 1);
  return { dtype: "float32", shape, data: Float32Array.from({ length: size }, (_, i) => from + i) };
}

const learned: SavedState = {
  arrays: {
    "parameters.trunk.0.weight": ramp([2, 3], 100),
    "parameters.trunk.1.weight": ramp([2, 2], 200),
    "parameters.heads.weight": ramp([4, 2], 300),
    "optimizer.m": ramp([18], 400),
    "env.actions": { dtype: "int32", shape: [1], data: Int32Array.of(7) },
  },
  json: { algo: "ppo", version: 1, state: { steps: 9000 } },
};

const fresh: SavedState = {
  arrays: {
    "parameters.trunk.0.weight": ramp([2, 5], 0),
    "parameters.trunk.1.weight": ramp([2, 2], 10),
    "parameters.heads.weight": ramp([4, 2], 20),
    "parameters.heads.bias": ramp([4], 30),
    "optimizer.m": ramp([26], 0),
    "env.actions": { dtype: "int32", shape: [1], data: Int32Array.of(1) },
  },
  json: { algo: "dqn", version: 2, state: { steps: 0 } },
};

describe("transferParameters", () => {
  test("takes what has the same name and shape, and says why it leaves the rest", () => {
    expect(transferParameters(learned, fresh).arrays).toEqual([
      {
        name: "trunk.0.weight",
        shape: [2, 5],
        taken: false,
        reason: "shape [2,3] there, [2,5] here",
      },
      { name: "trunk.1.weight", shape: [2, 2], taken: true, reason: "" },
      { name: "heads.weight", shape: [4, 2], taken: true, reason: "" },
      { name: "heads.bias", shape: [4], taken: false, reason: "not there" },
    ]);
  });

  test("only parameters change: optimiser, games, counters and the order of names stay", () => {
    const { state } = transferParameters(learned, fresh);
    expect(Object.keys(state.arrays)).toEqual(Object.keys(fresh.arrays));
    expect(state.json).toEqual(fresh.json);
    const changed = Object.keys(fresh.arrays).filter(
      (path) => state.arrays[path] !== fresh.arrays[path],
    );
    expect(changed).toEqual(["parameters.trunk.1.weight", "parameters.heads.weight"]);
    expect(Array.from(state.arrays["parameters.heads.weight"].data).slice(0, 2)).toEqual([
      300, 301,
    ]);
  });

  test("copies of the network, or of one network in it, stay copies; what only looks like one does not", () => {
    const zeros = ramp([1], 0);
    const here: Record<string, SavedArray> = {
      "parameters.actor.0.weight": ramp([2], 1),
      "parameters.actor.0.bias": zeros,
      "parameters.critics.0.weight": ramp([2], 5),
      "parameters.critics.0.bias": zeros,
    };
    const others = {
      "actors.actor.0.weight": ramp([2], 1), // of the whole, as far as it goes
      "targets.0.weight": ramp([2], 5), // of the critics
      "targets.0.bias": zeros,
      "optimizer.critics.0.weight": { ...zeros, shape: [2], data: new Float32Array(2) }, // moments
      "random.0.bias": ramp([1], 7),
    };
    const to = { arrays: { ...here, ...others }, json: {} };
    const from = Object.keys(here).map((path, i) => [path, ramp(here[path].shape, 100 * (i + 1))]);
    const { arrays } = transferParameters({ arrays: Object.fromEntries(from), json: {} }, to).state;
    const firsts = Object.keys(others).map((path) => arrays[path].data[0]);
    expect(firsts).toEqual([100, 300, 400, 0, 7]);
    arrays["targets.0.weight"].data[0] = -1;
    expect(arrays["parameters.critics.0.weight"].data[0]).toBe(300);
  });

  test("[B28] what was taken is a copy", () => {
    const { state } = transferParameters(learned, fresh);
    state.arrays["parameters.heads.weight"].data[0] = -1;
    expect(learned.arrays["parameters.heads.weight"].data[0]).toBe(300);
  });

  test("another type of numbers is left", () => {
    const doubles = { dtype: "float64", shape: [2, 2], data: new Float64Array(4) } as const;
    const from = { ...learned, arrays: { "parameters.trunk.1.weight": doubles } };
    expect(transferParameters(from, fresh).arrays[1].reason).toBe("float64 there, float32 here");
  });

  test("names of Object.prototype are no parameters", () => {
    const arrays = { "parameters.toString": ramp([1], 0), toString: ramp([1], 0) };
    const list = transferParameters({ arrays: {}, json: {} }, { arrays, json: {} }).arrays;
    expect(list).toEqual([{ name: "toString", shape: [1], taken: false, reason: "not there" }]);
  });

  test("parametersOnly is all that it reads of the other run", () => {
    const lean = parametersOnly(learned);
    expect(Object.keys(lean.arrays)).toHaveLength(3);
    expect(transferParameters(lean, fresh)).toEqual(transferParameters(learned, fresh));
  });
});

describe("trainers", () => {
  const small = { envs: 8, horizon: 16, minibatch: 64, hidden: "16,16" };

  function trainer(game: string, seed: number, algo = "ppo", overrides = {}): Trainer {
    const own = algo === "ppo" ? small : { envs: 8, hidden: "16,16" };
    const config = resolveConfig(algo, game, "", { ...own, ...overrides });
    return createTrainer({
      algo,
      game: findGame(game),
      seed,
      device,
      config,
      totalSteps: 100_000,
    });
  }

  test("begin with another game's layers and go on from their own state bit for bit", () => {
    const teacher = trainer("catch", 1);
    teacher.iterate();
    const pupil = trainer("cartpole", 2);
    const { state, arrays } = transferParameters(teacher.save(), pupil.save());
    expect(arrays.filter(({ taken }) => taken).map(({ name }) => name)).toContain("trunk.1.weight");
    pupil.restore(state);
    expect(pupil.save()).toEqual(state);
    expect(pupil.steps).toBe(0);
    pupil.iterate();
    const again = trainer("cartpole", 2);
    again.restore(state);
    again.iterate();
    expect(again.save()).toEqual(pupil.save());
    for (const one of [teacher, pupil, again]) one.dispose();
  });

  test("of another algorithm give their layers too", () => {
    const teacher = trainer("catch", 1, "reinforce");
    const pupil = trainer("catch", 2);
    const { arrays } = transferParameters(teacher.save(), pupil.save());
    expect(arrays.length).toBeGreaterThan(3);
    expect(arrays.every(({ taken }) => taken)).toBe(true);
    for (const one of [teacher, pupil]) one.dispose();
  });

  const boxed = ["sac", "td3", "ddpg"];

  test.each(algorithms.map(({ name }) => name))(
    "of %s keep the copies of their network equal to it: targets, and actors that follow",
    (algo) => {
      const game = boxed.includes(algo) ? "pendulum" : "catch";
      const make = (seed: number): Trainer => {
        const config = resolveConfig(algo, game, "", { hidden: "16,16" });
        const options = { game: findGame(game), seed, device, config, totalSteps: 10_000 };
        return createTrainer({ algo, ...options });
      };
      const [teacher, pupil] = [make(1), make(2)];
      teacher.iterate();
      const before = pupil.save();
      const { state } = transferParameters(teacher.save(), before);
      const paths = Object.keys(before.arrays);
      const changed = paths.filter((path) => state.arrays[path] !== before.arrays[path]);
      expect(changed).toEqual(paths.filter((path) => /^(parameters|target|actors)/.test(path)));
      pupil.restore(state);
      pupil.iterate();
      for (const one of [teacher, pupil]) one.dispose();
    },
  );
});
