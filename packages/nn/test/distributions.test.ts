/** The distributions: against PyTorch on both devices, samples, masks, gradients by finite differences. */
import {
  capture,
  RandomState,
  scope,
  type Tensor,
  tensor,
  valueAndGrad,
  where,
} from "@carom/tensor";
import { checkGradient } from "@carom/tensor/testing";
import { describe, expect, test } from "vitest";
import { Bernoulli, Categorical, MultiCategorical, Normal, TanhNormal } from "../src/index.js";
import { device, testedDevices } from "./devices.js";
import { expectClose, type Golden, golden, load, weightedSum } from "./goldens.js";

const sizes = [2, 3];

const runs: Record<string, (...inputs: Tensor[]) => Tensor[]> = {
  Categorical: (logits, others, action) => {
    const [p, q] = [new Categorical(logits), new Categorical(others)];
    return [p.logProb(action), p.entropy(), p.kl(q), p.mode()];
  },
  "Categorical masked": (logits, mask, action) => {
    const p = new Categorical(logits, { mask });
    return [p.logProb(action), p.entropy()];
  },
  MultiCategorical: (logits, others, action) => {
    const [p, q] = [new MultiCategorical(logits, sizes), new MultiCategorical(others, sizes)];
    return [p.logProb(action), p.entropy(), p.kl(q), p.mode()];
  },
  Bernoulli: (logits, others, action) => {
    const [p, q] = [new Bernoulli(logits), new Bernoulli(others)];
    return [p.logProb(action), p.entropy(), p.kl(q), p.mode()];
  },
  Normal: (mean, logStd, otherMean, otherLogStd, value) => {
    const [p, q] = [new Normal(mean, logStd), new Normal(otherMean, otherLogStd)];
    return [p.logProb(value), p.entropy(), p.kl(q), p.mode()];
  },
  TanhNormal: (mean, logStd, value) => [new TanhNormal(mean, logStd).logProb(value)],
  "TanhNormal entropy": (mean, logStd) => [new TanhNormal(mean, logStd).entropy()],
};

const { cases } = golden<{ cases: Golden[] }>("distributions.json");

describe.each(testedDevices)("PyTorch and %s agree on", (name) => {
  test.each(Object.keys(runs))("%s", (key) => {
    scope(() => {
      const row = cases.find((candidate) => candidate.name === key);
      if (row === undefined) throw new Error(`no golden values of ${key}`);
      const [rtol, atol] = key === "TanhNormal entropy" ? [1e-4, 1e-4] : [1e-5, 5e-6];
      const inputs = row.inputs.map((input) => load(input, name));
      const floats = inputs.filter(({ dtype }) => dtype === "float32");
      const { aux, grads } = valueAndGrad(() => {
        const outputs = runs[key](...inputs);
        return { loss: weightedSum(outputs), outputs };
      }, floats);
      row.outputs.forEach((wanted, i) => {
        expectClose(aux.outputs[i], wanted, rtol, atol);
      });
      row.grads.forEach((wanted, i) => {
        expectClose(grads[i], wanted, 10 * rtol, 10 * atol);
      });
    });
  });
});

