import { availableParallelism } from "node:os";

/** Settings that every package's tests share: workspace imports resolve to TypeScript sources, not to dist. */
export const shared = {
  resolve: { conditions: ["carom-source", "node", "import", "module", "default"] },
  ssr: { resolve: { conditions: ["carom-source", "node", "import", "module", "default"] } },
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    // What is about CUDA itself runs in the projects of vitest.cuda.ts alone.
    exclude: ["**/node_modules/**", "**/dist/**", "**/test/cuda/**"],
    testTimeout: 60_000,
    // As patient as a browser's locators: what is waited for may take long on a busy machine.
    expect: { poll: { timeout: 30_000 } },
    // A file per core. Vitest leaves one core free, which of two would be half the machine.
    maxWorkers: availableParallelism(),
    sequence: { groupOrder: 0 },
    passWithNoTests: false,
  },
};
