/** Versions of what runs, for run.json, result.json and the doctor. */
import { readFileSync } from "node:fs";

/** Versions of carom and of Node. */
export interface Versions {
  readonly carom: string;
  readonly node: string;
}

/** The versions of this installation. */
export function versions(): Versions {
  const file = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  const { version } = JSON.parse(file) as { version: string };
  return { carom: version, node: process.versions.node };
}
