import { defineConfig } from "vitest/config";
import { onCuda } from "../vitest.cuda.ts";

export default defineConfig(
  // Of what spans several packages only this has to do with devices.
  onCuda("workspace", { include: ["tensor-workers.test.ts"] }),
);
