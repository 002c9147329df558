/** Observations as one row of numbers: the values are the same, only the shape says so. */
import type { VectorEnv } from "../vector-env.js";
import { VectorWrapper } from "./wrapper.js";

/** Gives observations the shape `[size]`. */
export function flattenObservations(env: VectorEnv): VectorWrapper {
  const { observation } = env.spec;
  const flat = { ...observation, shape: [observation.size] };
  return new VectorWrapper("flatten", env, { spec: { ...env.spec, observation: flat } });
}
