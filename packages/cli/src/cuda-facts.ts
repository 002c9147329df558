/** What `carom doctor` knows of CUDA: what is there, whether it computes, and what to do where something is missing. */
import {
  type CudaCompiler,
  type CudaDeviceInfo,
  type CudaLibraryInfo,
  type CudaReport,
  type DeviceName,
  findCudaTools,
  inspectCuda,
  openDevice,
  tensor,
} from "@carom/tensor";
import { reportError } from "./errors.js";

/** One GPU. */
export interface GpuFacts {
  /** What --device calls it. */
  readonly device: string;
  readonly name: string;
  /** "9.0" */
  readonly computeCapability: string;
  readonly memoryBytes: number;
  /** Why it cannot be used; null if it computes. */
  readonly problem: string | null;
}

/** A library of NVIDIA's that kernels may be taken from. */
export interface LibraryFacts {
  readonly name: string;
  readonly found: boolean;
  readonly path: string | null;
  readonly version: string | null;
  /** What is wrong, and how to get it; null where it is there. */
  readonly hint: string | null;
}

/** See the head of the file. null: not there, or not known. */
export interface CudaFacts {
  /** Whether a GPU computed a sum rightly. */
  readonly works: boolean;
  /** Why none can be used. */
  readonly problem: string | null;
  readonly devices: readonly GpuFacts[];
  readonly driver: { readonly path: string | null; readonly version: string | null };
  /** Carom's own. */
  readonly library: {
    readonly path: string;
    readonly built: boolean;
    readonly architectures: string | null;
    readonly runtime: string | null;
  };
  readonly compiler: CudaCompiler | null;
  readonly libraries: readonly LibraryFacts[];
  /** What to do to use a GPU, in this order. */
  readonly steps: readonly string[];
}

/** Looks at everything, and lets each GPU compute a sum. Never throws. */
export function cudaFacts(): CudaFacts {
  const report = inspected();
  const { compiler, driver, compilerAdvice } = findCudaTools();
  const devices = report.devices.map(tried);
  const works = devices.some(({ problem }) => problem === null);
  const problem = report.problem ?? devices[0]?.problem ?? "no GPU was found";
  const { library, built, architectures = null, runtime = null } = report;
  const facts = {
    works,
    problem: works ? null : problem,
    devices,
    driver: { path: driver ?? null, version: report.driver ?? null },
    library: { path: library, built, architectures, runtime },
    compiler: compiler ?? null,
    libraries: report.libraries.map(libraryFacts),
  };
  return { ...facts, steps: works ? [] : steps(facts, compilerAdvice) };
}

/** The lines of the text form. */
export function cudaLines(facts: CudaFacts): string[] {
  const { works, problem, devices, driver, library, compiler, libraries } = facts;
  const versions = `built for ${library.architectures ?? "?"} with CUDA ${library.runtime ?? "?"}`;
  const parts: [string, string][] = [
    ...devices.map((gpu): [string, string] => [gpu.device, gpuText(gpu)]),
    ["driver", driverText(driver)],
    ["library", `${library.built ? versions : "not built"}, ${library.path}`],
    ["compiler", compiler === null ? "nvcc was not found" : compilerText(compiler)],
    ...libraries.map((one): [string, string] => [one.name, libraryText(one)]),
  ];
  return [
    `cuda      ${works ? "works" : `no GPU can be used: ${problem}`}`,
    ...parts.map(([name, text]) => `  ${name.padEnd(10)}${text}`),
    ...facts.steps.map((step, i) => `${i === 0 ? "  to do   " : "          "}  ${i + 1}. ${step}`),
  ];
}

function inspected(): CudaReport {
  try {
    return inspectCuda();
  } catch (error) {
    const nothing = { library: "", built: false, runtime: undefined, driver: undefined };
    return { ...nothing, devices: [], libraries: [], problem: reportError(error).message };
  }
}

function libraryFacts(info: CudaLibraryInfo): LibraryFacts {
  const { name, found, path = null, version = null, reason = null } = info;
  return { name, found, path, version, hint: reason };
}

function tried(info: CudaDeviceInfo, index: number): GpuFacts {
  const { name, computeCapability, memoryBytes, problem } = info;
  const device: DeviceName = index === 0 ? "cuda" : `cuda:${index}`;
  const facts = { device, name, computeCapability, memoryBytes };
  return { ...facts, problem: problem ?? computed(device) };
}

/** Why a device does not compute; null if it does. */
export function computed(name: DeviceName): string | null {
  try {
    using device = openDevice(name);
    using sum = tensor([1, 2, 3], { device }).sum();
    return sum.item() === 6 ? null : "it computes 1 + 2 + 3 wrongly";
  } catch (error) {
    return reportError(error).message;
  }
}

/** What is missing, with the way to get it. */
function steps(facts: Omit<CudaFacts, "steps">, compilerAdvice: string): string[] {
  const { driver, library, compiler } = facts;
  const list: string[] = [];
  if (driver.path === null && driver.version === null) {
    const wsl = "under Windows' WSL, that of Windows";
    list.push(`install NVIDIA's driver: https://www.nvidia.com/drivers (${wsl})`);
  }
  if (library.built) return list;
  if (compiler === null) list.push(compilerAdvice);
  list.push("build the CUDA library: pnpm --filter @carom/native build:cuda");
  return list;
}

function gpuText({ name, computeCapability, memoryBytes, problem }: GpuFacts): string {
  const memory = `${(memoryBytes / 2 ** 30).toFixed(1)} GiB`;
  const state = problem === null ? "1 + 2 + 3 = 6" : `cannot be used: ${problem}`;
  return `${name}, compute capability ${computeCapability}, ${memory}: ${state}`;
}

function driverText({ path, version }: CudaFacts["driver"]): string {
  if (path === null && version === null) return "not found (libcuda.so.1)";
  return [version === null ? [] : `CUDA ${version}`, path ?? []].flat().join(", ");
}

function compilerText({ path, version, from }: CudaCompiler): string {
  return `nvcc ${version ?? "that does not tell its version"}, ${path} (from ${from})`;
}

function libraryText({ found, path, version, hint }: LibraryFacts): string {
  return found ? `${version ?? "?"}, ${path ?? "?"}` : `not found: ${hint ?? ""}`;
}
