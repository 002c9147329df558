/**
 * What an agent adds to its trainer's state: whose it is and how it came about, so that a file is enough
 * to make the agent again; and the check that a state is this agent's before anything is done with it.
 */
import type { VectorEnvState } from "@carom/envs";
import type { JsonValue, SavedState } from "../agent.js";
import type { Config, ConfigValue } from "../config.js";
import { AgentError } from "../errors.js";
import { savedPart } from "../saved-state.js";

/** What an agent was made from, and how far it had come (a type, so that it counts as JSON). */
export type AgentFacts = {
  readonly game: string;
  readonly variant: string;
  readonly seed: number;
  readonly config: Config;
  /** Env steps of the schedules; null where no training had begun. */
  readonly totalSteps: number | null;
  readonly steps: number;
  /** Training episodes that had ended. */
  readonly episodes: number;
  /** Raw returns of the last ones, oldest first. */
  readonly returns: readonly number[];
};

/** Whose state is expected. */
export interface Identity {
  readonly algo: string;
  /** Id of the game. */
  readonly game: string;
  readonly variant: string;
}

/** A trainer's state with the facts beside it; trainers and policies read over them. */
export function withFacts(state: SavedState, facts: AgentFacts): SavedState {
  return { arrays: state.arrays, json: { ...state.json, agent: facts } };
}

/** The facts of a state; undefined where a trainer alone made it. @throws AgentError FOREIGN_STATE */
export function factsOf(state: SavedState): AgentFacts | undefined {
  const { agent } = state.json;
  if (agent === undefined) return undefined;
  if (isFacts(agent)) return agent;
  throw new AgentError("FOREIGN_STATE", "the saved state does not say what agent it is of");
}

/** @throws AgentError FOREIGN_STATE where a state is of another algorithm, game or variant. */
export function assertIdentity(state: SavedState, expected: Identity): void {
  const { facts } = savedPart<VectorEnvState>(state, "env");
  const got = { algo: String(state.json.algo), game: facts.game, variant: facts.variant };
  for (const name of ["algo", "game", "variant"] as const) {
    if (got[name] === expected[name]) continue;
    const what = name === "algo" ? "algorithm" : name;
    throw new AgentError(
      "FOREIGN_STATE",
      `${expected.algo} on ${expected.game}: the saved state is of another ${what} (got "${got[name]}", expected "${expected[name]}")`,
    );
  }
}

/** Where two sets of settings differ, for messages: ` (hidden: got 8, expected 16)`. */
export function differences(got: Config, expected: Config): string {
  const names = Object.keys(expected).filter((name) => got[name] !== expected[name]);
  const list = names.map((name) => `${name}: got ${got[name]}, expected ${expected[name]}`);
  return list.length === 0 ? "" : ` (${list.join("; ")})`;
}

function isFacts(value: JsonValue): value is AgentFacts {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const { game, variant, seed, config, totalSteps, steps, episodes, returns } = value as Partial<
    Record<string, JsonValue>
  >;
  return (
    [game, variant].every((text) => typeof text === "string") &&
    [seed, steps, episodes, totalSteps ?? 0].every((number) => typeof number === "number") &&
    Array.isArray(returns) &&
    returns.every((one) => typeof one === "number") &&
    isConfig(config)
  );
}

function isConfig(value: JsonValue | undefined): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((one: JsonValue): one is ConfigValue => {
    return typeof one === "number" || typeof one === "boolean" || typeof one === "string";
  });
}
