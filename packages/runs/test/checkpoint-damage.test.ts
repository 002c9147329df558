/** Damaged and hostile checkpoints: found out, never half loaded, nothing read outside. */
import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type CheckpointFolder, loadCheckpoint, saveCheckpoint } from "../src/checkpoints.js";
import { memoryDisk } from "../src/disk-memory.js";
import { nodeDisk } from "../src/disk-node.js";
import { encodeJson, type JsonObject } from "../src/formats/json.js";
import { sha256 } from "../src/manifest.js";
import { codeOf, inFolder, randomOf, stateOf } from "./samples.js";

const origin = { run: "r-1", game: "breakout", variant: "default", gameVersion: 2, algo: "ppo" };
const flips = 10_000;
/** Elements per array that make files of some 4 KiB blocks. */
const bigState = 16_000;

interface Sample {
  readonly folder: CheckpointFolder;
  /** Files of checkpoint 2. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Replaces a file of checkpoint 2. */
  put(name: string, bytes: Uint8Array): void;
}

/** A disk in memory with checkpoints 1 and 2. */
function twoCheckpoints(size?: number): Sample {
  const disk = memoryDisk();
  disk.makeFolder("/c");
  const folder = { disk, path: "/c", origin };
  for (const step of [1, 2]) saveCheckpoint(folder, step, stateOf(step, size));
  const names = disk.list("/c/step-2");
  const files = new Map(names.map((name) => [name, disk.read(`/c/step-2/${name}`, 1e9)]));
  const put = (name: string, bytes: Uint8Array): void => {
    disk.remove(`/c/step-2/${name}`);
    disk.create(`/c/step-2/${name}`).write(bytes);
  };
  return { folder, files, put };
}

/** True if checkpoint 2 was found damaged and 1 was loaded instead. */
function isFoundOut(folder: CheckpointFolder): boolean {
  const { step, json, skipped } = loadCheckpoint(folder, "latest");
  expect(json).toMatchObject({ mark: step });
  return step === 1 && skipped[0]?.error.code === "CHECKPOINT_CORRUPT";
}

describe("damaged checkpoints", () => {
  test(`[C12] each of ${flips} flipped bits is found out, and the older one loads`, () => {
    const { folder, files, put } = twoCheckpoints();
    const random = randomOf(4);
    const places = [...files].flatMap(([name, bytes]) =>
      Array.from(bytes, (_, at) => ({ name, bytes, at })),
    );
    let found = 0;
    for (let i = 0; i < flips; i++) {
      const place = places[Math.floor(random() * places.length)];
      if (place === undefined) continue;
      const changed = place.bytes.slice();
      changed[place.at] = (changed[place.at] as number) ^ (1 << Math.floor(random() * 8));
      put(place.name, changed);
      if (isFoundOut(folder)) found++;
      put(place.name, place.bytes);
    }
    expect(found).toBe(flips);
    expect(loadCheckpoint(folder, "latest").step).toBe(2);
  });

  test("[C12] every truncation is found out: each byte of small files, each 4 KiB of large ones", () => {
    for (const [size, stride] of [
      [6, 1],
      [bigState, 4096],
    ] as const) {
      const { folder, files, put } = twoCheckpoints(size);
      for (const [name, bytes] of files) {
        for (let length = 0; length < bytes.length; length += stride) {
          put(name, bytes.slice(0, length));
          expect([name, length, isFoundOut(folder)]).toEqual([name, length, true]);
        }
        put(name, Buffer.concat([bytes, Uint8Array.of(0)]));
        expect([name, isFoundOut(folder)]).toEqual([name, true]);
        put(name, bytes);
      }
      expect(loadCheckpoint(folder, "latest").step).toBe(2);
    }
  });

  test("[C12] files exchanged within a checkpoint and between two are found out", () => {
    const { folder, files, put } = twoCheckpoints();
    const older = (name: string): Uint8Array => folder.disk.read(`/c/step-1/${name}`, 1e9);
    for (const [name, bytes] of files) {
      if (name !== "optimizer.safetensors" && name !== "model.safetensors") continue;
      put(name, older(name));
      expect([name, isFoundOut(folder)]).toEqual([name, true]);
      put(name, bytes);
    }
    put("manifest.json", older("manifest.json"));
    expect(isFoundOut(folder)).toBe(true);
  });
});

