/**
 * The page is built to `dist/` with relative addresses, so that any server may hand it out and it loads offline.
 * Workspace packages are bundled from their sources (condition `carom-source`): a build needs no other build first.
 */
import { defineConfig } from "vite";

export default defineConfig({
  base: "./",
  resolve: { conditions: ["carom-source", "module", "browser", "import", "default"] },
  build: {
    outDir: "dist",
    target: "es2023",
    assetsInlineLimit: 0, // a data: address would need more than `default-src 'self'`
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    license: { fileName: "licenses.md" },
  },
});
