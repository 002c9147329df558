import { capture, type Device, scope, type Tensor, tensor } from "@carom/tensor";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, describe, expect, test } from "vitest";
import { type GaeInput, gae } from "./gae.js";
import { lambdaReturns } from "./lambda-returns.js";
import {
  gaeOnDevice,
  lambdaReturnsOnDevice,
  type RolloutTensors,
  type VtraceTensors,
  vtraceOnDevice,
} from "./on-device.js";
import { generator, goldenSteps, randomFloats, randomSteps, type Steps, steps } from "./testing.js";
import { type VtraceInput, vtrace } from "./vtrace.js";

const device: Device = openTestedDevice();
afterAll(() => device.dispose());

const discounting = [
  { gamma: 0.97, lambda: 0.9 },
  { gamma: 1, lambda: 1 },
  { gamma: 0.9, lambda: 0 },
];

/** The rollout on the device; flags as bool or as bytes. */
function onDevice(input: GaeInput, dtype: "bool" | "uint8" = "uint8"): RolloutTensors {
  const { horizon, count, gamma, lambda } = input;
  const shape = [horizon, count];
  const floats = (values: Float32Array): Tensor => tensor(values, { shape, device });
  const flags = (values: Uint8Array): Tensor => tensor([...values], { shape, dtype, device });
  return {
    rewards: floats(input.rewards),
    values: floats(input.values),
    lastValues: tensor(input.lastValues, { device }),
    terminated: flags(input.terminated),
    truncated: flags(input.truncated),
    finalValues: floats(input.finalValues),
    gamma,
    lambda,
  };
}

function vtraceTensors(input: VtraceInput): VtraceTensors {
  const shape = [input.horizon, input.count];
  return {
    ...onDevice(input),
    behaviourLogProbs: tensor(input.behaviourLogProbs, { shape, device }),
    targetLogProbs: tensor(input.targetLogProbs, { shape, device }),
    rhoBar: input.rhoBar,
    cBar: input.cBar,
  };
}

/** A rollout as `randomSteps` makes them, with ratios between e^-2 and e^2. */
function withPolicies(rollout: Steps, random: Uint32Array, bound: number): VtraceInput {
  const size = rollout.values.length;
  return {
    ...rollout,
    gamma: 0.97,
    lambda: 0.9,
    rhoBar: 1.5 * bound,
    cBar: 1.1 * bound,
    behaviourLogProbs: randomFloats(random, size),
    targetLogProbs: randomFloats(random, size),
  };
}

/** What a host function writes into two arrays. */
function twoArrays(size: number, write: (a: Float32Array, b: Float32Array) => void): number[][] {
  const [a, b] = [new Float32Array(size), new Float32Array(size)];
  write(a, b);
  return [[...a], [...b]];
}

function expectNear(got: readonly Tensor[], wanted: readonly (readonly number[])[]): void {
  got.forEach((x, i) => {
    const values = x.toTypedArray();
    expect(values.length).toBe(wanted[i].length);
    wanted[i].forEach((value, at) => {
      expect(Math.abs(values[at] - value), `entry ${at} of result ${i}`).toBeLessThan(1e-5);
    });
  });
}

/** Random rollouts, and those that are all ends. */
function rollouts(random: Uint32Array): Steps[] {
  const parts = { rewards: [1, 2, 3], values: [4, 5, 6], last: 7, final: [8, 9, 10] };
  const corners = ["CCC", "TTT", "..C", "..T", "..."].map((flags) => steps(flags, parts));
  const both = { ...steps("CCC", parts), terminated: Uint8Array.of(0, 1, 1) };
  return [
    goldenSteps(),
    both,
    ...corners,
    ...Array.from({ length: 30 }, () => randomSteps(random)),
  ];
}

