/** Files: the C++ parts that are kept as C++ (cpp/), and the folder of compiled things. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const PARTS = join(dirname(fileURLToPath(import.meta.url)), "..", "cpp");

/** A part of the generated text that is the same for all games. */
export function cppPart(
  name:
    | `${"numbers" | "canvas" | "key" | "chance" | "oracle"}.h`
    | `${"kernels" | "match" | "wrappers"}.cuh`,
): string {
  return readFileSync(join(PARTS, name), "utf8");
}

/** The bytes of a file; undefined where there is none. */
export function readIfThere(file: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return new Uint8Array(readFileSync(file));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** Writes a file as a whole or not at all: readers never see a part of it. */
export function writeWhole(file: string, bytes: Uint8Array | string, unique: string): void {
  mkdirSync(dirname(file), { recursive: true });
  const temporary = `${file}.${unique}.tmp`;
  try {
    writeFileSync(temporary, bytes);
    renameSync(temporary, file);
  } finally {
    rmSync(temporary, { force: true });
  }
}
