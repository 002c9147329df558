/**
 * Compiles the kernels of every game with nvcc and prints what they take: registers, spilled bytes.
 *
 *   pnpm build && node packages/compiler/bench/kernels.mjs [arch...]
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildCubin, compileGame } from "@carom/compiler";
import { games } from "@carom/envs";

const archs = process.argv.length > 2 ? process.argv.slice(2) : ["sm_75", "sm_90"];
const folder = mkdtempSync(join(tmpdir(), "carom-kernels-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
for (const game of games) {
  const file = join(folder, "game.cu");
  writeFileSync(file, compileGame(game).emitCuda());
  for (const arch of archs) {
    const uses = buildCubin(file, join(folder, "game.cubin"), arch);
    const texts = uses.map(({ kernel, registers, spillStores, spillLoads }) => {
      const spills = spillStores + spillLoads;
      return `${kernel.replace("carom_", "")} ${registers}${spills > 0 ? ` (spills ${spillStores}/${spillLoads} B)` : ""}`;
    });
    console.log(`${game.id.padEnd(24)} ${arch}  ${texts.sort().join("  ")}`);
  }
}
