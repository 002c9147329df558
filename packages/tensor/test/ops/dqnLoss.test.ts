import { describe, expect, test } from "vitest";
import * as T from "../../src/index.js";
import { nativeDevice, referenceDevice } from "../support/devices.js";
import { floats, ints, make } from "../support/inputs.js";
import { testOp } from "../support/test-op.js";

const q = floats([2, 3], { values: [1, 2, 3, 4, 5, 6] });
const taken = ints([2], { values: [2, 0] });
const target = floats([2], { values: [2.5, 7] });

/** Loss and errors; the weight is left out where there is none. */
function run(options: T.DqnLossOptions) {
  return (...operands: T.Tensor[]) => {
    const [q, action, target, weight] = operands as [T.Tensor, T.Tensor, T.Tensor, T.Tensor?];
    const constants = { target: target.detach(), ...(weight && { weight: weight.detach() }) };
    const { loss, tdError } = T.dqnLoss({ q, action, ...constants }, options);
    return [loss, tdError.detach()];
  };
}

testOp("dqnLoss", {
  run: run({}),
  hand: [
    { inputs: [q, taken, target], expected: [(0.125 + 2.5) / 2, [0.5, -3]] },
    {
      inputs: [q, taken, target, floats([2], { values: [4, 0.5] })],
      expected: [(0.5 + 1.25) / 2, [0.5, -3]],
    },
  ],
  parity: [
    [floats([1, 1]), ints([1], { high: 1 }), floats([1])],
    [floats([33, 5]), ints([33], { high: 5 }), floats([33])],
    [floats([1030, 18]), ints([1030], { high: 18 }), floats([1030]), floats([1030])],
    [floats([6, 4], { layout: "transposed" }), ints([6]), floats([6], { layout: "strided" })],
    [floats([6, 4], { layout: "expanded" }), ints([6]), floats([6], { layout: "flipped" })],
    [floats([1, 2], { values: [NaN, 1] }), ints([1], { high: 1 }), floats([1])],
  ],
  gradient: "none", // target and weight count as constants
  tolerance: { rtol: 1e-5, atol: 1e-6 },
});

testOp("dqnLoss, squares only", {
  run: run({ delta: Infinity }),
  hand: [{ inputs: [q, taken, target], expected: [(0.125 + 4.5) / 2, [0.5, -3]] }],
  parity: [[floats([40, 2]), ints([40], { high: 2 }), floats([40])]],
  gradient: "none",
});

testOp("dqnLoss by q", {
  run: (q) => {
    const { device, dtype } = q;
    const action = T.tensor(Int32Array.of(2, 0, 1), { device });
    const target = T.tensor([0.5, -3, 2], { device, dtype });
    const weight = T.tensor([1, 2, 0.25], { device, dtype });
    return T.dqnLoss({ q, action, target, weight }, { delta: 0.7 }).loss;
  },
  hand: [
    { inputs: [floats([3, 3], { values: [1, 1, 1, 1, 1, 1, 1, 1, 1] })], expected: 1.7829167 },
  ],
  parity: [[floats([3, 5])]],
  gradient: [[floats([3, 3])]],
  secondOrder: "refused",
});

/** A test whose tensors are freed at its end. */
function scoped(name: string, body: () => void): void {
  test(name, () => T.scope(body));
}

describe.each([referenceDevice, nativeDevice])("dqnLoss on %s", (device) => {
  const inputs = () => ({ q: make(q, device(), 1), action: make(taken, device(), 1) });

  scoped("the gradient is the one of the same loss made of ops", () => {
    const { q, action } = inputs();
    const goal = make(target, device(), 1);
    const weight = T.tensor([4, 0.5], { device: device() });
    const fused = T.valueAndGrad(() => T.dqnLoss({ q, action, target: goal, weight }).loss, [q]);
    const composed = T.valueAndGrad(() => {
      const size = q.takeAlongLast(action).sub(goal).abs();
      const inner = size.minimum(1);
      return inner
        .mul(size.sub(inner.mul(0.5)))
        .mul(weight)
        .mean();
    }, [q]);
    expect(fused.value.item()).toBeCloseTo(composed.value.item(), 6);
    expect(fused.grads[0].toArray()).toEqual(composed.grads[0].toArray());
  });

  scoped("an action that does not exist is an error of the data", () => {
    const { q } = inputs();
    const action = T.tensor(Int32Array.of(0, 3), { device: device() });
    const goal = make(target, device(), 1);
    expect(() => T.dqnLoss({ q, action, target: goal })).toThrowErrorMatchingInlineSnapshot(
      `[TensorError: dqnLoss: index out of range (got 3 at position 1, expected 0..2)]`,
    );
  });
});

describe("dqnLoss errors", () => {
  const at = (input: Parameters<typeof make>[0]) => make(input, referenceDevice(), 1);
  const loss = (inputs: Partial<T.DqnLossInputs>, options?: T.DqnLossOptions) =>
    T.dqnLoss({ q: at(q), action: at(taken), target: at(target), ...inputs }, options);

  scoped("operands that do not fit", () => {
    expect(() => loss({ action: at(target) })).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: dqnLoss: action has the wrong dtype (got float32, expected int32)]`,
    );
    expect(() => loss({ target: at(floats([3])) })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: dqnLoss: target has the wrong shape (got [3], expected [2])]`,
    );
    expect(() => loss({ q: at(target) })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: dqnLoss: q has the wrong rank (got shape [2], expected rank 2)]`,
    );
    const nothing = { action: at(ints([0])), target: at(floats([0])) };
    expect(() => loss({ q: at(floats([0, 3])), ...nothing })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: dqnLoss: the batch is empty (got q [0,3])]`,
    );
  });

  scoped("a delta that is none", () => {
    expect(() => loss({}, { delta: 0 })).toThrowErrorMatchingInlineSnapshot(
      `[TensorError: dqnLoss: delta is not valid (got 0, expected a positive number)]`,
    );
  });
});
