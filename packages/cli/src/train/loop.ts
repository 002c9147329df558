/**
 * The training loop: iterate, count, report, until a limit or a flag ends it. Runs in the training
 * thread, but knows nothing of threads: it reads flags and hands messages to `post`.
 */
import type { IterationMetrics, Trainer } from "@carom/agents";
import type { Progress } from "../progress.js";
import type { Limits } from "../status/block.js";
import { BoardWatcher } from "./boards.js";
import type { EpisodeKeeper } from "./episodes.js";
import { MetricsMean } from "./metrics.js";
import type { Flags, StopReason, WorkerMessage } from "./protocol.js";

/** Seconds between two lines of metrics, and between two looks at live boards. */
const metricsEvery = 0.25;
const boardsEvery = 0.1;

/** What the loop works with. */
export interface LoopOptions {
  readonly trainer: Trainer;
  readonly progress: Progress;
  readonly keeper: EpisodeKeeper;
  readonly limits: Limits;
  readonly flags: Flags;
  /** Seconds between checkpoints. */
  readonly checkpointEvery: number;
  /** Hands a message to the main thread. */
  readonly post: (message: WorkerMessage) => void;
  /** Seconds of a monotonic clock. */
  readonly clock: () => number;
}

/** Trains until something ends it; the last checkpoint and the last metrics are posted by then. */
export function runLoop(options: LoopOptions): StopReason {
  const { trainer, progress, keeper, flags, clock } = options;
  const before = progress.seconds;
  const start = clock();
  const elapsed = (): number => clock() - start;
  const metrics = new MetricsMean(progress);
  const watcher = new BoardWatcher(trainer.env);
  const checkpointDue = alarm(options.checkpointEvery);
  const metricsDue = alarm(metricsEvery);
  const boardsDue = alarm(boardsEvery);
  for (;;) {
    const reason = stopReason(options);
    if (reason !== null) {
      postMetrics(options, metrics);
      postEpisodes(options, keeper, elapsed());
      postCheckpoint(options);
      return reason;
    }
    const began = elapsed();
    const measured: IterationMetrics = trainer.iterate();
    progress.advance(measured.steps, before + elapsed());
    metrics.add(measured, elapsed() - began);
    if (metricsDue(elapsed())) {
      postMetrics(options, metrics);
      postEpisodes(options, keeper, elapsed());
    }
    if (flags.get("boards") > 0 && boardsDue(elapsed())) postBoards(options, watcher);
    if (flags.get("saving") === 0 && (flags.take("save") !== 0 || checkpointDue(elapsed()))) {
      postCheckpoint(options);
    }
  }
}

/** Rings at most once per `interval` seconds; the first time after one interval. */
function alarm(interval: number): (now: number) => boolean {
  let next = interval;
  return (now) => {
    if (now < next) return false;
    next = now + interval;
    return true;
  };
}

function stopReason({ trainer, progress, limits, flags }: LoopOptions): StopReason | null {
  if (flags.get("stop") !== 0) return "asked";
  if (trainer.steps >= limits.steps) return "steps";
  if (limits.seconds !== null && progress.seconds >= limits.seconds) return "time";
  const mean = progress.fullWindowMean();
  if (limits.score !== null && mean !== null && mean >= limits.score) return "score";
  return null;
}

function postMetrics({ post }: LoopOptions, metrics: MetricsMean): void {
  const row = metrics.take();
  if (row !== null) post({ kind: "metrics", row });
}

function postEpisodes({ post, progress }: LoopOptions, keeper: EpisodeKeeper, now: number): void {
  const episodes = keeper.collect(progress.steps, now);
  if (episodes.length > 0) post({ kind: "episodes", episodes });
}

/** Frames are lossy: none is made while the main thread still has the last one. */
function postBoards({ flags, post, progress }: LoopOptions, watcher: BoardWatcher): void {
  if (flags.get("showing") !== 0) return;
  if (flags.take("resend") !== 0) watcher.restart();
  const boards = watcher.look(flags.get("boards"));
  if (boards.length === 0) return;
  flags.set("showing", 1);
  post({ kind: "boards", steps: progress.steps, boards });
}

/** The state is a copy, so training goes on while the main thread writes it. */
function postCheckpoint({ trainer, progress, flags, post }: LoopOptions): void {
  flags.set("saving", 1);
  const state = trainer.save();
  const score = progress.fullWindowMean();
  const { steps } = trainer;
  post({ kind: "checkpoint", steps, score, state, progress: progress.save() });
}
