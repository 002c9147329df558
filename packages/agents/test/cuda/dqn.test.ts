/** DQN whose games and memory live on the GPU. What is told of the games: dqn-games.test.ts. */
import { gameOf, key } from "@carom/envs";
import { liveTensors } from "@carom/tensor";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, describe, expect, test } from "vitest";
import {
  createEvaluationEnv,
  createPolicy,
  createTrainer,
  resolveConfig,
  type SavedState,
  type Trainer,
} from "../../src/index.js";
import { Lamps } from "../small-games.js";
import { type Settings, SMALL, savedData, smallTrainer } from "./dqn-trainers.js";
import { iterate } from "./trainers.js";

const device = openTestedDevice();
afterAll(() => device.dispose());

function made(algo: string, id: string, settings: Settings = {}, totalSteps = 10_000) {
  return smallTrainer(device, algo, id, settings, totalSteps);
}

/** Updates so far. */
function updates(trainer: Trainer): number {
  return (trainer.save().json as { state: { optimizer: { step: number } } }).state.optimizer.step;
}

/** As it comes back from a file. */
function fromDisk({ arrays, json }: SavedState): SavedState {
  return { arrays, json: JSON.parse(JSON.stringify(json)) };
}

describe("the order of events", () => {
  test("updates are those of the schedule, and measures have its names", () => {
    const { trainer } = made("dqn", "catch", { learningStarts: 300, trainEvery: 64 });
    const [first, second] = iterate(trainer, 2);
    expect(first.measures["qLoss"]).toBeNaN();
    expect([first.measures["epsilon"], first.measures["replaySize"]]).toEqual([1, 256]);
    expect(second.measures["qLoss"]).toBeGreaterThan(0);
    expect(updates(trainer)).toBe(4); // at 320, 384, 448 and 512
    trainer.dispose();
  });

  test("with more games than trainEvery, every step is followed by updates, and a note says so", () => {
    const { trainer } = made("dqn", "catch", { envs: 32, trainEvery: 4, gradientSteps: 2 });
    expect(trainer.notes?.at(-1)).toMatch(/^trainEvery=4 asks for 16 updates after each step/);
    const [{ steps }] = iterate(trainer, 1);
    expect(steps).toBe(256);
    expect(updates(trainer)).toBe((2 * (256 - 32)) / 4); // from step 64, the first at or above 64, on
    trainer.dispose();
  });

  test("the target network is the online one of the last multiple of targetEvery", () => {
    const { trainer } = made("dqn", "catch", { targetEvery: 512, trainEvery: 256 });
    const part = (name: string) => {
      const { arrays } = trainer.save();
      const entries = Object.entries(arrays).filter(([key]) => key.startsWith(`${name}.`));
      return entries.map(([, { data }]) => data);
    };
    trainer.iterate(); // an update at step 256
    const online = part("parameters");
    expect(part("target")).not.toEqual(online);
    trainer.iterate(); // at step 512 the target moves, then an update
    expect(part("target")).toEqual(online);
    trainer.dispose();
  });

  test("rewards are clipped for the learner alone", () => {
    const { trainer, records } = made("dqn", "catch", { rewardClip: 0.5 });
    trainer.iterate();
    const rewards = savedData(trainer.save(), "replay.columns.rewards.0");
    expect(Math.max(...rewards.map(Math.abs))).toBe(0.5);
    expect(Math.max(...records.map((record) => Math.abs(record.return)))).toBe(1);
    trainer.dispose();
  });
});

describe("saved states", () => {
  test.each<[string, string, Settings]>([
    ["dqn", "cartpole", { timeLimit: 20, nStep: 2 }],
    ["rainbow", "catch", { buffer: 128, trainEvery: 64 }],
    ["dqn", "catch", { observation: "pixels", pixelSize: 8, frameStack: 3, encoder: "mlp" }],
    ["qrdqn", "cartpole", { normalizeObservations: true, quantiles: 4, rewardScale: 0.5 }],
    ["dqn", "probe:mask", { prioritized: true, trainEvery: 64 }],
    ["dqn", "catch", { stickyActions: 0.25, frameSkip: 2 }],
    ["dqn", "tictactoe", {}],
  ])("%s on %s %j go on bit for bit", (algo, id, settings) => {
    const [one, other] = [0, 1].map(() => made(algo, id, { ...settings, envs: 16 }));
    iterate(one.trainer, 2);
    const state = fromDisk(one.trainer.save());
    iterate(other.trainer, 1);
    other.trainer.restore(state);
    const measures = ({ trainer }: typeof one) => iterate(trainer, 2).map((all) => all.measures);
    expect(measures(other)).toEqual(measures(one));
    expect(other.trainer.save()).toEqual(one.trainer.save());
    const last = one.records.at(-1);
    expect(other.records.at(-1)).toEqual(last);
    for (const { trainer } of [one, other]) trainer.dispose();
  });
});

