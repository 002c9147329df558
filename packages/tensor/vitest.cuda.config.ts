import { defineConfig } from "vitest/config";
import { onCuda } from "../../vitest.cuda.ts";

export default defineConfig(
  onCuda("@carom/tensor", {
    include: ["test/**/*.test.ts"],
    exclude: [
      // What is the same for every device, and tested on the reference.
      "test/{completeness,documents,in-place,lifetime,nested-neural,shape}.test.ts",
      // The processor's threads and instruction sets, and how errors of the core are translated.
      "test/native.test.ts",
    ],
    setupFiles: ["test/setup.ts"],
  }),
);
