/** Small runs, states and episodes that the tests share. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Run, SavedState } from "../src/api.js";
import { type MemoryDisk, memoryDisk } from "../src/disk-memory.js";
import type { EpisodeFacts } from "../src/formats/episodes.js";
import type { RunSetup } from "../src/formats/facts.js";
import type { RunResult } from "../src/formats/result.js";
import type { OwnerRecord, OwnerState, Processes } from "../src/owner.js";
import { createRun } from "../src/runs.js";

export const setup: Omit<RunSetup, "gameFile"> = {
  game: "breakout",
  variant: "default",
  gameVersion: 2,
  algo: "ppo",
  seed: 7,
  config: { gamma: 0.99, hidden: [64, 64], note: null },
  device: "cpu",
  threads: 2,
  totalSteps: 100_000,
  versions: { carom: "0.1.0", node: "20.20.2" },
};

/** Folder of the run that `newRun` makes. */
export const dir = "/runs/breakout-ppo-1";
/** What a run may have reached. */
export const result: RunResult = {
  ...{ game: "breakout", variant: "default", algo: "ppo", seed: 7 },
  ...{ steps: 500, seconds: 2.5, stepsPerSecond: 200 },
  score: { mean: 4, std: 1, episodes: 3 },
  reached: { "100": { steps: 40, seconds: 0.2 } },
  versions: setup.versions,
};

/** A run on a disk in memory. */
export function newRun(disk: MemoryDisk = memoryDisk()): { disk: MemoryDisk; run: Run } {
  return { disk, run: createRun(dir, setup, { disk }) };
}

/** Bytes that stand for a replay. */
export function replayOf(mark: number, length = 100): Uint8Array {
  return new Uint8Array(length).fill(mark);
}
/** A state whose content is told from `mark`. */
export function stateOf(mark: number, size = 6): SavedState {
  return {
    arrays: {
      "model/actor.weight": {
        dtype: "float32",
        shape: [2, size / 2],
        data: Float32Array.from({ length: size }, (_, i) => mark + i / 8),
      },
      "optimizer/moments": {
        dtype: "float32",
        shape: [size],
        data: new Float32Array(size).fill(mark),
      },
      counter: { dtype: "int32", shape: [1], data: Int32Array.of(mark) },
    },
    json: { mark, best: Number.NEGATIVE_INFINITY, names: ["a", "b"] },
  };
}

export function episodeOf(changes: Partial<EpisodeFacts> = {}): EpisodeFacts {
  return {
    ...{ env: 0, episode: 0, seed: 1, length: 10, return: 1, terminated: true, steps: 10 },
    ...changes,
  };
}

/** A generator of numbers in [0, 1), the same for the same seed (mulberry32 by Tommy Ettinger). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Processes of a machine of our own: who lives is what the test says. */
export class TestProcesses implements Processes {
  pid = 100;
  readonly states: Map<number, OwnerState> = new Map();
  private nonces = 0;

  self(): OwnerRecord {
    return {
      ...{ pid: this.pid, host: "here", boot: "boot-1", started: "1", namespace: "" },
      ...{ since: "2026-01-02T03:04:05.000Z", nonce: `nonce-${++this.nonces}` },
    };
  }

  state(owner: OwnerRecord): OwnerState {
    return this.states.get(owner.pid) ?? "alive";
  }

  /** The process ends without a word; the next one has another pid. */
  crash(): void {
    this.states.set(this.pid, "gone");
    this.pid++;
  }
}

/** Runs a test in a folder of its own. */
export function inFolder<T>(action: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "carom-runs-"));
  try {
    return action(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The code of the error that a call throws; "none" if it throws none. */
export function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  }
  return "none";
}
