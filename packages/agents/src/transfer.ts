/**
 * The network of one run as the beginning of another: arrays of parameters that have the same name
 * and shape in both are copied, everything else stays the new run's own. So the lower layers that
 * learned one game can be where learning of the next one starts (Yosinski et al. 2014, "How
 * transferable are features in deep neural networks?").
 *
 * A pure function of two saved states, whatever their algorithms and games. Not here: optimisers,
 * schedules, counters, random words and games, none of which are carried over.
 */
import type { SavedArray, SavedState } from "./agent.js";

/** What became of one array of the new run's parameters. */
export interface TransferredArray {
  /** Its name within the network, e.g. "trunk.0.weight". */
  readonly name: string;
  /** Its shape in the new run. */
  readonly shape: readonly number[];
  /** Whether its values come from the other run. */
  readonly taken: boolean;
  /** Why they do not, e.g. "shape [64,118] there, [64,4] here"; empty where they do. */
  readonly reason: string;
}

/** A state with another's parameters in it, and which. */
export interface Transfer {
  /** The new run's state; arrays that were taken are copies. */
  readonly state: SavedState;
  /** One entry per array of the new run's parameters, in its order. */
  readonly arrays: readonly TransferredArray[];
}

type Arrays = Readonly<Record<string, SavedArray>>;

/** Part of a saved state that holds the parameters of the network; see `packState`. */
const parameters = "parameters";

/**
 * Copies the parameters of `from` into `to` where name, shape and type are the same.
 *
 * A part of `to` that is a copy of its network, or of one network in it, stays one: target networks,
 * and actors that follow a learner, begin equal to what they follow.
 *
 * @param from the state of a run that has learned something.
 * @param to the state of a run that has not begun. Neither state is changed.
 */
export function transferParameters(from: SavedState, to: SavedState): Transfer {
  const [there, here] = [from, to].map((state) => partOf(state.arrays, parameters));
  const list: TransferredArray[] = [];
  const merged: Record<string, SavedArray> = {};
  for (const [name, own] of Object.entries(here)) {
    const other = lookUp(there, name);
    const reason = difference(other, own);
    merged[name] = other === undefined || reason !== "" ? own : copyOf(other);
    list.push({ name, shape: [...own.shape], taken: reason === "", reason });
  }
  const arrays: Record<string, SavedArray> = { ...to.arrays };
  for (const part of partsOf(to.arrays)) {
    const prefix = part === parameters ? "" : copiedFrom(partOf(to.arrays, part), here);
    if (prefix === undefined) continue;
    for (const name of Object.keys(partOf(to.arrays, part))) {
      const value = merged[`${prefix}${name}`];
      arrays[`${part}.${name}`] = part === parameters ? value : copyOf(value);
    }
  }
  return { state: { arrays, json: to.json }, arrays: list };
}

/** The part of a state that `transferParameters` reads of it: its parameters, nothing else. */
export function parametersOnly(state: SavedState): SavedState {
  const own = Object.entries(state.arrays).filter(([path]) => path.startsWith(`${parameters}.`));
  return { arrays: Object.fromEntries(own), json: {} };
}

/**
 * What stands before the names of a copy within the network: "" for a copy of the whole, "critics."
 * for one of that network in it; undefined for a part that is no copy.
 */
function copiedFrom(part: Arrays, network: Arrays): string | undefined {
  const [first] = Object.keys(part);
  if (first === undefined) return undefined;
  return Object.keys(network)
    .filter((name) => name === first || name.endsWith(`.${first}`))
    .map((name) => name.slice(0, name.length - first.length))
    .find((prefix) =>
      Object.entries(part).every(([name, array]) =>
        isEqual(array, lookUp(network, `${prefix}${name}`)),
      ),
    );
}

/** Why the values of one array cannot be the other's; empty where they can. */
function difference(there: SavedArray | undefined, here: SavedArray): string {
  if (there === undefined) return "not there";
  const [a, b] = [there, here].map(({ shape }) => `[${shape.join(",")}]`);
  if (a !== b) return `shape ${a} there, ${b} here`;
  return there.dtype === here.dtype ? "" : `${there.dtype} there, ${here.dtype} here`;
}

function isEqual(a: SavedArray, b: SavedArray | undefined): boolean {
  if (b === undefined || difference(a, b) !== "") return false;
  return a.data.every((value, i) => Object.is(value, b.data[i]));
}

function copyOf(array: SavedArray): SavedArray {
  return { ...array, data: array.data.slice() };
}

/** The first words of the arrays' paths. */
function partsOf(arrays: Arrays): Set<string> {
  return new Set(Object.keys(arrays).map((path) => path.split(".", 1)[0]));
}

/** The arrays of one part, by the rest of their paths. */
function partOf(arrays: Arrays, part: string): Arrays {
  const own = Object.entries(arrays).filter(([path]) => path.startsWith(`${part}.`));
  return Object.fromEntries(own.map(([path, array]) => [path.slice(part.length + 1), array]));
}

function lookUp(arrays: Arrays, name: string): SavedArray | undefined {
  return Object.hasOwn(arrays, name) ? arrays[name] : undefined;
}
