/**
 * `--device` and `--precision` from the outside: machines without a GPU, and an emulated one (slow: a few iterations of a
 * tiny network). The command opens the CUDA library that CAROM_CUDA_LIBRARY names.
 */
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { carom, endAll, type Finished, temporaryFolder } from "./support/carom.js";

const library = new URL("../native/build/emulated/libcarom_cuda_emulated.so", import.meta.url)
  .pathname;
const isBuilt = existsSync(library);
if (!isBuilt) {
  console.warn(
    "The tests of --device on an emulated GPU are skipped, it is not built: cmake --build native/build --target carom_cuda_emulated",
  );
}

const emulated = { CAROM_CUDA_LIBRARY: library };
const none = { CAROM_CUDA_LIBRARY: "/nowhere/libcarom_cuda.so" };
/** What is said where there is no driver, or only no library. */
const reason = /no NVIDIA driver was found|the CUDA library is not built/;

const settings = ["envs=4", "horizon=16", "minibatch=64", "epochs=1", "hidden=8"];
const small = ["--set", ...settings];
const folder = temporaryFolder();
const inFolder = (name: string): string => join(folder.path, name);

afterEach(endAll);
afterAll(folder.remove);

type Env = Readonly<Record<string, string>>;

function train(env: Env, ...args: string[]): Promise<Finished> {
  return carom(["train", ...args, "--no-viewer"], folder.path, env);
}

function runJson(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(inFolder(`${name}/run.json`), "utf8"));
}

function lastLine({ stdout }: Finished): Record<string, unknown> {
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
}

/** Expects one sentence, exit code 2 and nothing on standard output. */
function expectRefused({ code, stdout, stderr }: Finished, sentence: RegExp): void {
  expect(stderr).toMatch(sentence);
  expect(stderr).toMatch(/^carom: [^\n]+\n$/);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
}

