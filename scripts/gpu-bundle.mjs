/**
 * pnpm gpu:bundle: one archive with everything that a machine with a GPU but without Node and network needs: this Node,
 * the packages with their tests and what those run on, the sources of the native core and its C++ tests, the benchmarks of
 * the GPU with their PyTorch peers, and scripts/gpu-check, which runs them there.
 *
 *   pnpm gpu:bundle                    writes build-gpu/carom-gpu.tar.xz
 *   pnpm gpu:bundle --out FILE
 *   pnpm gpu:bundle --no-build         takes what is built already
 *
 * The same sources give the same bytes.
 */
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import { build, requireNode, root, runTask } from "./lib/build.mjs";

/** What the benchmarks and the check import; what these import follows. */
const packages = ["@carom/agents", "@carom/nn", "@carom/tensor", "@carom/native"];
/** From npm: the tests' runner, and the headers that the addon is compiled against. */
const tools = [
  [root, "vitest"],
  [join(root, "native"), "node-addon-api"],
  [join(root, "native"), "node-api-headers"],
];
/** Files of the repository, beside the folders of the packages. */
const sources = [
  "LICENSE",
  "package.json",
  "tsconfig.base.json",
  "vitest.cuda-untested.ts",
  "vitest.cuda.ts",
  "vitest.shared.ts",
  "docs/guides",
  "benchmarks/cuda",
  "benchmarks/lib",
  "benchmarks/package.json",
  "benchmarks/peers",
  "scripts/gpu",
  "scripts/gpu-check",
  "scripts/lib/build.mjs",
  "scripts/lib/cuda.mjs",
  "test/gpu",
];
/** Of packages from npm: what nobody runs. */
const unused = /\.(map|md|markdown|d\.[cm]?ts)$|(^|\/)(README|CHANGELOG)[^/]*$/i;
const addon = "native/build/Release/carom_native.node";
const emulated = "native/build/emulated/libcarom_cuda_emulated.so";
const mostBytes = 50e6;

requireNode();
const { values: options } = parseArgs({
  options: {
    out: { type: "string", default: join(root, "build-gpu", "carom-gpu.tar.xz") },
    "no-build": { type: "boolean", default: false },
  },
});
if (!options["no-build"]) await buildAll();
const stage = mkdtempSync(join(tmpdir(), "carom-gpu-bundle-"));
try {
  const out = resolve(options.out);
  const top = join(stage, "carom-gpu");
  const contents = fill(top);
  mkdirSync(dirname(out), { recursive: true });
  await pack(stage, out);
  await tell(out, contents);
} finally {
  rmSync(stage, { recursive: true });
}

/** The packages, the addon, and the emulated GPU, by which the check can be tried anywhere. */
async function buildAll() {
  await build(packages.filter((name) => name !== "@carom/native"));
  await quietly("build:native");
  // As native/scripts/test.mjs does, which leaves nothing to build here after `pnpm test`.
  const folder = join(root, "native", "build");
  const stdio = ["ignore", "ignore", "inherit"];
  for (const args of [
    ["-S", join(root, "native"), "-B", folder],
    ["--build", folder, "--target", "carom_cuda_emulated", "--parallel", "2"],
  ]) {
    execFileSync("cmake", args, { stdio });
  }
}

async function quietly(task) {
  const { code, text } = await runTask(task);
  if (code === 0) return;
  console.error(text);
  process.exit(code);
}

/** Fills the folder of the archive. Returns bytes by what they are. */
function fill(top) {
  const workspace = workspacePackages();
  const inside = new Map();
  for (const name of packages) followWorkspace(name, workspace, inside);
  const contents = {};
  const count = (what, bytes) => {
    contents[what] = (contents[what] ?? 0) + bytes;
  };
  const tracked = repositoryFiles();
  for (const prefix of [...sources, ...inside.values()]) {
    const files = tracked.filter((file) => file === prefix || file.startsWith(`${prefix}/`));
    if (files.length === 0) throw new Error(`gpu-bundle: there is no ${prefix}`);
    for (const file of files) count("sources and tests", put(top, file));
  }
  for (const [name, dir] of inside) {
    link(join(top, "node_modules", name), join(top, dir));
    for (const file of filesOf(join(root, dir, "dist"), /\.map$/)) {
      count("built packages", put(top, relative(root, file)));
    }
  }
  for (const [name, from] of followExternal([...inside.values()])) {
    for (const file of filesOf(from, unused)) {
      count("packages from npm", put(top, join("node_modules", name, relative(from, file)), file));
    }
  }
  count("Node", put(top, "bin/node", process.execPath));
  chmodSync(join(top, "bin/node"), 0o755);
  count("addon", put(top, addon));
  count("emulated GPU", put(top, emulated));
  put(top, "gpu-check", join(root, "scripts/gpu-check"));
  writeFileSync(join(top, "bundle.json"), `${JSON.stringify(facts(), null, 1)}\n`);
  return contents;
}

