/**
 * Entry of the training thread: makes the trainer, says what it runs on, waits for the word to go,
 * trains, and says how it ended. The thread never waits for the main thread again after that word.
 */
import { parentPort, workerData } from "node:worker_threads";
import { createTrainer, type Trainer } from "@carom/agents";
import type { EpisodeRecord } from "@carom/envs";
import { createEpisodeKeeper } from "@carom/runs";
import { openWished } from "../device.js";
import { CliError, reportError } from "../errors.js";
import { envFactory } from "../game/envs.js";
import { openGame } from "../game/source.js";
import { Progress } from "../progress.js";
import { takeParameters } from "./init.js";
import { runLoop } from "./loop.js";
import { Flags, type Plan, type WorkerMessage } from "./protocol.js";

function post(message: WorkerMessage): void {
  parentPort?.postMessage(message);
}

async function train(plan: Plan): Promise<void> {
  const game = await openGame(plan.game, plan.module);
  const flags = new Flags(plan.flags);
  const { device, facts } = openWished(plan);
  const progress = new Progress(plan.from?.progress);
  const ended: EpisodeRecord[] = [];
  const remarkable: EpisodeRecord[] = [];
  const trainer = createTrainer({
    algo: plan.algo,
    game,
    variant: plan.variant,
    seed: plan.seed,
    device,
    config: plan.config,
    totalSteps: plan.totalSteps,
    onEpisode: (record) => ended.push(record),
    onRemarkable: (record) => remarkable.push(record),
    onFault: (fault) => post({ kind: "fault", fault }),
    createEnv: envFactory(plan.module),
    gpuGames: true,
  });
  if (plan.from !== null) restore(trainer, plan.from.state);
  const taken = plan.init === null ? [] : takeParameters(trainer, plan.init);
  const { steps, notes = [] } = trainer;
  post({ kind: "ready", device: facts, steps, taken, notes });
  flags.waitFor("go");
  const { limits, checkpointEvery } = plan;
  const clock = (): number => performance.now() / 1000;
  const keeper = createEpisodeKeeper(plan.from?.kept);
  const savedStep = plan.from === null ? null : trainer.steps;
  const report = { flags, post, clock, vitals, checkpointEvery, savedStep };
  const reason = runLoop({ trainer, progress, ended, remarkable, keeper, limits, ...report });
  post({ kind: "done", reason, progress: progress.save() });
  trainer.env.dispose();
  trainer.dispose();
  device.dispose();
}

/** Memory of this thread: its objects, and the arrays that lie outside of its heap. */
function vitals(): { memoryHeap: number; memoryArrays: number } {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { memoryHeap: heapUsed, memoryArrays: arrayBuffers };
}

/** A state that passed its hashes can still be another program's; whatever it breaks says so. */
function restore(trainer: Trainer, state: Parameters<Trainer["restore"]>[0]): void {
  try {
    trainer.restore(state);
  } catch (error) {
    const { message } = reportError(error);
    throw new CliError("CHECKPOINT_FOREIGN", `the checkpoint does not fit this run: ${message}`);
  }
}

try {
  await train(workerData as Plan);
} catch (error) {
  post({ kind: "failed", error: reportError(error) });
}
