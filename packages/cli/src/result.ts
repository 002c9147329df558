/** The result of a run: what result.json holds, what --json prints, and the summary for people. */
import { formatCount, formatDuration, formatScore, type Paint } from "./format.js";
import { milestones, type Passing, Progress, type SavedProgress, type Score } from "./progress.js";

/** Names of parts and their versions: carom, node, and what the native core says. */
export type Versions = Readonly<Record<string, string>>;

/** What a finished run leaves in result.json. */
export interface Result {
  readonly game: string;
  readonly variant: string;
  readonly algo: string;
  readonly seed: number;
  /** Env steps. */
  readonly steps: number;
  /** Seconds of training, from the first iteration on, over all continuations. */
  readonly seconds: number;
  readonly stepsPerSecond: number;
  /** Of the last 100 episodes; mean and std are null when none ended. */
  readonly score: { mean: number | null; std: number | null; episodes: number };
  /** Mean of that score over the env steps of the run: the area under its curve by its width. */
  readonly area: number | null;
  /** When the mean of the last 100 episodes first was at least 100, 200, ...; null: never. */
  readonly reached: Readonly<Record<string, Passing | null>>;
  readonly versions: Versions;
}

/** What a result says of the run itself. */
export type RunIdentity = Pick<Result, "game" | "variant" | "algo" | "seed" | "versions">;

/** The result of a run that has come as far as `saved`. */
export function makeResult(run: RunIdentity, saved: SavedProgress): Result {
  const progress = new Progress(saved);
  const score: Score | null = progress.score();
  const passing = (milestone: number): Passing | null => saved.reached[milestone] ?? null;
  return {
    game: run.game,
    variant: run.variant,
    algo: run.algo,
    seed: run.seed,
    steps: saved.steps,
    seconds: round(saved.seconds, 3),
    stepsPerSecond: saved.seconds > 0 ? Math.round(saved.steps / saved.seconds) : 0,
    score: score === null ? { mean: null, std: null, episodes: 0 } : score,
    area: progress.area(),
    reached: Object.fromEntries(milestones.map((m) => [String(m), roundPassing(passing(m))])),
    versions: run.versions,
  };
}

/** The summary that ends a run. */
export function summaryLines(result: Result, paint: Paint): string[] {
  const { mean, std, episodes } = result.score;
  const rate = formatCount(result.stepsPerSecond);
  const lines = [
    `${formatCount(result.steps)} steps in ${formatDuration(result.seconds)} (${rate} steps/s)`,
    mean === null || std === null
      ? "no episode ended"
      : `score ${paint.bold(formatScore(mean))} ± ${formatScore(std)} over the last ${episodes} episodes`,
  ];
  const passed = Object.entries(result.reached).flatMap(([milestone, passing]) =>
    passing === null ? [] : [`${milestone} after ${formatDuration(passing.seconds)}`],
  );
  if (passed.length > 0) lines.push(`reached ${passed.join(", ")}`);
  return lines;
}

function roundPassing(passing: Passing | null): Passing | null {
  return passing === null ? null : { steps: passing.steps, seconds: round(passing.seconds, 3) };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
