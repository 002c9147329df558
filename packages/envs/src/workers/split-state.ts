/**
 * Saved envs in parts and in one: every array of a state holds the same number of values for each env
 * (but the log, which holds what was played), so states of neighbouring envs join to one of all of
 * them, equal to what a single env would have saved.
 */
import type { TypedArray } from "../state.js";
import type { VectorEnvState } from "../vector-state.js";
import type { Block } from "./protocol.js";

/** One state from those of blocks, which follow each other from env 0. */
export function joinStates(states: readonly VectorEnvState[]): VectorEnvState {
  const [{ facts, arrays }] = states;
  const joined = Object.keys(arrays).map((name) => [
    name,
    join(states.map((state) => state.arrays[name])),
  ]);
  const count = states.reduce((sum, state) => sum + state.facts.count, 0);
  return { facts: { ...facts, count }, arrays: Object.fromEntries(joined) };
}

/** The states of blocks from one of all; `bytes` of the log belong to a decision. */
export function splitState(
  state: VectorEnvState,
  blocks: readonly Block[],
  bytes: number,
): VectorEnvState[] {
  const { facts, arrays } = state;
  return blocks.map(({ from, to }) => {
    const parts = Object.entries(arrays).map(([name, values]) => {
      if (name === "log") return [name, partOfLog(values, arrays.lengths, { from, to }, bytes)];
      const width = values.length / facts.count;
      return [name, values.slice(from * width, to * width)];
    });
    return { facts: { ...facts, count: to - from }, arrays: Object.fromEntries(parts) };
  });
}

function partOfLog(
  log: TypedArray,
  lengths: TypedArray,
  { from, to }: Block,
  bytes: number,
): TypedArray {
  let before = 0;
  for (let env = 0; env < from; env++) before += lengths[env];
  let own = 0;
  for (let env = from; env < to; env++) own += lengths[env];
  return log.slice(before * bytes, (before + own) * bytes);
}

function join(parts: readonly TypedArray[]): TypedArray {
  const type = parts[0].constructor as new (length: number) => TypedArray;
  const joined = new type(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
