import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      "native/vitest.config.ts",
      "packages/*/vitest.config.ts",
      "packages/*/vitest.cuda.config.ts",
      "test/vitest.config.ts",
      "test/vitest.cuda.config.ts",
      "apps/*/vitest.config.ts",
    ],
  },
});