describe("without a GPU", () => {
  beforeAll(async () => {
    const { code } = await train(none, "cartpole", "--out", "plain", "--steps", "128", ...small);
    expect(code).toBe(0);
  }, 60_000);

  test("--device cuda is refused with the reason and the way out, and nothing is written", async () => {
    const before = readdirSync(folder.path);
    for (const device of ["cuda", "cuda:1"]) {
      const ended = await train(none, "cartpole", "--device", device, "--out", "never");
      expectRefused(ended, new RegExp(`"${device}" cannot be opened: .*--device cpu.*doctor`));
      expect(ended.stderr).toMatch(reason);
    }
    const swept = ["sweep", "cartpole", "--device", "cuda", "--out", "never"];
    expectRefused(await carom(swept, folder.path, none), reason);
    const played = ["eval", "plain", "--device", "cuda"];
    expectRefused(await carom(played, folder.path, none), reason);
    expect(readdirSync(folder.path)).toEqual(before);
  });

  test("--device auto takes the processor and says why", async () => {
    const args = ["cartpole", "--device", "auto", "--threads", "1", "--out", "auto"];
    const { code, stdout } = await train(none, ...args, "--steps", "64", ...small);
    expect(code).toBe(0);
    const [first] = stdout.split("\n");
    expect(first).toMatch(/cpu with 1 thread; no GPU: /);
    expect(first).toMatch(reason);
    expect(runJson("auto")).toMatchObject({ device: "cpu", threads: 1 });
  });

  test("a precision is refused on the processor, which has float32", async () => {
    const told = /--precision tf32 is for GPUs.*--device cuda/;
    expectRefused(await train(none, "cartpole", "--precision", "tf32", "--out", "never"), told);
    const words = ["--precision", "tf32", "--device", "cpu"];
    expectRefused(await carom(["sweep", "cartpole", ...words], folder.path, none), told);
    expectRefused(await carom(["eval", "plain", ...words], folder.path, none), told);
    expectRefused(await train(none, "--resume", "plain", "--steps", "256", ...words), told);
    expectRefused(
      await train(none, "cartpole", "--device", "cuda", "--precision", "half"),
      /--precision.*float32, tf32, bfloat16.*half/,
    );
    const args = ["eval", "plain", "--episodes", "2", "--precision", "float32"];
    expect(await carom(args, folder.path, none)).toMatchObject({ code: 0 });
    expect(existsSync(inFolder("never"))).toBe(false);
  });

  test("a run from a GPU goes on with --device cpu, and only so", async () => {
    cpSync(inFolder("plain"), inFolder("from-gpu"), { recursive: true });
    const facts = runJson("from-gpu");
    const gpu = { isa: "sm_90", gpu: "NVIDIA H200" };
    const moved = { device: "cuda", precision: "tf32", threads: 1 };
    const text = JSON.stringify({ ...facts, ...moved, versions: { ...gpu, native: "0.1.0" } });
    writeFileSync(inFolder("from-gpu/run.json"), text);
    const more = ["--resume", "from-gpu", "--steps", "256"];
    const refused = await train(none, ...more);
    expectRefused(
      refused,
      /from-gpu was trained on cuda \(NVIDIA H200, sm_90\), tf32: "cuda" cannot/,
    );
    expect(refused.stderr).toContain("--device cpu");
    expect(runJson("from-gpu")).toMatchObject({ ...moved, steps: facts.steps });
    const { code, stdout } = await train(none, ...more, "--device", "cpu", "--threads", "1");
    expect(code).toBe(0);
    expect(stdout).toContain("before on cuda (NVIDIA H200, sm_90), tf32: on another device");
    const after = runJson("from-gpu");
    expect(after).toMatchObject({ device: "cpu", threads: 1, steps: 256 });
    expect("precision" in after || "gpu" in (after.versions as object)).toBe(false);
  });

  test("doctor says what is missing and how to get it", async () => {
    const [{ code, stdout }, json] = await Promise.all([
      carom(["doctor"], folder.path, none),
      carom(["doctor", "--json"], folder.path, none),
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^cuda +no GPU can be used: /m);
    expect(stdout).toMatch(/^ +library +not built, \/nowhere\/libcarom_cuda\.so$/m);
    expect(stdout).toMatch(
      /\d\. build the CUDA library: pnpm --filter @carom\/native build:cuda$/m,
    );
    expect(lastLine(json).cuda).toMatchObject({
      works: false,
      problem: expect.stringMatching(reason),
      devices: [],
      library: { built: false, path: "/nowhere/libcarom_cuda.so" },
    });
  });

  test("doctor finds the compiler as the build does", async () => {
    const compiler = inFolder("nvcc");
    writeFileSync(compiler, "#!/bin/sh\necho Cuda compilation tools, release 13.7, V13.7.1\n", {
      mode: 0o755,
    });
    const env = { ...none, CAROM_CUDA_COMPILER: compiler };
    const { cuda } = lastLine(await carom(["doctor", "--json"], folder.path, env));
    expect(cuda).toMatchObject({ compiler: { path: compiler, version: "13.7" } });
    const without = { ...none, CAROM_CUDA_COMPILER: inFolder("nothing") };
    const { stdout } = await carom(["doctor"], folder.path, without);
    expect(stdout).toMatch(/compiler +nvcc was not found\n(.*\n)*.*\d\. install the CUDA toolkit/);
  });
});

describe.skipIf(!isBuilt)("on an emulated GPU", () => {
  beforeAll(async () => {
    const args = ["cartpole", "--device", "cuda", "--precision", "tf32", "--out", "gpu"];
    const { code, stdout, stderr } = await train(emulated, ...args, "--steps", "128", ...small);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(
      /^run: gpu: .*, cuda \(emulated GPU, sm_90\), tf32\n\d+ games live on the GPU\n/,
    );
  }, 60_000);

  test("run.json has device, precision and the GPU's name", () => {
    expect(runJson("gpu")).toMatchObject({
      ...{ status: "finished", device: "cuda", precision: "tf32" },
      versions: { gpu: "emulated GPU", isa: "sm_90" },
    });
  });

  test("a run goes on there as it was, then on the processor, and back", async () => {
    cpSync(inFolder("gpu"), inFolder("moving"), { recursive: true });
    const on = async (steps: string, ...args: string[]): Promise<string> => {
      const ended = await train(emulated, "--resume", "moving", "--steps", steps, ...args);
      expect({ code: ended.code, stderr: ended.stderr }).toEqual({ code: 0, stderr: "" });
      return ended.stdout;
    };
    expect(await on("192")).not.toContain("last bits");
    expect(runJson("moving")).toMatchObject({ device: "cuda", precision: "tf32", steps: 192 });
    expect(await on("256", "--device", "cpu")).toContain("before on cuda (emulated GPU, sm_90)");
    expect(runJson("moving")).toMatchObject({ device: "cpu", steps: 256 });
    expect(await on("320", "--device", "auto")).toContain("cuda (emulated GPU, sm_90)\n");
    expect(runJson("moving")).toMatchObject({ device: "cuda", precision: "float32", steps: 320 });
  });

  test("eval plays it on the processor, and on the GPU when asked", async () => {
    const play = (...args: string[]): Promise<Finished> =>
      carom(["eval", "gpu", "--episodes", "2", "--json", ...args], folder.path, emulated);
    const [plain, gpu] = await Promise.all([play(), play("--device", "cuda")]);
    expect([plain.code, gpu.code]).toEqual([0, 0]);
    expect(lastLine(plain)).toMatchObject({ device: "cpu", episodes: 2 });
    expect(lastLine(gpu)).toMatchObject({ device: "cuda", precision: "float32", episodes: 2 });
    expect(gpu.stdout).toContain("\non cuda (emulated GPU, sm_90)\n");
  });

  test("a game of one's own lives there, and one that does not translate trains all the same", async () => {
    const made = await carom(["new", "sky-fall"], folder.path, emulated);
    expect(made).toMatchObject({ code: 0, stderr: "" });
    const more = ["--device", "cuda", "--steps", "64", ...small];
    const own = await train(emulated, "./sky-fall", "--out", "own", ...more);
    expect({ code: own.code, stderr: own.stderr }).toEqual({ code: 0, stderr: "" });
    expect(own.stdout).toContain("\n4 games live on the GPU\n");
    const file = inFolder("sky-fall/sky-fall.ts");
    const source = readFileSync(file, "utf8");
    const changed = source.replace(/step\(action: number\): number \{/, (head) => {
      return `${head}\n    JSON.stringify(action);`;
    });
    expect(changed).not.toBe(source);
    writeFileSync(file, changed);
    const refused = await train(emulated, "./sky-fall", "--out", "refused", ...more);
    expect({ code: refused.code, stderr: refused.stderr }).toEqual({ code: 0, stderr: "" });
    expect(refused.stdout).toMatch(
      /^the games run on the processor, the network on the GPU: .*sky-fall\.ts: SkyFall\.step, line \d+: /m,
    );
    expect(runJson("refused")).toMatchObject({ status: "finished", device: "cuda", steps: 64 });
  }, 120_000);

  test("a GPU that is not there is refused by its number", async () => {
    const ended = await train(emulated, "cartpole", "--device", "cuda:7", "--out", "never");
    expectRefused(ended, /"cuda:7" cannot be opened: no GPU number 7 \(this machine has 1\)/);
    expect(existsSync(inFolder("never"))).toBe(false);
  });

  test("a sweep's runs are there, and go on elsewhere when told so", async () => {
    const args = ["--trials", "1", "--rungs", "1", "--jobs", "1", "--steps", "64"];
    const param = ["--param", "gamma=0.9..0.99", "--set", ...settings];
    const words = ["sweep", "cartpole", "--out", "swept", "--device", "auto", ...args, ...param];
    const { code, stdout } = await carom(words, folder.path, emulated);
    expect(code).toBe(0);
    expect(stdout).toContain("1 at a time, each on cuda (emulated GPU, sm_90)\n");
    expect(stdout).toMatch(/train with it: .*--device auto/);
    const [run] = readdirSync(inFolder("swept/runs"));
    expect(runJson(`swept/runs/${run}`)).toMatchObject({ device: "cuda" });
    const again = ["sweep", "--resume", "swept", "--device", "cuda"];
    expectRefused(await carom(again, folder.path, none), reason);
    const moved = await carom(["sweep", "--resume", "swept", "--device", "cpu"], folder.path, none);
    expect(moved).toMatchObject({ code: 0, stderr: "" });
  });

  test("doctor lets it compute", async () => {
    const { code, stdout } = await carom(["doctor", "--json"], folder.path, emulated);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).cuda).toMatchObject({
      ...{ works: true, problem: null, steps: [] },
      libraries: [{ name: "cuBLASLt" }, { name: "cuDNN" }, { name: "NVRTC" }],
      library: { path: library, built: true, runtime: "13.0" },
      driver: { version: "13.0" },
      devices: [{ device: "cuda", name: "emulated GPU", computeCapability: "9.0", problem: null }],
    });
  });
});
