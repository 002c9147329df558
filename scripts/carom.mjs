/**
 * Builds what is stale, then is the `carom` command: pnpm train, watch, eval and carom.
 *
 * The command runs inside this very process, so that the terminal, signals and the exit code are its own.
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build, requireNode, root } from "./lib/build.mjs";
import { endWithRunners } from "./lib/runners.mjs";

requireNode();
await build(["carom", "@carom/viewer"]);
endWithRunners();
process.chdir(process.env.INIT_CWD ?? process.cwd());
const main = join(root, "packages", "cli", "dist", "main.js");
process.argv[1] = main;
await import(pathToFileURL(main).href);
