/**
 * Serves the built page on a scripted run and prints its address: `pnpm --filter @carom/viewer demo
 * [game] [variant]`. Sources of the workspace are used as they are; only the page itself must have
 * been built (`vite build`).
 */
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const conditions = ["carom-source", "node", "import", "module", "default"];
const { module } = await runnerImport(here("./scripted-run.ts"), {
  configFile: false,
  root: here(".."),
  resolve: { conditions },
  ssr: { resolve: { conditions }, noExternal: [/^@carom\//] },
});
const [game, variant] = process.argv.slice(2);
const { url } = await module.startScriptedRun({
  ...(game === undefined ? {} : { game }),
  ...(variant === undefined ? {} : { variant }),
  config: { learningRate: 0.0003, horizon: 64, minibatches: 4, network: "128, 128" },
  port: 4747,
  staticDir: here("../dist"),
});
console.log(`viewer: ${url}`);