test("the state of its policy plays as the whole state does, with its statistics", () => {
  const { trainer, game, config } = made("dqn", "cartpole", { normalizeObservations: true });
  iterate(trainer, 2);
  const played = [trainer.policyState(), trainer.save()].map((state) => {
    const shared = { game, config, state, count: 2 };
    const env = createEvaluationEnv({ ...shared, key: key(3) });
    const policy = createPolicy({ ...shared, algo: "dqn", device, spec: env.spec });
    env.reset();
    const values = Array.from({ length: 10 }, () => {
      const told = policy.decide(env.observations, env.actions, { greedy: true });
      env.step();
      return [...told.values];
    });
    policy.dispose();
    env.dispose();
    return values;
  });
  expect(played[0]).toEqual(played[1]);
  trainer.dispose();
});

describe("priorities", () => {
  const name = "replay.columns.priorities.0";
  const settings = {
    ...{ prioritized: true, priorityAlpha: 0.6, trainEvery: 256, learningStarts: 256, batch: 16 },
    ...{ learningRate: 0, finalLearningRate: 0 }, // so that errors stay as they are
  };

  /** A memory of 32 rows of 8 transitions, one update, and the priority that each is to have after an update. */
  function learnedOnce() {
    const { trainer, game, config } = made("dqn", "probe:constant", settings);
    iterate(trainer, 1);
    const state = trainer.policyState();
    const policy = createPolicy({ algo: "dqn", game, device, config, state, count: 1 });
    const options = { greedy: true };
    const { actionValues = [] } = policy.decide(new Float32Array(1), new Int32Array(1), options);
    policy.dispose();
    const actions = savedData(trainer.save(), "replay.columns.actions.0").slice(0, 256);
    const wanted = actions.map((a) => (Math.abs(1 - actionValues[a]) + 1e-6) ** 0.6); // the reward is 1, and the end
    return { trainer, wanted };
  }

  test("an update gives what it has drawn the size of its error", () => {
    const { trainer, wanted } = learnedOnce();
    const priorities = savedData(trainer.save(), name).slice(0, 256);
    const changed = priorities.flatMap((priority, slot) => (priority === 1 ? [] : [slot]));
    expect(changed.length).toBeGreaterThan(8); // 16 draws out of 256
    expect(changed.length).toBeLessThanOrEqual(16);
    for (const slot of changed) expect(priorities[slot]).toBeCloseTo(wanted[slot], 5);
    trainer.dispose();
  });

  test("an update draws what has the largest ones", () => {
    const { trainer, wanted } = learnedOnce();
    const { arrays, json } = trainer.save();
    const raised = Float32Array.from(arrays[name].data);
    raised.fill(1e6, 40, 48); // two draws for each of 8 slots
    trainer.restore({ arrays: { ...arrays, [name]: { ...arrays[name], data: raised } }, json });
    iterate(trainer, 1);
    const priorities = savedData(trainer.save(), name).slice(0, 256);
    for (const [slot, priority] of priorities.entries()) {
      if (slot < 40 || slot >= 48) expect(priority).toBe(raised[slot]);
      else expect(priority).toBeCloseTo(wanted[slot], 5);
    }
    trainer.dispose();
  });
});

