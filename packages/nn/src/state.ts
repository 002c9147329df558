/**
 * state: a module's parameters and buffers as plain arrays by name, and back; what safetensors files
 * hold.
 */
import { NnError } from "./errors.js";
import type { Module, Parameter } from "./module.js";
import type { SafetensorsTensor } from "./safetensors.js";

/** Options of {@link loadParameters}. */
export interface LoadOptions {
  /**
   * Whether tensors that the module does not have are left aside, e.g. `num_batches_tracked` of
   * PyTorch, rather than refused. Default false.
   */
  ignoreUnknown?: boolean;
}

/** Copies of all parameters and buffers by name, in their own dtype. Not inside `capture`. */
export function saveParameters(module: Module): Record<string, SafetensorsTensor> {
  const out: Record<string, SafetensorsTensor> = {};
  for (const [name, { tensor }] of stateOf(module)) {
    out[name] = { dtype: tensor.dtype, shape: tensor.shape, data: tensor.toTypedArray() };
  }
  return out;
}

/**
 * Overwrites all parameters and buffers. Names, shapes and dtypes must match exactly; if anything does
 * not, nothing is changed. Not inside `capture`.
 */
export function loadParameters(
  module: Module,
  tensors: Readonly<Record<string, SafetensorsTensor>>,
  options: LoadOptions = {},
): void {
  const state = stateOf(module);
  const unknown = Object.keys(tensors).find((name) => !state.has(name));
  if (unknown !== undefined && options.ignoreUnknown !== true) {
    mismatch(`there is no parameter "${unknown}" in the module`);
  }
  const writes = Array.from(state, ([name, { tensor }]) => {
    const saved = Object.hasOwn(tensors, name) ? tensors[name] : undefined;
    if (saved === undefined) mismatch(`the parameter "${name}" is missing`);
    if (saved.shape.join() !== tensor.shape.join() || saved.dtype !== tensor.dtype) {
      mismatch(
        `"${name}" does not fit (got ${saved.dtype} [${saved.shape}], ` +
          `expected ${tensor.dtype} [${tensor.shape}])`,
      );
    }
    return { tensor, data: saved.data };
  });
  for (const { tensor, data } of writes) {
    if (isPlain(data)) tensor.write(data);
  }
}

/** Parameters and buffers by name. */
function stateOf(module: Module): Map<string, Parameter> {
  const all = new Map(module.parameters());
  for (const [name, buffer] of module.buffers?.() ?? []) {
    if (all.has(name)) mismatch(`the module has two tensors of the name "${name}"`);
    all.set(name, buffer);
  }
  return all;
}

/** Whether a tensor can be written from it. */
function isPlain(
  data: SafetensorsTensor["data"],
): data is Float32Array | Float64Array | Int32Array | Uint8Array {
  return [Float32Array, Float64Array, Int32Array, Uint8Array].some((kind) => data instanceof kind);
}

function mismatch(problem: string): never {
  throw new NnError("PARAMETER_MISMATCH", "loadParameters", problem);
}
