/**
 * Who may import whom, as data. scripts/lint-imports.mjs reads this table and nothing else decides.
 *
 * A unit is a folder with its own row. For files under `<dir>/src`:
 *   workspace   workspace packages it may import (see `Grant`)
 *   external    packages from npm it may import
 *   node        false, true, or a list of grants for Node's own modules
 *   may         the row in words, for the message
 *   loads       files that may import a module by a computed name: a game of the user's
 * Tests, configuration files and the folders in `free` may import what their package.json declares; what
 * holds for them too is that no relative path leaves the unit.
 *
 * Grant: "name", or { name, subpaths?, names?, in?, typeOnly?, not? } where
 *   subpaths   only these entries of the package ("." is its root entry)
 *   names      only these imported names (regular expression) when the root entry is used
 *   in         only in files whose path inside the unit matches this expression
 *   lazy       only type imports or loading at run time (import(), require), never a static import
 *   not        the name of a list in `nameLists` that may not be imported
 */

/** Where a thing belongs, by what was imported. The first match of the specifier gives the sentence. */
export const homes = [
  [
    /^@carom\/native/,
    "Kernels are reached through tensor ops; loading the addon belongs in packages/tensor/src/backends/native.",
  ],
  [
    /^@carom\/runs/,
    "What a run leaves on disk is connected by callbacks; that belongs in packages/cli.",
  ],
  [
    /^@carom\/server/,
    "Showing a run to the viewer belongs in packages/cli, which starts the server.",
  ],
  [/^@carom\/agents/, "Training and evaluating are put together in packages/cli."],
  [
    /^@carom\/nn/,
    "Networks and optimisers belong in packages/nn, and what uses them in packages/agents.",
  ],
  [
    /^@carom\/tensor/,
    "Numerical work on tensors belongs in packages/nn or packages/agents; a game keeps plain numbers.",
  ],
  [/^@carom\/envs/, "What needs to know games belongs in packages/agents or above."],
  [
    /^carom(\/|$)/,
    "Nothing imports the command line: shared code belongs in the package it is about.",
  ],
  [
    /^(node:)?fs(\/|$)/,
    "Reading and writing files belongs in packages/runs/src/disk-node.ts, or in packages/cli for what is no run.",
  ],
  [/^(node:)?(http|https|net)(\/|$)|^ws$/, "Talking over the network belongs in packages/server."],
  [/^node:/, "Node's own modules belong in packages/runs, packages/server or packages/cli."],
  [
    /^(pixi\.js|uplot)/,
    "Drawing on screen belongs in apps/viewer; a game draws through its Canvas.",
  ],
  [/^commander/, "Reading arguments belongs in packages/cli."],
  [/^napi|^node_api|^js_native_api/, "Node-API belongs in native/binding, which holds no maths."],
  [/^cuda|^cublas|^cudnn|^nvrtc|^nccl/, "CUDA belongs in native/cuda."],
];

/** Names that a row can rule out with `not`: everything that the files under `exportedBy` export. */
export const nameLists = {
  games: {
    exportedBy: "packages/envs/src/games",
    also: ["games", "findGame"],
    entries: /\/games(\/|$)/,
    sentence:
      "A game reaches this package as a GameDefinition argument; choosing one by name belongs in packages/cli.",
  },
};

