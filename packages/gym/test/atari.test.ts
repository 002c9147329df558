import { type EpisodeRecord, key, nextBelow, seedRandom } from "@carom/envs";
import { expect, onTestFinished, test } from "vitest";
import { type AtariOptions, GymVectorEnv, type GymVectorEnvOptions } from "../src/index.js";
import { needPython, reference } from "./helpers.js";

const BREAKOUT = "gym:ALE/Breakout-v5";
const [NOOP, FIRE, RIGHT] = [0, 1, 2];
const PLAIN: AtariOptions = { noops: 0, fireReset: false };

function made(options: Partial<GymVectorEnvOptions> = {}): GymVectorEnv {
  const env = new GymVectorEnv({ id: BREAKOUT, count: 1, key: key(3), ...options });
  onTestFinished(() => env.dispose());
  return env;
}

/** Random actions, FIRE among them. */
function actionsOf(seed: number, count: number): number[] {
  const random = new Uint32Array(4);
  seedRandom(random, seed);
  return Array.from({ length: count }, () => nextBelow(random, 4));
}

function play(env: GymVectorEnv, actions: readonly number[]): void {
  for (const action of actions) {
    env.actions.fill(action);
    env.step();
  }
}

test("the usual preprocessing is the default: 84 x 84, four pictures, bytes", (context) => {
  needPython(context, "gymnasium, ale_py");
  const { spec, observations } = made({ count: 2 });
  expect(spec.observation).toEqual({ size: 28224, shape: [84, 84, 4], dtype: "uint8" });
  expect(spec.actions).toEqual({ kind: "discrete", names: ["NOOP", "FIRE", "RIGHT", "LEFT"] });
  expect([spec.decisionsPerSecond, spec.maxSteps]).toEqual([15, 27_000]);
  expect(observations).toBeInstanceOf(Uint8Array);
  expect(observations.length).toBe(2 * 28224);
});

test("[B30] rewards, lives and ends are AtariPreprocessing's, pixels within one of 255", (context) => {
  needPython(context, "gymnasium, ale_py, cv2");
  const env = made({ atari: PLAIN });
  env.reset();
  const actions = actionsOf(1, 400);
  const rows: { reward: number; terminated: boolean; lives: number; pixels: number[] }[] =
    reference({ atari: { id: "ALE/Breakout-v5", actions } });
  let points = 0;
  for (const [step, { reward, terminated, lives, pixels }] of rows.entries()) {
    play(env, [actions[step]]);
    expect([step, env.rewards[0], env.terminated[0] === 1]).toEqual([step, reward, terminated]);
    points += reward;
    if (terminated) break;
    expect([step, env.lives(0)]).toEqual([step, lives]);
    const mine = env.observations.filter((_, i) => i % 97 === 0);
    const furthest = pixels.reduce(
      (most, pixel, i) => Math.max(most, Math.abs(pixel - mine[i])),
      0,
    );
    expect([step, furthest <= 1]).toEqual([step, true]);
  }
  expect(points).toBeGreaterThan(0);
  expect(env.current(0).episode).toBe(1); // the five balls were lost within these steps
});

test("the newest picture is the last of the stack", (context) => {
  needPython(context, "gymnasium, ale_py");
  const env = made();
  env.reset();
  const channel = (i: number) => env.observations.filter((_, at) => at % 4 === i);
  expect(channel(0)).toEqual(channel(3));
  play(env, [RIGHT, RIGHT, RIGHT, RIGHT]);
  const [, second, third, fourth] = [0, 1, 2, 3].map(channel);
  expect(fourth).not.toEqual(third);
  play(env, [RIGHT]);
  expect([channel(0), channel(1), channel(2)]).toEqual([second, third, fourth]);
});

test("an episode depends on its seed and actions alone", (context) => {
  needPython(context, "gymnasium, ale_py");
  const options: Partial<GymVectorEnvOptions> = { atari: { sticky: 0.25 } };
  const env = made(options);
  env.reset();
  play(env, actionsOf(2, 30));
  env.restart(0, 7);
  play(env, actionsOf(3, 100));

  const other = made(options);
  other.restart(0, 7);
  play(other, actionsOf(3, 100));
  expect(other.observations).toEqual(env.observations);
  other.restart(0, 8);
  play(other, actionsOf(3, 100));
  expect(other.observations).not.toEqual(env.observations);
});

test("FIRE is pressed at the start and for each ball, if asked for", (context) => {
  needPython(context, "gymnasium, ale_py");
  const ended: EpisodeRecord[] = [];
  const fires = made({ onEpisode: (record) => ended.push(record) });
  fires.reset();
  for (let step = 0; step < 1000 && ended.length === 0; step++) play(fires, [NOOP]);
  expect(ended).toMatchObject([{ episode: 0, terminated: true }]);

  const waits = made({ atari: { fireReset: false } });
  waits.reset();
  play(waits, Array(200).fill(NOOP));
  expect(waits.lives(0)).toBe(5);
  play(waits, [FIRE, ...Array(100).fill(NOOP)]);
  expect(waits.lives(0)).toBe(4);
});

test("other sizes, stacks and frame skips", (context) => {
  needPython(context, "gymnasium, ale_py");
  const env = made({ atari: { size: 40, stack: 3, frameSkip: 1, noops: 0 } });
  expect(env.spec.observation.shape).toEqual([40, 40, 3]);
  expect([env.spec.decisionsPerSecond, env.spec.maxSteps]).toEqual([60, 108_000]);
  env.reset();
  play(env, [RIGHT, RIGHT, RIGHT]);
  const before = env.observations.filter((_, at) => at % 3 === 2);
  play(env, [RIGHT]);
  expect(env.observations.filter((_, at) => at % 3 === 1)).toEqual(before);
});

test("without preprocessing it is what ale_py gives", (context) => {
  needPython(context, "gymnasium, ale_py");
  const env = made({ atari: false, make: { obs_type: "ram" } });
  expect(env.spec.observation).toEqual({ size: 128, shape: [128], dtype: "uint8" });
  expect(made({ atari: false }).spec.observation.shape).toEqual([210, 160, 3]);
});
