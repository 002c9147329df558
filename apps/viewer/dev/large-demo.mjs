/**
 * Serves the built page on a run as large as a day's watching leaves it, and prints its address:
 * `node apps/viewer/dev/large-demo.mjs [rows of metrics] [kept episodes]`. As demo.mjs else.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readRun } from "@carom/runs";
import { startServer } from "@carom/server";
import { runnerImport } from "vite";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const conditions = ["carom-source", "node", "import", "module", "default"];
const { module } = await runnerImport(here("./large-run.ts"), {
  configFile: false,
  root: here(".."),
  resolve: { conditions },
  ssr: { resolve: { conditions }, noExternal: [/^@carom\//] },
});
const [rows = "40000", episodes = "100000"] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "carom-large-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
process.once("SIGTERM", () => process.exit(0));
const sizes = { rows: Number(rows), episodes: Number(episodes) };
const source = readRun(module.writeLargeRun(folder, "large-1", sizes));
const { url } = await startServer({ source, staticDir: here("../dist") });
console.log(`viewer: ${url}`);
