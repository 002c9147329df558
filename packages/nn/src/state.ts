/**
 * state: a module's parameters as plain arrays by name, and back; what safetensors files hold.
 */
import { NnError } from "./errors.js";
import type { Module } from "./module.js";
import type { SafetensorsTensor } from "./safetensors.js";

/** Copies of all parameters, float32, by name. */
export function saveParameters(module: Module): Record<string, SafetensorsTensor> {
  const out: Record<string, SafetensorsTensor> = {};
  for (const [name, { tensor }] of module.parameters()) {
    out[name] = {
      dtype: "float32",
      shape: tensor.shape,
      data: Float32Array.from(tensor.toTypedArray()),
    };
  }
  return out;
}

/** Overwrites all parameters. Names, shapes and dtypes must match exactly. */
export function loadParameters(
  module: Module,
  tensors: Readonly<Record<string, SafetensorsTensor>>,
): void {
  const parameters = module.parameters();
  const unknown = Object.keys(tensors).find((name) => !parameters.has(name));
  if (unknown !== undefined) mismatch(`there is no parameter "${unknown}" in the module`);
  for (const [name, { tensor }] of parameters) {
    const saved = Object.hasOwn(tensors, name) ? tensors[name] : undefined;
    if (saved === undefined) mismatch(`the parameter "${name}" is missing`);
    const same = saved.shape.join() === tensor.shape.join();
    if (!same || !(saved.data instanceof Float32Array)) {
      mismatch(
        `"${name}" does not fit (got ${saved.dtype} [${saved.shape}], expected float32 [${tensor.shape}])`,
      );
    }
  }
  for (const [name, { tensor }] of parameters) {
    const { data } = tensors[name];
    if (data instanceof Float32Array) tensor.write(data);
  }
}

function mismatch(problem: string): never {
  throw new NnError("PARAMETER_MISMATCH", "loadParameters", problem);
}
