/** Devices in words, and precisions where they do not belong. Opening GPUs: test/cuda.test.ts. */
import { expect, test } from "vitest";
import { checkPrecision, deviceText, openWished, tryDevice } from "../src/device.js";
import { runVersions } from "../src/versions.js";

const cpu = { name: "cpu", threads: 2, isa: "avx2", version: "0.1.0" };
const gpu = { name: "cuda:1", threads: 1, isa: "sm_90", version: "0.1.0", gpu: "NVIDIA H200" };

test("a device in one line", () => {
  expect(deviceText(cpu)).toBe("cpu with 2 threads");
  expect(deviceText({ ...cpu, threads: 1 })).toBe("cpu with 1 thread");
  expect(deviceText({ ...cpu, noGpu: "none was found" })).toBe(
    "cpu with 2 threads; no GPU: none was found",
  );
  expect(deviceText({ ...gpu, precision: "float32" })).toBe("cuda:1 (NVIDIA H200, sm_90)");
  expect(deviceText({ ...gpu, precision: "tf32" })).toBe("cuda:1 (NVIDIA H200, sm_90), tf32");
});

test("the versions of a run have the GPU's name where it has one", () => {
  expect(runVersions(gpu)).toMatchObject({ gpu: "NVIDIA H200", isa: "sm_90", native: "0.1.0" });
  expect("gpu" in runVersions(cpu)).toBe(false);
});

test("only float32 is a precision of the processor; auto may turn out to be a GPU", () => {
  const wish = { device: "cpu", threads: null } as const;
  for (const precision of ["tf32", "bfloat16"] as const) {
    expect(() => checkPrecision({ ...wish, precision })).toThrow(
      expect.objectContaining({ code: "CONFLICT" }),
    );
    checkPrecision({ ...wish, device: "auto", precision });
    checkPrecision({ ...wish, device: "cuda:1", precision });
  }
  checkPrecision({ ...wish, precision: "float32" });
  expect(tryDevice({ ...wish, precision: null })).toBeNull();
});

test("the processor has the threads that were wished, and no precision", () => {
  const { device, facts } = openWished({ device: "cpu", threads: 2, precision: null });
  expect(facts).toMatchObject({ name: "cpu", threads: 2 });
  expect("precision" in facts || "gpu" in facts || "noGpu" in facts).toBe(false);
  device.dispose();
});
