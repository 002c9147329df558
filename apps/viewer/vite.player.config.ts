/**
 * The players of one-file replays: each one classic script beside the built page, which puts it into the
 * files that it exports; `--mode policy` makes the one for files with a policy. Run after the build of the
 * page.
 */
import { defineConfig } from "vite";
import page from "./vite.config.js";

const players = {
  production: { entry: "src/embed/plain-file.ts", file: "player.js" },
  policy: { entry: "src/embed/policy-file.ts", file: "policy-player.js" },
} as const;

export default defineConfig(({ mode }) => {
  const { entry, file } = mode === "policy" ? players.policy : players.production;
  return {
    ...page,
    define: { "import.meta.url": '""' }, // for Node, whose code is here but is never run
    publicDir: false,
    build: {
      ...page.build,
      emptyOutDir: false,
      license: false,
      lib: { entry, formats: ["iife"], name: "carom", fileName: () => file },
    },
  };
});
