// Builds the C++ unit tests under AddressSanitizer and UndefinedBehaviorSanitizer and runs them; then checks
// that no code compiled for one instruction set can be linked into another's place.
// `node scripts/test.mjs --plain` leaves the sanitizers out and takes the objects that the addon was built of
// (pnpm test runs this); further words select tests by name.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { missingTools } from "./tools.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const words = process.argv.slice(2);
const plain = words.includes("--plain");
const names = words.filter((word) => word !== "--plain");
const folder = join(root, plain ? "build" : "build-sanitize");

const missing = missingTools();
if (missing !== undefined) {
  console.error(missing);
  process.exit(2);
}

/** Runs a command; its output is shown only when it fails. */
function quietly(command, args) {
  const result = spawnSync(command, args, { cwd: root, encoding: "utf8", maxBuffer: 1 << 28 });
  if (result.status === 0) return result.stdout;
  process.stderr.write(`${result.stdout ?? ""}${result.stderr ?? ""}`);
  process.exit(1);
}

/**
 * The linker keeps one copy of each inline function. A kernel object may therefore define such functions only
 * in its own namespace: any other could be the AVX-512 copy of something that portable code calls.
 */
function checkKernelSymbols() {
  for (const isa of ["portable", "avx2", "avx512"]) {
    const objects = findObjects(join(folder, "CMakeFiles", `kernels_${isa}.dir`));
    for (const object of objects) {
      const shared = quietly("nm", ["--demangle", "--defined-only", object])
        .split("\n")
        .map((line) => /^[0-9a-f]+ [WV] (.*)$/.exec(line)?.[1])
        .filter((name) => name !== undefined && !name.includes(`::${isa}::`));
      if (shared.length === 0) continue;
      console.error(`${object} defines ${shared[0]} outside carom::cpu::${isa}`);
      process.exit(1);
    }
  }
}

function findObjects(at) {
  try {
    return readdirSync(at, { recursive: true })
      .filter((name) => name.endsWith(".o"))
      .map((name) => join(at, name));
  } catch {
    return [];
  }
}

quietly("cmake", [...["-S", root, "-B", folder], `-DCAROM_SANITIZE=${plain ? "OFF" : "ON"}`]);
const programs = ["carom_tests", "carom_emulated_tests"];
// The tests of the packages open the emulated GPU as a library.
const targets = plain ? [...programs, "carom_cuda_emulated"] : programs;
quietly("cmake", ["--build", folder, "--target", ...targets, "--parallel", "2"]);
for (const program of programs) {
  const run = spawnSync(join(folder, program), names, { stdio: "inherit" });
  if (run.status !== 0) process.exit(run.status ?? 1);
}
if (plain) checkKernelSymbols();
