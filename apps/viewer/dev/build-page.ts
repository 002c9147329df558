/** Builds the page, and the players of one-file replays beside it, into a folder of the caller's choice. */
import { fileURLToPath } from "node:url";
import { build } from "vite";

export async function buildPage(outDir: string): Promise<void> {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const configFile = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));
  const quiet = { root, logLevel: "warn" } as const;
  const page = { outDir, emptyOutDir: true };
  await build({ ...quiet, configFile: configFile("vite.config.ts"), build: page });
  const player = { outDir, emptyOutDir: false };
  for (const mode of ["production", "policy"]) {
    const config = { configFile: configFile("vite.player.config.ts"), mode };
    await build({ ...quiet, ...config, build: player });
  }
}

/** Builds the package for other pages into a folder of the caller's choice. */
export async function buildLibrary(outDir: string): Promise<void> {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const configFile = fileURLToPath(new URL("../vite.lib.config.ts", import.meta.url));
  await build({ root, configFile, logLevel: "warn", build: { outDir, emptyOutDir: true } });
}