describe("a run goes on elsewhere", () => {
  test.each<[string, string, Settings]>([
    ["dqn", "cartpole", { timeLimit: 12, nStep: 2, stickyActions: 0.2, frameSkip: 2 }],
    ["dqn", "probe:mask", { prioritized: true }],
  ])("%s on %s %j: with games on the processor, and back", (algo, id, settings) => {
    const own = made(algo, id, settings);
    const host = made(algo, id, { ...settings, games: "cpu" });
    iterate(own.trainer, 2);
    host.trainer.restore(fromDisk(own.trainer.save()));
    expect(host.trainer.steps).toBe(own.trainer.steps);
    expect(host.trainer.env.current(3)).toEqual(own.trainer.env.current(3));
    const [{ measures }] = iterate(host.trainer, 1);
    expect(measures["qLoss"]).toBeGreaterThan(0);
    expect(measures["replaySize"]).toBeGreaterThan(700); // 3 x 256 steps, without those that wait or were forgotten
    own.trainer.restore(fromDisk(host.trainer.save()));
    expect(own.trainer.env.current(3)).toEqual(host.trainer.env.current(3));
    const [back] = iterate(own.trainer, 1);
    expect(back.steps).toBe(4 * 256);
    expect(back.measures["replaySize"]).toBeGreaterThan(700);
    for (const { trainer } of [own, host]) trainer.dispose();
  });
});

describe("learning", () => {
  const settings = {
    ...{ envs: 32, buffer: 8000, learningStarts: 256, trainEvery: 32, batch: 32, targetEvery: 64 },
    ...{ hidden: "32", learningRate: 1e-2, finalLearningRate: 0, epsilonFraction: 0.5 },
  };

  /** What is thought of each observation after some steps: its value, and the best action. */
  function learned(id: string, observations: number[], steps: number, set: Settings) {
    const { trainer, config, game } = made("dqn", id, { ...settings, ...set }, steps);
    while (trainer.steps < steps) trainer.iterate();
    const state = trainer.save();
    trainer.dispose();
    const count = observations.length;
    const policy = createPolicy({ algo: "dqn", game, device, config, state, count });
    const rows = Float32Array.from(observations);
    const actions = new Int32Array(count);
    policy.act(rows, actions, { greedy: true });
    const { values } = policy.assess(rows);
    policy.dispose();
    return observations.map((_, i) => ({ value: values[i], best: actions[i] }));
  }

  test("probe:truncation: the value of a reward for ever is 1 / (1 - gamma), not the sum to the cut", () => {
    const set = { gamma: 0.8, trainEvery: 16, targetEvery: 32, learningRate: 0.1 };
    const [{ value }] = learned("probe:truncation", [0], 5000, set);
    expect(value).toBeGreaterThan(4.7);
    expect(value).toBeLessThan(5.3);
  });

  test("probe:match: the action depends on the observation", () => {
    const [low, high] = learned("probe:match", [-1, 1], 3000, {});
    expect([low.best, high.best]).toEqual([0, 1]);
  });
});

/** Lamps whose fourth reward is no number. */
class BrokenLamps extends Lamps {
  override step(action: number): number {
    const reward = super.step(action);
    return this.time === 4 ? reward / 0 - reward / 0 : reward;
  }
}

describe("what goes wrong", () => {
  test("a game that breaks ends training with what happened", () => {
    const game = gameOf({ BrokenLamps });
    const config = resolveConfig("dqn", game.id, game.defaultVariant, SMALL);
    const trainer = createTrainer({ algo: "dqn", game, seed: 3, device, config, totalSteps: 1e6 });
    expect(() => iterate(trainer, 3)).toThrow(/games on a GPU: game \d+: .*(reward|number)/);
    trainer.dispose();
  });

  test("what keeps games on the processor is named", () => {
    const { trainer } = made("dqn", "catch", { noOpStart: 2 });
    expect(trainer.notes).toEqual([
      expect.stringMatching(
        /^the games run on the processor, the network on the GPU: the wrapper no-op-start is not there/,
      ),
    ]);
    trainer.dispose();
  });

  test("games with other than discrete actions are refused", () => {
    expect(() => made("dqn", "pendulum")).toThrow(
      "dqn: takes games with discrete actions (got pendulum, whose actions are a box)",
    );
  });

  test("a memory that is too small leaves no games behind", () => {
    const before = liveTensors(device);
    const settings = { buffer: 16, learningStarts: 16, batch: 2, nStep: 1 };
    expect(() => made("dqn", "catch", settings)).toThrow(/capacity is too small \(got 2 slots/);
    expect(liveTensors(device)).toBe(before);
  });

  test("a trainer that is disposed leaves no tensor behind", () => {
    const leaves = (): number => {
      const before = liveTensors(device);
      const { trainer } = made("rainbow", "catch");
      trainer.iterate();
      trainer.dispose();
      return liveTensors(device) - before;
    };
    leaves(); // constants of the device are kept
    expect(leaves()).toBe(0);
  });
});
