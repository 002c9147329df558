import { scope, tensor } from "@carom/tensor";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, expect, test } from "vitest";
import { ratioMeasures, ratioMeasuresOnDevice } from "./ratios.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

test("ratios by hand, on the host and on the device: 2, 1, 1/4 and 4, of which two are above 1.5", () => {
  const logs = (values: number[]) => Float32Array.from(values, Math.log);
  const targetLogProbs = logs([0.5, 0.3, 0.125, 0.8]);
  const behaviourLogProbs = logs([0.25, 0.3, 0.5, 0.2]);
  const approxKl = (1 - Math.log(2) + 0 + (-0.75 + Math.log(4)) + (3 - Math.log(4))) / 4;
  const got = ratioMeasures({ targetLogProbs, behaviourLogProbs }, 1.5);
  expect(got.approxKl).toBeCloseTo(approxKl, 6);
  expect(got.clipFraction).toBe(0.5);
  scope(() => {
    const [target, behaviour] = [targetLogProbs, behaviourLogProbs].map((one) =>
      tensor(one, { device }),
    );
    const measured = ratioMeasuresOnDevice(target, behaviour, 1.5);
    expect(measured.toTypedArray()[0]).toBeCloseTo(approxKl, 6);
    expect(measured.toTypedArray()[1]).toBe(0.5);
  });
});
