/** The run whose network another began with: rule F5. */
import { expect, test } from "vitest";
import { memoryDisk } from "../src/disk-memory.js";
import { decodeJson, decodeRunFacts, encodeJson, FormatError } from "../src/formats/index.js";
import { createRun, readRun } from "../src/index.js";
import { dir, newRun, setup } from "./samples.js";

const initFrom = { run: "catch-1", folder: "../catch-1", step: 20_096, taken: 4, arrays: 6 };

test("[F5] it is in run.json and comes back", () => {
  const disk = memoryDisk();
  createRun(dir, { ...setup, initFrom }, { disk }).close();
  expect(readRun(dir, { disk }).facts().initFrom).toEqual(initFrom);
});

test("[F5] a run with a network of its own has none", () => {
  const { disk, run } = newRun();
  run.close();
  expect("initFrom" in readRun(dir, { disk }).facts()).toBe(false);
});

test("[F5] a wrong one is a FormatError that names the field", () => {
  const { run } = newRun();
  const facts = run.facts();
  run.close();
  for (const [field, value] of Object.entries({ run: 3, folder: null, step: -1, taken: 0.5 })) {
    const wrong = { ...facts, initFrom: { ...initFrom, [field]: value } };
    const decode = (): unknown => decodeRunFacts(decodeJson(encodeJson(wrong)));
    expect(decode).toThrow(FormatError);
    expect(decode).toThrow(`"${field}"`);
  }
});
