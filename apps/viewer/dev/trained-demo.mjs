/**
 * Serves the built page on a run that learned for a moment and prints its address: `node
 * dev/trained-demo.mjs [game] [algo] [steps]`. As demo.mjs, but with policies.
 */
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const conditions = ["carom-source", "node", "import", "module", "default"];
const { module } = await runnerImport(here("./trained-run.ts"), {
  configFile: false,
  root: here(".."),
  resolve: { conditions },
  ssr: { resolve: { conditions }, noExternal: [/^@carom\/(?!native)/] },
});
const [game = "breakout", algo = "ppo", steps = "300000"] = process.argv.slice(2);
const { url } = await module.startTrainedRun({
  ...{ game, algo, steps: Number(steps), port: 4747, staticDir: here("../dist") },
});
console.log(`viewer: ${url}`);
