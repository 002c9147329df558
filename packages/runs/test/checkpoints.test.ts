import { describe, expect, test } from "vitest";
import type { SavedState } from "../src/api.js";
import {
  type CheckpointFolder,
  listCheckpoints,
  loadCheckpoint,
  pruneCheckpoints,
  removeCheckpointsAfter,
  saveCheckpoint,
} from "../src/checkpoints.js";
import { memoryDisk } from "../src/disk-memory.js";
import { RunError } from "../src/errors.js";
import { codeOf, stateOf } from "./samples.js";

const origin = { run: "r-1", game: "breakout", variant: "default", gameVersion: 2, algo: "ppo" };

function newFolder(): CheckpointFolder {
  const disk = memoryDisk();
  disk.makeFolder("/c");
  return { disk, path: "/c", origin };
}

function damage({ disk, path }: CheckpointFolder, file: string): void {
  const bytes = disk.read(`${path}/${file}`, 1e6);
  bytes[bytes.length >> 1] ^= 4;
  disk.remove(`${path}/${file}`);
  disk.create(`${path}/${file}`).write(bytes);
}

describe("checkpoints", () => {
  test("[C1] a state comes back bit by bit", () => {
    const folder = newFolder();
    const state: SavedState = {
      arrays: {
        "model/w": {
          dtype: "float32",
          shape: [2, 2],
          data: Float32Array.of(Number.NaN, -0, Number.POSITIVE_INFINITY, 1e-45),
        },
        "model/b": { dtype: "float64", shape: [1], data: Float64Array.of(Math.PI) },
        "envs/board": { dtype: "uint8", shape: [3], data: Uint8Array.of(0, 128, 255) },
        "envs/empty": { dtype: "float32", shape: [0, 5], data: new Float32Array(0) },
        step: { dtype: "int32", shape: [], data: Int32Array.of(-7) },
        done: { dtype: "bool", shape: [2], data: Uint8Array.of(0, 1) },
      },
      json: { seed: 2 ** 53 - 1, best: Number.NEGATIVE_INFINITY, list: [1.1, -0, null], on: true },
    };
    saveCheckpoint(folder, 10, state, { score: 1.5 });
    const loaded = loadCheckpoint(folder, "latest");
    expect(loaded).toMatchObject({ name: "step-10", step: 10, score: 1.5, skipped: [] });
    expect(Object.keys(loaded.arrays).sort()).toEqual(Object.keys(state.arrays).sort());
    for (const [name, array] of Object.entries(state.arrays)) {
      const back = loaded.arrays[name];
      expect([name, back?.dtype, back?.shape]).toEqual([name, array.dtype, array.shape]);
      expect(Buffer.from(bytesOf(back?.data)).equals(bytesOf(array.data))).toBe(true);
    }
    expect(loaded.json).toEqual(state.json);
  });

  test("[C2] arrays lie in files named by the first part of their name", () => {
    const folder = newFolder();
    saveCheckpoint(folder, 3, stateOf(1));
    expect(folder.disk.list("/c/step-3")).toEqual([
      "arrays.safetensors",
      "manifest.json",
      "model.safetensors",
      "optimizer.safetensors",
      "state.json",
    ]);
  });

  test("[C2] names and values that cannot be saved are refused before anything is written", () => {
    const folder = newFolder();
    const { arrays, json } = stateOf(1);
    const array = arrays["counter"];
    if (array === undefined) throw new Error("the sample has a counter");
    for (const name of [
      "../x",
      "/x",
      "Model/x",
      "a/",
      "arrays/x",
      "a.b/x",
      "a\0/x",
      "manifest/..",
    ]) {
      const isFine = name === "manifest/..";
      const code = codeOf(() => saveCheckpoint(folder, 1, { arrays: { [name]: array }, json }));
      expect([name, code]).toEqual([name, isFine ? "none" : "INVALID_ARGUMENT"]);
    }
    const wrong = { ...array, shape: [2] };
    expect(codeOf(() => saveCheckpoint(folder, 2, { arrays: { a: wrong }, json }))).toBe(
      "INVALID_ARGUMENT",
    );
    for (const step of [-1, 0.5, Number.NaN, 2 ** 53]) {
      expect(codeOf(() => saveCheckpoint(folder, step, stateOf(1)))).toBe("INVALID_ARGUMENT");
    }
    expect(folder.disk.list("/c")).toEqual(["step-1"]);
  });

  test("[C3] the newest, the best, or that of a step", () => {
    const folder = newFolder();
    const scores = [3, 9, 9, null, Number.NaN, 4];
    scores.forEach((score, i) => {
      saveCheckpoint(folder, i * 9, stateOf(i), { score });
    });
    expect(listCheckpoints(folder).map((c) => [c.step, c.score])).toEqual([
      ...[
        [45, 4],
        [36, null],
        [27, null],
        [18, 9],
        [9, 9],
        [0, 3],
      ],
    ]);
    expect(loadCheckpoint(folder, "latest").step).toBe(45);
    expect(loadCheckpoint(folder, "best").step).toBe(18);
    expect(loadCheckpoint(folder, 27).json).toMatchObject({ mark: 3 });
    expect(codeOf(() => loadCheckpoint(folder, 28))).toBe("CHECKPOINT_NOT_FOUND");
    expect(codeOf(() => loadCheckpoint(newFolder(), "latest"))).toBe("CHECKPOINT_NOT_FOUND");
    expect(codeOf(() => loadCheckpoint(newFolder(), "best"))).toBe("CHECKPOINT_NOT_FOUND");
  });

  test("[C4] the last three and the best stay", () => {
    const folder = newFolder();
    const scores = [1, 8, 2, 3, 4, 5, 6];
    scores.forEach((score, i) => {
      saveCheckpoint(folder, i, stateOf(i), { score });
      pruneCheckpoints(folder, 3);
    });
    expect(folder.disk.list("/c")).toEqual(["step-1", "step-4", "step-5", "step-6"]);
    saveCheckpoint(folder, 7, stateOf(7), { score: 8 });
    pruneCheckpoints(folder, 3);
    expect(folder.disk.list("/c")).toEqual(["step-5", "step-6", "step-7"]);
  });

  test("[C4] damaged checkpoints do not count among the three", () => {
    const folder = newFolder();
    for (let i = 0; i < 5; i++) saveCheckpoint(folder, i, stateOf(i));
    damage(folder, "step-4/manifest.json");
    damage(folder, "step-2/manifest.json");
    pruneCheckpoints(folder, 2);
    expect(folder.disk.list("/c")).toEqual(["step-1", "step-2", "step-3", "step-4"]);
    saveCheckpoint(folder, 5, stateOf(5));
    pruneCheckpoints(folder, 2);
    expect(folder.disk.list("/c")).toEqual(["step-3", "step-4", "step-5"]);
  });

  test("[C5] saving a step again never touches what is there", () => {
    const folder = newFolder();
    saveCheckpoint(folder, 5, stateOf(1));
    expect(saveCheckpoint(folder, 5, stateOf(2)).name).toBe("step-5.r1");
    expect(saveCheckpoint(folder, 5, stateOf(3)).name).toBe("step-5.r2");
    expect(loadCheckpoint(folder, 5).json).toMatchObject({ mark: 3 });
    damage(folder, "step-5.r2/state.json");
    const loaded = loadCheckpoint(folder, 5);
    expect(loaded.json).toMatchObject({ mark: 2 });
    expect(loaded.skipped.map(({ name }) => name)).toEqual(["step-5.r2"]);
    expect(saveCheckpoint(folder, 5, stateOf(4)).name).toBe("step-5.r3");
  });

  test("[C6] a damaged checkpoint is passed over, and said to be", () => {
    const folder = newFolder();
    for (let i = 1; i <= 4; i++) saveCheckpoint(folder, i, stateOf(i), { score: i });
    damage(folder, "step-4/model.safetensors");
    folder.disk.remove("/c/step-3/state.json");
    folder.disk.remove("/c/step-2/manifest.json");
    for (const which of ["latest", "best"] as const) {
      const { step, skipped } = loadCheckpoint(folder, which);
      expect(step).toBe(1);
      expect(new Set(skipped.map(({ error }) => error.message))).toEqual(
        new Set([
          "checkpoint: step-4 is damaged (model.safetensors was changed since it was written)",
          "checkpoint: step-3 is damaged (state.json is missing)",
          "checkpoint: step-2 is damaged (manifest.json is missing)",
        ]),
      );
    }
    expect(codeOf(() => loadCheckpoint(folder, 4))).toBe("CHECKPOINT_CORRUPT");
    folder.disk.remove("/c/step-1/arrays.safetensors");
    expect(() => loadCheckpoint(folder, "latest")).toThrow("none of the 4 can be used");
  });

  test("[C7] a checkpoint of another run, game, version or algorithm is foreign", () => {
    for (const change of [
      { run: "r-2" },
      { game: "catch" },
      { variant: "hard" },
      { gameVersion: 3 },
      { algo: "dqn" },
    ]) {
      const folder = newFolder();
      saveCheckpoint(folder, 1, stateOf(1));
      saveCheckpoint({ ...folder, origin: { ...origin, ...change } }, 2, stateOf(2));
      const loaded = loadCheckpoint(folder, "latest");
      expect([loaded.step, loaded.skipped[0]?.error.code]).toEqual([1, "CHECKPOINT_FOREIGN"]);
      expect(codeOf(() => loadCheckpoint(folder, 2))).toBe("CHECKPOINT_FOREIGN");
      expect(() => loadCheckpoint(folder, 2)).toThrow(String(Object.values(change)[0]));
      for (let i = 3; i < 6; i++) saveCheckpoint(folder, i, stateOf(i));
      pruneCheckpoints(folder, 1);
      expect(folder.disk.list("/c")).toEqual(["step-2", "step-5"]);
    }
  });

  test("[C7] a checkpoint under the name of another step is damaged", () => {
    const folder = newFolder();
    saveCheckpoint(folder, 1, stateOf(1));
    folder.disk.rename("/c/step-1", "/c/step-100");
    expect(codeOf(() => loadCheckpoint(folder, "latest"))).toBe("CHECKPOINT_CORRUPT");
  });

  test("[C8] later checkpoints can be removed", () => {
    const folder = newFolder();
    for (let i = 1; i <= 4; i++) saveCheckpoint(folder, i, stateOf(i));
    removeCheckpointsAfter(folder, 2);
    expect(folder.disk.list("/c")).toEqual(["step-1", "step-2"]);
  });

  test("other names in the folder are left alone", () => {
    const folder = newFolder();
    for (const name of [
      "step-",
      "step-01",
      "step-1.5",
      "step--1",
      "step-1.r0",
      "notes",
      "step-1x",
    ]) {
      folder.disk.makeFolder(`/c/${name}`);
    }
    expect(codeOf(() => loadCheckpoint(folder, "latest"))).toBe("CHECKPOINT_NOT_FOUND");
    saveCheckpoint(folder, 1, stateOf(1));
    pruneCheckpoints(folder, 1);
    removeCheckpointsAfter(folder, 0);
    expect(folder.disk.list("/c")).toHaveLength(7);
  });

  test("errors are RunErrors with a path", () => {
    try {
      loadCheckpoint(newFolder(), "latest");
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(RunError);
      expect(error).toMatchObject({ path: "/c" });
    }
  });
});

function bytesOf(data: ArrayBufferView | undefined): Uint8Array {
  if (data === undefined) throw new Error("the array is missing");
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
