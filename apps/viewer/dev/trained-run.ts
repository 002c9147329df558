/**
 * A run that really learned: a short training in this process, its episodes and policies kept as
 * `carom train` keeps them, then served as a finished run. For what the page says of policies, which a
 * scripted player does not have.
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTrainer, encodeAgent, resolveConfig, type Trainer } from "@carom/agents";
import { type EpisodeRecord, encodeReplay, findGame, makeReplay } from "@carom/envs";
import { createRun, openShelf, type Run } from "@carom/runs";
import { startServer } from "@carom/server";
import { openDevice } from "@carom/tensor";

/** What is trained. */
export interface TrainingOptions {
  readonly game?: string;
  readonly algo?: string;
  readonly seed?: number;
  /** Env steps to train for. */
  readonly steps?: number;
  /** Policies to keep, evenly over the training. */
  readonly policies?: number;
  /** Settings over the preset's. */
  readonly config?: Readonly<Record<string, string | number | boolean>>;
}

export interface TrainedRunOptions extends TrainingOptions {
  /** Runs that lie beside it, in the same folder. */
  readonly beside?: readonly TrainingOptions[];
  readonly port?: number;
  readonly staticDir?: string;
}

export interface TrainedRun {
  /** Address of the page, token included. */
  readonly url: string;
  readonly run: Run;
  /** Episodes that were kept, by their names. */
  readonly kept: ReadonlyMap<string, EpisodeRecord>;
  /** The runs beside it. */
  readonly beside: readonly Run[];
  close(): Promise<void>;
}

export async function startTrainedRun(options: TrainedRunOptions = {}): Promise<TrainedRun> {
  const folder = mkdtempSync(join(tmpdir(), "carom-trained-"));
  const beside = (options.beside ?? []).map((other) => trainedRun(folder, other).run);
  const { run, kept } = trainedRun(folder, options);
  const shelf = openShelf(folder);
  const token = randomBytes(16).toString("hex");
  const { port = 0, staticDir } = options;
  const place = { source: run, shelf, port, token };
  const server = await startServer(staticDir === undefined ? place : { ...place, staticDir });
  return {
    ...{ url: server.url, run, kept, beside },
    close: async () => {
      await server.close();
      shelf.close();
      for (const one of [run, ...beside]) one.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Trains in a folder of its own inside `folder`; the run is finished then. */
function trainedRun(
  folder: string,
  options: TrainingOptions,
): { readonly run: Run; readonly kept: Map<string, EpisodeRecord> } {
  const { game: id = "breakout", algo = "ppo", seed = 1, steps = 200_000 } = options;
  const game = findGame(id);
  const variant = game.defaultVariant;
  const config = resolveConfig(algo, id, variant, options.config);
  const { version } = game.create(variant).spec;
  const run = createRun(join(folder, `${id}-${algo}-${seed}`), {
    ...{ game: id, variant, gameVersion: version, algo, seed, config },
    ...{ device: "cpu", threads: 1, totalSteps: steps, versions: { node: process.versions.node } },
  });
  const device = openDevice("cpu", { threads: 1 });
  const ended: EpisodeRecord[] = [];
  const onEpisode = (record: EpisodeRecord): void => void ended.push(record);
  const trainer = createTrainer({
    ...{ algo, game, variant, seed, device, config, totalSteps: steps, onEpisode },
  });
  const kept = train({ trainer, run, ended, steps, policies: options.policies ?? 10 });
  trainer.dispose();
  device.dispose();
  run.update({ status: "finished", steps });
  return { run, kept };
}

interface Training {
  readonly trainer: Trainer;
  readonly run: Run;
  readonly ended: EpisodeRecord[];
  readonly steps: number;
  readonly policies: number;
}

/** Trains to the end; returns the episodes that were kept. */
function train({ trainer, run, ended, steps, policies }: Training): Map<string, EpisodeRecord> {
  const kept = new Map<string, EpisodeRecord>();
  const returns: number[] = [];
  const began = performance.now();
  let taken = 0;
  const takePolicy = (): void => {
    const score = returns.length === 0 ? null : mean(returns);
    run.addPolicy(encodeAgent(trainer.policyState()), { steps: trainer.steps, score });
    taken++;
  };
  takePolicy();
  while (trainer.steps < steps) {
    const { measures, episodes, steps: done } = trainer.iterate();
    for (const record of ended.splice(0)) {
      returns.push(record.return);
      keepEpisode(run, record, done, kept);
    }
    returns.splice(0, Math.max(0, returns.length - 100));
    const seconds = (performance.now() - began) / 1000;
    const score = returns.length === 0 ? {} : { score: mean(returns) };
    const rate = { stepsPerSecond: done / seconds };
    const known = Object.entries(measures).filter(([, value]) => Number.isFinite(value));
    run.appendMetrics({
      ...Object.fromEntries(known),
      steps: done,
      seconds,
      episodes,
      ...rate,
      ...score,
    });
    if (done >= (taken * steps) / (policies - 1)) takePolicy();
  }
  return kept;
}

function keepEpisode(
  run: Run,
  episode: EpisodeRecord,
  steps: number,
  kept: Map<string, EpisodeRecord>,
): void {
  const { actions, truncated: _truncated, ...record } = episode;
  const facts = { ...record, steps };
  const reason = run.considerEpisode(facts);
  if (reason === undefined) return;
  const { game, variant } = run.facts();
  const replay = makeReplay({ ...record, actions }, findGame(game), { variant });
  const entry = run.addEpisode(encodeReplay(replay), facts, reason);
  if (entry) kept.set(entry.id, episode);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
