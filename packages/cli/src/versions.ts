/** Versions of what runs, for run.json, result.json and the doctor. */
import { readFileSync } from "node:fs";
import type { DeviceFacts } from "./device.js";

/** Versions of carom and of Node. */
export interface Versions {
  readonly carom: string;
  readonly node: string;
}

/** What a run records of the software that made it. */
export interface RunVersions extends Versions {
  /** Version of the native core. */
  readonly native: string;
  /** Instruction set that the native core used; of a GPU its compute capability, as "sm_90". */
  readonly isa: string;
  readonly [name: string]: string;
}

/** The versions behind a run on a device, and the name of its GPU as `gpu`. */
export function runVersions({ version, isa, gpu }: DeviceFacts): RunVersions {
  const made = { ...versions(), native: version, isa };
  return gpu === undefined ? made : { ...made, gpu };
}

/** The versions of this installation. */
export function versions(): Versions {
  const file = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  const { version } = JSON.parse(file) as { version: string };
  return { carom: version, node: process.versions.node };
}
