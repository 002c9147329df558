import { defineConfig } from "vitest/config";
import { shared } from "../vitest.shared.ts";

export default defineConfig({
  ...shared,
  test: {
    ...shared.test,
    name: "workspace",
    include: ["**/*.test.ts"],
    // Browsers and trainings take more than a core each: these files come one by one, after all others.
    maxWorkers: 1,
    sequence: { groupOrder: 1 },
  },
});
