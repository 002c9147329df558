/** The algorithms by name, and the two ways to make something of them: a trainer and a policy. */
import type { Policy, PolicyOptions, Trainer, TrainerOptions } from "./agent.js";
import {
  applyOverrides,
  type Config,
  type ConfigSchema,
  type ConfigValue,
  defaults,
} from "./config.js";
import { AgentError, suggestion } from "./errors.js";
import { ppoSchema } from "./ppo/config.js";
import { createPpo, createPpoPolicy } from "./ppo/ppo.js";
import { presetFor } from "./presets.js";
import { reinforceSchema } from "./reinforce/config.js";
import { createReinforce, createReinforcePolicy } from "./reinforce/reinforce.js";

/** An algorithm as the registry knows it. */
export interface AlgorithmInfo {
  /** Name for the command line. */
  readonly name: string;
  /** Full name with the paper. */
  readonly title: string;
  /** Its settings: types, ranges, units, defaults. */
  readonly schema: ConfigSchema;
  /** A new training run. */
  readonly createTrainer: (options: TrainerOptions) => Trainer;
  /** The policy of a saved state. */
  readonly createPolicy: (options: PolicyOptions) => Policy;
}

/** All algorithms, the recommended one first. */
export const algorithms: readonly AlgorithmInfo[] = [
  {
    name: "ppo",
    title: "Proximal policy optimisation (Schulman et al. 2017)",
    schema: ppoSchema,
    createTrainer: createPpo,
    createPolicy: createPpoPolicy,
  },
  {
    name: "reinforce",
    title: "REINFORCE with a learned baseline (Williams 1992)",
    schema: reinforceSchema,
    createTrainer: createReinforce,
    createPolicy: createReinforcePolicy,
  },
];

/** @throws AgentError UNKNOWN_ALGORITHM with the nearest name. */
export function findAlgorithm(name: string): AlgorithmInfo {
  const found = algorithms.find((algorithm) => algorithm.name === name);
  if (found !== undefined) return found;
  const names = algorithms.map((algorithm) => algorithm.name);
  const hint = suggestion(name, names) || `; there are ${names.join(", ")}`;
  throw new AgentError("UNKNOWN_ALGORITHM", `no algorithm is called "${name}"${hint}`);
}

/**
 * The algorithm's defaults, with the game's preset over them and `overrides` on top.
 *
 * @param overrides values or text, as from `--set key=value`.
 * @throws AgentError UNKNOWN_ALGORITHM, UNKNOWN_KEY, BAD_VALUE, OUT_OF_RANGE
 */
export function resolveConfig(
  algo: string,
  game: string,
  variant: string,
  overrides: Readonly<Record<string, ConfigValue>> = {},
): Config {
  const { name, schema } = findAlgorithm(algo);
  const preset = applyOverrides(
    schema,
    defaults(schema),
    presetFor(name, game, variant).config,
    name,
  );
  return applyOverrides(schema, preset, overrides, name);
}

/** Env steps that the preset of this game and algorithm trains for. */
export function defaultSteps(algo: string, game: string, variant: string): number {
  return presetFor(findAlgorithm(algo).name, game, variant).steps;
}

/** A trainer of the named algorithm. @throws AgentError */
export function createTrainer(options: TrainerOptions & { readonly algo: string }): Trainer {
  return findAlgorithm(options.algo).createTrainer(options);
}

/** A policy from a saved state of the named algorithm. @throws AgentError */
export function createPolicy(options: PolicyOptions & { readonly algo: string }): Policy {
  return findAlgorithm(options.algo).createPolicy(options);
}
