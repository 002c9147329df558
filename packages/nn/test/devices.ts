/** One reference and one native device per test file; without a native core its tests fail. */
import { type Device, openDevice } from "@carom/tensor";
import { testedDevice } from "@carom/tensor/testing";

const opened = new Map<string, Device>();

export type TestDevice = "reference" | "cpu" | "cuda";

/** The native device: the processor, or a GPU. */
export const native: TestDevice = testedDevice();

/** What a suite that is the same for all devices goes through. A run on a GPU leaves the reference to the others. */
export const testedDevices: readonly TestDevice[] =
  native === "cpu" ? ["reference", "cpu"] : [native];

export function device(name: TestDevice): Device {
  const known = opened.get(name);
  if (known !== undefined) return known;
  const made = openDevice(name);
  opened.set(name, made);
  return made;
}
