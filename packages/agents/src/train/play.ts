/** Evaluates a state on games that training knows nothing of: raw rewards, frozen statistics. */
import type { Key } from "@carom/envs";
import type { SavedState } from "../agent.js";
import { evaluate } from "../evaluate.js";
import type { AgentEvaluation } from "./events.js";
import { checkNumber } from "./options.js";
import { mean } from "./progress.js";
import type { Setup } from "./setup.js";

/** Games that an evaluation plays side by side at most. */
const mostGames = 64;

/** What is played. */
export interface PlayOptions {
  readonly episodes: number;
  readonly greedy: boolean;
  /** Key of the games, and of the draws where it is not greedy. */
  readonly root: Key;
  /** Env steps that the state had trained for. */
  readonly steps: number;
}

/** Plays complete episodes. @throws AgentError OUT_OF_RANGE */
export function play(setup: Setup, state: SavedState, options: PlayOptions): AgentEvaluation {
  const { episodes, greedy, root, steps } = options;
  checkNumber("evaluate", "episodes", episodes, "whole");
  const count = Math.min(episodes, mostGames);
  const env = setup.createEvaluationEnv(state, count, root);
  try {
    const policy = setup.createPolicy(state, count, root.child("policy").toSeed());
    try {
      // The env has its games' seeds already.
      const played = evaluate(policy, setup.game, { episodes, greedy, seed: 0, env });
      return { ...played, steps, score: mean(played.returns) };
    } finally {
      policy.dispose();
    }
  } finally {
    env.dispose();
  }
}
