/**
 * The viewer as a package for other pages: ES modules without imports, in `dist/lib/`. PixiJS is a part
 * of its own that is loaded where a GPU draws.
 */
import { defineConfig, type Plugin } from "vite";
import page from "./vite.config.js";

/** Fonts are the matter of the page around. */
const noFonts: Plugin = {
  name: "no-fonts",
  enforce: "pre",
  transform(code, id) {
    if (!/\.css(\?|$)/.test(id)) return null;
    return { code: code.replace(/@font-face\s*\{[^}]*\}/g, ""), map: null };
  },
};

export default defineConfig({
  ...page,
  plugins: [...(page.plugins ?? []), noFonts],
  publicDir: false,
  build: {
    ...page.build,
    outDir: "dist/lib",
    lib: { entry: { index: "src/embed/index.ts", share: "src/share/index.ts" }, formats: ["es"] },
  },
});
