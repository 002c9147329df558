/** The algorithms by name, and the trainers that are made of them. Their policies: policies.ts. */
import { createA2c } from "./a2c/a2c.js";
import { a2cSchema } from "./a2c/config.js";
import type { Trainer, TrainerOptions } from "./agent.js";
import {
  applyOverrides,
  type Config,
  type ConfigSchema,
  type ConfigValue,
  defaults,
} from "./config.js";
import { ddpgSchema } from "./ddpg/config.js";
import { createDdpg } from "./ddpg/ddpg.js";
import { dqnSchemas } from "./dqn/config.js";
import { createDqn } from "./dqn/dqn.js";
import { AgentError, suggestion } from "./errors.js";
import { ppoSchema } from "./ppo/config.js";
import { createPpo } from "./ppo/ppo.js";
import { pqnSchema } from "./pqn/config.js";
import { createPqn } from "./pqn/pqn.js";
import { presetFor } from "./presets.js";
import { r2d2Schema } from "./r2d2/config.js";
import { createR2d2 } from "./r2d2/r2d2.js";
import { reinforceSchema } from "./reinforce/config.js";
import { createReinforce } from "./reinforce/reinforce.js";
import { sacSchema } from "./sac/config.js";
import { createSac } from "./sac/sac.js";
import { sacDiscreteSchema } from "./sac-discrete/config.js";
import { createSacDiscrete } from "./sac-discrete/sac-discrete.js";
import { td3Schema } from "./td3/config.js";
import { createTd3 } from "./td3/td3.js";
import { vtraceSchema } from "./vtrace/config.js";
import { createVtrace } from "./vtrace/vtrace.js";

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
}

/** All algorithms, the recommended one first. */
export const algorithms: readonly AlgorithmInfo[] = [
  {
    name: "ppo",
    title: "Proximal policy optimisation (Schulman et al. 2017)",
    schema: ppoSchema,
    createTrainer: createPpo,
  },
  {
    name: "a2c",
    title: "Advantage actor-critic (Mnih et al. 2016)",
    schema: a2cSchema,
    createTrainer: createA2c,
  },
  {
    name: "vtrace",
    title: "Actor-critic with V-trace (Espeholt et al. 2018)",
    schema: vtraceSchema,
    createTrainer: createVtrace,
  },
  {
    name: "reinforce",
    title: "REINFORCE with a learned baseline (Williams 1992)",
    schema: reinforceSchema,
    createTrainer: createReinforce,
  },
  {
    name: "dqn",
    title: "Deep Q-learning with a replay memory (Mnih et al. 2015)",
    schema: dqnSchemas.dqn,
    createTrainer: (options) => createDqn("dqn", options),
  },
  {
    name: "c51",
    title: "Q-learning of return distributions over fixed atoms (Bellemare et al. 2017)",
    schema: dqnSchemas.c51,
    createTrainer: (options) => createDqn("c51", options),
  },
  {
    name: "qrdqn",
    title: "Q-learning of return quantiles (Dabney et al. 2018)",
    schema: dqnSchemas.qrdqn,
    createTrainer: (options) => createDqn("qrdqn", options),
  },
  {
    name: "rainbow",
    title: "Six extensions of deep Q-learning together (Hessel et al. 2018)",
    schema: dqnSchemas.rainbow,
    createTrainer: (options) => createDqn("rainbow", options),
  },
  {
    name: "pqn",
    title: "Parallelised Q-learning without replay (Gallici et al. 2024)",
    schema: pqnSchema,
    createTrainer: createPqn,
  },
  {
    name: "r2d2",
    title: "Recurrent Q-learning from replayed sequences (Kapturowski et al. 2019)",
    schema: r2d2Schema,
    createTrainer: createR2d2,
  },
  {
    name: "sac",
    title: "Soft actor-critic for continuous actions (Haarnoja et al. 2018)",
    schema: sacSchema,
    createTrainer: createSac,
  },
  {
    name: "sac-discrete",
    title: "Soft actor-critic for discrete actions (Christodoulou 2019)",
    schema: sacDiscreteSchema,
    createTrainer: createSacDiscrete,
  },
  {
    name: "td3",
    title: "Twin delayed deep deterministic policy gradient (Fujimoto et al. 2018)",
    schema: td3Schema,
    createTrainer: createTd3,
  },
  {
    name: "ddpg",
    title: "Deep deterministic policy gradient (Lillicrap et al. 2015)",
    schema: ddpgSchema,
    createTrainer: createDdpg,
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
    presetFor(name, game, variant, overrides).config,
    name,
  );
  return applyOverrides(schema, preset, overrides, name);
}

/** Env steps that the preset of this game and algorithm trains for; `settings` may ask for pictures. */
export function defaultSteps(
  algo: string,
  game: string,
  variant: string,
  settings: Readonly<Record<string, ConfigValue>> = {},
): number {
  return presetFor(findAlgorithm(algo).name, game, variant, settings).steps;
}

/** A trainer of the named algorithm. @throws AgentError */
export function createTrainer(options: TrainerOptions & { readonly algo: string }): Trainer {
  return findAlgorithm(options.algo).createTrainer(options);
}
