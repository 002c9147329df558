/** What a run trains: the facts that stay the same from its first step to its last evaluation. */
import { type Config, resolveConfig } from "@carom/agents";
import { type GameDefinition, specOf } from "@carom/envs";
import type { RunFacts } from "@carom/runs/formats";
import { CliError } from "./errors.js";
import type { FoundGame, GameModule } from "./game/source.js";

/** Game, algorithm and everything that tells one run from another. */
export interface Subject {
  readonly game: GameDefinition;
  /** The file that the game is, where it is no part of Carom. */
  readonly module: GameModule | null;
  readonly variant: string;
  readonly algo: string;
  readonly seed: number;
  /** Complete: every setting of the algorithm has a value. */
  readonly config: Config;
}

/**
 * The subject of a run that exists, checked against what is installed. `source`: its game.
 *
 * @throws EnvError, AgentError for names and settings that are gone · CliError CHECKPOINT_FOREIGN when
 *   the rules of the game have changed since.
 */
export function subjectOf(facts: RunFacts, { game, module }: FoundGame): Subject {
  const { variant, algo, seed } = facts;
  const { version } = specOf(game, variant);
  if (version !== facts.gameVersion) {
    throw new CliError(
      "CHECKPOINT_FOREIGN",
      `the run was made with version ${facts.gameVersion} of ${game.id}, and this is version ${version}`,
    );
  }
  const settings = Object.entries(facts.config).map(([name, value]) => [name, String(value)]);
  const config = resolveConfig(algo, game.id, variant, Object.fromEntries(settings));
  return { game, module, variant, algo, seed, config };
}
