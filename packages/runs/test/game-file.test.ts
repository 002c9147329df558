/** The run's own copy of a game that is no part of Carom: rules X1..X3. */
import { expect, test } from "vitest";
import { type MemoryDisk, memoryDisk } from "../src/disk-memory.js";
import { decodeJson, decodeRunFacts, encodeJson, FormatError } from "../src/formats/index.js";
import { createRun, openRun, readRun } from "../src/index.js";
import { sha256 } from "../src/manifest.js";
import { faultyDisk } from "./faulty-disk.js";
import { codeOf, dir, newRun, setup } from "./samples.js";

const code = new TextEncoder().encode("export default { id: 'dodge' };\n");
const sources = [{ path: "/home/me/dodge.ts", sha256: sha256("source") }];
const withGame = { ...setup, game: "dodge", gameFile: { code, sources } };

function dodgeRun(): MemoryDisk {
  const disk = memoryDisk();
  createRun(dir, withGame, { disk }).close();
  return disk;
}

test("[X1] the copy comes back byte by byte, in every later process", () => {
  const disk = memoryDisk();
  const run = createRun(dir, withGame, { disk });
  expect(run.gameFile()).toEqual(code);
  run.update({ steps: 3 });
  run.close();
  const again = openRun(dir, { disk });
  again.rewind(0);
  again.close();
  const reader = readRun(dir, { disk });
  expect(reader.gameFile()).toEqual(code);
  expect(reader.facts().gameFile).toEqual({ bytes: code.length, sha256: sha256(code), sources });
});

test("[X1] a run of a game of Carom has none", () => {
  const { disk, run } = newRun();
  run.close();
  const reader = readRun(dir, { disk });
  expect(reader.gameFile()).toBe(undefined);
  expect("gameFile" in reader.facts()).toBe(false);
  expect(disk.look(`${dir}/game.mjs`)).toBe(undefined);
});

test("[X1] whatever the disk refuses while the run is made, no run without its game is left", () => {
  const first = faultyDisk(memoryDisk());
  createRun(dir, withGame, { disk: first }).close();
  let refusals = 0;
  for (let n = 1; n <= first.changes; n++) {
    const disk = memoryDisk();
    const refuse = (change: number): string | undefined => (change === n ? "ENOSPC" : undefined);
    const made = codeOf(() => createRun(dir, withGame, { disk: faultyDisk(disk, refuse) }).close());
    if (made !== "none") refusals++;
    if (disk.look(`${dir}/run.json`) === undefined) continue;
    expect(readRun(dir, { disk }).gameFile()).toEqual(code);
  }
  expect(refusals).toBeGreaterThan(5);
});

test("[X2] any flipped bit, any truncation, a missing file and what is no file are found out", () => {
  const path = `${dir}/game.mjs`;
  const problems = ["flip", "cut", "longer", "missing", "folder"].map((damage) => {
    const disk = dodgeRun();
    disk.remove(path);
    const bytes = Uint8Array.from(code);
    if (damage === "flip") bytes[7] ^= 1;
    const longer = Uint8Array.from([...code, 32]);
    const content = { flip: bytes, cut: code.subarray(1), longer }[damage];
    if (content) disk.create(path).write(content);
    if (damage === "folder") disk.makeFolder(path);
    return codeOf(() => readRun(dir, { disk }).gameFile());
  });
  expect(problems).toEqual(new Array(5).fill("GAME_CORRUPT"));
});

test("[X2] a game that is too long is refused before anything is written", () => {
  const disk = memoryDisk();
  const long = { ...withGame, gameFile: { code: new Uint8Array((16 << 20) + 1), sources } };
  expect(codeOf(() => createRun(dir, long, { disk }))).toBe("INVALID_ARGUMENT");
  expect(disk.look(dir)).toBe(undefined);
});

test("[X1] a wrong gameFile in run.json is a FormatError that says what is wrong", () => {
  const facts = readRun(dir, { disk: dodgeRun() }).facts();
  const game = facts.gameFile;
  const wrong: [unknown, string][] = [
    [7, "not an object"],
    [{ ...game, bytes: -1 }, "bytes"],
    [{ ...game, bytes: 2 ** 40 }, "too long"],
    [{ ...game, sha256: "beef" }, "sha256"],
    [{ ...game, sources: "x" }, "sources"],
    [{ ...game, sources: [{ path: 3, sha256: sources[0].sha256 }] }, "path"],
    [{ ...game, sources: [{ path: "/a", sha256: "" }] }, "sha256"],
  ];
  for (const [gameFile, problem] of wrong) {
    const text = encodeJson(JSON.parse(JSON.stringify({ ...facts, gameFile })));
    const decode = (): unknown => decodeRunFacts(decodeJson(text));
    expect(decode).toThrow(FormatError);
    expect(decode).toThrow(problem);
  }
});