/** Folders of the workspace's packages by name, relative to the root. */
function workspacePackages() {
  const folders = [
    "native",
    ...readdirSync(join(root, "packages")).map((one) => `packages/${one}`),
  ];
  return new Map(
    folders
      .filter((dir) => existsSync(join(root, dir, "package.json")))
      .map((dir) => [manifest(join(root, dir)).name, dir]),
  );
}

function manifest(folder) {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
}

/** Adds a package of the workspace to `inside` and all that it depends on. */
function followWorkspace(name, workspace, inside) {
  if (inside.has(name) || !workspace.has(name)) return;
  const dir = workspace.get(name);
  inside.set(name, dir);
  for (const one of Object.keys(manifest(join(root, dir)).dependencies ?? {})) {
    followWorkspace(one, workspace, inside);
  }
}

/**
 * Packages from npm by name, with their folders: those that the packages in `dirs` depend on, the tools, and what all of
 * these depend on. They lie side by side in the archive, so there can be one version of each.
 */
function followExternal(dirs) {
  const found = new Map();
  const add = (from, name, optional) => {
    const folder = locate(from, name);
    if (folder === undefined) {
      if (optional) return;
      throw new Error(`gpu-bundle: ${name}, which ${from} needs, is not installed`);
    }
    if (found.has(name)) {
      if (found.get(name) === folder) return;
      throw new Error(`gpu-bundle: two versions of ${name}: ${found.get(name)} and ${folder}`);
    }
    found.set(name, folder);
    const { dependencies = {}, optionalDependencies = {} } = manifest(folder);
    for (const one of Object.keys(optionalDependencies)) add(folder, one, true);
    for (const one of Object.keys(dependencies)) add(folder, one, one in optionalDependencies);
  };
  for (const dir of dirs) {
    const needs = Object.keys(manifest(join(root, dir)).dependencies ?? {});
    for (const name of needs.filter((one) => !one.startsWith("@carom/"))) {
      add(join(root, dir), name, false);
    }
  }
  for (const [from, name] of tools) add(from, name, false);
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The folder that Node would find a package in, from a folder upwards. */
function locate(from, name) {
  for (let at = from; ; at = dirname(at)) {
    const folder = join(at, "node_modules", name);
    if (existsSync(join(folder, "package.json"))) return realpathSync(folder);
    if (dirname(at) === at) return undefined;
  }
}

/** Files that are tracked or would be: nothing that is ignored. */
function repositoryFiles() {
  const args = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
  const files = execFileSync("git", args, { cwd: root, encoding: "utf8", maxBuffer: 1 << 26 });
  return files.split("\0").filter((file) => file !== "" && existsSync(join(root, file)));
}

/** Files under a folder, without nested node_modules and what matches `without`. */
function filesOf(folder, without) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => {
      const inside = relative(folder, file);
      return !inside.startsWith("node_modules/") && !without.test(inside);
    });
}

/** Copies a file of the repository, or of elsewhere, to its place in the archive. Returns its bytes. */
function put(top, file, from = join(root, file)) {
  const target = join(top, file);
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(from, target);
  return statSync(target).size;
}

function link(path, target) {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(relative(dirname(path), target), path);
}

function facts() {
  const git = (...args) => execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();
  const dirty = git("status", "--porcelain") === "" ? "" : ", with changes";
  return {
    commit: `${git("rev-parse", "--short", "HEAD")}${dirty}`,
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    version: manifest(join(root, "native")).version,
  };
}

/** tar and xz, with nothing in it that depends on when, where or by whom it is made. */
async function pack(stage, out) {
  const same = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"];
  const args = [...same, "--mode=u+rwX,go=rX", "--format=gnu", "-cf", "-", "carom-gpu"];
  const stdio = ["pipe", "pipe", "inherit"];
  const tar = spawn("tar", args, { cwd: stage, stdio });
  const xz = spawn("xz", ["-c", "-T1", "--x86", "--lzma2=preset=6"], { stdio });
  const codes = [tar, xz].map(
    (child) => new Promise((done, fail) => child.on("error", fail).on("close", done)),
  );
  await Promise.all([pipeline(tar.stdout, xz.stdin), pipeline(xz.stdout, createWriteStream(out))]);
  if ((await Promise.all(codes)).some((code) => code !== 0)) {
    throw new Error("gpu-bundle: tar or xz failed");
  }
}

async function tell(out, contents) {
  const mega = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
  for (const [what, bytes] of Object.entries(contents)) {
    console.log(`${mega(bytes).padStart(10)}  ${what}`);
  }
  const hash = createHash("sha256");
  await pipeline(createReadStream(out), hash);
  const { size } = statSync(out);
  console.log(`${mega(size).padStart(10)}  ${relative(process.cwd(), out)}`);
  console.log(`sha256 ${hash.digest("hex")}`);
  if (size <= mostBytes) return;
  console.error(`gpu-bundle: more than ${mega(mostBytes)}`);
  process.exitCode = 1;
}
