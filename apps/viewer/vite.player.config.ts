/**
 * The player of one-file replays (src/embed/file.ts): one classic script beside the built page,
 * which puts it into the files that it exports. Run after the build of the page.
 */
import { defineConfig } from "vite";
import page from "./vite.config.js";

export default defineConfig({
  ...page,
  publicDir: false,
  build: {
    ...page.build,
    emptyOutDir: false,
    license: false,
    lib: {
      entry: "src/embed/file.ts",
      formats: ["iife"],
      name: "carom",
      fileName: () => "player.js",
    },
  },
});
