/**
 * `pnpm train` and its kin around the command itself: what is shown when the build works, fails or lacks a tool, and
 * that arguments, folder, exit code and signals are the command's own. The workspace is a copy of scripts/ beside a
 * turbo that prints what it is told and a command that prints what it gets.
 */
import { type ChildProcess, spawn } from "node:child_process";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const copied = ["scripts", "native/scripts"];
let root = "";

beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "carom-scripts-")));
  for (const folder of copied) {
    const from = new URL(`../${folder}`, import.meta.url).pathname;
    cpSync(from, join(root, folder), { recursive: true });
  }
  write("node_modules/turbo/bin/turbo", turbo);
  write("packages/cli/dist/main.js", command);
  write("packages/cli/package.json", '{ "type": "module" }');
});
afterAll(() => rmSync(root, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

/** Prints OUTPUT and ends with CODE; of the CUDA library CUDA_OUTPUT and CUDA_CODE. */
const turbo = `
const { env, argv } = process;
const cuda = argv.includes("build:cuda");
process.stdout.write((cuda ? env.CUDA_OUTPUT : env.OUTPUT) ?? "");
process.exitCode = Number((cuda ? env.CUDA_CODE : env.CODE) ?? 0);
`;

/** `exit N` ends with N; `wait` tells of signals and ends with 130 or 143. */
const command = `
let signals = 0;
for (const [name, code] of [["SIGINT", 130], ["SIGTERM", 143]]) {
  process.on(name, () => {
    console.log(name, ++signals);
    setTimeout(() => process.exit(code), 100);
  });
}
console.log(JSON.stringify({ args: process.argv.slice(2), cwd: process.cwd() }));
if (process.argv[2] === "exit") process.exit(Number(process.argv[3]));
setInterval(() => {}, 1000);
`;

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

function start(args: string[], env: Record<string, string>): [ChildProcess, Promise<Ended>] {
  const { npm_lifecycle_event: _, ...own } = process.env;
  const child = spawn(process.execPath, [join(root, "scripts/carom.mjs"), ...args], {
    env: { ...own, INIT_CWD: root, CAROM_CUDA: "off", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = { stdout: "", stderr: "" };
  child.stdout?.on("data", (text) => {
    ended.stdout += text;
  });
  child.stderr?.on("data", (text) => {
    ended.stderr += text;
  });
  const done = new Promise<Ended>((resolve) => {
    child.on("close", (code) => resolve({ code, ...ended }));
  });
  return [child, done];
}

const run = (args: string[], env: Record<string, string> = {}) => start(args, env)[1];

describe("the build before the command", () => {
  test("says nothing when everything is cached", async () => {
    const OUTPUT = "carom:build: cache hit, suppressing logs 0123\n Cached: 9 cached, 9 total\n";
    expect((await run(["exit", "0"], { OUTPUT })).stderr).toBe("");
  });

  test("says in two lines that something was built", async () => {
    const OUTPUT = "@carom/envs:build: cache miss, executing 0123\n@carom/envs:build: words\n";
    const { stderr, code } = await run(["exit", "0"], { OUTPUT });
    expect(stderr).toMatch(/^Building Carom \(kept for the next time\) \.\.\.\nBuilt in \d+ s\n$/);
    expect(code).toBe(0);
  });

  test("shows the log of the failed task alone", async () => {
    const OUTPUT = [
      "@carom/envs:build: cache miss, executing 0123",
      "@carom/nn:build: cache miss, executing 4567",
      "@carom/envs:build: all is well",
      "@carom/nn:build: > @carom/nn@0.1.0 build /somewhere",
      "@carom/nn:build: src/a.ts(1,2): error TS1: wrong",
      "@carom/nn:build:  ELIFECYCLE  Command failed with exit code 1.",
      "Failed:    @carom/nn#build",
    ].join("\n");
    const { stderr, stdout, code } = await run(["exit", "0"], { OUTPUT, CODE: "1" });
    expect(stderr).toBe(
      "Building Carom (kept for the next time) ...\nsrc/a.ts(1,2): error TS1: wrong\nThe build failed in @carom/nn#build.\n",
    );
    expect([stdout, code]).toEqual(["", 1]);
  });

  test("a missing tool is one sentence and code 2", async () => {
    const OUTPUT = [
      "@carom/native:build:native: cache miss, executing 0123",
      "@carom/native:build:native: > node scripts/build.mjs",
      "@carom/native:build:native: @carom/native needs CMake.",
      "@carom/native:build:native:  ELIFECYCLE  Command failed with exit code 2.",
      "Failed:    @carom/native#build:native",
    ].join("\n");
    const { stderr, code } = await run(["exit", "0"], { OUTPUT, CODE: "2" });
    expect(stderr.split("\n").slice(1)).toEqual(["@carom/native needs CMake.", ""]);
    expect(code).toBe(2);
  });

  test("without dependencies it says how to install them", async () => {
    rmSync(join(root, "node_modules"), { recursive: true });
    const { stderr, code } = await run(["exit", "0"]);
    write("node_modules/turbo/bin/turbo", turbo);
    expect(stderr).toBe(
      "Carom's dependencies are not installed here: run `npx -y pnpm@10 install` first.\n",
    );
    expect(code).toBe(2);
  });
});

describe("the CUDA library before the command", () => {
  /** A compiler and a driver, as far as the build looks at them before it begins. */
  let tools: Record<string, string>;
  beforeAll(() => {
    write("cuda/bin/nvcc", "#!/bin/sh\necho release 13.0,\n");
    chmodSync(join(root, "cuda/bin/nvcc"), 0o755);
    write("cuda/lib/libcuda.so.1", "");
    tools = {
      CAROM_CUDA_COMPILER: join(root, "cuda/bin/nvcc"),
      LD_LIBRARY_PATH: join(root, "cuda/lib"),
      CAROM_CUDA_ARCHITECTURES: "90",
      CUDA_OUTPUT: [
        "@carom/native:build:cuda: cache miss, executing 0123",
        "@carom/native:build:cuda: cuda/gemm.cu(1): error: wrong",
        "Failed:    @carom/native#build:cuda",
      ].join("\n"),
    };
  });
  const building = "Building the CUDA library, a few minutes this one time ...\n";

  test.runIf(process.platform === "linux")("auto: built where both are", async () => {
    const { stderr, code } = await run(["exit", "0"], { ...tools, CAROM_CUDA: "auto" });
    expect(stderr).toMatch(new RegExp(`^${building.replaceAll(".", "\\.")}Built in \\d+ s\n$`));
    expect(code).toBe(0);
  });

  test.runIf(process.platform === "linux")(
    "auto: where that fails, one line says so, and the command runs on",
    async () => {
      const { stderr, code } = await run(["exit", "0"], {
        ...tools,
        CAROM_CUDA: "",
        CUDA_CODE: "1",
      });
      expect(stderr).toBe(
        `${building}The CUDA library could not be built, so no GPU is used: native/build-cuda/build.log says why, CAROM_CUDA=off leaves it out.\n`,
      );
      expect(code).toBe(0);
    },
  );

  test("auto: not built without a compiler", async () => {
    const env = { ...tools, CAROM_CUDA: "auto", CAROM_CUDA_COMPILER: join(root, "nowhere") };
    expect((await run(["exit", "0"], env)).stderr).toBe("");
  });

  test("on: a failure ends it", async () => {
    const env = { ...tools, CAROM_CUDA: "on", CUDA_CODE: "1" };
    const { stdout, stderr, code } = await run(["exit", "0"], env);
    expect(stderr).toBe(
      `${building}cuda/gemm.cu(1): error: wrong\nThe build failed in @carom/native#build:cuda.\n`,
    );
    expect([stdout, code]).toEqual(["", 1]);
  });

  test("on: a missing compiler is one sentence and code 2", async () => {
    const env = { CAROM_CUDA: "on", CAROM_CUDA_COMPILER: join(root, "nowhere") };
    const { stdout, stderr, code } = await run(["exit", "0"], env);
    expect(stderr).toMatch(/^@carom\/native needs NVIDIA's compiler [^\n]*CAROM_CUDA=off[^\n]*\n$/);
    expect([stdout, code]).toEqual(["", 2]);
  });

  test("off: never built; anything else is refused", async () => {
    expect((await run(["exit", "0"], tools)).stderr).toBe("");
    const { stderr, code } = await run(["exit", "0"], { CAROM_CUDA: "yes" });
    expect(stderr).toBe('CAROM_CUDA expects auto, on or off (got "yes").\n');
    expect(code).toBe(2);
  });
});

describe("the command", () => {
  test("gets the arguments and the folder of the user, and its exit code is passed on", async () => {
    const { stdout, code } = await run(["exit", "7", "a b", "--x=1"], { INIT_CWD: tmpdir() });
    const args = ["exit", "7", "a b", "--x=1"];
    expect(JSON.parse(stdout)).toEqual({ args, cwd: realpathSync(tmpdir()) });
    expect(code).toBe(7);
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("gets %s once", async (signal, expected) => {
    const [child, ended] = start(["wait"], {});
    child.stdout?.once("data", () => child.kill(signal));
    const { stdout, code } = await ended;
    expect(stdout.split("\n").slice(1)).toEqual([`${signal} 1`, ""]);
    expect(code).toBe(expected);
  });

  test.runIf(process.platform === "linux")("ends when its script runner is killed", async () => {
    // sh -c 'node ...; true' keeps the shell in between, as pnpm does.
    const script = `${process.execPath} ${join(root, "scripts/carom.mjs")} wait; true`;
    const runner = spawn("sh", ["-c", script], {
      env: { ...process.env, npm_lifecycle_event: "train", INIT_CWD: root, CAROM_CUDA: "off" },
      stdio: ["ignore", "pipe", "ignore"],
    });
    let output = "";
    const closed = new Promise((resolve) => runner.stdout.on("close", resolve));
    runner.stdout.on("data", (text) => {
      output += text;
      if (!runner.killed) runner.kill("SIGKILL");
    });
    await closed;
    expect(output).toContain("SIGTERM 1");
  });
});
