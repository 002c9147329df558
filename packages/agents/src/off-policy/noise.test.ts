import { scope } from "@carom/tensor";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, describe, expect, test } from "vitest";
import { Noise } from "./noise.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

/** `steps` values of each of 100 games, `[steps][100]`. */
function drawn(noise: Noise, steps: number): Float32Array[] {
  return Array.from({ length: steps }, () =>
    scope(() => Float32Array.from(noise.next().toTypedArray())),
  );
}

/** Mean of the products of two rows. */
function product(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0) / a.length;
}

describe.each([0, 0.85])("noise of correlation %d", (rho) => {
  test("each value is standard normal, neighbours correlate by rho, those two apart by its square", () => {
    const noise = new Noise([3, 4], [100, 1], rho, device);
    const rows = drawn(noise, 500).slice(50);
    const means = [0, 1, 2].map((lag) => {
      const pairs = rows.slice(lag).map((row, i) => product(row, rows[i]));
      return pairs.reduce((sum, value) => sum + value, 0) / pairs.length;
    });
    expect(Math.abs(means[0] - 1)).toBeLessThan(0.05);
    expect(Math.abs(means[1] - rho)).toBeLessThan(0.05);
    expect(Math.abs(means[2] - rho * rho)).toBeLessThan(0.05);
    noise.dispose();
  });

  test("[B20] restored noise goes on as if it had never stopped", () => {
    const whole = new Noise([3, 4], [100, 1], rho, device);
    drawn(whole, 5);
    const state = whole.save();
    const other = new Noise([9, 9], [100, 1], rho, device);
    other.restore(state);
    expect(drawn(other, 3)).toEqual(drawn(whole, 3));
    whole.dispose();
    other.dispose();
  });
});
