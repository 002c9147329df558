/** Builds the page from the present sources into a folder of the caller's choice. */
import { fileURLToPath } from "node:url";
import { build } from "vite";

export async function buildPage(outDir: string): Promise<void> {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const configFile = fileURLToPath(new URL("../vite.config.ts", import.meta.url));
  await build({ root, configFile, logLevel: "warn", build: { outDir, emptyOutDir: true } });
}
