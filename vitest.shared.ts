import { availableParallelism } from "node:os";

/** Settings that every package's tests share: workspace imports resolve to TypeScript sources, not to dist. */
export const shared = {
  resolve: { conditions: ["carom-source", "node", "import", "module", "default"] },
  ssr: { resolve: { conditions: ["carom-source", "node", "import", "module", "default"] } },
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    // What is about CUDA itself runs in the projects of vitest.cuda.ts alone.
    exclude: ["**/node_modules/**", "**/dist/**", "**/test/cuda/**"],
    // Long enough for a machine that is ten times slower, or busy: they end what hangs.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // As patient as a browser's locators: what is waited for may take long on a busy machine.
    expect: { poll: { timeout: 30_000 } },
    // A file per core. Vitest leaves one core free, which of two would be half the machine.
    maxWorkers: Math.min(availableParallelism(), 16),
    sequence: { groupOrder: 0 },
    passWithNoTests: false,
  },
};
