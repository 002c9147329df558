/** openDevice("cuda"): what it opens, and why it refuses, in words that say what to do. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import * as T from "../../src/index.js";
import { isEmulated, refusal, withEnvironment } from "./support.js";

const folder = mkdtempSync(join(tmpdir(), "carom-cuda-"));
afterAll(() => rmSync(folder, { recursive: true }));

const opened = 'openDevice: "cuda" cannot be opened: ';
const withLibrary = (path: string): string =>
  withEnvironment({ CAROM_CUDA_LIBRARY: path }, () => refusal("cuda"));

describe("a GPU", () => {
  test("says what it is", () => {
    using device = T.openDevice("cuda");
    expect(device.name).toBe("cuda");
    expect(device.threads).toBe(1);
    const { isa, gpu } = device.info();
    expect(isa).toMatch(/^sm_\d+$/);
    const [first] = T.inspectCuda().devices;
    expect(gpu).toBe(first.name);
    expect(isa).toBe(`sm_${first.computeCapability.replace(".", "")}`);
  });

  test("goes by its number as well", () => {
    using device = T.openDevice("cuda:0");
    expect(device.name).toBe("cuda:0");
    expect(T.scope(() => T.ones([3], { device }).sum().item())).toBe(3);
  });

  test("is in the report, with the versions on both sides and no problem", () => {
    const report = T.inspectCuda();
    expect(report).toMatchObject({ built: true, library: process.env["CAROM_CUDA_LIBRARY"] });
    expect(report.problem).toBeUndefined();
    expect(report.runtime).toMatch(/^\d+\.\d+$/);
    expect(report.driver).toMatch(/^\d+\.\d+$/);
    expect(report.architectures).not.toBe("");
    expect(report.devices[0].memoryBytes).toBeGreaterThan(2 ** 30);
    expect(report.devices[0].problem).toBeUndefined();
  });

  test("is refused where there is none of that number", () => {
    const count = T.inspectCuda().devices.length;
    expect(refusal(`cuda:${count}`)).toBe(
      `openDevice: "cuda:${count}" cannot be opened: no GPU number ${count} (this machine has ${count})`,
    );
    expect(refusal("cuda:-1" as T.DeviceName)).toMatch(
      /^openDevice: no such device \(got "cuda:-1"/,
    );
    expect(refusal("cuda:" as T.DeviceName)).toMatch(/^openDevice: no such device \(got "cuda:"/);
  });

  test("is refused with a precision that it does not have", () => {
    const precision = "float16" as T.Precision;
    expect(refusal("cuda", { precision })).toMatch(/precision .*float16.*float32, tf32/);
  });
});

describe("the library", () => {
  test("that is not there: install a driver, or build it", () => {
    const missing = join(folder, "missing.so");
    const reason = withLibrary(missing);
    const notBuilt = `${opened}the CUDA library is not built (no ${missing}): install NVIDIA's CUDA compiler and run \`pnpm --filter @carom/native build:cuda\``;
    const noDriver = `${opened}no NVIDIA driver was found on this machine (libcuda.so.1)`;
    // A machine with an emulated GPU may have a driver or not.
    expect(isEmulated ? [notBuilt, noDriver] : [notBuilt]).toContain(reason);
    const report = withEnvironment({ CAROM_CUDA_LIBRARY: missing }, () => T.inspectCuda());
    expect(report).toMatchObject({ library: missing, built: false, devices: [] });
    expect(`${opened}${report.problem}`).toBe(reason);
  });

  test("of other sources: build both again", () => {
    const path = join(folder, "other.so");
    const text = readFileSync(process.env["CAROM_CUDA_LIBRARY"] ?? "").toString("latin1");
    // The fingerprint is a hash in hexadecimal digits; another last digit is that of other sources.
    const [fingerprint] = /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/.exec(text) ?? [];
    expect(fingerprint).toBeDefined();
    const other = `${fingerprint?.slice(0, -1)}${fingerprint?.endsWith("0") ? "1" : "0"}`;
    writeFileSync(path, text.replaceAll(String(fingerprint), other), "latin1");
    expect(withLibrary(path)).toBe(
      `${opened}${path} was built from other sources than the addon: build both again`,
    );
  });

  test("that is none at all", () => {
    const path = join(folder, "text.so");
    writeFileSync(path, "not a library");
    expect(withLibrary(path)).toMatch(/: the CUDA library cannot be loaded: .*text\.so/);
    const addon = fileURLToPath(
      new URL("../../../../native/build/Release/carom_native.node", import.meta.url),
    );
    expect(withLibrary(addon)).toBe(
      `${opened}${addon} has no carom_cuda_fingerprint: build it again`,
    );
  });
});

/** Machines that the emulation can play. */
const machines: readonly [string, Record<string, string>, string][] = [
  [
    "no GPU",
    { CAROM_EMULATED_GPUS: "0" },
    "the NVIDIA driver sees no GPU (is CUDA_VISIBLE_DEVICES empty?)",
  ],
  [
    "no driver",
    { CAROM_EMULATED_DRIVER: "0" },
    "no NVIDIA driver was found on this machine (libcuda.so.1)",
  ],
  [
    "an old driver",
    { CAROM_EMULATED_DRIVER: "12020" },
    "the NVIDIA driver is too old (got CUDA 12.2, expected 13.0 or newer)",
  ],
];

test.each(isEmulated ? machines : [])("a machine with %s is told so", (_, settings, reason) => {
  withEnvironment(settings, () => {
    expect(refusal("cuda")).toBe(opened + reason);
    expect(T.inspectCuda()).toMatchObject({ built: true, devices: [], problem: reason });
  });
  expect(refusal("cuda")).toBe("nothing was refused");
});

test.skipIf(!isEmulated)(
  "a GPU that the library has no code for is told so, and how to build for it",
  () => {
    withEnvironment({ CAROM_EMULATED_GPU_CAPABILITY: "61" }, () => {
      const reason =
        "emulated GPU has compute capability 6.1, and the CUDA library is built for the emulated GPU: " +
        "build it again with CAROM_CUDA_ARCHITECTURES=61";
      expect(refusal("cuda")).toBe(opened + reason);
      const computeCapability = "6.1";
      expect(T.inspectCuda()).toMatchObject({ devices: [{ computeCapability, problem: reason }] });
    });
  },
);
