/** Saving and restoring the parameters of a network by name, with their shapes. */
import type { ParameterBuffer } from "@carom/nn";
import type { SavedArray } from "./agent.js";
import { AgentError } from "./errors.js";

/** Values by parameter name. */
export type SavedParameters = Readonly<Record<string, Float32Array>>;

/** A copy of every parameter, named and shaped, for `packState`. */
export function saveParameters(parameters: ParameterBuffer): Record<string, SavedArray> {
  const saved: Record<string, SavedArray> = {};
  parameters.slots.forEach(({ name, shape }, i) => {
    const data = Float32Array.from(parameters.tensors[i].toTypedArray());
    saved[name] = { dtype: "float32", shape, data };
  });
  return saved;
}

/**
 * Overwrites every parameter with its saved values.
 *
 * @throws AgentError FOREIGN_STATE when a name or a size differs; nothing is changed then.
 */
export function restoreParameters(
  algo: string,
  parameters: ParameterBuffer,
  saved: SavedParameters,
): void {
  for (const { name, size, shape } of parameters.slots) {
    const got = Object.hasOwn(saved, name) ? saved[name].length : 0;
    if (got === size) continue;
    throw new AgentError(
      "FOREIGN_STATE",
      `${algo}: the saved network is another one: "${name}" has ${got} values (expected ${size}, shape [${shape.join(", ")}])`,
    );
  }
  parameters.slots.forEach(({ name }, i) => {
    parameters.tensors[i].write(saved[name]);
  });
}
