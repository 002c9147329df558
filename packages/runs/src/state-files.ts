/**
 * A saved state as the files of a checkpoint and back: arrays by the first part of their name in
 * <part>.safetensors, the rest in state.json. Not here: hashes, folders, the disk (checkpoints.ts).
 */
import { decodeSafetensors, encodeSafetensors, type SafetensorsTensor } from "@carom/nn";
import type { SavedArray, SavedState } from "./api.js";
import { RunError } from "./errors.js";
import { FormatError } from "./formats/errors.js";
import { decodeJson, encodeJson } from "./formats/json.js";
import { isCheckpointFile } from "./manifest.js";

/** File of arrays whose name has no slash. */
const looseFile = "arrays";
const stateFile = "state.json";

/**
 * The files of a state by name. RunError INVALID_ARGUMENT for a name or value that cannot be saved.
 */
export function encodeState(state: SavedState): Map<string, Uint8Array> {
  const groups = new Map<string, Record<string, SavedArray>>();
  for (const [name, array] of Object.entries(state.arrays)) {
    const { file, key } = placeOf(name);
    const group = groups.get(file) ?? Object.create(null);
    group[key] = array;
    groups.set(file, group);
  }
  const files = new Map<string, Uint8Array>();
  try {
    for (const [file, arrays] of groups)
      files.set(`${file}.safetensors`, encodeSafetensors(arrays));
    files.set(stateFile, new TextEncoder().encode(encodeJson(state.json)));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RunError("INVALID_ARGUMENT", `checkpoint: the state cannot be saved (${reason})`, {
      cause: error,
    });
  }
  return files;
}

/** The state of some files; FormatError (or the safetensors decoder's error) if they make none. */
export function decodeState(files: ReadonlyMap<string, Uint8Array>): SavedState {
  const arrays: Record<string, SavedArray> = Object.create(null);
  for (const [name, bytes] of files) {
    if (!name.endsWith(".safetensors")) continue;
    const file = name.slice(0, -".safetensors".length);
    const { tensors } = decodeSafetensors(bytes);
    for (const [key, tensor] of Object.entries(tensors)) {
      arrays[nameOf(file, key)] = arrayOf(key, tensor);
    }
  }
  const json = files.get(stateFile);
  if (json === undefined) throw new FormatError("checkpoint: state.json is missing");
  return { arrays, json: decodeJson(new TextDecoder("utf-8", { fatal: true }).decode(json)) };
}

function arrayOf(name: string, { dtype, shape, data }: SafetensorsTensor): SavedArray {
  const isWide = data instanceof BigInt64Array || data instanceof BigUint64Array;
  if (isWide || dtype === "int64" || dtype === "uint64") {
    throw new FormatError(`checkpoint: "${name}" has 64-bit integers, which no state has`);
  }
  return { dtype, shape, data };
}

function placeOf(name: string): { file: string; key: string } {
  const slash = name.indexOf("/");
  if (slash < 0) return { file: looseFile, key: name };
  const file = name.slice(0, slash);
  const key = name.slice(slash + 1);
  if (!isCheckpointFile(`${file}.safetensors`) || file === looseFile || key === "") {
    throw new RunError(
      "INVALID_ARGUMENT",
      `checkpoint: "${name}" is not a name for an array (expected file/name)`,
    );
  }
  return { file, key };
}

function nameOf(file: string, key: string): string {
  if (key === "__proto__") throw new FormatError('checkpoint: the name "__proto__" is refused');
  return file === looseFile ? key : `${file}/${key}`;
}
