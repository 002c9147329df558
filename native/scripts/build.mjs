// Builds build/Release/carom_native.node with cmake-js. Says in one sentence what is missing when the
// tools are not there (exit code 2), and shows CMake's own output only when the build fails.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { missingTools } from "./tools.mjs";

const require = createRequire(import.meta.url);
const root = dirname(dirname(fileURLToPath(import.meta.url)));

const missing = missingTools();
if (missing !== undefined) {
  console.error(missing);
  process.exit(2);
}

const version = JSON.parse(readFileSync(`${root}/package.json`, "utf8")).version;
const cmakeJs = require.resolve("cmake-js/bin/cmake-js");
const addonApi = require("node-addon-api").include_dir;
const started = performance.now();
const build = spawnSync(
  process.execPath,
  [
    cmakeJs,
    "build",
    "--parallel",
    "2",
    `--CDNODE_ADDON_API_DIR=${addonApi}`,
    `--CDCAROM_VERSION=${version}`,
  ],
  { cwd: root, encoding: "utf8", maxBuffer: 1 << 28 },
);
if (build.status !== 0) {
  process.stderr.write(`${build.stdout ?? ""}${build.stderr ?? ""}`);
  console.error("@carom/native: the C++ build failed; the compiler's messages are above.");
  process.exit(1);
}
const seconds = ((performance.now() - started) / 1000).toFixed(1);
console.log(`@carom/native: built build/Release/carom_native.node in ${seconds} s`);
