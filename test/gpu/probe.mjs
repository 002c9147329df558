/**
 * Opens a device and has it compute something: `probe.mjs cpu` or `probe.mjs cuda`. Prints what there is of it; ends with
 * code 1 and the reason where it cannot be used or computes something else than the reference.
 */
import { inspectCuda, matmul, openDevice, scope, tensor } from "@carom/tensor";

const name = process.argv[2] ?? "cpu";
if (name === "cuda") console.log(JSON.stringify(inspectCuda(), null, 1));
try {
  const device = openDevice(name);
  console.log(JSON.stringify(device.info(), null, 1));
  const [right, got] = [openDevice("reference"), device].map(product);
  const worst = Math.max(...right.map((value, i) => Math.abs(value - got[i])));
  console.log(`a product of 40 x 30 x 20: off by ${worst} at most`);
  if (!(worst < 1e-4)) process.exitCode = 1;
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

function product(device) {
  return scope(() => {
    const put = (rows, columns) =>
      tensor(
        Float32Array.from({ length: rows * columns }, (_, i) => Math.sin(i)),
        { shape: [rows, columns], device },
      );
    return [...matmul(put(40, 20), put(20, 30)).toTypedArray()];
  });
}
