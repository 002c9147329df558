/** The compilers of the machine: g++ for the oracle, nvcc where there is one. */
import { spawnSync } from "node:child_process";
import { CompileError } from "./errors.js";

const MOST_OUTPUT = 64 * 1024 * 1024;

/** What a program printed. */
export interface Ran {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end; undefined where it is not installed. */
export function runProgram(program: string, args: readonly string[]): Ran | undefined {
  const ran = spawnSync(program, [...args], { encoding: "utf8", maxBuffer: MOST_OUTPUT });
  if (ran.error && "code" in ran.error && ran.error.code === "ENOENT") return undefined;
  if (ran.error) throw ran.error;
  return { ok: ran.status === 0, stdout: ran.stdout, stderr: ran.stderr };
}

/** Flags under which C++ computes as JavaScript does. */
export const EXACT_FLAGS: readonly string[] = ["-std=c++17", "-O1", "-ffp-contract=off"];

/** Builds a program from a C++ file. Throws CompileError TOOL_MISSING, TOOL_FAILED. */
export function buildProgram(file: string, output: string, flags: readonly string[] = []): void {
  const ran = runProgram("g++", [...EXACT_FLAGS, ...flags, "-o", output, file]);
  if (!ran) {
    throw new CompileError({
      code: "TOOL_MISSING",
      what: "g++ is not installed",
      help: "it builds the translation that is compared with the class: install a C++ compiler",
    });
  }
  if (ran.ok) return;
  const lines = ran.stderr.split("\n").slice(0, 12).join("\n");
  throw new CompileError({ code: "TOOL_FAILED", what: `g++ does not take ${file}:\n${lines}` });
}

/** Whether nvcc can be called. */
export function hasNvcc(): boolean {
  return runProgram("nvcc", ["--version"])?.ok === true;
}

/** What nvcc says of a kernel. */
export interface KernelUse {
  /** Its name. */
  readonly kernel: string;
  /** Registers of a thread. */
  readonly registers: number;
  /** Bytes of spilled registers that are written. */
  readonly spillStores: number;
  /** Bytes of them that are read. */
  readonly spillLoads: number;
  /** Bytes of stack. */
  readonly stack: number;
  /** Bytes of shared memory. */
  readonly shared: number;
}

/**
 * Compiles CUDA text for an architecture such as "sm_90". Throws CompileError TOOL_FAILED where nvcc
 * does not take it, TOOL_MISSING where there is none.
 */
export function buildCubin(file: string, output: string, arch: string): readonly KernelUse[] {
  const args = ["-cubin", `-arch=${arch}`, "--fmad=false", "-Xptxas", "-v", "-o", output, file];
  const ran = runProgram("nvcc", args);
  if (!ran) throw new CompileError({ code: "TOOL_MISSING", what: "nvcc is not installed" });
  if (!ran.ok) {
    const lines = `${ran.stdout}${ran.stderr}`.split("\n").slice(0, 12).join("\n");
    throw new CompileError({ code: "TOOL_FAILED", what: `nvcc does not take ${file}:\n${lines}` });
  }
  return kernelUses(`${ran.stdout}${ran.stderr}`);
}

function kernelUses(text: string): KernelUse[] {
  const uses: KernelUse[] = [];
  const parts = text.split(/Compiling entry function '/).slice(1);
  for (const part of parts) {
    const number = (pattern: RegExp): number => Number(pattern.exec(part)?.[1] ?? 0);
    uses.push({
      kernel: part.slice(0, part.indexOf("'")),
      registers: number(/Used (\d+) registers/),
      spillStores: number(/(\d+) bytes spill stores/),
      spillLoads: number(/(\d+) bytes spill loads/),
      stack: number(/(\d+) bytes stack frame/),
      shared: number(/(\d+) bytes smem/),
    });
  }
  return uses;
}
