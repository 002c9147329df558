import { defineConfig } from "vitest/config";
import { onCuda } from "../../vitest.cuda.ts";

export default defineConfig(
  onCuda("@carom/agents", {
    include: [
      // Every algorithm: losses beside the processor's while it learns, recordings, optimisers, saved states.
      "test/devices.test.ts",
      // Games that live on the GPU, beside those of the processor.
      "test/cuda/*.test.ts",
      // The parts that tensors pass through: losses, memories of experience, rollouts, encoders.
      "src/policy-gradient-loss.test.ts",
      "src/rollout.test.ts",
      "src/math/on-device.test.ts",
      "src/dqn/{loss,target}.test.ts",
      "src/encoders/normalized.test.ts",
      "src/gpu-games/epsilon-greedy.test.ts",
      "src/off-policy/{experience,mask-memory,noise}.test.ts",
      "src/ppo/minibatches.test.ts",
      "src/pqn/{loss,rollout}.test.ts",
      "src/r2d2/{loss,network,rescaling,sequences}.test.ts",
      "src/replay/{replay,device-replay,moved-replay,priorities,saved-replay,sequence-replay}.test.ts",
      "src/sac/loss.test.ts",
      "src/vtrace/ratios.test.ts",
    ],
    // Left out: probes and games that are learned, trainers that go on for hundreds of updates, and the agent around
    // them. They would take an emulated GPU many minutes, and what is theirs alone is no matter of the device.
  }),
);
