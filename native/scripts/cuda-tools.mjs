/**
 * What there is to build the CUDA library with: NVIDIA's compiler and driver, where they are and for which
 * architectures it shall build. Builds nothing and opens no GPU. `carom doctor` shows what is found here.
 */
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readdirSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

/** What CAROM_CUDA says: "auto" where it says nothing. Throws an Error with one sentence for anything else. */
export function cudaMode(env = process.env) {
  const mode = env.CAROM_CUDA || "auto";
  if (["auto", "on", "off"].includes(mode)) return mode;
  throw new Error(`CAROM_CUDA expects auto, on or off (got "${mode}").`);
}

/** How to get a compiler, for a sentence that says that there is none. */
export const compilerAdvice =
  "install the CUDA toolkit (https://developer.nvidia.com/cuda-downloads), put its nvcc on the PATH, or name it in CAROM_CUDA_COMPILER";

/**
 * NVIDIA's compiler, from the first of these places that has one: CAROM_CUDA_COMPILER (nothing else is looked
 * at then), PATH, CUDA_HOME and CUDA_PATH, /usr/local/cuda, the newest /usr/local/cuda-*, NVIDIA's Python packages.
 * `places` are the folders of the system that a test replaces.
 */
export function findCudaCompiler(env = process.env, places = systemPlaces) {
  const named = env.CAROM_CUDA_COMPILER;
  if (named) return isProgram(named) ? withVersion(named, "CAROM_CUDA_COMPILER") : undefined;
  for (const [from, path] of compilerPlaces(env, places)) {
    if (isProgram(path)) return withVersion(path, from);
  }
  return undefined;
}

/** Where NVIDIA's driver is, as far as the loader would find it; undefined where there is none. */
export function findCudaDriver(env = process.env, places = systemPlaces) {
  const folders = [...listed(env.LD_LIBRARY_PATH), ...places.libraries];
  const path = folders.map((folder) => join(folder, "libcuda.so.1")).find((one) => existsSync(one));
  return path ?? places.loader().find((one) => existsSync(one));
}

/**
 * Why the build of the CUDA library cannot begin, as one sentence; undefined if it can.
 * `compiler`: what findCudaCompiler gave.
 */
export function missingCompiler(compiler, env = process.env) {
  if (compiler !== undefined) return undefined;
  const named = env.CAROM_CUDA_COMPILER;
  const found = named ? `CAROM_CUDA_COMPILER=${named} is no program` : "none was found";
  return `@carom/native needs NVIDIA's compiler (nvcc) for its CUDA library, and ${found}: ${compilerAdvice}; CAROM_CUDA=off goes without.`;
}

/** What `CAROM_CUDA_ARCHITECTURES=all` means: GPUs from Turing on, and the newest ones by their driver's compiler. */
export const releaseArchitectures = "75-real;80-real;86-real;89-real;90-real;100-real;100-virtual";

/** Where no GPU says otherwise: Hopper, and what is newer by its driver's compiler. */
const plainArchitectures = "90-real;90-virtual";

/**
 * The architectures to build for, as CMake spells them. Without CAROM_CUDA_ARCHITECTURES, or with "native", those of
 * this machine's GPUs, which their driver tells: CMake's own "native" takes 3.24 and hides which they are. Where
 * none tells, `plainArchitectures`.
 */
export function cudaArchitectures(env = process.env, capabilities = gpuCapabilities) {
  const asked = env.CAROM_CUDA_ARCHITECTURES || "native";
  if (asked === "all") return releaseArchitectures;
  if (asked !== "native") return asked;
  const own = [...new Set(capabilities(env))].sort((a, b) => a - b);
  return own.length === 0 ? plainArchitectures : own.map((one) => `${one}-real`).join(";");
}

/**
 * The environment of a build of the CUDA library, in which all is settled: so a cached build of another
 * compiler or for another GPU is told apart.
 */
