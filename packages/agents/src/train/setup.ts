/**
 * What an agent was made from, in one place: it makes trainers, policies and games of it, and opens the
 * agent's own device and view of the game when the first of them is needed.
 */
import { chooseVariant, type GameDefinition, type Key, key, type VectorEnv } from "@carom/envs";
import { type Device, openDevice } from "@carom/tensor";
import type { Policy, SavedState, Trainer } from "../agent.js";
import type { Config, ConfigValue } from "../config.js";
import { createEvaluationEnv } from "../games.js";
import { createPolicy } from "../policies.js";
import { createTrainer, defaultSteps, resolveConfig } from "../registry.js";
import { type GameSource, gameDefinition } from "./game.js";
import { type AgentOptions, checkAgentOptions } from "./options.js";
import type { Reports } from "./run.js";
import { View } from "./view.js";

/** See the head of the file. */
export class Setup {
  readonly algo: string;
  readonly game: GameDefinition;
  readonly variant: string;
  readonly seed: number;
  readonly config: Config;
  readonly options: AgentOptions;
  private ownDevice: Device | undefined;
  private ownView: View | undefined;

  /** @throws AgentError UNKNOWN_ALGORITHM, UNKNOWN_KEY, BAD_VALUE, OUT_OF_RANGE · EnvError UNKNOWN_VARIANT */
  constructor(algo: string, game: GameSource, options: AgentOptions) {
    checkAgentOptions(algo, options);
    this.algo = algo;
    this.game = gameDefinition(game);
    this.variant = chooseVariant(this.game, options.variant);
    this.seed = options.seed ?? 1;
    key(this.seed); // says what a seed may be
    this.config = resolveConfig(algo, this.game.id, this.variant, given(options.config));
    this.options = options;
  }

  /** Env steps that the game's preset trains for. */
  get presetSteps(): number {
    return defaultSteps(this.algo, this.game.id, this.variant, this.config);
  }

  /** How the policy sees the game. */
  get view(): View {
    this.ownView ??= new View({ ...this.seen(), config: this.config });
    return this.ownView;
  }

  /** A new trainer whose schedules run over so many env steps. */
  createTrainer(totalSteps: number, reports: Reports): Trainer {
    const { algo, config, seed } = this;
    const made = { ...this.seen(), ...this.encoder(), ...reports };
    return createTrainer({ ...made, algo, config, seed, totalSteps, device: this.device() });
  }

  /** The policy of a state for so many games. */
  createPolicy(state: SavedState, count: number, seed: number): Policy {
    const { algo, config, view } = this;
    const made = { ...this.seen(), ...this.encoder(), spec: view.spec };
    return createPolicy({ ...made, algo, config, state, count, seed, device: this.device() });
  }

  /** Games to evaluate a state on. */
  createEvaluationEnv(state: SavedState, count: number, key: Key): VectorEnv {
    return createEvaluationEnv({ ...this.seen(), config: this.config, state, count, key });
  }

  /** Frees what it opened. Idempotent. */
  dispose(): void {
    this.ownView?.dispose();
    this.ownDevice?.dispose();
  }

  private device(): Device {
    if (this.options.device !== undefined) return this.options.device;
    this.ownDevice ??= openDevice("cpu");
    return this.ownDevice;
  }

  private seen(): Pick<AgentOptions, "createEnv"> & { game: GameDefinition; variant: string } {
    const { game, variant } = this;
    const { createEnv } = this.options;
    return { game, variant, ...(createEnv && { createEnv }) };
  }

  private encoder(): Pick<AgentOptions, "createEncoder"> {
    const { createEncoder } = this.options;
    return createEncoder ? { createEncoder } : {};
  }
}

/** The settings that have a value. */
function given(config: AgentOptions["config"] = {}): Record<string, ConfigValue> {
  const entries = Object.entries(config);
  return Object.fromEntries(
    entries.filter((entry): entry is [string, ConfigValue] => entry[1] !== undefined),
  );
}
