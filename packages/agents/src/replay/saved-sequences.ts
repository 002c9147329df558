/**
 * The saved state of a memory of sequences: its filled slots as in saved-replay.ts, and where segments begin
 * with the recurrent states there.
 */
import { AgentError } from "../errors.js";
import type { Priorities } from "./priorities.js";
import type { Recorder } from "./recorder.js";
import {
  filledSlots,
  pick,
  put,
  restoreTransitions,
  type SavedTransitions,
  saveTransitions,
} from "./saved-replay.js";

/** What must be the same in a saved memory, besides what its slots hold. */
export interface SequenceFacts {
  /** Steps of a segment. */
  readonly length: number;
  /** Steps that a segment shares with the one before. */
  readonly overlap: number;
  /** Numbers of a recurrent state, H. */
  readonly stateSize: number;
  /** Whether segments have priorities. */
  readonly prioritized: boolean;
}

/** A saved memory of sequences; made of plain values and typed arrays, as `packState` takes. */
export interface SequenceReplayState extends SavedTransitions {
  /** What the memory is. */
  readonly sequences: SequenceFacts;
  /** Words of its own generator. */
  readonly random: Uint32Array;
  /** The largest priority so far. */
  readonly largest: number;
  /** By filled slot: 1 where an episode begins. */
  readonly firsts: Uint8Array;
  /** Per game: steps since its last cut. */
  readonly since: Float64Array;
  /** Slots in which complete segments begin. */
  readonly complete: Int32Array;
  /** Slots in which segments begin that are under way, oldest first within each game. */
  readonly open: Int32Array;
  /** Recurrent states of the complete segments, then of the open ones, H numbers each. */
  readonly states: Float32Array;
}

/** The parts of a memory of sequences. */
export interface KeptSequences {
  /** Steps by slot. */
  readonly kept: Recorder;
  /** Priorities of segments, by the slot in which they begin. */
  readonly priorities: Priorities;
  /** By slot: 1 where an episode begins. */
  readonly firsts: Uint8Array;
  /** Per game: steps since its last cut. */
  readonly since: Float64Array;
  /** Recurrent states by the slot in which a segment begins. */
  readonly states: Map<number, Float32Array>;
  /** Per game: slots in which segments under way begin, oldest first. */
  readonly open: number[][];
  /** Words of the memory's own generator. */
  readonly random: Uint32Array;
}

/** Copies what is filled. */
export function saveSequences(parts: KeptSequences, facts: SequenceFacts): SequenceReplayState {
  const { kept, priorities, firsts, since, states, random } = parts;
  const open = Int32Array.from(parts.open.flat());
  const complete = Int32Array.from(states.keys())
    .filter((slot) => !open.includes(slot))
    .sort();
  const rows = new Float32Array((complete.length + open.length) * facts.stateSize);
  for (const [i, slot] of [...complete, ...open].entries()) {
    rows.set(states.get(slot) ?? [], i * facts.stateSize);
  }
  return {
    ...saveTransitions(kept, priorities.tree),
    sequences: facts,
    random: random.slice(),
    largest: priorities.largest,
    firsts: pick(firsts, filledSlots(kept.rings), 1),
    since: since.slice(),
    complete,
    open,
    states: rows,
  };
}

/** Puts back what `saveSequences` copied. @throws AgentError FOREIGN_STATE when it is another memory's. */
export function restoreSequences(
  state: SequenceReplayState,
  parts: KeptSequences,
  facts: SequenceFacts,
): void {
  checkFacts(state.sequences, facts);
  const { kept, priorities, firsts, since, states, open, random } = parts;
  const complete = new Set(state.complete);
  restoreTransitions(state, kept, priorities.tree, (slot) => complete.has(slot));
  priorities.largest = state.largest;
  random.set(state.random);
  since.set(state.since);
  firsts.fill(0);
  put(firsts, filledSlots(kept.rings), 1, state.firsts);
  const { stateSize } = facts;
  states.clear();
  for (const [i, slot] of [...state.complete, ...state.open].entries()) {
    states.set(slot, state.states.slice(i * stateSize, (i + 1) * stateSize));
  }
  for (const starts of open) starts.length = 0;
  for (const slot of state.open) open[Math.floor(slot / kept.rings.slots)].push(slot);
}

/** @throws AgentError FOREIGN_STATE */
function checkFacts(got: SequenceFacts, expected: SequenceFacts): void {
  for (const name of Object.keys(expected) as (keyof SequenceFacts)[]) {
    if (got[name] === expected[name]) continue;
    throw new AgentError(
      "FOREIGN_STATE",
      `replay: the saved memory has another ${name} (got ${got[name]}, expected ${expected[name]})`,
    );
  }
}
