import { describe, expect, test } from "vitest";
import * as T from "../../src/index.js";
import { checkGradient } from "../../src/testing.js";
import { deviceNamed, nativeDevice, referenceDevice, testedDevices } from "../support/devices.js";
import { floats, type Input, ints, make } from "../support/inputs.js";
import { expectClose } from "../support/test-op.js";

interface Settings extends T.PpoCoefficients {
  name: string;
  batch: number;
  actions: number;
}

const base: Settings = {
  name: "plain",
  batch: 6,
  actions: 3,
  clip: 0.2,
  valueClip: 0,
  entropyCoef: 0.01,
  valueCoef: 0.5,
  normalizeAdvantage: true,
};
const table: Settings[] = [
  base,
  { ...base, name: "value clipping", valueClip: 0.2 },
  { ...base, name: "no normalisation", normalizeAdvantage: false },
  { ...base, name: "tight clip", clip: 0.01, valueClip: 0.05 },
  { ...base, name: "one action", actions: 1 },
  { ...base, name: "batch of one", batch: 1 },
  { ...base, name: "large batch", batch: 1025, actions: 18, valueClip: 0.2 },
];

/** Operands whose ratios lie around 1, some of them clipped. */
function operands(
  { batch, actions, ...coefficients }: Settings,
  device: T.Device,
  dtype: "float32" | "float64",
): T.PpoLossInputs {
  const at = (input: Input, seed: number) =>
    make(input, device, seed, input.dtype === "int32" ? "int32" : dtype);
  const logits = at(floats([batch, actions]), 1);
  const action = at(ints([batch], { high: actions }), 2);
  const noise = at(floats([batch], { low: -0.4, high: 0.4 }), 3);
  const value = at(floats([batch]), 4);
  const drift = at(floats([batch], { low: -0.5, high: 0.5 }), 5);
  return {
    logits,
    value,
    action,
    oldLogProb: T.takeAlongLast(logits.logSoftmax(), action).add(noise).detach(),
    advantage: at(floats([batch]), 6),
    returns: at(floats([batch]), 7),
    oldValue: value.add(drift).detach(),
    coefficients: T.tensor(Array.from(T.ppoCoefficients(coefficients)), { device, dtype }),
  };
}

/** The same loss composed of single ops: the oracle. */
function composed(inputs: T.PpoLossInputs, settings: Settings): T.Tensor {
  const { logits, value, action, oldLogProb, advantage, returns, oldValue } = inputs;
  const logs = logits.logSoftmax(); // [B, A]
  const ratio = T.takeAlongLast(logs, action).sub(oldLogProb).exp(); // [B]
  const normalize = settings.normalizeAdvantage && settings.batch > 1;
  const scaled = normalize
    ? advantage.sub(advantage.mean()).div(advantage.std().add(1e-8))
    : advantage; // [B]
  const clipped = ratio.clamp(1 - settings.clip, 1 + settings.clip);
  const policy = T.maximum(scaled.neg().mul(ratio), scaled.neg().mul(clipped)).mean(); // []
  const squares = value.sub(returns).square(); // [B]
  const change = value.sub(oldValue);
  const near = oldValue.add(change.clamp(-settings.valueClip, settings.valueClip));
  const pessimistic =
    settings.valueClip > 0 ? squares.maximum(near.sub(returns).square()) : squares;
  const valueLoss = pessimistic.mean().mul(0.5); // []
  const entropy = logs.exp().mul(logs).sum(-1).neg().mean(); // []
  return policy.add(valueLoss.mul(settings.valueCoef)).sub(entropy.mul(settings.entropyCoef));
}

