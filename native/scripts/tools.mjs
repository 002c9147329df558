// Checks that CMake and a C++20 compiler are there before a build starts.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const howTo =
  process.platform === "darwin"
    ? "install them with `xcode-select --install` and `brew install cmake`"
    : "install them with `sudo apt-get install build-essential cmake` (Debian, Ubuntu)";

/** One sentence that says which tools are missing and how to get them, or undefined when all are there. */
export function missingTools() {
  const missing = [];
  if (!hasCmake()) missing.push("CMake 3.20 or newer");
  if (!hasCompiler()) missing.push("a C++20 compiler (g++ 11 or newer, or clang 14 or newer)");
  if (missing.length === 0) return undefined;
  return `@carom/native needs ${missing.join(" and ")}: ${howTo}.`;
}

function hasCmake() {
  const result = spawnSync("cmake", ["--version"], { encoding: "utf8" });
  const found = /version (\d+)\.(\d+)/.exec(result.stdout ?? "");
  if (result.status !== 0 || found === null) return false;
  const [major, minor] = [Number(found[1]), Number(found[2])];
  return major > 3 || (major === 3 && minor >= 20);
}

function hasCompiler() {
  const folder = mkdtempSync(join(tmpdir(), "carom-compiler-"));
  try {
    const source = join(folder, "probe.cpp");
    writeFileSync(
      source,
      "#include <span>\n#include <bit>\nint main() { return std::bit_width(0u); }\n",
    );
    const compiler = process.env.CXX ?? "c++";
    const output = ["-o", join(folder, "probe")];
    return spawnSync(compiler, ["-std=c++20", source, ...output]).status === 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