/** manifest.json with a right seal, whatever it says. */
function sealed(body: string): Uint8Array {
  return new TextEncoder().encode(`${body.slice(0, -1)},"sha256":"${sha256(body)}"}\n`);
}

/** A manifest with changes, sealed. */
function manifestWith(files: readonly unknown[], changes: object = {}): Uint8Array {
  const base = { format: 1, kind: "carom-checkpoint", origin, step: 2, score: null };
  return sealed(JSON.stringify({ ...base, savedAt: "2026", files, ...changes }));
}

function listed(name: string, bytes: Uint8Array): JsonObject {
  return { name, bytes: bytes.length, sha256: sha256(bytes) };
}

function safetensors(header: string, data = 0): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + data);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

describe("hostile checkpoints", () => {
  const state = new TextEncoder().encode(encodeJson({ mark: 2 }));
  const good = listed("state.json", state);

  test("[C13] a hostile manifest with a right seal is refused", () => {
    const names = ["../../secret", "/etc/passwd", "..", "a/b.json", "a\\b.json", "state.JSON"];
    const moreNames = ["manifest.json/..", "x.json\0", "state.json ", ".json", "", "con", "x.exe"];
    const manifests: [string, Uint8Array][] = [
      ...[...names, ...moreNames].map((name): [string, Uint8Array] => [
        `name ${JSON.stringify(name)}`,
        manifestWith([good, { ...good, name }]),
      ]),
      ["listed twice", manifestWith([good, good])],
      [
        "65 files",
        manifestWith(Array.from({ length: 65 }, (_, i) => ({ ...good, name: `a${i}.json` }))),
      ],
      ["no files", manifestWith([])],
      ["files is an object", manifestWith([], { files: {} })],
      ["file is null", manifestWith([null])],
      ["bytes negative", manifestWith([{ ...good, bytes: -1 }])],
      ["bytes 2^63", manifestWith([{ ...good, bytes: 2 ** 63 }])],
      ["bytes not whole", manifestWith([{ ...good, bytes: 1.5 }])],
      ["hash too short", manifestWith([{ ...good, sha256: "00" }])],
      ["step of another", manifestWith([good], { step: 3 })],
      ["step as text", manifestWith([good], { step: "2" })],
      ["step NaN", manifestWith([good], { step: { $number: "NaN" } })],
      ["score as text", manifestWith([good], { score: "9" })],
      ["score infinite", manifestWith([good], { score: { $number: "Infinity" } })],
      ["another format", manifestWith([good], { format: 2 })],
      ["another kind", manifestWith([good], { kind: "zip" })],
      ["no origin", manifestWith([good], { origin: null })],
      ["__proto__", sealed(`{"__proto__":{"polluted":1},"format":1,"files":[]}`)],
      ["deep", sealed(`{"files":${"[".repeat(100_000)}${"]".repeat(100_000)}}`)],
      ["an array", new TextEncoder().encode(`[],"sha256":"${sha256("[]")}"}\n`)],
      ["empty", new Uint8Array(0)],
      ["two megabytes", new Uint8Array(2 << 20).fill(0x20)],
    ];
    for (const [what, bytes] of manifests) {
      const { folder, put } = twoCheckpoints();
      put("state.json", state);
      put("manifest.json", bytes);
      expect([what, isFoundOut(folder)]).toEqual([what, true]);
    }
    expect("polluted" in {}).toBe(false);
  });

  test("[C13] hostile content with right hashes is refused", () => {
    const tensor = (fields: string): string => `{"a":{${fields}}}`;
    const f32 = '"dtype":"F32"';
    const contents: [string, string, Uint8Array][] = [
      ["state: deep", "state.json", bytesOf(`${"[".repeat(100_000)}${"]".repeat(100_000)}`)],
      ["state: __proto__", "state.json", bytesOf('{"a":{"__proto__":{"polluted":1}}}')],
      ["state: not UTF-8", "state.json", Uint8Array.of(0x22, 0xff, 0x22)],
      ["state: empty", "state.json", new Uint8Array(0)],
      ["header of 2^63 bytes", "m.safetensors", Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0x80, 0x7b)],
      ["header cut off", "m.safetensors", safetensors("{").slice(0, 8)],
      ["shorter than a length", "m.safetensors", new Uint8Array(7)],
      ["zip", "m.safetensors", bytesOf("PK\x03\x04xxxxxxxxxxxxxxxxxx")],
      [
        "negative offset",
        "m.safetensors",
        safetensors(tensor(`${f32},"shape":[1],"data_offsets":[-4,0]`), 4),
      ],
      [
        "end before start",
        "m.safetensors",
        safetensors(tensor(`${f32},"shape":[1],"data_offsets":[4,0]`), 4),
      ],
      [
        "beyond the end",
        "m.safetensors",
        safetensors(tensor(`${f32},"shape":[2],"data_offsets":[0,8]`), 4),
      ],
      ["hole", "m.safetensors", safetensors(tensor(`${f32},"shape":[1],"data_offsets":[4,8]`), 8)],
      [
        "bytes left over",
        "m.safetensors",
        safetensors(tensor(`${f32},"shape":[1],"data_offsets":[0,4]`), 9),
      ],
      [
        "shape above 2^53",
        "m.safetensors",
        safetensors(tensor(`${f32},"shape":[9007199254740992,2],"data_offsets":[0,4]`), 4),
      ],
      [
        "shape negative",
        "m.safetensors",
        safetensors(tensor(`${f32},"shape":[-1,-1],"data_offsets":[0,4]`), 4),
      ],
      [
        "unknown dtype",
        "m.safetensors",
        safetensors(tensor('"dtype":"X9","shape":[1],"data_offsets":[0,4]'), 4),
      ],
      [
        "name __proto__",
        "m.safetensors",
        safetensors(`{"__proto__":{${f32},"shape":[1],"data_offsets":[0,4]}}`, 4),
      ],
      [
        "name __proto__, loose",
        "arrays.safetensors",
        safetensors(`{"__proto__":{${f32},"shape":[1],"data_offsets":[0,4]}}`, 4),
      ],
    ];
    for (const [what, name, bytes] of contents) {
      const { folder, put } = twoCheckpoints();
      if (name !== "state.json") put("state.json", state);
      put(name, bytes);
      const files = name === "state.json" ? [listed(name, bytes)] : [good, listed(name, bytes)];
      put("manifest.json", manifestWith(files));
      expect([what, isFoundOut(folder)]).toEqual([what, true]);
    }
    expect("polluted" in {}).toBe(false);
  });

  test("[C13] the control: the same manifest with honest content loads", () => {
    const { folder, put } = twoCheckpoints();
    put("state.json", state);
    put("manifest.json", manifestWith([good]));
    expect(loadCheckpoint(folder, "latest")).toMatchObject({ step: 2, json: { mark: 2 } });
  });

  test("[C14] links and pipes in place of files and folders are refused", () => {
    inFolder((root) => {
      const path = join(root, "checkpoints");
      mkdirSync(path);
      const folder = { disk: nodeDisk, path, origin };
      for (const step of [1, 2]) saveCheckpoint(folder, step, stateOf(step));
      const outside = mkdtempSync(join(root, "outside-"));
      const at = (name: string): string => join(path, "step-2", name);
      for (const name of ["state.json", "manifest.json", "model.safetensors"]) {
        const bytes = readFileSync(at(name));
        writeFileSync(join(outside, name), bytes);
        for (const replace of [
          () => symlinkSync(join(outside, name), at(name)),
          () => mkdirSync(at(name)),
          () => execFileSync("mkfifo", [at(name)]),
        ]) {
          rmSync(at(name), { recursive: true });
          replace();
          expect([name, isFoundOut(folder)]).toEqual([name, true]);
        }
        rmSync(at(name));
        writeFileSync(at(name), bytes);
      }
      expect(loadCheckpoint(folder, "latest").step).toBe(2);
      renameSync(join(path, "step-2"), join(outside, "step-2"));
      symlinkSync(join(outside, "step-2"), join(path, "step-2"));
      expect(isFoundOut(folder)).toBe(true);
      renameSync(path, join(outside, "all"));
      symlinkSync(join(outside, "all"), path);
      expect(codeOf(() => loadCheckpoint(folder, "latest"))).toBe("DISK_ERROR");
    });
  });
});

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
