/** Versions of what runs, for run.json, result.json and the doctor. */
import { readFileSync } from "node:fs";

/** Versions of carom and of Node. */
export interface Versions {
  readonly carom: string;
  readonly node: string;
}

/** What a run records of the software that made it. */
export interface RunVersions extends Versions {
  /** Version of the native core. */
  readonly native: string;
  /** Instruction set that the native core used. */
  readonly isa: string;
  readonly [name: string]: string;
}

/** The versions behind a run on a device. */
export function runVersions({ version, isa }: { version: string; isa: string }): RunVersions {
  return { ...versions(), native: version, isa };
}

/** The versions of this installation. */
export function versions(): Versions {
  const file = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  const { version } = JSON.parse(file) as { version: string };
  return { carom: version, node: process.versions.node };
}
