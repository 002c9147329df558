import { describe, expect, test } from "vitest";
import * as T from "../../src/index.js";
import { deviceNamed, referenceDevice, testedDevices } from "../support/devices.js";
import { floats, make } from "../support/inputs.js";
import { expectClose } from "../support/test-op.js";

function sample(device: T.Device, logits: T.Tensor, greedy: boolean, seed = 7) {
  using random = new T.RandomState(seed, { device });
  const { action, logProb } = T.categoricalSample(logits, random, { greedy });
  return { action: action.toArray(), logProb: logProb.toArray(), words: random.toWords() };
}

describe.each([
  [1, 1],
  [5, 3],
  [66, 18],
  [1000, 4],
  [0, 4],
])("categoricalSample of [%i, %i]", (batch, actions) => {
  test.each(
    testedDevices.flatMap(
      (name) =>
        [
          [name, false],
          [name, true],
        ] as const,
    ),
  )("%s (greedy %s) draws what the reference draws", (name, greedy) => {
    T.scope(() => {
      const [truth, got] = [referenceDevice(), deviceNamed(name)].map((device) => {
        return sample(device, make(floats([batch, actions]), device, 3), greedy);
      });
      expect(got.action).toEqual(truth.action);
      expect(got.words).toEqual(truth.words);
      expectClose(got.logProb, truth.logProb);
    });
  });
});

describe.each(testedDevices)("categoricalSample on %s", (name) => {
  test("draws each action as often as its probability says", () => {
    T.scope(() => {
      const device = deviceNamed(name);
      const rows = 40_000;
      const logits = T.tensor([[Math.log(0.1), Math.log(0.2), Math.log(0.7)]], { device });
      const { action } = sample(device, logits.expand([rows, 3]), false);
      const counts = [0, 0, 0];
      for (const drawn of action as number[]) counts[drawn]++;
      counts.forEach((count, i) => {
        const p = [0.1, 0.2, 0.7][i];
        const sigma = Math.sqrt(rows * p * (1 - p));
        expect(Math.abs(count - rows * p)).toBeLessThan(4 * sigma);
      });
    });
  });

  test("never draws a masked action", () => {
    T.scope(() => {
      const device = deviceNamed(name);
      const logits = T.tensor([[0, -Infinity, 0, -Infinity]], { device }).expand([2000, 4]);
      const { action } = sample(device, logits, false);
      expect(new Set(action as number[])).toEqual(new Set([0, 2]));
    });
  });

  test("reads strided rows and reports the log-probability of the drawn action", () => {
    T.scope(() => {
      const device = deviceNamed(name);
      const heads = make(floats([9, 6]), device, 5);
      const logits = heads.slice(null, [0, 5]);
      using random = new T.RandomState([1, 2], { device });
      const { action, logProb } = T.categoricalSample(logits, random);
      const wanted = T.takeAlongLast(logits.logSoftmax(), action);
      expectClose(logProb.toArray(), wanted.toArray());
    });
  });

  test("greedy takes the first of equals", () => {
    T.scope(() => {
      const device = deviceNamed(name);
      const logits = T.tensor([[1, 3, 3]], { device });
      expect(sample(device, logits, true).action).toEqual([1]);
    });
  });
});

test("categoricalSample refuses logits without actions", () => {
  T.scope(() => {
    const device = referenceDevice();
    expect(() =>
      sample(device, T.zeros([2, 0], { device }), false),
    ).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: categoricalSample: no actions to choose from (got logits [2,0])]`,
    );
    expect(() =>
      sample(device, T.zeros([2], { device }), false),
    ).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: categoricalSample: logits has the wrong rank (got shape [2], expected rank 2)]`,
    );
  });
});
