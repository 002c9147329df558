import { defineConfig } from "vitest/config";
import { shared } from "../../vitest.shared.ts";

// gifenc has a module for bundlers alone; Node would take the other one, whose names it does not see.
const server = { deps: { inline: ["gifenc"] } };

export default defineConfig({
  ...shared,
  test: { ...shared.test, name: "@carom/viewer", server },
});
