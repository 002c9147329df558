/** Images keep their layout in memory through what is done to them element by element. */
import { expect, test } from "vitest";
import * as T from "../src/index.js";
import { deviceNamed, testedDevices } from "./support/devices.js";

test.each(testedDevices)("elementwise ops keep images channels-last on %s", (on) => {
  const device = deviceNamed(on);
  T.scope(() => {
    const weight = T.ones([3, 2, 2, 2], { device });
    const image = T.tensor(
      new Float32Array(64).map((_, i) => i % 7),
      { shape: [2, 2, 4, 4], device },
    );
    const y = T.conv2d(image, weight);
    const layout = [27, 1, 9, 3];
    expect(y.strides).toEqual(layout);
    const results = [y.relu(), y.add(1), y.mul(y.contiguous()), y.greater(3), T.gelu(y)];
    for (const result of results) expect(result.strides).toEqual(layout);
    expect(y.add(y).toArray()).toEqual(y.contiguous().add(y.contiguous()).toArray());
    expect(y.slice([0, 1]).sum([1]).relu().isContiguous).toBe(true);
    const [dense] = T.grad(() => y.relu().square().sum(), [y]);
    expect(dense.isContiguous).toBe(true);
  });
});
