/**
 * What the benchmarks of the GPU share: their options, the device, PyTorch beside it, turns that wait for the GPU, and
 * their results as Markdown and JSON.
 *
 *   --smoke      the smallest sizes and two rounds: shows that a benchmark works, on the emulated GPU too; no figures
 *   --out DIR    where the results go (default benchmarks/results/cuda); with --smoke they go nowhere without it
 *   --no-peer    without PyTorch
 *   --compile    ppo-step: with torch.compile too
 *
 * CAROM_PYTHON names a Python whose PyTorch has a GPU. CAROM_PEER_DEVICE=cpu has the peers run on the processor, to try
 * them where there is no GPU.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { inspectCuda, openDevice } from "@carom/tensor";
import { interleave } from "../../lib/measure.mjs";
import { converse } from "../../lib/peer.mjs";
import { commit, processor, table } from "../../lib/report.mjs";

/** @typedef {import("@carom/tensor").Device} Device */
/** @typedef {{ median: number, low: number, high: number, q1: number, q3: number }} Times  seconds */

/** What products may round their factors to, on both sides. */
export const precisions = ["float32", "tf32", "bfloat16"];

const defaultOut = fileURLToPath(new URL("../../results/cuda", import.meta.url));

/** The options of the command line, those of one benchmark among them, and what depends on them. */
export function readOptions(own = {}) {
  const { values } = parseArgs({
    options: {
      ...own,
      smoke: { type: "boolean", default: false },
      out: { type: "string" },
      "no-peer": { type: "boolean", default: false },
      compile: { type: "boolean", default: false },
    },
  });
  const { smoke, compile } = values;
  return {
    values,
    smoke,
    compile,
    out: values.out ?? (smoke ? undefined : defaultOut),
    torch: values["no-peer"] ? { reason: "PyTorch was left out." } : findTorch(),
    /** How contestants are measured. */
    turns: smoke
      ? { rounds: 2, seconds: 1e-6, warmUp: 1 }
      : { rounds: 11, seconds: 0.02, warmUp: 10 },
  };
}

/** @param {import("@carom/tensor").Precision} precision */
export function openGpu(precision = "float32") {
  return openDevice("cuda", { precision });
}

/** The Python whose PyTorch has a GPU, or the sentence that says why there is none. */
function findTorch() {
  const python = process.env.CAROM_PYTHON ?? "python3";
  const where = process.env.CAROM_PEER_DEVICE ?? "cuda";
  const script = [
    "import torch",
    `there = ${where === "cuda" ? "torch.cuda.is_available()" : "True"}`,
    `print(torch.__version__ if there else "")`,
  ].join("\n");
  const found = spawnSync(python, ["-c", script], { encoding: "utf8" });
  if (found.status !== 0) return { reason: `PyTorch was not measured: ${python} has none.` };
  const version = found.stdout.trim();
  if (version !== "") return { python, version, where };
  return { reason: "PyTorch was not measured: it finds no GPU." };
}

/** Starts PyTorch with one of the scripts of peers/, or resolves to null where there is none. */
export async function startPeer(torch, script) {
  if (torch.reason) return null;
  const path = fileURLToPath(new URL(`../peers/${script}`, import.meta.url));
  return await converse(torch.python, [path, torch.where]);
}

/**
 * The turns of a peer: `what` in a precision. The GPU has finished when a turn ends.
 *
 * @returns {(count: number) => Promise<number>} seconds
 */
export function peerTurn(peer, what, precision) {
  return async (count) => {
    const answer = await peer.ask({ do: "run", what, precision, count });
    if (answer.problem) throw new Error(`PyTorch, ${what} in ${precision}: ${answer.problem}`);
    return answer.seconds;
  };
}

/**
 * Turns of our own: `count` calls, from an idle GPU to an idle GPU.
 *
 * @param {(count: number) => void} run @param {() => void} wait  returns when the GPU has done all it was given
 */
export function turn(run, wait) {
  return (count) => {
    wait();
    const start = performance.now();
    run(count);
    wait();
    return (performance.now() - start) / 1000;
  };
}

/** `call` so many times. @param {() => void} call */
export function times(call) {
  return (count) => {
    for (let i = 0; i < count; i++) call();
  };
}

/** @returns {Promise<Map<string, Times>>} */
export async function measure(contestants, { turns }) {
  return await interleave(contestants, turns);
}

/** Median and quartiles in milliseconds. @param {Times | undefined} found */
export function milliseconds(found) {
  if (found === undefined) return "-";
  const text = (seconds) => (seconds * 1000).toPrecision(3);
  return `${text(found.median)} (${text(found.q1)}-${text(found.q3)})`;
}

/** Median and quartiles in microseconds. @param {Times | undefined} found */
export function microseconds(found) {
  if (found === undefined) return "-";
  const text = (seconds) => (seconds * 1e6).toFixed(2);
  return `${text(found.median)} (${text(found.q1)}-${text(found.q3)})`;
}

/** ‖a - b‖ / ‖b‖ of two arrays; NaN where one has one. */
export function relativeError(a, b) {
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < b.length; i++) {
    difference += (a[i] - b[i]) ** 2;
    norm += b[i] ** 2;
  }
  return Math.sqrt(difference / norm);
}

/** The largest relative error that a product in this precision may have. */
export const tolerances = { float32: 1e-4, tf32: 3e-3, bfloat16: 2e-2 };

/**
 * Prints a benchmark's table and writes <out>/<name>.md and <name>.json. Wrong results make the exit code 1.
 *
 * @param {string} name
 * @param {{ title: string, intro: string[], header: string[], rows: unknown[][], data: unknown,
 *   problems?: string[] }} found
 * @param {{ smoke: boolean, out?: string, torch: { reason?: string, version?: string, where?: string } }} options
 */
export function publish(name, { title, intro, header, rows, data, problems = [] }, options) {
  const { smoke, out, torch } = options;
  const facts = [...machineFacts(torch), ...(smoke ? [["sizes", "smoke: no figures"]] : [])];
  const text = [
    `# ${title}`,
    [...intro, torch.reason ?? ""].join(" ").trim(),
    table(header, rows),
    ...(problems.length > 0 ? [problems.map((one) => `- wrong: ${one}`).join("\n")] : []),
    table(["fact", ""], facts),
  ].join("\n\n");
  console.log(text);
  if (out !== undefined) {
    mkdirSync(out, { recursive: true });
    const all = { name, title, smoke, facts: Object.fromEntries(facts), header, rows, data };
    writeFileSync(join(out, `${name}.md`), `${text}\n`);
    writeFileSync(join(out, `${name}.json`), `${JSON.stringify({ ...all, problems }, null, 1)}\n`);
  }
  if (problems.length > 0) process.exitCode = 1;
}

function machineFacts(torch) {
  const report = inspectCuda();
  const gpu = report.devices[0];
  return [
    ["GPU", `${gpu?.name}, compute capability ${gpu?.computeCapability}`],
    ["CUDA", `${report.runtime}, driver for ${report.driver}`],
    ["library built for", report.architectures],
    ["PyTorch", torch.reason ? "-" : `${torch.version} on ${torch.where}`],
    ["processor", processor()],
    ["Node", process.versions.node],
    ["commit", process.env.CAROM_COMMIT ?? commit()],
  ];
}
