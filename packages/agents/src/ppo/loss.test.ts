import {
  openDevice,
  type PpoCoefficients,
  ppoCoefficients,
  ppoLoss,
  ppoStats,
  scope,
  type Tensor,
  tensor,
  valueAndGrad,
} from "@carom/tensor";
import { afterAll, describe, expect, test } from "vitest";
import { CategoricalHead } from "../heads/categorical.js";
import { composedPpoLoss, type PpoBatch } from "./loss.js";

const device = openDevice("reference");
afterAll(() => device.dispose());

const COEFFICIENTS: PpoCoefficients = {
  clip: 0.2,
  valueClip: 0.2,
  entropyCoef: 0.01,
  valueCoef: 0.5,
  normalizeAdvantage: true,
};

/** A minibatch of three samples and three actions whose ratios lie below, within and above the clip range. */
function sample(): { logits: Tensor; value: Tensor; action: Tensor; batch: PpoBatch } {
  const row = (...values: number[]): Tensor => tensor(Float32Array.from(values), { device });
  return {
    logits: tensor(Float32Array.of(0.5, -0.25, 0.1, 0, 1, -1, 0.3, 0.2, 0.1), {
      shape: [3, 3],
      device,
    }),
    value: row(0.5, -0.2, 1.4),
    action: tensor(Int32Array.of(0, 1, 2), { dtype: "int32", device }),
    batch: {
      oldLogProb: row(-0.2, -0.4, -1.9),
      advantage: row(1, -2, 0.5),
      returns: row(1, 0.3, -0.5),
      oldValue: row(0.1, -0.1, 1.3),
    },
  };
}

describe("PPO's loss", () => {
  test.each<[string, Partial<PpoCoefficients>]>([
    ["as it is", {}],
    ["without value clipping", { valueClip: 0 }],
    ["without standardised advantages", { normalizeAdvantage: false }],
    ["with a strong entropy bonus", { entropyCoef: 2 }],
  ])("[B15] the fused op equals the one in small ops, values and gradients: %s", (_, change) => {
    const coefficients = { ...COEFFICIENTS, ...change };
    scope(() => {
      const { logits, value, action, batch } = sample();
      const packed = tensor(ppoCoefficients(coefficients), { device });
      const head = new CategoricalHead(3);
      const small = valueAndGrad(
        () => composedPpoLoss({ value, ...head.evaluate(logits, action) }, batch, coefficients),
        [logits, value],
      );
      const fused = valueAndGrad(
        () => ppoLoss({ logits, value, action, ...batch, coefficients: packed }),
        [logits, value],
      );
      expect(fused.value.item()).toBeCloseTo(small.value.item(), 5);
      const [expectedStats, stats] = [small.aux, fused.aux].map((one) => one.stats.toTypedArray());
      stats.forEach((value, i) => {
        expect(value, ppoStats[i]).toBeCloseTo(expectedStats[i], 5);
      });
      fused.grads.forEach((grad, i) => {
        const expected = small.grads[i].toTypedArray();
        grad.toTypedArray().forEach((g, j) => {
          expect(g).toBeCloseTo(expected[j], 5);
        });
      });
    });
  });

  test("literal numbers, worked with a calculator", () => {
    scope(() => {
      // One action of probability 1/2: log 2 nats of entropy; ratio 0.5 / 0.25 = 2, clipped at 1.2.
      const loss = composedPpoLoss(
        {
          logProb: tensor(Float32Array.of(-Math.LN2), { device }),
          entropy: tensor(Float32Array.of(Math.LN2), { device }),
          value: tensor(Float32Array.of(1), { device }),
        },
        {
          oldLogProb: tensor(Float32Array.of(Math.log(0.25)), { device }),
          advantage: tensor(Float32Array.of(3), { device }),
          returns: tensor(Float32Array.of(2), { device }),
          oldValue: tensor(Float32Array.of(0), { device }),
        },
        { ...COEFFICIENTS, entropyCoef: 0.5 },
      );
      const [, policyLoss, valueLoss, entropy, approxKl, clipFraction] = loss.stats.toTypedArray();
      expect(policyLoss).toBeCloseTo(-1.2 * 3, 5);
      expect(valueLoss).toBeCloseTo(0.5 * (0.2 - 2) ** 2, 5); // the clipped value is further off
      expect(entropy).toBeCloseTo(Math.LN2, 6);
      expect(approxKl).toBeCloseTo(2 - 1 - Math.LN2, 6);
      expect(clipFraction).toBe(1);
      expect(loss.loss.item()).toBeCloseTo(-3.6 + 0.5 * 1.62 - 0.5 * Math.LN2, 5);
    });
  });
});
