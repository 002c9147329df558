import { defineConfig } from "vitest/config";
import { onCuda } from "../../vitest.cuda.ts";

export default defineConfig(
  onCuda("@carom/nn", {
    include: ["test/**/*.test.ts"],
    // Programs in documents, bundles for browsers and the format of files: no device but the reference.
    exclude: ["test/{browser,documents,safetensors}.test.ts"],
    setupFiles: ["test/setup.ts"],
  }),
);
