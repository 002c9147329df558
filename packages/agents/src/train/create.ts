/** Ways to make an agent: by the name of its algorithm (makers.ts has a function for each), and from bytes. */
import type { ConfigValue } from "../config.js";
import { AgentError } from "../errors.js";
import { Agent } from "./agent.js";
import { decodeAgent } from "./bytes.js";
import { factsOf } from "./facts.js";
import { type GameSource, gameDefinition } from "./game.js";
import type { AgentOptions } from "./options.js";

/**
 * An agent that learns by the named algorithm. Nothing is opened or played before it is needed.
 *
 * @param algo one of `algorithms`
 * @param game a definition (`findGame("catch")` of @carom/envs gives one), a game's class, or a function that
 *   makes a new game
 * @throws AgentError UNKNOWN_ALGORITHM, UNKNOWN_KEY, BAD_VALUE, OUT_OF_RANGE · EnvError UNKNOWN_VARIANT
 */
export function createAgent<C extends object = Readonly<Record<string, ConfigValue>>>(
  algo: string,
  game: GameSource,
  options: AgentOptions<C> = {},
): Agent {
  return new Agent(algo, game, { ...options, config: { ...options.config } });
}

/** What bytes do not say. */
export type LoadOptions = Pick<AgentOptions, "device" | "createEncoder" | "createEnv">;

/**
 * The agent in bytes that `toBytes` gave, with its algorithm, variant, settings and seed: to act, or to go
 * on training. As long as it only acts and evaluates, no trainer is made.
 *
 * @throws AgentError FOREIGN_STATE, UNKNOWN_ALGORITHM, and as {@link createAgent}
 * @throws NnError SAFETENSORS_INVALID
 */
export function loadAgent(bytes: Uint8Array, game: GameSource, options: LoadOptions = {}): Agent {
  const state = decodeAgent(bytes);
  const facts = factsOf(state);
  if (facts === undefined) {
    const text =
      "loadAgent: the bytes do not say what agent they are of (got a trainer's state alone)";
    throw new AgentError("FOREIGN_STATE", text);
  }
  const { variant, seed, config } = facts;
  const source = gameDefinition(game);
  if (source.id !== facts.game) {
    const text = `loadAgent: the bytes are of another game (got "${facts.game}", expected "${source.id}")`;
    throw new AgentError("FOREIGN_STATE", text);
  }
  const agent = new Agent(String(state.json.algo), source, { ...options, variant, seed, config });
  agent.park(state);
  return agent;
}
