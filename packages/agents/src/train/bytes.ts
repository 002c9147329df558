/**
 * An agent's state as the bytes of one safetensors file, for whoever wants to write, send or embed it:
 * arrays are its tensors, everything else is one text of JSON in its metadata. Not here: files.
 */
import { decodeSafetensors, encodeSafetensors, type SafetensorsTensor } from "@carom/nn";
import type { JsonValue, SavedArray, SavedState } from "../agent.js";
import { AgentError } from "../errors.js";

/** What the file says it is. */
const format = "carom-agent";

/** Layout of the file; raised whenever it changes. */
const version = "1";

/** A state as the bytes of a safetensors file. */
export function encodeAgent(state: SavedState): Uint8Array {
  return encodeSafetensors(state.arrays, { format, version, json: JSON.stringify(state.json) });
}

/**
 * The state in bytes that `encodeAgent` gave. Nothing in them is trusted; what fits is for the agent to
 * say that restores it.
 *
 * @throws AgentError FOREIGN_STATE where they are another file's.
 * @throws NnError SAFETENSORS_INVALID where they are no safetensors file, or a damaged one.
 */
export function decodeAgent(bytes: Uint8Array): SavedState {
  const { tensors, metadata } = decodeSafetensors(bytes);
  if (metadata.format !== format || metadata.version !== version) {
    const got = `got "${metadata.format ?? "none"}" version ${metadata.version ?? "none"}`;
    throw foreign(`the file's format is another (${got}, expected "${format}" version ${version})`);
  }
  const arrays = Object.entries(tensors).map(
    ([name, one]) => [name, savedArray(name, one)] as const,
  );
  return { arrays: Object.fromEntries(arrays), json: parseRecord(metadata.json) };
}

function savedArray(name: string, { dtype, shape, data }: SafetensorsTensor): SavedArray {
  const isOther = dtype === "bool" || dtype === "int64" || dtype === "uint64";
  if (!isOther && !(data instanceof BigInt64Array) && !(data instanceof BigUint64Array)) {
    return { dtype, shape, data };
  }
  throw foreign(`"${name}" has a dtype that no state has (got ${dtype})`);
}

function parseRecord(text: string | undefined): SavedState["json"] {
  try {
    const value: JsonValue = JSON.parse(text ?? "");
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return value as SavedState["json"];
    }
  } catch {
    // said below
  }
  throw foreign("the file's JSON is no object");
}

function foreign(problem: string): AgentError {
  return new AgentError("FOREIGN_STATE", `decodeAgent: ${problem}`);
}
