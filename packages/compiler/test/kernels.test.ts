/**
 * The CUDA text, compiled as C++ (emulated.h): its kernels do what LocalVectorEnv does, bit for bit, in
 * both layouts of observations. And nvcc takes it, where there is one.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  applyState,
  checksum,
  findGame,
  key,
  LocalVectorEnv,
  pixelObserver,
  sampleAction,
} from "@carom/envs";
import { describe, expect, test } from "vitest";
import { type CompiledGame, compileGame } from "../src/compile.js";
import { wrapperKernels } from "../src/emit/text.js";
import { unpackState } from "../src/layout.js";
import { buildCubin, buildProgram, hasNvcc, runProgram } from "../src/toolchain.js";
import { scratch } from "./games.js";

const ENVS = 5;
const STEPS = 300;
const KERNELS = ["observe", "pixels", "reset", "step", "summarise", "take"];
const FOR_TWO = [...KERNELS, "match_reset", "match_step"];
const MAX_STEPS = 60;

const cases: readonly [string, string, boolean][] = [
  ["breakout", "puffer", false],
  ["go", "9", true],
  ["pendulum", "classic", false],
  ["probe:multi-discrete", "classic", true],
  ["mini-seaquest", "classic", true],
  ["tictactoe", "classic", false],
];

function header(name: string): string {
  return readFileSync(fileURLToPath(new URL(name, import.meta.url)), "utf8");
}

/** The kernels as a program. */
function buildBatch(name: string, compiled: CompiledGame): string {
  const file = scratch(`batch-${name}.cpp`);
  const program = scratch(`batch-${name}.out`);
  const bytes = `#define CAROM_STATE_BYTES ${compiled.layout.bytes}`;
  const text = [
    header("emulated.h"),
    compiled.emitCuda({ checked: true }),
    bytes,
    header("batch.h"),
  ];
  writeFileSync(file, text.join("\n"));
  buildProgram(file, program, ["-std=c++20", "-pthread", "-Wall", "-Wextra", "-Wno-unused"]);
  return program;
}

/** Reads what the program writes, in the order in which it does. */
class Output {
  private readonly bytes: Buffer;
  private at = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  take(length: number): Buffer {
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  isDone(): boolean {
    return this.at === this.bytes.length;
  }
}

function bytesOf(array: ArrayBufferView): Buffer {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength);
}

test.each(cases)("%s %s steps as LocalVectorEnv does", (id, variant, isFeatureMajor) => {
  const game = findGame(id);
  const compiled = compileGame(game, { variant });
  const root = key(11);
  const env = new LocalVectorEnv(game, { variant, count: ENVS, key: root, maxSteps: MAX_STEPS });
  const keys = new Uint32Array(2 * ENVS);
  for (let i = 0; i < ENVS; i++) keys.set(root.child("env", i).words, 2 * i);
  const width = env.actions.length / ENVS;
  const actions =
    env.actions instanceof Float32Array
      ? new Float32Array(STEPS * env.actions.length)
      : new Int32Array(STEPS * env.actions.length);
  const random = Uint32Array.of(1, 2, 3, 4);
  for (let i = 0; i < STEPS * ENVS; i++) {
    const action = sampleAction(env.spec.actions, random);
    if (typeof action === "number") actions[i] = action;
    else actions.set(action, i * width);
  }
  const files = [scratch(`${id}.keys`), scratch(`${id}.actions`), scratch(`${id}.result`)];
  writeFileSync(files[0], keys);
  writeFileSync(files[1], actions);
  const numbers = [ENVS, STEPS, MAX_STEPS, isFeatureMajor ? 1 : 0].map(String);
  const program = buildBatch(id, compiled);
  const quoted = [program, files[0], files[1], ...numbers].map((part) => `'${part}'`).join(" ");
  expect(runProgram("sh", ["-c", `${quoted} > '${files[2]}'`])?.ok).toBe(true);
  const output = new Output(readFileSync(files[2]));

  env.reset();
  const take = (array: ArrayBufferView): boolean =>
    bytesOf(array).equals(output.take(array.byteLength));
  const isEqual = (what: string, array: ArrayBufferView, step: number): void => {
    if (!take(array)) throw new Error(`${what} differ at step ${step}`);
  };
  isEqual("observations", env.observations, -1);
  const last = env.finalObservations as Float32Array;
  for (let step = 0; step < STEPS; step++) {
    env.actions.set(actions.subarray(step * env.actions.length, (step + 1) * env.actions.length));
    env.step();
    isEqual("rewards", env.rewards, step);
    isEqual("ends", env.terminated, step);
    isEqual("cuts", env.truncated, step);
    isEqual("observations", env.observations, step);
    isEqual("final observations", last, step);
    if (env.masks) isEqual("masks", env.masks, step);
    isEqual("returns", env.episodeReturn, step);
    isEqual("lengths", env.episodeLength, step);
    isEqual("seeds", env.seeds, step);
    isEqual("faults", new Int32Array(ENVS), step);
  }
  const observer = pixelObserver(env.spec);
  const picture = new Uint8Array(84 * 84);
  for (const [i, one] of env.games.entries()) {
    observer.observe(one, picture, 0);
    isEqual(`pictures of game ${i}`, picture, STEPS);
  }
  const state = new Uint8Array(output.take(ENVS * compiled.layout.bytes)).buffer;
  for (const [i, one] of env.games.entries()) {
    const copy = game.create(variant);
    applyState(copy, unpackState(compiled.layout, state, ENVS, i, copy));
    expect(checksum(copy)).toBe(checksum(one));
  }
  expect(output.isDone()).toBe(true);
});

describe("nvcc", () => {
  const reason = hasNvcc() ? "" : "nvcc is not installed: nothing was compiled for a GPU";
  if (reason !== "") console.log(reason);

  const wanted: readonly [string, readonly string[]][] = [
    ["sm_75", ["breakout", "pendulum"]],
    ["sm_90", ["breakout", "mini-seaquest", "go"]],
  ];

  test.skipIf(reason !== "")("takes the kernels of wrappers", () => {
    const file = scratch("wrappers.cu");
    writeFileSync(file, wrapperKernels());
    expect(buildCubin(file, scratch("wrappers.cubin"), "sm_90").length).toBe(14);
  });

  test.skipIf(reason !== "").each(wanted)("takes the kernels for %s", (arch, ids) => {
    for (const id of ids) {
      const file = scratch(`${id}.cu`);
      writeFileSync(file, compileGame(findGame(id)).emitCuda());
      const kernels = buildCubin(file, scratch(`${id}.cubin`), arch).map(({ kernel }) => kernel);
      const expected = findGame(id).create().spec.players === 2 ? FOR_TWO : KERNELS;
      expect(kernels.sort()).toEqual(expected.map((one) => `carom_${one}`).sort());
    }
  });
});
