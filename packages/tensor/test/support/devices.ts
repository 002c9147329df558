/**
 * devices: one reference and one native device (the processor or a GPU) per test file.
 *
 * Without a built native core every test that needs it fails: parity is never skipped silently.
 */
import { test } from "vitest";
import { type Device, openDevice } from "../../src/index.js";
import { openTestedDevice, testedDevice } from "../../src/testing.js";

let reference: Device | undefined;
let native: Device | undefined;

/** What a suite that is the same for all devices goes through. A run on a GPU leaves the reference to the others. */
export const testedDevices: readonly ("reference" | "cpu" | "cuda")[] =
  testedDevice() === "cpu" ? ["reference", "cpu"] : [testedDevice()];

export function referenceDevice(): Device {
  reference ??= openDevice("reference");
  return reference;
}

/** @throws DeviceError that says how to build the native core. */
export function nativeDevice(): Device {
  native ??= openTestedDevice();
  return native;
}

/** The device of this file that goes by a name of {@link testedDevices}. */
export function deviceNamed(name: "reference" | "cpu" | "cuda"): Device {
  return name === "reference" ? referenceDevice() : nativeDevice();
}

/** A test of the processor's threads or instruction sets: there is none where the suites run on a GPU. */
export function testOfCpu(name: string, body: () => void): void {
  if (testedDevice() === "cpu") test(name, body);
}
