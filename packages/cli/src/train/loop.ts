/**
 * The training loop: iterate, count, report, until a limit or a flag ends it. Runs in the training
 * thread, but knows nothing of threads: it reads flags and hands messages to `post`.
 */
import type { IterationMetrics, Trainer } from "@carom/agents";
import type { EpisodeRecord } from "@carom/envs";
import type { EpisodeKeeper } from "@carom/runs";
import type { MetricsRow } from "@carom/runs/formats";
import type { Progress } from "../progress.js";
import type { Limits } from "../status/block.js";
import { BoardWatcher } from "./boards.js";
import { MetricsMean } from "./metrics.js";
import type { Flags, KeptEpisode, StopReason, WorkerMessage } from "./protocol.js";
import { SnapshotSchedule } from "./snapshots.js";

/** Seconds between two lines of metrics, and between two looks at live boards. */
const metricsEvery = 0.25;
const boardsEvery = 0.1;

/** What the loop works with. */
export interface LoopOptions {
  readonly trainer: Trainer;
  readonly progress: Progress;
  /** Episodes that ended, in order; the trainer's `onEpisode` fills it, the loop empties it. */
  readonly ended: EpisodeRecord[];
  /** Episodes that are told beside them; the trainer's `onRemarkable` fills it. */
  readonly remarkable: EpisodeRecord[];
  /** Decides which of them are kept. */
  readonly keeper: EpisodeKeeper;
  readonly limits: Limits;
  readonly flags: Flags;
  /** Seconds between checkpoints. */
  readonly checkpointEvery: number;
  /** Env step of the checkpoint that the run goes on from; null for a new run. */
  readonly savedStep: number | null;
  /** Figures of this thread that go with each line of metrics. */
  readonly vitals?: () => Omit<MetricsRow, "steps">;
  /** Hands a message to the main thread. */
  readonly post: (message: WorkerMessage) => void;
  /** Seconds of a monotonic clock. */
  readonly clock: () => number;
}

/** Trains until something ends it; the last checkpoint and the last metrics are posted by then. */
export function runLoop(options: LoopOptions): StopReason {
  const { trainer, progress, flags, clock } = options;
  const before = progress.seconds;
  const start = clock();
  let stood = 0;
  const elapsed = (): number => clock() - start - stood;
  const metrics = new MetricsMean(progress);
  const snapshots = new SnapshotSchedule(before);
  const kept: KeptEpisode[] = [];
  const watcher = new BoardWatcher(trainer.env);
  const checkpointDue = alarm(options.checkpointEvery);
  const metricsDue = alarm(metricsEvery);
  const boardsDue = alarm(boardsEvery);
  // A new run is saved before it begins, so that there is always something to continue from.
  let saved = options.savedStep ?? postCheckpoint(options);
  let taken = options.savedStep ?? postPolicy(options);
  for (;;) {
    if (flags.get("pause") !== 0 && flags.get("stop") === 0) {
      postNews(options, metrics, kept);
      const before = clock();
      saved = standStill(options, watcher, saved);
      stood += clock() - before; // time that stands still counts nowhere
    }
    const reason = stopReason(options);
    if (reason !== null) {
      postNews(options, metrics, kept);
      if (taken !== trainer.steps) postPolicy(options);
      if (saved !== trainer.steps) postCheckpoint(options);
      return reason;
    }
    const began = elapsed();
    const measured = trainer.iterate();
    const now = elapsed();
    takeEpisodes(options, watcher, metrics, measured, kept);
    progress.advance(measured.steps, before + now);
    metrics.add(measured, now - began);
    if (metricsDue(now)) postNews(options, metrics, kept);
    if (snapshots.isDue(before + now)) {
      taken = postPolicy(options);
      snapshots.taken(before + now, elapsed() - now);
    }
    if (flags.get("boards") > 0 && boardsDue(now)) postBoards(options, watcher);
    if (flags.get("saving") === 0) {
      const isAsked = flags.take("save") !== 0;
      if (isAsked || checkpointDue(now)) saved = postCheckpoint(options, isAsked);
    }
  }
}

/**
 * Waits until somebody lets the training go on, or stops it; checkpoints are saved and viewers that
 * come are shown the games meanwhile. Gives the step of the newest checkpoint.
 */
function standStill(options: LoopOptions, watcher: BoardWatcher, saved: number): number {
  const { flags, post } = options;
  post({ kind: "paused", isPaused: true });
  // Read before the flags: what is set after that ends the wait.
  let news = flags.get("news");
  while (flags.get("pause") !== 0 && flags.get("stop") === 0) {
    if (flags.get("boards") > 0) postBoards(options, watcher);
    if (flags.get("saving") === 0 && flags.take("save") !== 0)
      saved = postCheckpoint(options, true);
    flags.waitForNews(news);
    news = flags.get("news");
  }
  post({ kind: "paused", isPaused: false });
  return saved;
}

/** Counts the episodes that ended in an iteration and picks those to keep. */
function takeEpisodes(
  options: LoopOptions,
  watcher: BoardWatcher,
  metrics: MetricsMean,
  { steps, episodes }: IterationMetrics,
  kept: KeptEpisode[],
): void {
  const { ended, remarkable, keeper, progress } = options;
  const consider = ({ actions, truncated: _truncated, ...record }: EpisodeRecord): void => {
    const facts = { ...record, steps };
    const reason = keeper.consider(facts);
    if (reason !== undefined) kept.push({ reason, facts, actions });
  };
  for (const episode of ended) {
    watcher.ended(episode);
    progress.addEpisode(episode.return);
    metrics.addEpisode(episode.length);
    consider(episode);
  }
  progress.addUntold(episodes - ended.length);
  for (const episode of remarkable) {
    progress.addRemarkable(episode.return);
    consider(episode);
  }
  ended.length = 0;
  remarkable.length = 0;
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

function postNews({ post, vitals }: LoopOptions, metrics: MetricsMean, kept: KeptEpisode[]): void {
  const row = metrics.take();
  if (row !== null) post({ kind: "metrics", row: { ...row, ...vitals?.() } });
  if (kept.length > 0) post({ kind: "episodes", episodes: kept.splice(0) });
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

/** The policy of this moment, for the run to keep. Gives its step. */
function postPolicy({ trainer, progress, post }: LoopOptions): number {
  const { steps } = trainer;
  const score = progress.score()?.mean ?? null;
  post({ kind: "policy", steps, score, state: trainer.policyState() });
  return steps;
}

/** The state is a copy, so training goes on while the main thread writes it. Gives its step. */
function postCheckpoint(options: LoopOptions, isAsked = false): number {
  const { trainer, progress, flags, post } = options;
  flags.set("saving", 1);
  const { steps } = trainer;
  const state = trainer.save();
  const score = progress.fullWindowMean();
  post({ kind: "checkpoint", steps, score, state, progress: progress.save(), isAsked });
  return steps;
}
