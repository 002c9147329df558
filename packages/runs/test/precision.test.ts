/** What a run is on, and what a continuation elsewhere makes of it: rule F6. */
import { expect, test } from "vitest";
import { memoryDisk } from "../src/disk-memory.js";
import { decodeJson, decodeRunFacts, encodeJson, runPrecisions } from "../src/formats/index.js";
import { createRun, openRun, readRun } from "../src/index.js";
import { dir, newRun, setup } from "./samples.js";

const gpu = { device: "cuda", threads: 1, versions: { ...setup.versions, gpu: "NVIDIA H200" } };

test("[F6] a GPU's precision is in run.json and comes back", () => {
  for (const precision of runPrecisions) {
    const disk = memoryDisk();
    createRun(dir, { ...setup, ...gpu, precision }, { disk }).close();
    expect(readRun(dir, { disk }).facts()).toMatchObject({ ...gpu, precision });
  }
});

test("[F6] a run without one has none, and a wrong one is named", () => {
  const { run } = newRun();
  const facts = run.facts();
  run.close();
  expect("precision" in facts).toBe(false);
  const wrong = { ...facts, precision: "half" };
  expect(() => decodeRunFacts(decodeJson(encodeJson(wrong)))).toThrow('"precision"');
});

test("[F6] a run that goes on elsewhere is on that device, and nothing of the other one stays", () => {
  const disk = memoryDisk();
  createRun(dir, { ...setup, ...gpu, precision: "tf32" }, { disk }).close();
  const run = openRun(dir, { disk });
  run.update({ steps: 5 });
  expect(run.facts()).toMatchObject({ ...gpu, precision: "tf32", steps: 5 });
  const { device, threads, versions } = setup;
  run.update({ on: { device, threads, versions } });
  run.close();
  const facts = readRun(dir, { disk }).facts();
  expect(facts).toMatchObject({ device, threads, steps: 5 });
  expect({ ...facts.versions }).toEqual(versions);
  expect("precision" in facts).toBe(false);
});
