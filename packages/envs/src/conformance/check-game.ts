/**
 * The conformance suite: whether a game keeps the contract that trainers, replays and viewers rely
 * on. Needs no test framework: `expect(checkGame(myGame).failures).toEqual([])` in any of them.
 *
 * Not here: the rules themselves (checks.ts, spec-check.ts, board-checks.ts).
 */
import type { GameDefinition } from "../game.js";
import { checks } from "./checks.js";
import type { CheckContext } from "./play.js";

/** How to check a game. */
export interface CheckGameOptions {
  /** Which variant (default: the game's default). */
  readonly variant?: string;
  /** Random decisions of the long check (default 100,000). */
  readonly steps?: number;
  /** Seed of the games and of the random play (default 1). */
  readonly seed?: number;
}

/** What became of one rule. */
export interface CheckResult {
  /** The rule's id, G1 to G17. */
  readonly id: string;
  /** The rule in words. */
  readonly title: string;
  /** "not tried" where the rule is about something that the game does not have or do. */
  readonly outcome: "passed" | "failed" | "not tried";
  /** Why it failed or could not be tried; empty when it passed. */
  readonly detail: string;
}

/** What became of all rules. */
export interface GameReport {
  /** Id of the game. */
  readonly game: string;
  /** Which rule set was checked. */
  readonly variant: string;
  /** Whether no rule failed. */
  readonly ok: boolean;
  /** What became of each rule, in order. */
  readonly results: readonly CheckResult[];
  /** One sentence per broken rule. */
  readonly failures: readonly string[];
}

/** Checks one variant of a game against all rules; never throws for a broken game. */
export function checkGame(definition: GameDefinition, options: CheckGameOptions = {}): GameReport {
  const { variant = definition.defaultVariant, steps = 100_000, seed = 1 } = options;
  const context: CheckContext = { definition, variant, steps, seed };
  const results = checks.map((check): CheckResult => {
    const { id, title } = check;
    try {
      const reason = check.run(context);
      return { id, title, outcome: reason ? "not tried" : "passed", detail: reason ?? "" };
    } catch (error) {
      return {
        id,
        title,
        outcome: "failed",
        detail: error instanceof Error ? error.message : String(error),
      };
    }
  });
  const failures = results
    .filter((result) => result.outcome === "failed")
    .map((result) => `[${result.id}] ${result.title}: ${result.detail}`);
  return { game: definition.id, variant, ok: failures.length === 0, results, failures };
}
