/** What a run trains: the facts that stay the same from its first step to its last evaluation. */
import { type Config, resolveConfig } from "@carom/agents";
import { findGame, type GameDefinition } from "@carom/envs";
import type { RunFacts } from "@carom/runs/formats";
import { CliError } from "./errors.js";

/** Game, algorithm and everything that tells one run from another. */
export interface Subject {
  readonly game: GameDefinition;
  readonly variant: string;
  readonly algo: string;
  readonly seed: number;
  /** Complete: every setting of the algorithm has a value. */
  readonly config: Config;
}

/**
 * The subject of a run that exists, checked against what is installed.
 *
 * @throws EnvError, AgentError for names and settings that are gone · CliError CHECKPOINT_FOREIGN when
 *   the rules of the game have changed since.
 */
export function subjectOf(facts: RunFacts): Subject {
  const { variant, algo, seed } = facts;
  const game = findGame(facts.game);
  const { version } = game.create(variant).spec;
  if (version !== facts.gameVersion) {
    throw new CliError(
      "CHECKPOINT_FOREIGN",
      `the run was made with version ${facts.gameVersion} of ${game.id}, and this is version ${version}`,
    );
  }
  const settings = Object.entries(facts.config).map(([name, value]) => [name, String(value)]);
  const config = resolveConfig(algo, game.id, variant, Object.fromEntries(settings));
  return { game, variant, algo, seed, config };
}
