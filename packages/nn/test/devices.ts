/** One reference and one native device per test file; without a native core its tests fail. */
import { type Device, openDevice } from "@carom/tensor";

const opened = new Map<string, Device>();

export type TestDevice = "reference" | "cpu";
export const bothDevices: readonly TestDevice[] = ["reference", "cpu"];

export function device(name: TestDevice): Device {
  const known = opened.get(name);
  if (known !== undefined) return known;
  const made = openDevice(name);
  opened.set(name, made);
  return made;
}
