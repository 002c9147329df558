/**
 * Learning in spite of everything: CartPole whose games throw, hang, end their thread and return NaN at
 * random, on threads that are ended from outside now and then. Runs the built packages.
 */
import type { EnvFactory } from "@carom/agents";
import type { Fault } from "@carom/envs";
import type { WorkerVectorEnv } from "@carom/envs/workers";
import { expect, test } from "vitest";
import { importBuilt } from "./support/built.js";
import { wild } from "./support/chaos-games.mjs";

const { createTrainer, resolveConfig } =
  await importBuilt<typeof import("@carom/agents")>("agents/dist/index.js");
const workers = await importBuilt<typeof import("@carom/envs/workers")>(
  "envs/dist/workers/index.js",
);
const { openDevice } = await importBuilt<typeof import("@carom/tensor")>("tensor/dist/index.js");
const module = new URL("./support/chaos-games.mjs", import.meta.url).href;

const SETTINGS = {
  ...{ envs: 32, horizon: 64, epochs: 8, minibatch: 512, learningRate: 2e-3, gamma: 0.99 },
  ...{ lambda: 0.95, annealClip: false, valueClip: 0.2, entropyCoef: 0.01, valueCoef: 0.5 },
  ...{ separateCritic: false, activation: "tanh" },
};

test("PPO reaches 400 on CartPole with games and threads that fail", () => {
  const faults: Fault[] = [];
  const returns: number[] = [];
  let threads: WorkerVectorEnv | undefined;
  const createEnv: EnvFactory = ({ game, ...request }) => {
    const source = { id: game.id, module, export: "wild" };
    const env = workers.createWorkerEnv(game, { ...request, workers: 2, source, timeout: 0.3 });
    if (env instanceof workers.WorkerVectorEnv) threads = env;
    return env;
  };
  const device = openDevice("cpu");
  const totalSteps = 500_000;
  const config = resolveConfig("ppo", "cartpole", "classic", { ...SETTINGS, faults: "truncate" });
  const trainer = createTrainer({
    algo: "ppo",
    game: wild,
    device,
    config,
    seed: 1,
    totalSteps,
    createEnv,
    onEpisode: (record) => returns.push(record.return),
    onFault: (fault) => faults.push(fault),
  });
  let ended = 0;
  for (let iteration = 1; trainer.steps < totalSteps; iteration++) {
    const metrics = trainer.iterate();
    expect(Number.isFinite(metrics.measures.valueLoss)).toBe(true);
    if (iteration % 25 === 0) threads?.endThread(ended++ % 2);
  }
  trainer.env.dispose();
  trainer.dispose();
  device.dispose();

  const counts = (kind: Fault["kind"]): number =>
    faults.filter((fault) => fault.kind === kind).length;
  const best = bestMean(returns, 100);
  console.log(
    `chaos: ${counts("threw")} threw, ${counts("not finite")} not finite, ${counts("hung")} hung, ` +
      `${counts("died")} died, ${ended} threads ended; best mean of 100 episodes ${best.toFixed(1)}`,
  );
  for (const kind of ["threw", "not finite", "hung", "died"] as const) {
    expect(counts(kind)).toBeGreaterThan(0);
  }
  expect(ended).toBeGreaterThan(3);
  expect(best).toBeGreaterThanOrEqual(400);
});

/** The highest mean of `window` neighbours. */
function bestMean(values: readonly number[], window: number): number {
  let best = Number.NEGATIVE_INFINITY;
  for (let from = 0; from + window <= values.length; from++) {
    let sum = 0;
    for (let i = from; i < from + window; i++) sum += values[i];
    best = Math.max(best, sum / window);
  }
  return best;
}
