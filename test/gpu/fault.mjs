/**
 * A kernel that writes where no memory is (native/cuda/wrong, in the library that CAROM_CUDA_LIBRARY names) must become an
 * error that names the op, and the process must go on. Ends with code 1 and what was seen otherwise.
 */
import { add, increment, openDevice, tensor } from "@carom/tensor";

const expectations = [];
const expect = (what, holds) => {
  expectations.push(holds);
  console.log(`${holds ? "passed" : "failed"}: ${what}`);
};

const device = openDevice("cuda", { debug: true });
const caught = thrown(() => increment(tensor(Int32Array.of(1), { device })));
console.log(caught?.message ?? "nothing was thrown");
expect("the wrong kernel is an error", caught instanceof Error);
expect('its op is "increment"', caught?.op === "increment");
expect("its code is INTERNAL", caught?.code === "INTERNAL");
const next = thrown(() => tensor(Float32Array.of(1), { device }).item());
console.log(next?.message ?? "the device still works");
expect("what the device is asked next is an error or works", next === undefined || "op" in next);
expect("the device can be disposed", thrown(() => device.dispose()) === undefined);
const cpu = openDevice("cpu");
const sum = add(tensor(Float32Array.of(1, 2), { device: cpu }), 1).toArray();
expect("the processor still computes", sum[0] === 2 && sum[1] === 3);
const failed = expectations.filter((holds) => !holds).length;
console.log(`${expectations.length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

function thrown(action) {
  try {
    action();
    return undefined;
  } catch (error) {
    return error;
  }
}
