/** Whether policies of two runs can play the same seed: only where the seed begins the same game. */
import type { RunFacts } from "@carom/runs/formats";

type GameOfRun = Pick<RunFacts, "game" | "variant" | "gameVersion">;

/** Why the other run's policies cannot play the seeds of this one, in a few words; undefined if they can. */
export function whyNotTogether(own: GameOfRun, other: GameOfRun): string | undefined {
  if (other.game !== own.game) return `another game: ${other.game}`;
  if (other.variant !== own.variant) return `another variant: ${other.variant}`;
  if (other.gameVersion === own.gameVersion) return undefined;
  return `other rules: version ${other.gameVersion}, not ${own.gameVersion}`;
}
