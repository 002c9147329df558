/** Where NVIDIA's compiler and driver are looked for, in folders made for it, and what is built for which GPUs. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type CudaPlaces,
  cudaArchitectures,
  cudaMode,
  findCudaCompiler,
  findCudaDriver,
  missingCompiler,
  releaseArchitectures,
} from "../scripts/cuda-tools.mjs";

let root = "";
let places: CudaPlaces;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "carom-cuda-tools-"));
  places = {
    toolkits: at("usr/local"),
    python: [at("home/lib"), at("usr/lib/python3/dist-packages")],
    libraries: [at("usr/lib"), at("usr/lib/wsl/lib")],
    loader: () => [at("elsewhere/libcuda.so.1")],
  };
});
afterEach(() => rmSync(root, { recursive: true }));

const at = (path: string): string => join(root, path);

/** A file with its folders. */
function write(path: string, text: string): string {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), text);
  return at(path);
}

/** A program that answers as nvcc does. */
function compiler(path: string, version = "13.0"): string {
  const file = write(
    path,
    `#!/bin/sh\necho "Cuda compilation tools, release ${version}, V${version}.88"\n`,
  );
  chmodSync(file, 0o755);
  return file;
}

describe("the compiler", () => {
  /** The places in their order, with a variable that leads to each where there is one. */
  const ordered = [
    ["env/nvcc", { CAROM_CUDA_COMPILER: "env/nvcc" }],
    ["bin/nvcc", { PATH: "nothing:bin" }],
    ["home-of-cuda/bin/nvcc", { CUDA_HOME: "home-of-cuda" }],
    ["path-of-cuda/bin/nvcc", { CUDA_PATH: "path-of-cuda" }],
    ["usr/local/cuda/bin/nvcc", {}],
    ["usr/local/cuda-13.1/bin/nvcc", {}],
    ["usr/local/cuda-12.10/bin/nvcc", {}],
    ["usr/local/cuda-12.9/bin/nvcc", {}],
    ["venv/lib/python3.12/site-packages/nvidia/cu13/bin/nvcc", { VIRTUAL_ENV: "venv" }],
    ["venv/lib/python3.12/site-packages/nvidia/cuda_nvcc/bin/nvcc", {}],
    ["conda/lib/python3.9/site-packages/nvidia/cu13/bin/nvcc", { CONDA_PREFIX: "conda" }],
    ["home/lib/python3.11/site-packages/nvidia/cu13/bin/nvcc", {}],
    ["home/lib/python3.11/dist-packages/nvidia/cu13/bin/nvcc", {}],
    ["usr/lib/python3/dist-packages/nvidia/cu13/bin/nvcc", {}],
  ] as const;

  test("each place is found, and the ones before it go first", () => {
    const env: Record<string, string> = {};
    for (const [, variables] of ordered) {
      for (const [name, value] of Object.entries(variables)) {
        env[name] = value.split(":").map(at).join(":");
      }
    }
    const { CAROM_CUDA_COMPILER: named, ...others } = env;
    for (const [path] of [...ordered].reverse()) {
      const file = compiler(path);
      const found = findCudaCompiler(file === named ? env : others, places);
      expect(found).toMatchObject({ path: file, version: "13.0" });
    }
  });

  test("the newest toolkit and the newest Python count", () => {
    compiler("usr/local/cuda-9.2/bin/nvcc", "9.2");
    compiler("usr/local/cuda-12.4/bin/nvcc", "12.4");
    expect(findCudaCompiler({}, places)?.version).toBe("12.4");
    rmSync(at("usr/local"), { recursive: true });
    compiler("home/lib/python3.9/site-packages/nvidia/cu13/bin/nvcc", "13.0");
    compiler("home/lib/python3.13/site-packages/nvidia/cu13/bin/nvcc", "13.1");
    expect(findCudaCompiler({}, places)?.version).toBe("13.1");
  });

  test("a file that cannot be executed is none, and a named one is not replaced by another", () => {
    write("usr/local/cuda/bin/nvcc", "text");
    expect(findCudaCompiler({}, places)).toBeUndefined();
    compiler("usr/local/cuda-13.0/bin/nvcc");
    const env = { CAROM_CUDA_COMPILER: at("nowhere/nvcc") };
    const found = findCudaCompiler(env, places);
    expect(found).toBeUndefined();
    expect(missingCompiler(found, env)).toContain(`${at("nowhere/nvcc")} is no program`);
  });

  test("without one the sentence says how to get it, and how to go without", () => {
    const sentence = missingCompiler(findCudaCompiler({}, places), {});
    expect(sentence).toMatch(
      /^@carom\/native needs .*nvcc.*none was found: install .*CAROM_CUDA=off/,
    );
    expect(missingCompiler({ path: "nvcc", from: "PATH", version: "13.0" })).toBeUndefined();
  });
});

test("the driver: where the loader looks, the usual folders, WSL's, the loader's cache", () => {
  const env = { LD_LIBRARY_PATH: at("own") };
  expect(findCudaDriver(env, places)).toBeUndefined();
  for (const folder of ["elsewhere", "usr/lib/wsl/lib", "usr/lib", "own"]) {
    const file = write(`${folder}/libcuda.so.1`, "");
    expect(findCudaDriver(env, places)).toBe(file);
  }
});

test("CAROM_CUDA is auto, on or off", () => {
  expect([{}, { CAROM_CUDA: "" }, { CAROM_CUDA: "on" }].map(cudaMode)).toEqual([
    "auto",
    "auto",
    "on",
  ]);
  expect(() => cudaMode({ CAROM_CUDA: "yes" })).toThrow('expects auto, on or off (got "yes")');
});

describe("architectures", () => {
  const asked = (text: string): Record<string, string> => ({ CAROM_CUDA_ARCHITECTURES: text });

  test("those of the GPUs here, each once; without any, Hopper's and what newer drivers compile from it", () => {
    expect(cudaArchitectures({}, () => [90])).toBe("90-real");
    expect(cudaArchitectures({}, () => [100, 86, 86])).toBe("86-real;100-real");
    expect(cudaArchitectures({}, () => [])).toBe("90-real;90-virtual");
    expect(cudaArchitectures(asked("native"), () => [75])).toBe("75-real");
  });

  test("all is the list of releases; everything else is handed to CMake", () => {
    expect(cudaArchitectures(asked("all"))).toBe(releaseArchitectures);
    expect(cudaArchitectures(asked("86;90a-real"))).toBe("86;90a-real");
  });
});
