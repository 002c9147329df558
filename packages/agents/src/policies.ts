/**
 * The policies of saved states by their algorithm. Nothing here trains, and nothing needs Node: with the
 * reference backend of @carom/tensor it runs in a browser. Trainers: registry.ts.
 */
import { skipInit } from "@carom/nn";
import { createA2cPolicy } from "./a2c/policy.js";
import type { Policy, PolicyOptions } from "./agent.js";
import { createDdpgPolicy } from "./ddpg/policy.js";
import type { DqnName } from "./dqn/config.js";
import { createDqnPolicy } from "./dqn/policy.js";
import { AgentError, suggestion } from "./errors.js";
import { createPpoPolicy } from "./ppo/policy.js";
import { createPqnPolicy } from "./pqn/policy.js";
import { createR2d2Policy } from "./r2d2/policy.js";
import { createReinforcePolicy } from "./reinforce/policy.js";
import { createSacPolicy } from "./sac/policy.js";
import { createSacDiscretePolicy } from "./sac-discrete/policy.js";
import { createTd3Policy } from "./td3/policy.js";
import { createVtracePolicy } from "./vtrace/policy.js";

type Maker = (options: PolicyOptions) => Policy;

const deepQ = (algo: DqnName): Maker => {
  return (options) => createDqnPolicy(algo, options);
};

const makers: ReadonlyMap<string, Maker> = new Map([
  ["ppo", createPpoPolicy],
  ["a2c", createA2cPolicy],
  ["vtrace", createVtracePolicy],
  ["reinforce", createReinforcePolicy],
  ["dqn", deepQ("dqn")],
  ["c51", deepQ("c51")],
  ["qrdqn", deepQ("qrdqn")],
  ["rainbow", deepQ("rainbow")],
  ["pqn", createPqnPolicy],
  ["r2d2", createR2d2Policy],
  ["sac", createSacPolicy],
  ["sac-discrete", createSacDiscretePolicy],
  ["td3", createTd3Policy],
  ["ddpg", createDdpgPolicy],
]);

/** A policy from a saved state of the named algorithm. @throws AgentError */
export function createPolicy(options: PolicyOptions & { readonly algo: string }): Policy {
  const { algo } = options;
  const make = makers.get(algo);
  // Every value of the networks comes from the state.
  if (make !== undefined) return skipInit(() => make(options));
  const hint = suggestion(algo, [...makers.keys()]);
  throw new AgentError("UNKNOWN_ALGORITHM", `no policy is made by "${algo}"${hint}`);
}
