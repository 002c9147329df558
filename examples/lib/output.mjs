/** Where examples put their pictures: `out/` beside them, or the folder named on the command line. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** Writes a file and tells where. */
export function save(name, content) {
  const folder = process.argv[2] ?? fileURLToPath(new URL("../out", import.meta.url));
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  writeFileSync(path, content);
  console.log(`wrote ${relative(process.cwd(), path)}`);
}
