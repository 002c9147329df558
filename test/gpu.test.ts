/**
 * What is made for machines with a GPU, on the emulated one: each benchmark runs with its smallest sizes, and gpu-check
 * reports what it did, what it left out and what went wrong.
 */
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const library = join(root, "native/build/emulated/libcarom_cuda_emulated.so");
const out = mkdtempSync(join(tmpdir(), "carom-gpu-"));
afterAll(() => rmSync(out, { recursive: true }));

beforeAll(() => {
  if (existsSync(library)) return;
  throw new Error("the emulated GPU is not built: node native/scripts/test.mjs --plain");
});

function run(command: string, args: readonly string[], opened = library): SpawnSyncReturns<string> {
  const env = { ...process.env, CAROM_CUDA_LIBRARY: opened };
  return spawnSync(command, args, { cwd: root, env, encoding: "utf8" });
}

interface BenchmarkResult {
  readonly smoke: boolean;
  readonly rows: readonly (readonly unknown[])[];
  readonly problems: readonly string[];
  readonly facts: Readonly<Record<string, string>>;
}

describe("benchmarks of the GPU run", () => {
  const rows = { launch: 5, elementwise: 4, gemm: 9, "ppo-step": 3, cnn: 3, train: 3 };
  test.each(Object.entries(rows))("%s, with %i rows", (name, count) => {
    const script = `benchmarks/cuda/${name}.mjs`;
    const ended = run(process.execPath, [script, "--smoke", "--no-peer", "--out", out]);
    expect([ended.status, ended.stderr]).toEqual([0, ""]);
    const result: BenchmarkResult = JSON.parse(readFileSync(join(out, `${name}.json`), "utf8"));
    expect(result.rows).toHaveLength(count);
    expect(result.problems).toEqual([]);
    expect(result.smoke).toBe(true);
    expect(result.facts["GPU"]).toContain("emulated");
    expect(readFileSync(join(out, `${name}.md`), "utf8")).toContain("no figures");
  });
});

interface Report {
  readonly facts: readonly (readonly string[])[];
  readonly steps: readonly { name: string; status: string; reason: string; code: number }[];
  readonly benchmarks: readonly { name: string }[];
}

describe("gpu-check", () => {
  function check(
    args: readonly string[],
    opened = library,
  ): { status: number | null; report: Report; text: string } {
    const all = ["scripts/gpu-check", "--emulated", "--out", out, ...args];
    const { status } = run("bash", all, opened);
    const report: Report = JSON.parse(readFileSync(join(out, "report.json"), "utf8"));
    return { status, report, text: readFileSync(join(out, "report.md"), "utf8") };
  }

  test("reports each step, with tables and what it left out", () => {
    const { status, report, text } = check(["--steps", "facts,device,fault,bench-launch"]);
    expect(report.steps.map((step) => `${step.name} ${step.status}`)).toEqual([
      "facts passed",
      "device passed",
      "fault skipped",
      "bench-launch passed",
    ]);
    expect(report.steps[2].reason).toBe("needs a real GPU");
    expect(report.benchmarks.map(({ name }) => name)).toEqual(["launch"]);
    expect(text).toContain("Nothing failed.");
    expect(text).toContain("| replay of 100 |");
    expect(status).toBe(0);
  });

  test("ends with 1 where a step fails, and goes on after it", () => {
    const { status, report, text } = check(["--steps", "device,bench-launch"], "/no/library.so");
    expect(report.steps).toMatchObject([
      { name: "device", status: "failed", code: 1, reason: "exit code 1" },
      { name: "bench-launch", status: "failed", code: 1 },
    ]);
    expect(text).toContain("Failed: device, bench-launch.");
    expect(readFileSync(join(out, "check.log"), "utf8")).toContain("/no/library.so");
    expect(status).toBe(1);
  });

  test("leaves out what there is no time for", () => {
    const { status, report } = check(["--steps", "device", "--limit", "1"]);
    expect(report.steps[0]).toMatchObject({ status: "skipped", reason: "no time is left" });
    expect(status).toBe(0);
  });

  test("refuses an option that it does not have", () => {
    const { status, stderr } = run("bash", ["scripts/gpu-check", "--fast"]);
    expect(stderr).toContain("no such option: --fast");
    expect(status).toBe(2);
  });
});
