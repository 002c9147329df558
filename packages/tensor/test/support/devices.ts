/**
 * devices: one reference and one native device (the processor or a GPU) per test file.
 *
 * Without a built native core every test that needs it fails: parity is never skipped silently.
 */
import { type Device, openDevice } from "../../src/index.js";
import { openTestedDevice } from "../../src/testing.js";

let reference: Device | undefined;
let native: Device | undefined;

export function referenceDevice(): Device {
  reference ??= openDevice("reference");
  return reference;
}

/** @throws DeviceError that says how to build the native core. */
export function nativeDevice(): Device {
  native ??= openTestedDevice();
  return native;
}