describe("advantages and returns on the device equal those of the host", () => {
  test.each(discounting)("generalised advantages, %o", (settings) => {
    for (const rollout of rollouts(generator(1))) {
      const input = { ...rollout, ...settings };
      const wanted = twoArrays(input.values.length, (a, b) => gae(input, a, b));
      scope(() => {
        for (const dtype of ["bool", "uint8"] as const) {
          const { advantages, returns } = gaeOnDevice(onDevice(input, dtype));
          expectNear([advantages, returns], wanted);
        }
      });
    }
  });

  test.each([1, Number.POSITIVE_INFINITY])("V-trace, bounds times %d", (bound) => {
    const random = generator(2);
    for (const rollout of rollouts(random)) {
      const input = withPolicies(rollout, random, bound);
      // Without bounds, ratios of e^2 multiply: shorter traces keep the numbers small.
      const settled = bound === 1 ? input : { ...input, lambda: 0.15 };
      const wanted = twoArrays(input.values.length, (a, b) => vtrace(settled, a, b));
      scope(() => {
        const { advantages, targets } = vtraceOnDevice(vtraceTensors(settled));
        expectNear([advantages, targets], wanted);
      });
    }
  });

  test.each(discounting)("lambda-returns, %o", (settings) => {
    for (const rollout of rollouts(generator(3))) {
      const input = { ...rollout, ...settings };
      const unread = input.values.map((value, at) => (at < input.count ? Number.NaN : value));
      const returns = new Float32Array(input.values.length);
      lambdaReturns(input, returns);
      scope(() => {
        const got = lambdaReturnsOnDevice(onDevice({ ...input, values: unread }));
        expectNear([got], [[...returns]]);
      });
    }
  });

  test("in a recording, of many steps, after the rollout was overwritten", () => {
    const random = generator(4);
    const draw = (): VtraceInput => withPolicies(longSteps(random, 300, 5), random, 1);
    scope(() => {
      const first = vtraceTensors(draw());
      const recording = capture(device, () => ({
        ...gaeOnDevice(first),
        vtrace: vtraceOnDevice(first),
        lambdaReturns: lambdaReturnsOnDevice(first),
      }));
      const second = draw();
      overwrite(first, vtraceTensors(second));
      recording.replay();
      const size = second.values.length;
      const { advantages, returns, vtrace: traced, lambdaReturns: mixed } = recording.outputs;
      expectNear(
        [advantages, returns],
        twoArrays(size, (a, b) => gae(second, a, b)),
      );
      expectNear(
        [traced.advantages, traced.targets],
        twoArrays(size, (a, b) => vtrace(second, a, b)),
      );
      const wanted = new Float32Array(size);
      lambdaReturns(second, wanted);
      expectNear([mixed], [[...wanted]]);
      recording.dispose();
    });
  });
});

/** A random rollout of a given size in which one step in fifty ends an episode. */
function longSteps(random: Uint32Array, horizon: number, count: number): Steps {
  const size = horizon * count;
  const ends = randomFloats(random, size);
  const truncated = Uint8Array.from(ends, (x) => Number(x > 0.98));
  return {
    horizon,
    count,
    rewards: randomFloats(random, size),
    values: randomFloats(random, size),
    lastValues: randomFloats(random, count),
    terminated: Uint8Array.from(ends, (x) => Number(x < -0.98)),
    truncated,
    finalValues: randomFloats(random, size).map((x, at) => (truncated[at] !== 0 ? x : Number.NaN)),
  };
}

function overwrite(target: VtraceTensors, source: VtraceTensors): void {
  target.rewards.copyFrom(source.rewards);
  target.values.copyFrom(source.values);
  target.lastValues.copyFrom(source.lastValues);
  target.terminated.copyFrom(source.terminated);
  target.truncated.copyFrom(source.truncated);
  target.finalValues.copyFrom(source.finalValues);
  target.behaviourLogProbs.copyFrom(source.behaviourLogProbs);
  target.targetLogProbs.copyFrom(source.targetLogProbs);
}
