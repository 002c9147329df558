/**
 * The saved state of a memory on the device: the rows of every column that hold something, oldest first.
 *
 * Long columns, which may be gigabytes, are cut into blocks of bounded size. Rows lie at t mod S again when they are
 * put back, so that draws by priority, which depend on the places, go on as they would have.
 */
import { type RandomWords, scope, type Tensor, type TypedArray } from "@carom/tensor";
import { AgentError } from "../errors.js";
import type { DeviceReplay } from "./device-replay.js";

/** What a memory must share with a saved one to go on from it. */
export interface DeviceReplayFacts {
  /** Games. */
  readonly count: number;
  /** Rows, S. */
  readonly rows: number;
  /** Values of a frame. */
  readonly frameSize: number;
  /** Type that frames are kept in. */
  readonly frameType: string;
  /** Frames in a stack. */
  readonly frames: number;
  /** Rows of final frames, K. */
  readonly finals: number;
  /** Steps of the longest episode, L. */
  readonly longest: number;
  /** Steps of a return. */
  readonly nStep: number;
  /** Actions of a mask, 0 without masks. */
  readonly masked: number;
  /** Whether transitions have priorities. */
  readonly prioritized: boolean;
}

/** A saved memory; made of plain values and typed arrays, as `packState` takes. */
export interface DeviceReplayState {
  readonly facts: DeviceReplayFacts;
  /** Steps of all games so far. */
  readonly head: number;
  /** The first step that can be sampled; of those before it the frames - 1 newest rows are there. */
  readonly first: number;
  readonly random: RandomWords;
  /** The largest priority so far. */
  readonly largest: number;
  /** Ages of the newest row's stacks, `[n]`; empty without stacks. */
  readonly age: Int32Array;
  /** By name of the column, its rows in blocks. */
  readonly columns: Readonly<Record<string, readonly TypedArray[]>>;
}

/** Most values of a block. */
const BLOCK = 2 ** 26;

/** Copies what is filled. */
export function saveDeviceReplay(replay: DeviceReplay): DeviceReplayState {
  const { head, first, random, priorities, frames } = replay;
  const [time, oldest] = [head, first].map((counter) => counter.toTypedArray()[0]);
  const columns = Object.entries(columnsOf(replay)).map(([name, column]) => [
    name,
    readBlocks(column, spansOf(name, column, { time, oldest, frames: frames.layout.frames })),
  ]);
  return {
    facts: factsOf(replay),
    head: time,
    first: oldest,
    random: random.toWords(),
    largest: priorities?.largest.toTypedArray()[0] ?? 1,
    age: Int32Array.from(frames.age?.toTypedArray() ?? []),
    columns: Object.fromEntries(columns),
  };
}

/**
 * Goes on from a saved memory.
 *
 * @throws AgentError FOREIGN_STATE when it is one of another capacity, shape, nStep or frames.
 */
export function restoreDeviceReplay(replay: DeviceReplay, saved: DeviceReplayState): void {
  checkFacts(saved.facts, factsOf(replay));
  const { head: time, first: oldest } = saved;
  replay.head.write(Int32Array.of(time));
  replay.first.write(Int32Array.of(oldest));
  replay.random.restore(saved.random);
  replay.priorities?.clear();
  replay.priorities?.largest.write(Float32Array.of(saved.largest));
  replay.frames.age?.write(saved.age);
  for (const [name, column] of Object.entries(columnsOf(replay))) {
    const spans = spansOf(name, column, { time, oldest, frames: saved.facts.frames });
    writeBlocks(column, spans, saved.columns[name]);
  }
}

/** What a memory is. */
export function factsOf({
  rows,
  count,
  nStep,
  frames,
  priorities,
  columns,
}: DeviceReplay): DeviceReplayFacts {
  const { layout, finals } = frames;
  return {
    ...{ count, rows, nStep },
    frameSize: layout.size,
    frameType: layout.dtype,
    frames: layout.frames,
    finals: finals.shape[0],
    longest: frames.longest,
    masked: columns.masks?.shape[2] ?? 0,
    prioritized: priorities !== undefined,
  };
}

/** @throws AgentError FOREIGN_STATE */
function checkFacts(got: DeviceReplayFacts, expected: DeviceReplayFacts): void {
  for (const name of Object.keys(expected) as (keyof DeviceReplayFacts)[]) {
    if (got[name] === expected[name]) continue;
    throw new AgentError(
      "FOREIGN_STATE",
      `replay: the saved memory has another ${name} (got ${got[name]}, expected ${expected[name]})`,
    );
  }
}

/** All that has a row per step, by name, and the final frames. */
function columnsOf(replay: DeviceReplay): Readonly<Record<string, Tensor>> {
  const { rows, count, frames, columns, priorities } = replay;
  const { masks, ...always } = columns;
  const { table, finals, ages } = frames;
  return {
    ...always,
    ...(masks && { masks }),
    ...{ table, finals },
    ...(ages && { ages }),
    ...(priorities && { priorities: priorities.byRow(rows, count) }),
  };
}

/** Ranges of rows, from and up to. */
type Spans = readonly (readonly [number, number])[];

/** The filled rows of a ring, oldest first; all of the final frames. */
function spansOf(
  name: string,
  { shape: [rows] }: Tensor,
  { time, oldest, frames }: Readonly<Record<"time" | "oldest" | "frames", number>>,
): Spans {
  if (name === "finals") return [[0, rows]];
  const from = Math.max(0, oldest - frames + 1, time - rows + 1);
  const start = from % rows;
  const end = start + time + 1 - from;
  return end <= rows
    ? [[start, end]]
    : [
        [start, rows],
        [0, end - rows],
      ];
}

/** Spans cut into ranges of at most `BLOCK` values. */
function cut(spans: Spans, { shape: [rows], size }: Tensor): Spans {
  const most = Math.max(1, Math.floor(BLOCK / (size / rows)));
  return spans.flatMap(([from, to]) =>
    Array.from({ length: Math.ceil((to - from) / most) }, (_, i) => {
      const start = from + i * most;
      return [start, Math.min(to, start + most)] as const;
    }),
  );
}

function readBlocks(column: Tensor, spans: Spans): TypedArray[] {
  return scope(() => cut(spans, column).map((range) => column.slice(range).toTypedArray()));
}

function writeBlocks(column: Tensor, spans: Spans, blocks: readonly TypedArray[]): void {
  scope(() => {
    for (const [i, range] of cut(spans, column).entries()) column.slice(range).write(blocks[i]);
  });
}
