import { scope, tensor } from "@carom/tensor";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, expect, test } from "vitest";
import { rescale, unrescale } from "./rescaling.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

const numbers = [0, 1e-3, 0.1, 0.5, 1, 3, 8, 99, 500, 1e4, 1e6].flatMap((x) => [x, -x]);

test("literal: h(3) = sqrt(4) - 1 + 3 eps, h(-8) = -(sqrt(9) - 1) - 8 eps", () => {
  scope(() => {
    const h = rescale(tensor([0, 3, -8], { device })).toTypedArray();
    expect(h[0]).toBe(0);
    expect(h[1]).toBeCloseTo(1 + 3e-3, 6);
    expect(h[2]).toBeCloseTo(-2 - 8e-3, 6);
  });
});

test.each([1e-3, 0])("the inverse undoes h on both sides, eps %s", (eps) => {
  scope(() => {
    const x = tensor(numbers, { device });
    const back = unrescale(rescale(x, eps), eps).toTypedArray();
    for (const [i, number] of numbers.entries()) {
      expect(Math.abs(back[i] - number)).toBeLessThan(2e-6 + 4e-6 * Math.abs(number));
    }
    const forth = rescale(unrescale(x.clamp(-50, 50), eps), eps).toTypedArray();
    for (const [i, number] of numbers.entries()) {
      const y = Math.max(-50, Math.min(50, number));
      expect(Math.abs(forth[i] - y)).toBeLessThan(2e-6 + 4e-6 * Math.abs(y));
    }
  });
});

test("both grow everywhere: the best of several values stays the best", () => {
  scope(() => {
    const x = Float32Array.from({ length: 2001 }, (_, i) => (i - 1000) / 7);
    for (const f of [rescale, unrescale]) {
      const y = f(tensor(x, { device })).toTypedArray();
      for (let i = 1; i < y.length; i++) expect(y[i]).toBeGreaterThan(y[i - 1]);
    }
  });
});
