/**
 * The page is built to `dist/` with relative addresses, so that any server may hand it out and it
 * loads offline. Workspace packages are bundled from their sources (condition `carom-source`): a
 * build needs no other build first.
 */
import { defineConfig, type Plugin } from "vite";

/** Parts of PixiJS that register themselves when loaded and that this page draws with. */
const pixiParts = /pixi\.js\/lib\/(scene\/particle-container|unsafe-eval)\/init\./;

/**
 * Leaves the other self-registering parts out (text, graphics, filters, events, ...) where nothing
 * names them.
 */
const onlyPixiParts: Plugin = {
  name: "only-pixi-parts",
  transform(code, id) {
    if (!id.includes("/pixi.js/lib/") || pixiParts.test(id)) return null;
    return { code, map: null, moduleSideEffects: false };
  },
};

export default defineConfig({
  base: "./",
  plugins: [onlyPixiParts],
  resolve: { conditions: ["carom-source", "module", "browser", "import", "default"] },
  worker: { format: "es" },
  build: {
    outDir: "dist",
    target: "es2023",
    assetsInlineLimit: 0, // a data: address would need more than `default-src 'self'`
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    license: { fileName: "licenses.md" },
  },
});
