import { defineConfig } from "vitest/config";
import { onCuda } from "../../vitest.cuda.ts";

export default defineConfig(
  onCuda("@carom/agents", { include: ["src/**/*.test.ts", "test/devices.test.ts"] }),
);