describe.each(table)("ppoLoss $name", (settings) => {
  test("equals the loss composed of single ops, and so does its gradient", () => {
    T.scope(() => {
      const inputs = operands(settings, referenceDevice(), "float64");
      const params = [inputs.logits, inputs.value];
      const fused = T.valueAndGrad(() => T.ppoLoss(inputs), params);
      const oracle = T.valueAndGrad(() => composed(inputs, settings), params);
      const tolerance = { rtol: 1e-6, atol: 1e-8 };
      expectClose(fused.value.item(), oracle.value.item(), tolerance);
      fused.grads.forEach((grad, i) => {
        expectClose(grad.toArray(), oracle.grads[i].toArray(), tolerance);
      });
      expect(fused.aux.stats.toArray()).toHaveLength(T.ppoStats.length);
    });
  });

  test("native equals reference, in value, figures and gradient", () => {
    T.scope(() => {
      const [truth, native] = [referenceDevice(), nativeDevice()].map((device) => {
        const inputs = operands(settings, device, "float32");
        const { aux, grads } = T.valueAndGrad(
          () => T.ppoLoss(inputs),
          [inputs.logits, inputs.value],
        );
        return [aux.stats, ...grads].map((result) => result.toArray());
      });
      expectClose(native, truth, { rtol: 1e-4, atol: 2e-6 });
    });
  });
});

test("the gradient of ppoLoss agrees with finite differences", () => {
  T.scope(() => {
    const inputs = operands({ ...base, valueClip: 0.2 }, referenceDevice(), "float64");
    const loss = () => T.ppoLoss(inputs).loss.mul(3);
    expect(checkGradient(loss, [inputs.logits, inputs.value])).toBeUndefined();
  });
});

test("ppoLoss by hand: one sample, ratio 1, loss is -advantage + value error", () => {
  for (const device of [referenceDevice(), nativeDevice()]) {
    T.scope(() => {
      const at = (values: number[]) => T.tensor(values, { device });
      const { loss, stats } = T.ppoLoss({
        logits: T.tensor([[0, 0]], { device }),
        value: at([1]),
        action: T.tensor([1], { device, dtype: "int32" }),
        oldLogProb: at([-Math.LN2]),
        advantage: at([2]),
        returns: at([4]),
        oldValue: at([1]),
        coefficients: T.tensor(T.ppoCoefficients({ ...base, valueCoef: 1, entropyCoef: 0 }), {
          device,
        }),
      });
      expectClose(loss.item(), -2 + 4.5);
      expectClose(stats.toArray(), [2.5, -2, 4.5, Math.LN2, 0, 0, 2, 0]);
    });
  }
});

test("merged heads get the gradient as the loss has written it, without a copy", () => {
  T.scope(() => {
    const device = nativeDevice();
    const inputs = operands({ ...base, batch: 8 }, device, "float32");
    const heads = T.concat([inputs.logits, inputs.value.unsqueeze(1)], 1); // [B, A + 1]
    const loss = () =>
      T.ppoLoss({ ...inputs, logits: heads.slice(null, [0, 3]), value: heads.slice(null, 3) });
    const merged = T.grad(() => loss().loss, [heads])[0];
    const apart = T.grad(() => T.ppoLoss(inputs).loss, [inputs.logits, inputs.value]);
    expectClose(merged.slice(null, [0, 3]).toArray(), apart[0].toArray());
    expectClose(merged.slice(null, 3).toArray(), apart[1].toArray());
    using recording = T.capture(device, () => T.grad(() => loss().loss, [heads]));
    const ops = recording.ops().map(({ op }) => op);
    expect(ops).toEqual(["ppoLoss"]);
    // With another factor than 1 above, the two gradients are scaled apart and then joined.
    const scaled = T.grad(() => loss().loss.mul(3), [heads])[0];
    expectClose(scaled.toArray(), merged.mul(3).toArray());
  });
});

test.each(testedDevices)("an action out of range is refused on %s", (name) => {
  T.scope(() => {
    const device = deviceNamed(name);
    const inputs = operands(base, device, "float32");
    inputs.action.slice([2, 3]).fill(3);
    expect(() => T.ppoLoss(inputs)).toThrow(/ppoLoss: .*3/);
  });
});

test("ppoLoss names the operand that does not fit", () => {
  T.scope(() => {
    const inputs = operands(base, referenceDevice(), "float32");
    const wrong = inputs.value.slice([0, 3]);
    expect(() => T.ppoLoss({ ...inputs, returns: wrong })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: ppoLoss: returns has the wrong shape (got [3], expected [6])]`,
    );
    expect(() => T.ppoLoss({ ...inputs, action: inputs.value })).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: ppoLoss: action has the wrong dtype (got float32, expected int32)]`,
    );
    expect(() => T.ppoLoss({ ...inputs, logits: inputs.value })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: ppoLoss: logits has the wrong rank (got shape [6], expected rank 2)]`,
    );
  });
});
