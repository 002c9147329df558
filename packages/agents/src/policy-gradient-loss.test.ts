import { scope, tensor } from "@carom/tensor";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, expect, test } from "vitest";
import { policyGradientLoss } from "./policy-gradient-loss.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

test("literal loss: log-probability times advantage, squared error, entropy", () => {
  scope(() => {
    const loss = policyGradientLoss(
      {
        logProb: tensor(Float32Array.of(-Math.LN2, -Math.LN2), { device }),
        entropy: tensor(Float32Array.of(Math.LN2, Math.LN2), { device }),
        value: tensor(Float32Array.of(1, 3), { device }),
      },
      {
        advantage: tensor(Float32Array.of(2, -1), { device }),
        returns: tensor(Float32Array.of(2, 1), { device }),
      },
      { valueCoef: 0.5, entropyCoef: 0.1 },
    );
    const [policyLoss, valueLoss, entropy] = loss.stats.toTypedArray();
    expect(policyLoss).toBeCloseTo((2 * Math.LN2 - Math.LN2) / 2, 6);
    expect(valueLoss).toBeCloseTo(0.5 * ((1 + 4) / 2), 6);
    expect(entropy).toBeCloseTo(Math.LN2, 6);
    expect(loss.loss.item()).toBeCloseTo(0.5 * Math.LN2 + 0.5 * 1.25 - 0.1 * Math.LN2, 6);
  });
});
