/** The import table holds: small trees that break one rule each, and the sentence they get. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { lintTree } from "../scripts/lint-imports.mjs";

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** Writes the files into a new folder and returns the findings as "file:line: message". */
function lint(files: Record<string, string>): string[] {
  const root = mkdtempSync(join(tmpdir(), "carom-lint-"));
  folders.push(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return lintTree(root).map(({ file, line, message }) => `${file}:${line}: ${message}`);
}

/** Findings of one source file. */
const lintOne = (path: string, text: string): string[] => lint({ [path]: text });

describe("TypeScript imports", () => {
  test.each([
    ["import", 'import { createCore } from "@carom/native";'],
    ["side effect", 'import "@carom/native";'],
    ["type import", 'import type { NativeCore } from "@carom/native";'],
    ["import type node", 'export type Core = import("@carom/native").NativeCore;'],
    ["export from", 'export { createCore } from "@carom/native";'],
    ["export star", 'export * from "@carom/native";'],
    ["dynamic import", 'export const load = () => import("@carom/native");'],
    ["template", "export const load = () => import(`@carom/native`);"],
    ["require", 'const core = require("@carom/native");'],
    ["import equals", 'import core = require("@carom/native");'],
    ["named require", 'const load = createRequire("/x");\nload("@carom/native");'],
    ["direct require", 'createRequire("/x")("@carom/native");'],
    ["subpath", 'import { x } from "@carom/native/index.js";'],
  ])("nn may not reach native by %s", (_, text) => {
    const findings = lintOne("packages/nn/src/linear.ts", text);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toContain('@carom/nn may not import "@carom/native');
    expect(findings[0]).toContain("belongs in packages/tensor/src/backends/native");
  });

  test("a granted import passes", () => {
    expect(lintOne("packages/nn/src/a.ts", 'import { tensor } from "@carom/tensor";')).toEqual([]);
    expect(lintOne("packages/server/src/a.ts", 'import { WebSocket } from "ws";')).toEqual([]);
    expect(lintOne("packages/cli/src/a.ts", 'import { join } from "node:path";')).toEqual([]);
  });

  test("a relative path that leaves the package fails, whatever it points at", () => {
    expect(lintOne("packages/nn/src/a.ts", 'import "../../tensor/src/ops/add.js";')).toEqual([
      'packages/nn/src/a.ts:1: "../../tensor/src/ops/add.js" leaves packages/nn. Import @carom/tensor by its name.',
    ]);
    expect(lintOne("packages/nn/test/a.test.ts", 'import "../../tensor/src/x.js";')).toHaveLength(
      1,
    );
    expect(lintOne("examples/a.mjs", 'import "../packages/nn/src/x.js";')).toHaveLength(1);
    expect(lintOne("packages/nn/src/a.ts", 'import "../test/helper.js";')[0]).toContain(
      "leaves packages/nn/src",
    );
    expect(lintOne("packages/nn/src/a.ts", 'import { b } from "./b.js";')).toEqual([]);
  });

  test("sources do not import their own entry", () => {
    for (const text of ['import { b } from "../index.js";', 'import { b } from "@carom/nn";']) {
      expect(lintOne("packages/nn/src/layers/a.ts", text)[0]).toContain("its own entry");
    }
  });

  test("a module with a computed name cannot be checked", () => {
    expect(lintOne("packages/nn/src/a.ts", "import(name);")[0]).toContain("computed name");
  });

  test("text inside comments and strings is no import", () => {
    const text = '// import "@carom/native";\nexport const text = \'import "@carom/native"\';\n';
    expect(lintOne("packages/nn/src/a.ts", text)).toEqual([]);
  });

  test("envs imports nothing, and its tests what they declare", () => {
    expect(lintOne("packages/envs/src/a.ts", 'import "node:fs";')[0]).toContain(
      "belongs in packages/runs",
    );
    expect(lintOne("packages/envs/src/a.ts", 'import "fs/promises";')).toHaveLength(1);
    expect(lintOne("packages/envs/src/a.ts", 'process.getBuiltinModule("fs");')).toHaveLength(1);
    expect(lintOne("packages/envs/src/a.ts", 'import "left-pad";')).toHaveLength(1);
    expect(lintOne("packages/envs/test/a.test.ts", 'import "node:fs";')).toEqual([]);
    expect(lintOne("packages/envs/test/a.test.ts", 'import "vitest";')[0]).toContain(
      "not declared in packages/envs/package.json",
    );
    const manifest = '{ "devDependencies": { "vitest": "4" } }';
    const files = { "packages/envs/package.json": manifest };
    expect(lint({ ...files, "packages/envs/src/a.test.ts": 'import "vitest";' })).toEqual([]);
  });

  test("tensor loads native lazily, from its backend folder only", () => {
    const lazy = 'export const load = () => createRequire("/")("@carom/native");';
    expect(lintOne("packages/tensor/src/backends/native/backend.ts", lazy)).toEqual([]);
    expect(lintOne("packages/tensor/src/tensor.ts", lazy)).toHaveLength(1);
    const eager = 'import { createCore } from "@carom/native";';
    expect(lintOne("packages/tensor/src/backends/native/backend.ts", eager)[0]).toContain("lazily");
    const types = 'import type { NativeCore } from "@carom/native";';
    expect(lintOne("packages/tensor/src/backends/native/backend.ts", types)).toEqual([]);
  });

  test("agents know the contract of games, never a game", () => {
    const files = {
      "packages/envs/src/games/pong/pong.ts": "export class Pong {}\nexport interface Court {}\n",
      "packages/envs/src/game.ts": "export interface Game {}\n",
    };
    const agents = (text: string) => lint({ ...files, "packages/agents/src/a.ts": text });
    expect(agents('import type { Game, Court } from "@carom/envs";')).toEqual([]);
    expect(agents('import { VectorEnv } from "@carom/envs";')).toEqual([]);
    for (const text of [
      'import { Pong } from "@carom/envs";',
      'import { findGame } from "@carom/envs";',
      'import { Pong as P } from "@carom/envs";',
      'import * as envs from "@carom/envs";',
      'export * from "@carom/envs";',
      'import { Pong } from "@carom/envs/games/pong";',
    ]) {
      expect(agents(text), text).toHaveLength(1);
      expect(agents(text)[0]).toContain("choosing one by name belongs in packages/cli");
    }
  });

  test("runs keeps node:fs in one file and its formats free of Node", () => {
    const fs = 'import { readFileSync } from "node:fs";';
    expect(lintOne("packages/runs/src/disk-node.ts", fs)).toEqual([]);
    expect(lintOne("packages/runs/src/run.ts", fs)).toHaveLength(1);
    expect(lintOne("packages/runs/src/run.ts", 'import { join } from "node:path";')).toEqual([]);
    expect(lintOne("packages/runs/src/formats/a.ts", 'import "node:path";')).toHaveLength(1);
    const nn = (names: string) => `import { ${names} } from "@carom/nn";`;
    expect(lintOne("packages/runs/src/a.ts", nn("decodeSafetensors"))).toEqual([]);
    expect(lintOne("packages/runs/src/a.ts", nn("Adam"))).toHaveLength(1);
  });

  test("the viewer takes formats of a run, not the run", () => {
    expect(lintOne("apps/viewer/src/a.ts", 'import "@carom/runs/formats";')).toEqual([]);
    expect(lintOne("apps/viewer/src/a.ts", 'import "@carom/runs";')).toHaveLength(1);
    expect(lintOne("apps/viewer/src/a.ts", 'import "@carom/native";')).toHaveLength(1);
  });
});

describe("C++ includes", () => {
  const tree = {
    "native/core/storage.h": "#include <vector>\n",
    "native/ops/add.h": '#include "core/storage.h"\n',
    "native/cpu/gemm.h": "#include <immintrin.h>\n",
    "native/cuda/launch.h": "#include <cuda_runtime.h>\n",
    "native/program/record.h": '#include "ops/add.h"\n',
  };
  const lintCpp = (path: string, text: string) => lint({ ...tree, [path]: text });

  test("what the layers grant passes", () => {
    expect(lint(tree)).toEqual([]);
    expect(lintCpp("native/binding/addon.cpp", "#include <napi.h>\n")).toEqual([]);
    expect(lintCpp("native/cpu/add.cpp", '#include "gemm.h"\n#include "ops/add.h"\n')).toEqual([]);
  });

  test.each([
    ["core", "ops/add.h", "native/core knows no op"],
    ["core", "../ops/add.h", "native/core knows no op"],
    ["ops", "cpu/gemm.h", "reached through the declarations in native/ops"],
    ["cpu", "cuda/launch.h", "reached through the declarations in native/ops"],
    ["cuda", "../cpu/gemm.h", "reached through the declarations in native/ops"],
    ["cpu", "program/record.h", "belongs in native/program"],
    ["binding", "cpu/gemm.h", "reached through the declarations in native/ops"],
  ])("%s may not include %s", (layer, header, sentence) => {
    const [finding, ...rest] = lintCpp(`native/${layer}/x.cpp`, `// x\n#  include "${header}"\n`);
    expect(rest).toEqual([]);
    expect(finding).toContain(`native/${layer}/x.cpp:2: native/${layer} may not include`);
    expect(finding).toContain(sentence);
  });

  test.each([
    ["core", "napi.h", "native/binding"],
    ["ops", "cuda_runtime.h", "native/cuda"],
    ["cpu", "cublasLt.h", "native/cuda"],
    ["binding", "boost/any.hpp", "C++ standard library"],
    ["ops", "immintrin.h", "C++ standard library"],
  ])("%s may not include <%s>", (layer, header, sentence) => {
    expect(lintCpp(`native/${layer}/x.cpp`, `#include <${header}>\n`)[0]).toContain(sentence);
    expect(lintCpp(`native/${layer}/x.cpp`, `// #include <${header}>\n`)).toEqual([]);
  });
});

describe("chance and clocks", () => {
  test.each([
    "Math.random();",
    'Math["random"]();',
    "const { random } = Math;",
    "globalThis.Math.random();",
    "const draw = Math.random;",
    "Date.now();",
    "new Date();",
    "performance.now();",
  ])("%s is refused where a run must be repeatable", (text) => {
    for (const name of ["tensor", "nn", "envs", "agents"]) {
      expect(lintOne(`packages/${name}/src/a.ts`, text), name).toHaveLength(1);
    }
    expect(lintOne("packages/cli/src/a.ts", text)).toEqual([]);
    expect(lintOne("packages/agents/test/a.test.ts", text)).toEqual([]);
  });

  test("agents measure time in one file", () => {
    expect(lintOne("packages/agents/src/clock.ts", "performance.now();")).toEqual([]);
    expect(lintOne("packages/agents/src/clock.ts", "Math.random();")).toHaveLength(1);
  });

  test("games use maths that is the same in every engine", () => {
    expect(lintOne("packages/envs/src/a.ts", "Math.sin(1);")).toHaveLength(1);
    expect(
      lintOne("packages/envs/src/a.ts", "export const f = (x: number) => x ** 0.5;"),
    ).toHaveLength(1);
    expect(lintOne("packages/envs/src/a.ts", "Math.sqrt(2) + Math.floor(2 ** -24);")).toEqual([]);
    expect(lintOne("packages/agents/src/a.ts", "Math.exp(1);")).toEqual([]);
  });
});

describe("sizes", () => {
  const lines = (count: number) => "export {};\n".repeat(count);

  test("a file of 401 lines warns, of 601 fails, and a table says that it is one", () => {
    expect(lintOne("packages/nn/src/a.ts", lines(400))).toEqual([]);
    expect(lintOne("packages/nn/src/a.ts", lines(401))[0]).toContain("401 lines (limit 400)");
    expect(lintOne("packages/nn/src/a.ts", lines(601))[0]).toContain("601 lines (limit 600)");
    expect(lintOne("packages/nn/src/a.ts", `// carom-lint: a table\n${lines(700)}`)).toEqual([]);
    expect(lintOne("native/core/a.cpp", "int a;\n".repeat(601))).toHaveLength(1);
  });

  test("a C++ function over 80 lines fails, a kernel over 100", () => {
    const body = (count: number) => `  step("{");  // }\n`.repeat(count - 2);
    const code = (count: number) =>
      `namespace carom {\nstruct A {\n  int run(int x) const {\n${body(count)}  }\n};\n}\n`;
    expect(lintOne("native/core/a.cpp", code(80))).toEqual([]);
    expect(lintOne("native/core/a.cpp", code(81))).toEqual([
      "native/core/a.cpp:3: run has 81 lines (limit 80): give its steps names of their own.",
    ]);
    expect(lintOne("native/cpu/a.cpp", code(100))).toEqual([]);
    expect(lintOne("native/cpu/a.cpp", code(101))).toHaveLength(1);
  });
});
