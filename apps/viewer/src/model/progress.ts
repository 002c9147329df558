/** How far a run is and how long the rest takes at its present speed. */
import type { JsonObject } from "@carom/runs/formats";
import type { MetricsTable } from "./series.js";

export interface Progress {
  /** 0..1 */
  readonly share: number;
  /** undefined while the speed is not known. */
  readonly secondsLeft: number | undefined;
}

/** @param steps env steps done @param total env steps asked for */
export function progressOf(steps: number, total: number, metrics: MetricsTable): Progress {
  const share = total > 0 ? Math.min(1, steps / total) : 0;
  const speed = recentSpeed(metrics);
  const secondsLeft = speed === undefined ? undefined : Math.max(0, total - steps) / speed;
  return { share, secondsLeft };
}

/**
 * Decisions per second of one game in training: the run's speed over its number of games, where the
 * configuration tells it; undefined where it does not.
 */
export function trainingPace(metrics: MetricsTable, config: JsonObject): number | undefined {
  const speed = recentSpeed(metrics);
  const { envs } = config;
  return speed !== undefined && typeof envs === "number" && envs > 0 ? speed / envs : undefined;
}

/**
 * How many seconds the training takes for a number of env steps at its present speed; undefined
 * while that is unknown.
 */
export function secondsOf(steps: number, metrics: MetricsTable): number | undefined {
  const speed = recentSpeed(metrics);
  return speed === undefined ? undefined : steps / speed;
}

/** Env steps per second over the last rows: steadier than the last row alone. */
function recentSpeed(metrics: MetricsTable): number | undefined {
  const speeds = metrics
    .column("stepsPerSecond")
    ?.slice(-20)
    .filter((speed) => speed > 0);
  if (!speeds || speeds.length === 0) return undefined;
  return speeds.reduce((sum, speed) => sum + speed, 0) / speeds.length;
}