export function cudaBuildEnv(compiler, env = process.env) {
  return {
    CAROM_CUDA_COMPILER: compiler.path,
    CAROM_CUDA_VERSION: compiler.version ?? "",
    CAROM_CUDA_ARCHITECTURES: cudaArchitectures(env),
  };
}

/** 90 for 9.0, of each GPU that the driver's nvidia-smi tells. */
function gpuCapabilities(env) {
  const words = ["--query-gpu=compute_cap", "--format=csv,noheader"];
  for (const program of ["nvidia-smi", "/usr/lib/wsl/lib/nvidia-smi"]) {
    const { status, stdout } = spawnSync(program, words, {
      encoding: "utf8",
      env,
      timeout: 20_000,
    });
    if (status !== 0) continue;
    return [...stdout.matchAll(/^\s*(\d+)\.(\d+)\s*$/gm)].map(([, a, b]) => Number(`${a}${b}`));
  }
  return [];
}

const systemPlaces = {
  /** Folder that toolkits are installed in. */
  toolkits: "/usr/local",
  /** Folders that hold Python's packages without an environment, or folders with such folders. */
  python: [
    join(homedir(), ".local", "lib"),
    "/usr/local/lib",
    "/usr/lib/python3/dist-packages",
    "/usr/lib",
  ],
  /** Folders that hold the driver; the last one is that of Windows' own Linux. */
  libraries: [
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/usr/lib64",
    "/usr/lib",
    "/usr/lib/x86_64-linux-gnu/nvidia/current",
    "/run/opengl-driver/lib",
    "/usr/lib/wsl/lib",
  ],
  /** Paths of the driver that the loader's cache has. */
  loader() {
    for (const program of ["ldconfig", "/sbin/ldconfig"]) {
      const { status, stdout } = spawnSync(program, ["-p"], { encoding: "utf8" });
      if (status !== 0) continue;
      return [...stdout.matchAll(/^\s*libcuda\.so\.1 .*=> (\S+)$/gm)].map(([, path]) => path);
    }
    return [];
  },
};

/** [where from, path of nvcc], the best first; the paths need not exist. */
function* compilerPlaces(env, { toolkits, python }) {
  for (const folder of listed(env.PATH)) yield ["PATH", join(folder, "nvcc")];
  for (const name of ["CUDA_HOME", "CUDA_PATH"]) {
    if (env[name]) yield [name, join(env[name], "bin", "nvcc")];
  }
  const versions = entries(toolkits).filter((name) => /^cuda-\d/.test(name));
  for (const name of ["cuda", ...versions.sort(newestFirst)]) {
    yield [join(toolkits, name), join(toolkits, name, "bin", "nvcc")];
  }
  const environments = [env.VIRTUAL_ENV, env.CONDA_PREFIX].filter(Boolean);
  for (const folder of [...environments.map((one) => join(one, "lib")), ...python]) {
    for (const packages of packageFolders(folder)) {
      for (const part of ["cu13", "cuda_nvcc", "cu12"]) {
        const place = join(packages, "nvidia", part);
        yield [place, join(place, "bin", "nvcc")];
      }
    }
  }
}

/** A folder of Python's packages, or those of every Python in it. */
function packageFolders(folder) {
  if (folder.endsWith("-packages")) return [folder];
  const pythons = entries(folder).filter((name) => /^python3(\.\d+)?$/.test(name));
  return pythons
    .sort(newestFirst)
    .flatMap((name) => ["site-packages", "dist-packages"].map((kind) => join(folder, name, kind)));
}

/** cuda-13.0 before cuda-12.10 before cuda-12.9. */
function newestFirst(a, b) {
  return b.localeCompare(a, "en", { numeric: true });
}

function withVersion(path, from) {
  const { status, stdout } = spawnSync(path, ["--version"], { encoding: "utf8" });
  const version = /release (\d+\.\d+)/.exec(stdout ?? "")?.[1];
  return { path, from, version: status === 0 ? version : undefined };
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function entries(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** The folders of a variable such as PATH. */
function listed(text = "") {
  return text.split(delimiter).filter((folder) => folder !== "");
}
