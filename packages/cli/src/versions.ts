/** Versions of what runs, for run.json, result.json and the doctor. */
import { execFileSync } from "node:child_process";
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

/**
 * The git commit that a folder is at, with "-dirty" behind it where files that git knows have been changed
 * since: whose code made a run. Undefined outside a repository, before its first commit, and without git.
 */
export function commitOf(folder: string, patience: number = gitPatience): string | undefined {
  try {
    return execFileSync("git", ["describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"], {
      cwd: folder,
      env: { ...process.env, GIT_OPTIONAL_LOCKS: "0" }, // only looks
      stdio: ["ignore", "pipe", "ignore"],
      encoding: "utf8",
      timeout: patience,
    }).trim();
  } catch {
    return undefined;
  }
}

/** Milliseconds that git may take: a training does not wait for a slow disk. */
const gitPatience = 2000;
