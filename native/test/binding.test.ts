/** The binding as JavaScript sees it: methods, lifetimes, errors with codes. */
import { Worker } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createCore, type NativeError } from "../index.js";
import { Driver, dtypes } from "./commands.ts";

let driver: Driver;
beforeEach(() => {
  driver = new Driver({ threads: 2 });
});
afterEach(() => driver.core.dispose());

/** The error that body throws. */
function errorOf(body: () => void): NativeError {
  try {
    body();
  } catch (error) {
    return error as NativeError;
  }
  throw new Error("nothing was thrown");
}

const codeOf = (body: () => void): string => errorOf(body).code;

describe("a core", () => {
  test("tells its instruction set, threads and version", () => {
    expect(driver.core.info()).toMatchObject({ threads: 2, version: "0.1.0" });
    expect(["avx512", "avx2", "portable", "neon"]).toContain(driver.core.info().isa);
    expect(createCore({ isa: "portable", threads: 1 }).info().threads).toBe(1);
  });

  test("names every op once", () => {
    expect(new Set(driver.core.opNames).size).toBe(driver.core.opNames.length);
    expect(driver.core.opNames).toContain("ppoLoss");
    expect(Object.isFrozen(driver.core.opNames)).toBe(true);
  });

  test("refuses options it does not know", () => {
    expect(codeOf(() => createCore({ threads: 0 }))).toBe("INVALID_ARGUMENT");
    expect(codeOf(() => createCore({ threads: 1.5 }))).toBe("INVALID_ARGUMENT");
    expect(codeOf(() => createCore({ threads: 100_000 }))).toBe("INVALID_ARGUMENT");
    // @ts-expect-error: not an instruction set
    expect(codeOf(() => createCore({ isa: "sse" }))).toBe("INVALID_ARGUMENT");
  });

  test("can be disposed of twice, and says so afterwards", () => {
    driver.core.dispose();
    driver.core.dispose();
    expect(errorOf(() => driver.core.alloc(0, 1)).message).toBe("alloc: the core was disposed");
  });

  test("works in several worker threads at once, also when they end without dispose", async () => {
    const source = `
      import { createCore } from ${JSON.stringify(new URL("../index.js", import.meta.url).href)};
      import { parentPort } from "node:worker_threads";
      const core = createCore({ threads: 2 });
      const shared = new Float32Array(new SharedArrayBuffer(4096));
      const handle = core.adopt(shared);
      core.command.set([0, 1, handle, 0, 1, 1024, 1, 3]);
      core.run(core.opNames.indexOf("fill"), 8);
      parentPort.postMessage(shared[1023]);`;
    const results = [1, 2, 3].map(
      () =>
        new Promise((resolve, reject) => {
          const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`));
          worker.on("message", (value) => worker.once("exit", () => resolve(value)));
          worker.on("error", reject);
        }),
    );
    expect(await Promise.all(results)).toEqual([3, 3, 3]);
  });
});

describe("storages", () => {
  test("write and read move elements at an offset", () => {
    const x = driver.from([6], Float32Array.of(1, 2, 3, 4, 5, 6));
    driver.core.write(x.handle, 2, Float32Array.of(30, 40));
    const out = new Float32Array(4);
    driver.core.read(x.handle, 1, out);
    expect([...out]).toEqual([2, 30, 40, 5]);
  });

  test("every element type goes through; bools are bytes, Uint32Array is int32", () => {
    const b = driver.empty([2], dtypes.bool);
    driver.core.write(b.handle, 0, Uint8Array.of(1, 0));
    const i = driver.empty([1], dtypes.int32);
    driver.core.write(i.handle, 0, Uint32Array.of(0xffffffff));
    const word = new Int32Array(1);
    driver.core.read(i.handle, 0, word);
    expect(word[0]).toBe(-1);
    const d = driver.from([1], Float64Array.of(Math.PI));
    const double = new Float64Array(1);
    driver.core.read(d.handle, 0, double);
    expect(double[0]).toBe(Math.PI);
  });

  test("an adopted SharedArrayBuffer is seen from both sides", () => {
    const view = new Float32Array(new SharedArrayBuffer(64), 16, 4).fill(2);
    const handle = driver.core.adopt(view);
    const x = { handle, offset: 0, shape: [4], strides: [1] };
    driver.run("square", [x], [x]);
    expect([...view]).toEqual([4, 4, 4, 4]);
    view[0] = 3;
    driver.run("neg", [x], [x]);
    expect(view[0]).toBe(-3);
    driver.core.free(handle);
  });

  test("memory that JavaScript could take away is not adopted", () => {
    expect(codeOf(() => driver.core.adopt(new Float32Array(4)))).toBe("INVALID_ARGUMENT");
    // @ts-expect-error: not a typed array
    expect(codeOf(() => driver.core.adopt([1, 2]))).toBe("INVALID_ARGUMENT");
    const bytes = new Uint8ClampedArray(new SharedArrayBuffer(4));
    // @ts-expect-error: not an element type of the core
    expect(codeOf(() => driver.core.adopt(bytes))).toBe("INVALID_ARGUMENT");
  });

  test("memory figures follow alloc and free", () => {
    const before = driver.core.memory();
    const x = driver.empty([1000]);
    expect(driver.core.memory().liveHandles).toBe(before.liveHandles + 1);
    expect(driver.core.memory().liveBytes).toBeGreaterThanOrEqual(4000);
    driver.core.free(x.handle);
    const after = driver.core.memory();
    expect(after.liveBytes).toBe(0);
    expect(after.cachedBytes).toBeGreaterThanOrEqual(4000);
    driver.core.free(driver.empty([1000]).handle);
    expect(driver.core.memory().systemAllocations).toBe(after.systemAllocations);
  });

  test("the limit and the system refuse with figures", () => {
    driver.core.setLimit(1_000_000);
    const error = errorOf(() => driver.empty([1_000_000]));
    expect(error.code).toBe("OUT_OF_MEMORY");
    expect(error.message).toMatch(
      /^alloc: not enough memory \(requested 4000000 bytes, free \d+ bytes, live 0 bytes, cached 0 bytes, limit 1000000 bytes\)$/,
    );
    driver.core.setLimit(Number.POSITIVE_INFINITY);
    expect(codeOf(() => driver.core.alloc(dtypes.float64, 2 ** 40))).toBe("OUT_OF_MEMORY");
    expect(codeOf(() => driver.core.alloc(0, 2 ** 50))).toBe("INVALID_ARGUMENT");
  });
});

describe("errors", () => {
  test("carry a code, the op and one sentence with both shapes", () => {
    const x = driver.empty([2, 118]);
    const w = driver.empty([64, 64]);
    const error = errorOf(() => driver.run("linear", [x, w], [driver.empty([2, 64])], [0]));
    expect(error).toBeInstanceOf(Error);
    expect(error.code).toBe("SHAPE_MISMATCH");
    expect(error.op).toBe("linear");
    expect(error.message).toBe(
      "linear: x has 118 columns, weight expects 64 (x [2,118], weight [64,64])",
    );
  });

  test("freed handles, wrong types and wrong ranges are told apart", () => {
    const x = driver.empty([4]);
    driver.core.free(x.handle);
    expect(codeOf(() => driver.core.free(x.handle))).toBe("STALE_HANDLE");
    expect(codeOf(() => driver.core.write(x.handle, 0, new Float32Array(1)))).toBe("STALE_HANDLE");
    const y = driver.empty([4]);
    expect(codeOf(() => driver.core.write(y.handle, 0, new Int32Array(1)))).toBe("DTYPE_MISMATCH");
    expect(codeOf(() => driver.core.write(y.handle, 1, new Float32Array(4)))).toBe(
      "INVALID_ARGUMENT",
    );
    expect(codeOf(() => driver.core.read(y.handle, 2 ** 60, new Float32Array(1)))).toBe(
      "INVALID_ARGUMENT",
    );
    expect(codeOf(() => driver.core.run(-1, 0))).toBe("INVALID_ARGUMENT");
    expect(codeOf(() => driver.core.run(0, 1025))).toBe("INVALID_ARGUMENT");
    expect(codeOf(() => driver.core.run(0, 0))).toBe("INVALID_ARGUMENT");
  });
});

describe("recording", () => {
  test("replays, describes, and refuses to read or write meanwhile", () => {
    const x = driver.from([2], Float32Array.of(1, 2));
    driver.core.beginRecording();
    driver.run("add", [x, x], [x]);
    expect(codeOf(() => driver.floats(x))).toBe("RECORDING");
    expect(codeOf(() => driver.core.write(x.handle, 0, new Float32Array(1)))).toBe("RECORDING");
    expect(codeOf(() => driver.core.beginRecording())).toBe("RECORDING");
    const program = driver.core.endRecording();
    driver.core.replay(program);
    expect([...driver.floats(x)]).toEqual([4, 8]);
    driver.core.start(program);
    driver.core.wait(program);
    expect([...driver.floats(x)]).toEqual([8, 16]);
    expect(driver.core.describe(program)).toEqual([
      { op: "add", shapes: "[2], [2] -> [2]", bytes: 24, flops: 2 },
    ]);
    driver.core.freeProgram(program);
    expect(codeOf(() => driver.core.replay(program))).toBe("STALE_HANDLE");
  });

  test("a bad index inside a program is thrown by wait", () => {
    const x = driver.empty([4, 2]);
    const index = driver.from([1], Int32Array.of(0));
    const out = driver.empty([1, 2]);
    const program = driver.record(() => driver.run("indexSelect", [x, index], [out]));
    driver.core.write(index.handle, 0, Int32Array.of(4));
    driver.core.start(program);
    const error = errorOf(() => driver.core.wait(program));
    expect(error.message).toBe(
      "indexSelect: index out of range (got 4 at position 0, expected 0..3)",
    );
  });

  test("disposing of the core while a program runs waits for it", () => {
    const x = driver.random([400, 400], 1);
    const y = driver.empty([400, 400]);
    const program = driver.record(() => {
      for (let i = 0; i < 10; i++) driver.run("matmul", [x, x], [y], [0]);
    });
    driver.core.start(program);
    driver.core.dispose();
  });
});