describe.each(testedDevices)("samples on %s", (name) => {
  const at = { device: device(name) };
  const rows = 20000;
  const numbers = (x: Tensor) => [...x.toTypedArray()];

  test("Categorical draws in proportion, and never what the mask forbids", () => {
    scope(() => {
      using random = new RandomState(1, at);
      const logits = tensor([[0, 1, 5, -1]], at)
        .expand([rows, 4])
        .contiguous();
      const mask = tensor([[1, 1, 0, 1]], { ...at, dtype: "bool" })
        .expand([rows, 4])
        .contiguous();
      const p = new Categorical(logits, { mask });
      const { action, logProb } = p.sampleWithLogProb(random);
      expect(numbers(logProb.sub(p.logProb(action)).abs().max())[0]).toBeLessThan(1e-5);
      const wanted = numbers(p.probabilities().slice(0));
      expect(wanted[2]).toBe(0);
      const counts = [0, 0, 0, 0];
      for (const a of numbers(action)) counts[a]++;
      counts.forEach((count, a) => {
        const spread = 5 * Math.sqrt((wanted[a] * (1 - wanted[a])) / rows);
        expect(Math.abs(count / rows - wanted[a])).toBeLessThanOrEqual(spread);
      });
    });
  });

  test("masked rows give no NaN: entropy, divergence and gradients", () => {
    scope(() => {
      using random = new RandomState(1, at);
      const logits = random.normal([3, 4]);
      const mask = tensor(
        [
          [1, 1, 1, 1],
          [0, 1, 0, 0],
          [1, 0, 0, 1],
        ],
        { ...at, dtype: "bool" },
      );
      const p = new Categorical(logits, { mask });
      const { grads, aux } = valueAndGrad(() => {
        const [entropy, kl] = [p.entropy(), p.kl(new Categorical(logits.detach().mul(2)))];
        return { loss: entropy.add(kl).sum(), entropy, kl };
      }, [logits]);
      expect(numbers(aux.entropy)[1]).toBeCloseTo(0, 12);
      for (const x of [...numbers(aux.entropy), ...numbers(aux.kl), ...numbers(grads[0])]) {
        expect(Number.isFinite(x)).toBe(true);
      }
      const forbidden = where(mask, 0, grads[0]);
      expect(numbers(forbidden.abs().max())).toEqual([0]);
      expect(numbers(p.logProb(tensor([0, 0, 0], { ...at, dtype: "int32" })))[1]).toBe(-Infinity);
      expect(numbers(new Categorical(logits).kl(p))[1]).toBe(Infinity);
      expect(numbers(p.mode())[1]).toBe(1);
    });
  });

  test("MultiCategorical draws each choice from its own logits", () => {
    scope(() => {
      using random = new RandomState(1, at);
      const logits = tensor([[5, -5, -5, -5, 5]], at)
        .expand([64, 5])
        .contiguous();
      const p = new MultiCategorical(logits, sizes);
      const { action, logProb } = p.sampleWithLogProb(random);
      expect(action.shape).toEqual([64, 2]);
      const agree = numbers(action).filter((a, i) => a === (i % 2 === 0 ? 0 : 2)).length;
      expect(agree).toBeGreaterThan(120);
      expect(numbers(logProb.sub(p.logProb(action)).abs().max())[0]).toBeLessThan(1e-5);
      expect(p.sample(random).shape).toEqual([64, 2]);
    });
  });

  test("Bernoulli switches on in proportion", () => {
    scope(() => {
      using random = new RandomState(1, at);
      const logits = tensor([[-2, 0, 1]], at)
        .expand([rows, 3])
        .contiguous();
      const p = new Bernoulli(logits);
      const shares = numbers(p.sample(random).mean(0));
      const wanted = numbers(p.probabilities().slice(0));
      shares.forEach((share, i) => {
        expect(Math.abs(share - wanted[i])).toBeLessThan(0.02);
      });
    });
  });

  test("Normal and TanhNormal have their moments, and the entropy that samples show", () => {
    scope(() => {
      using random = new RandomState(1, at);
      const mean = tensor([[0.5, -1]], at)
        .expand([rows, 2])
        .contiguous();
      const logStd = tensor([Math.log(0.5), Math.log(2)], at);
      const normal = new Normal(mean, logStd);
      const x = normal.sample(random);
      const [means, stds] = [numbers(x.mean(0)), numbers(x.std(0))];
      [0.5, -1].forEach((value, i) => {
        expect(Math.abs(means[i] - value)).toBeLessThan(0.06);
      });
      [0.5, 2].forEach((value, i) => {
        expect(Math.abs(stds[i] - value)).toBeLessThan(0.05);
      });
      expect(normal.logProb(x).mean().neg().item()).toBeCloseTo(normal.entropy().mean().item(), 1);
      const squashed = new TanhNormal(mean, logStd);
      const { action, logProb } = squashed.rsampleWithLogProb(random);
      expect(Math.max(...numbers(action.abs()))).toBeLessThanOrEqual(1);
      const entropy = squashed.entropy().mean().item();
      expect(Math.abs(logProb.mean().neg().item() - entropy)).toBeLessThan(0.04);
      expect(squashed.kl(squashed).sum().item()).toBe(0);
    });
  });

  test("TanhNormal: both ways to the log-density agree, and stay finite far out", () => {
    scope(() => {
      using random = new RandomState(1, at);
      const mean = random.normal([100, 2]);
      const p = new TanhNormal(mean, tensor([-1, -0.5], at));
      const { action, logProb } = p.rsampleWithLogProb(random);
      const worst = numbers(logProb.sub(p.logProb(action)).abs().max())[0];
      expect(worst).toBeLessThan(5e-2);
      const far = new TanhNormal(tensor([[30, -30]], at), tensor([0, 0], at));
      expect(Number.isFinite(far.rsampleWithLogProb(random).logProb.item())).toBe(true);
      expect(Number.isFinite(far.logProb(tensor([[1, -1]], at)).item())).toBe(true);
    });
  });

  test("samples have no gradient, rsamples have; recordings draw anew", () => {
    scope(() => {
      using random = new RandomState(1, at);
      const [mean, logStd] = [random.normal([8, 2]), random.normal([8, 2])];
      const p = new Normal(mean, logStd);
      const { grads } = valueAndGrad(() => p.rsample(random).sum(), [mean, logStd]);
      expect(numbers(grads[0])).toEqual(new Array(16).fill(1));
      expect(numbers(grads[1]).every((x) => x !== 0)).toBe(true);
      expect(() => valueAndGrad(() => p.sample(random).sum(), [mean])).toThrow(/does not depend/);
      const squashed = new TanhNormal(mean, logStd);
      using recording = capture(at.device, () => squashed.sample(random));
      recording.replay();
      const first = numbers(recording.outputs);
      recording.replay();
      expect(numbers(recording.outputs)).not.toEqual(first);
    });
  });
});