export const units = [
  {
    dir: "packages/tensor",
    name: "@carom/tensor",
    may: "@carom/native, in src/backends/native only and loaded lazily",
    workspace: [{ name: "@carom/native", in: /^src\/backends\/native(\.ts$|\/)/, lazy: true }],
    external: [],
    node: [{ name: "*", in: /^src\/backends\/native(\.ts$|\/)/ }],
  },
  {
    dir: "packages/nn",
    name: "@carom/nn",
    may: "@carom/tensor",
    workspace: ["@carom/tensor"],
    external: [],
    node: false,
  },
  {
    dir: "packages/envs",
    name: "@carom/envs",
    may: "nothing, because a game runs in a browser and on a GPU; threads of games in src/workers",
    workspace: [],
    external: [],
    node: [
      { name: "worker_threads", in: /^src\/workers\// },
      { name: "fs", in: /^src\/workers\// },
    ],
    loads: /^src\/workers\/thread\.ts$/,
  },
  {
    dir: "packages/compiler",
    name: "@carom/compiler",
    may: "the contract in @carom/envs, acorn; node:inspector in src/front/scopes.ts, files in src/disk.ts, node:os in src/cache.ts, other programs in src/toolchain.ts",
    workspace: [{ name: "@carom/envs", not: "games" }],
    external: ["acorn"],
    node: [
      { name: "inspector", in: /^src\/front\/scopes\.ts$/ },
      { name: "module", in: /^src\/front\/names\.ts$/ },
      { name: "fs", in: /^src\/disk\.ts$/ },
      { name: "child_process", in: /^src\/toolchain\.ts$/ },
      { name: "os", in: /^src\/cache\.ts$/ },
      { name: "path" },
      { name: "url" },
      { name: "crypto" },
    ],
  },
  {
    dir: "packages/agents",
    name: "@carom/agents",
    may: "@carom/tensor, @carom/nn, the contract in @carom/envs, @carom/compiler",
    workspace: [
      "@carom/tensor",
      "@carom/nn",
      "@carom/compiler",
      { name: "@carom/envs", not: "games" },
    ],
    external: [],
    node: false,
  },
  {
    dir: "packages/runs",
    name: "@carom/runs",
    may: "the contract in @carom/envs, safetensors from @carom/nn, node:fs in src/disk-node.ts only, and no Node module in src/formats",
    workspace: [
      { name: "@carom/envs", not: "games" },
      { name: "@carom/nn", subpaths: [".", "safetensors"], names: /safetensors/i },
    ],
    external: ["zod"],
    node: [
      { name: "fs", in: /^src\/disk-node\.ts$/ },
      { name: "!fs", in: /^src\/(?!formats\/|formats\.ts$)/ },
    ],
  },
  {
    dir: "packages/server",
    name: "@carom/server",
    may: "@carom/runs, ws and Node's modules",
    workspace: ["@carom/runs"],
    external: ["ws"],
    node: true,
  },
  {
    dir: "packages/gym",
    name: "@carom/gym",
    may: "the contract in @carom/envs and Node's modules",
    workspace: [{ name: "@carom/envs", not: "games" }],
    external: [],
    node: true,
  },
  {
    dir: "packages/cli",
    name: "carom",
    may: "all packages except @carom/native, what of @carom/viewer runs in Node (share, loaded when it is needed), commander and esbuild",
    workspace: [
      "@carom/tensor",
      "@carom/nn",
      "@carom/envs",
      "@carom/compiler",
      "@carom/agents",
      "@carom/gym",
      "@carom/runs",
      "@carom/server",
      { name: "@carom/viewer", subpaths: ["share"], lazy: true },
    ],
    external: ["commander", "esbuild"],
    node: true,
  },
  {
    dir: "apps/viewer",
    name: "@carom/viewer",
    may: "@carom/envs, @carom/runs/formats, pixi.js and uplot; gifenc and webm-muxer in src/share; policies (@carom/agents/policy on @carom/tensor's reference backend) in src/policy, where its worker runs them",
    workspace: [
      { name: "@carom/agents", subpaths: ["policy"], in: /^src\/policy\// },
      "@carom/envs",
      { name: "@carom/tensor", in: /^src\/policy\// },
      { name: "@carom/runs", subpaths: ["formats"] },
    ],
    external: ["pixi.js", "uplot", "gifenc", "webm-muxer"],
    node: false,
    loads: /^src\/(net\/game|share\/export-worker)\.ts$/,
  },
  { dir: "native", name: "@carom/native", free: true },
  { dir: "test", name: "@carom/test", free: true },
  { dir: "examples", name: "@carom/examples", free: true },
  { dir: "benchmarks", name: "@carom/benchmarks", free: true },
  { dir: "scripts", name: "scripts", free: true },
];

/** Relative paths that may leave a unit all the same. */
export const shared = [
  { from: /\/vitest\.config\.ts$/, to: /^vitest\.shared\.ts$/ },
  { from: /\/vitest\.cuda\.config\.ts$/, to: /^vitest\.cuda\.ts$/ },
  { from: /^test\//, to: /^scripts\// },
  { from: /^scripts\/lib\//, to: /^native\/scripts\// },
];

/** Layers of native/: which folders a folder may include from, and which system headers. */
export const native = {
  dir: "native",
  layers: {
    core: ["core"],
    ops: ["ops", "core"],
    cpu: ["cpu", "ops", "core"],
    cuda: ["cuda", "program", "ops", "core"],
    program: ["program", "ops", "core"],
    binding: ["binding", "program", "ops", "core"],
  },
  /** Header families beyond the C++ standard library, by the layers that may include them. */
  headers: [
    { match: /^(napi|node_api|js_native_api)/, layers: ["binding"] },
    { match: /^(cuda|cublas|cudnn|nvrtc|nccl|cub\/|cooperative_groups|mma)/, layers: ["cuda"] },
    { match: /^(immintrin|x86intrin|arm_neon|cpuid)\.h$/, layers: ["core", "cpu"] },
    { match: /^(unistd|dlfcn)\.h$/, layers: ["core", "cuda", "binding"] },
    {
      match: /^(sched|pthread|ucontext|linux\/futex|sys\/[a-z]+|windows)\.h$/,
      layers: ["core", "cuda"],
    },
    { match: /^(unistd|dlfcn)\.h$/, layers: ["core", "cuda", "binding"] },
  ],
  homes: {
    binding: "What JavaScript sees belongs in native/binding.",
    program: "Recording and replaying belongs in native/program.",
    cuda: "CUDA code is reached through the declarations in native/ops.",
    cpu: "CPU kernels are reached through the declarations in native/ops.",
    ops: "Parameters and shape rules of an op belong in native/ops; native/core knows no op.",
  },
};

/** Things of the language that some packages may not touch. `only` lists the files that may. */
export const globals = [
  {
    in: /^packages\/(tensor|nn|envs|agents)\/src\//,
    match: /^(Math\.random|crypto\.(getRandomValues|randomUUID))$/,
    sentence:
      "Chance comes from the run's seed, so that it can be repeated: use key() of @carom/envs or RandomState of @carom/tensor.",
  },
  {
    in: /^packages\/(tensor|nn|envs|agents)\/src\//,
    only: /^packages\/(agents\/src\/clock|tensor\/src\/backends\/reference\/profile)\.ts$/,
    match: /^(Date\.now|new Date|performance\.now|process\.hrtime)$/,
    sentence:
      "Time does not steer a run: measuring belongs in packages/cli, or in packages/agents/src/clock.ts for the split of time.",
  },
  {
    in: /^packages\/envs\/src\//,
    match:
      /^Math\.(sinh?|cosh?|tanh?|a(sin|cos|tan)h?|atan2|exp|expm1|log(1p|2|10)?|pow|cbrt|hypot)$/,
    sentence:
      "JavaScript engines differ in the last bit of it, and replays must not: use the portable maths of packages/envs/src/math.",
  },
];

/** Lines per file and per C++ function. TypeScript functions are measured by Biome (biome.json). */
export const sizes = {
  warnFile: 400,
  maxFile: 600,
  maxFunction: 80,
  maxKernel: 100,
  kernels: /^native\/(cpu|cuda)\//,
  exempt: /^native\/(test|ladder)\//,
  /** A file that is a table says so within its first lines with this comment. */
  optOut: "carom-lint: a table",
};
