/**
 * A trainer's state as a tree of plain values and typed arrays, packed into `SavedState` and back.
 *
 * Typed arrays move to `arrays` under the path that leads to them ("env.games.3.bricks"), so that they
 * can be stored as safetensors; everything else stays in `json`. Numbers that JSON would lose (-0, NaN,
 * the infinities) are kept, so a restored run continues bit for bit.
 */
import type { JsonValue, SavedArray, SavedData, SavedDtype, SavedState } from "./agent.js";
import { AgentError } from "./errors.js";

/** What a state may be made of. */
type StateTree =
  | null
  | boolean
  | number
  | string
  | SavedData
  | SavedArray
  | readonly StateTree[]
  | { readonly [key: string]: StateTree };

const DTYPES: readonly (readonly [SavedDtype, new (length: number) => SavedData])[] = [
  ["float32", Float32Array],
  ["float64", Float64Array],
  ["int8", Int8Array],
  ["int16", Int16Array],
  ["int32", Int32Array],
  ["uint8", Uint8Array],
  ["uint16", Uint16Array],
  ["uint32", Uint32Array],
];

/**
 * Packs a tree of plain values, typed arrays and `SavedArray`s (arrays with a shape).
 *
 * @param algo algorithm whose state it is.
 * @param version layout of the tree; raised whenever that changes.
 */
export function packState(algo: string, version: number, tree: object): SavedState {
  const arrays: Record<string, SavedArray> = {};
  const packed = pack(tree as StateTree, "", arrays);
  return { arrays, json: { algo, version, state: packed } };
}

/** As `packState`, of a tree that holds what a policy is made from and no more: `unpackState` refuses it. */
export function packPart(algo: string, version: number, tree: object): SavedState {
  const { arrays, json } = packState(algo, version, tree);
  return { arrays, json: { ...json, holds: "policy" } };
}

/**
 * The tree that `packState` was given, for going on.
 *
 * @typeParam T what the same algorithm and version packed.
 * @throws AgentError FOREIGN_STATE when it is another algorithm's, of another layout, incomplete, or a policy's alone.
 */
export function unpackState<T>(state: SavedState, algo: string, version: number): T {
  checkState(state, algo, version);
  const { holds } = state.json;
  if (holds === undefined) return unpack(state.json.state, state.arrays) as T;
  throw new AgentError(
    "FOREIGN_STATE",
    `${algo}: the saved state holds only a ${String(holds)}, from which no training goes on (expected what save() gave)`,
  );
}

/** @throws AgentError FOREIGN_STATE when the state is another algorithm's, or of another layout. */
export function checkState(state: SavedState, algo: string, version: number): void {
  const { algo: savedAlgo, version: savedVersion } = state.json;
  if (savedAlgo !== algo || savedVersion !== version) {
    throw new AgentError(
      "FOREIGN_STATE",
      `${algo}: the saved state is of "${String(savedAlgo)}" version ${String(savedVersion)} (expected "${algo}" version ${version})`,
    );
  }
}

/**
 * One part of the tree that `packState` was given, whatever the algorithm.
 *
 * @typeParam T what the part is.
 * @throws AgentError FOREIGN_STATE when there is none.
 */
export function savedPart<T>(state: SavedState, name: string): T {
  const tree = state.json.state;
  const isTree = typeof tree === "object" && tree !== null && !isList(tree);
  if (isTree && Object.hasOwn(tree, name)) return unpack(tree[name], state.arrays) as T;
  throw new AgentError("FOREIGN_STATE", `the saved state lacks its part "${name}"`);
}

function pack(node: StateTree, path: string, arrays: Record<string, SavedArray>): JsonValue {
  if (typeof node === "number") return packNumber(node);
  if (node === null || typeof node !== "object") return node;
  if (ArrayBuffer.isView(node)) {
    arrays[path] = { dtype: dtypeOf(node), shape: [node.length], data: node.slice() };
    return { $array: path };
  }
  if (isSavedArray(node)) {
    arrays[path] = { ...node, data: node.data.slice() };
    return { $tensor: path };
  }
  if (isList(node)) return node.map((child, i) => pack(child, join(path, String(i)), arrays));
  return Object.fromEntries(
    Object.entries(node).map(([name, child]) => [name, pack(child, join(path, name), arrays)]),
  );
}

function unpack(node: JsonValue, arrays: SavedState["arrays"]): StateTree {
  if (node === null || typeof node !== "object") return node;
  if (isList(node)) return node.map((child) => unpack(child, arrays));
  if (typeof node.$number === "string") return node.$number === "-0" ? -0 : Number(node.$number);
  if (typeof node.$array === "string") return arrayAt(node.$array, arrays).data;
  if (typeof node.$tensor === "string") return arrayAt(node.$tensor, arrays);
  return Object.fromEntries(
    Object.entries(node).map(([name, child]) => [name, unpack(child, arrays)]),
  );
}

function arrayAt(path: string, arrays: SavedState["arrays"]): SavedArray {
  if (Object.hasOwn(arrays, path)) return arrays[path];
  throw new AgentError("FOREIGN_STATE", `the saved state lacks its array "${path}"`);
}

/** JSON has no -0, NaN or infinities: those become `{ $number: "..." }`. */
function packNumber(value: number): JsonValue {
  if (Object.is(value, -0)) return { $number: "-0" };
  return Number.isFinite(value) ? value : { $number: String(value) };
}

function dtypeOf(data: SavedData): SavedDtype {
  const found = DTYPES.find(([, type]) => data instanceof type);
  if (found !== undefined) return found[0];
  throw new TypeError(`a saved state cannot hold a ${data.constructor.name}`);
}

/** An array that says its shape. */
function isSavedArray(node: object): node is SavedArray {
  return "data" in node && "shape" in node && ArrayBuffer.isView(node.data);
}

function isList<T>(node: readonly T[] | object): node is readonly T[] {
  return Array.isArray(node);
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}