describe("on the reference", () => {
  const at = { device: device("reference") };

  test("gradients by finite differences", () => {
    scope(() => {
      using random = new RandomState(4, at);
      const draw = (...shape: number[]) => random.normal(shape, { dtype: "float64" });
      const [a, b, value] = [draw(3, 5), draw(3, 5), draw(3, 5)];
      const mask = tensor([1, 0, 1, 1, 1], { ...at, dtype: "bool" })
        .expand([3, 5])
        .contiguous();
      const action = tensor([0, 2, 4], { ...at, dtype: "int32" });
      const pair = tensor(
        [
          [0, 2],
          [1, 1],
          [1, 0],
        ],
        { ...at, dtype: "int32" },
      );
      const [p, q] = [new Categorical(a, { mask }), new Categorical(b)];
      const [m, n] = [new MultiCategorical(a, sizes), new MultiCategorical(b, sizes)];
      const [f, g] = [new Bernoulli(a), new Bernoulli(b)];
      const [x, y] = [new Normal(a, b), new Normal(b, a)];
      const t = new TanhNormal(a, b);
      const functions: (() => Tensor)[] = [
        () => p.logProb(action).add(p.entropy()).add(p.kl(q)).sum(),
        () => m.logProb(pair).add(m.entropy()).add(m.kl(n)).sum(),
        () => f.logProb(value.greater(0)).add(f.entropy()).add(f.kl(g)).sum(),
        () => x.logProb(value).add(x.entropy()).add(x.kl(y)).sum(),
        () => t.logProb(value.tanh()).add(t.entropy()).sum(),
      ];
      for (const loss of functions) {
        expect(checkGradient(loss, [a, b], { rtol: 1e-4, atol: 1e-6 })).toBeUndefined();
      }
    });
  });

  test("what does not fit is refused", () => {
    scope(() => {
      const logits = tensor([[1, 2, 3]], at);
      const mask = tensor([[1, 0]], { ...at, dtype: "bool" });
      expect(() => new Categorical(logits, { mask })).toThrowErrorMatchingInlineSnapshot(
        `[NnError: Categorical: mask does not fit (got bool [1,2], expected bool [1,3])]`,
      );
      expect(
        () => new Categorical(tensor([], { ...at, shape: [2, 0] })),
      ).toThrowErrorMatchingInlineSnapshot(
        `[NnError: Categorical: there are no actions (got logits [2,0], expected [...,A] with A > 0)]`,
      );
      expect(() => new MultiCategorical(logits, [2, 2])).toThrowErrorMatchingInlineSnapshot(
        `[NnError: MultiCategorical: sizes do not fit (got [2,2] for logits [1,3], expected them to fill the last dimension)]`,
      );
      expect(() => new Normal(logits, mask)).toThrowErrorMatchingInlineSnapshot(
        `[NnError: Normal: logStd does not broadcast to the mean (got [1,2], mean [1,3], expected at least one dimension)]`,
      );
      expect(() => new TanhNormal(logits.sum(), logits)).toThrowErrorMatchingInlineSnapshot(
        `[NnError: TanhNormal: logStd does not broadcast to the mean (got [1,3], mean [], expected at least one dimension)]`,
      );
    });
  });
});
