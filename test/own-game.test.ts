/**
 * A game of one's own, as a user makes it: in a folder outside of the repository with nothing
 * installed. It is checked, trained on, resumed and evaluated, in real processes. How it is shown is
 * in own-game-viewer.test.ts.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { carom, endAll, type Finished, temporaryFolder } from "./support/carom.js";

const root = fileURLToPath(new URL("../", import.meta.url));
const folder = temporaryFolder();
const inFolder = (name: string): string => join(folder.path, name);
const call = (...args: string[]): Promise<Finished> => carom(args, folder.path);

/** Settings that make an iteration last milliseconds. */
const quick = ["--no-viewer", "--threads", "1", "--set", "envs=8", "horizon=16", "minibatch=64"];

beforeAll(async () => {
  expect(await call("new", "sky-fall")).toMatchObject({ code: 0, stderr: "" });
});
afterEach(endAll);
afterAll(folder.remove);

function read(name: string): string {
  return readFileSync(inFolder(name), "utf8");
}

describe("carom new", () => {
  test("makes a folder and says what to do next", async () => {
    const { stdout } = await call("new", "other-game");
    expect(stdout).toBe(
      "made other-game/ with other-game.ts, other-game.test.ts, README.md, package.json, tsconfig.json\n" +
        "next:\n  carom check ./other-game\n  carom train ./other-game\n",
    );
    expect(readdirSync(inFolder("sky-fall")).sort()).toEqual(
      ["README.md", "package.json", "sky-fall.test.ts", "sky-fall.ts", "tsconfig.json"].sort(),
    );
    const files = readdirSync(inFolder("sky-fall")).map((name) => read(`sky-fall/${name}`));
    for (const text of files) expect(text).not.toMatch(/[Mm]y-?[Gg]ame|GUIDE/);
    expect(read("sky-fall/sky-fall.ts")).toContain("class SkyFall implements Game");
  });

  test("never touches what is there", async () => {
    const before = read("sky-fall/sky-fall.ts");
    const { code, stderr } = await call("new", "sky-fall");
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: "carom: there is a sky-fall here already; nothing was changed\n",
    });
    expect(read("sky-fall/sky-fall.ts")).toBe(before);
  });

  test("its types are right, by the tsconfig.json that it has", () => {
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const types = join(root, "node_modules/@types"); // what `npm install` brings
    const args = [tsc, "-p", inFolder("sky-fall"), "--typeRoots", types];
    const { status, stdout } = spawnSync(process.execPath, args, { encoding: "utf8" });
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
  });

  test("its scripts work from within it", () => {
    const npm = process.platform === "win32" ? "npm.cmd" : "npm";
    const options = { cwd: inFolder("sky-fall"), encoding: "utf8" } as const;
    const { status, stdout } = spawnSync(npm, ["run", "--silent", "check"], options);
    expect(stdout).toContain("sky-fall.test.ts: 4 passed, 0 failed\nall is well\n");
    expect(status).toBe(0);
  });
});

describe("carom check", () => {
  test("finds nothing wrong with the new game, and runs its tests", async () => {
    const { code, stdout, stderr } = await call("check", "./sky-fall");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^Sky fall, classic: 100,000 random decisions, seed 1\n/);
    expect(stdout).toMatch(/^ {2}ok {9}G1 {3}the spec is complete/m);
    expect(stdout).toMatch(/^ {2}speed {6}[\d,]+ steps\/s of random play in one thread$/m);
    expect(stdout).toMatch(/^ {2}gpu {8}translates to CUDA$/m);
    expect(stdout).toMatch(/sky-fall\.test\.ts: 4 passed, 0 failed\nall is well\n$/);
  });

  test("names the rule that is broken and the first step that differs, with exit code 2", async () => {
    const chance = read("sky-fall/sky-fall.ts").replace(
      "nextBelow(this.random, COLUMNS)",
      "Math.floor(Math.random() * COLUMNS)",
    );
    writeFileSync(inFolder("chancy.ts"), chance.replace('id: "sky-fall"', 'id: "chancy"'));
    const { code, stdout } = await call("check", "chancy.ts", "--steps", "2k");
    expect(stdout).toMatch(
      /^ {2}failed {5}G3 {3}two copies with one seed agree step by step: .*step \d/m,
    );
    expect(stdout).toMatch(
      /^ {2}gpu {8}stays on the processor: chancy\.ts: .*: Math\.random cannot/m,
    );
    expect(code).toBe(2);
  });

  test("a test of the game that fails is shown, with exit code 2", async () => {
    cpSync(inFolder("sky-fall"), inFolder("wrong"), { recursive: true });
    const wrong =
      'import { test as last } from "node:test";\nlast("never", () => assert.equal(1, 2));\n';
    appendFileSync(inFolder("wrong/sky-fall.test.ts"), wrong);
    const { code, stdout } = await call("check", "wrong/sky-fall.ts", "--steps", "2k");
    expect(stdout).toMatch(/✖ never/);
    expect(stdout).toMatch(/4 passed, 1 failed\nbroken rules: 0, failed tests: 1\n$/);
    expect(code).toBe(2);
  });

  test("checks every variant of a game of Carom; --json is the report and nothing else", async () => {
    const { code, stdout } = await call("check", "breakout", "--steps", "2k", "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ game: "breakout", ok: true, tests: null },
      variants: [
        { variant: "classic", ok: true, stepsPerSecond: expect.any(Number), gpu: null },
        { variant: "puffer", ok: true, results: expect.any(Array) },
      ],
    });
    expect(code).toBe(0);
    const { code: refused, stderr } = await call("check", "breakout", "--variant", "huge");
    expect([refused, stderr]).toEqual([
      2,
      expect.stringMatching(/^carom: .*huge.*classic, puffer/),
    ]);
  });
});

describe("carom train", () => {
  test("the new game is learned within seconds", async () => {
    const args = [
      "train",
      "./sky-fall",
      "--no-viewer",
      "--steps",
      "1M",
      "--out",
      "learned",
      "--json",
    ];
    const { code, stdout, stderr } = await call(...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const result = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
    expect(result).toMatchObject({ game: "sky-fall", variant: "classic" });
    expect(result.score.mean).toBeGreaterThan(9); // of 10; random play gets 1.5
  });

  test("the run has its own copy of the game, sealed by its SHA-256", async () => {
    const { game, gameFile } = JSON.parse(read("learned/run.json"));
    const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
    const code = readFileSync(inFolder("learned/game.mjs"));
    const path = inFolder("sky-fall/sky-fall.ts");
    expect(game).toBe("sky-fall");
    expect(gameFile).toEqual({
      ...{ bytes: code.length, sha256: sha256(code) },
      sources: [{ path, sha256: sha256(readFileSync(path)) }],
    });
  });

  test("going on and evaluating use that copy, and where the file differs by now it is said", async () => {
    cpSync(inFolder("sky-fall"), inFolder("changing"), { recursive: true });
    const file = "changing/sky-fall.ts";
    const args = ["--steps", "5k", "--out", "changed", ...quick];
    expect((await call("train", file, ...args)).code).toBe(0);
    const resume = ["train", "--resume", "changed", "--no-viewer", "--steps"];
    expect((await call(...resume, "7k")).stdout).not.toContain("has changed");
    writeFileSync(inFolder(file), "this is no game any more");
    const { code, stdout, stderr } = await call(...resume, "10k");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.match(/^.*has changed.*$/gm)).toEqual([
      "changing/sky-fall.ts has changed since the run began: it goes on with its own copy of the game",
    ]);
    rmSync(inFolder("changing"), { recursive: true });
    const played = await call("eval", "changed", "--episodes", "4");
    expect(played).toMatchObject({ code: 0, stderr: "" });
  });

  test("what broke in the user's code is told with its line", async () => {
    const text = read("sky-fall/sky-fall.ts")
      .replace('id: "sky-fall"', 'id: "fragile"')
      .replace("this.coinY += 1;", "this.coinY += 1;\n    if (this.caught === 9) fail();")
      .concat("\nfunction fail(): void {\n  const rows: number[][] = [];\n  rows[3].push(1);\n}\n");
    writeFileSync(inFolder("fragile.ts"), text);
    const line = text.split("\n").findIndex((one) => one.includes("rows[3]")) + 1;
    const run = await call(
      "train",
      "fragile.ts",
      "--no-viewer",
      "--steps",
      "5M",
      "--out",
      "fragile",
    );
    expect(run.stderr).toMatch(
      /^carom: training failed: fragile: the game threw "Cannot read prop/,
    );
    expect(run.stderr).toContain(`(at fragile.ts:${line}:11); the checkpoint of step`);
    expect(run.stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(run.code).toBe(1);
  });
});

describe("what cannot be trained on is said in one sentence, with exit code 2 and no trace", () => {
  const table: [name: string, text: string, sentence: RegExp][] = [
    [
      "syntax",
      "export class A {\n  step(: number) {}\n}\n",
      /^carom: syntax\.ts:2:8: Expected identifier but found ":"$/,
    ],
    [
      "missing",
      'import "./nowhere.js";\n',
      /^carom: missing\.ts:1:8: Could not resolve "\.\/nowhere\.js"$/,
    ],
    [
      "loading",
      'throw new Error("no luck");\n',
      /^carom: loading\.ts: it failed while it was loaded: no luck \(at loading\.ts:1:7\)$/,
    ],
    ["empty", "export const x = 1;\n", /^carom: empty\.ts: no game \(got x \(number\)/],
    [
      "specless",
      "export class A { seed() {} reset() {} step() { return 0; } observe() {} draw() {} }\n",
      /^carom: specless\.ts: the export "A" is a class that is no game \(it has no field spec/,
    ],
  ];
  test.each(table)("%s", async (name, text, sentence) => {
    writeFileSync(inFolder(`${name}.ts`), text);
    const { code, stdout, stderr } = await call("train", `${name}.ts`, "--out", "trace", ...quick);
    expect(stderr.trimEnd()).toMatch(sentence);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(existsSync(inFolder("trace"))).toBe(false);
  });

  test("a game that breaks a rule that runs rest on", async () => {
    const text = read("sky-fall/sky-fall.ts").replace(
      "landed = 0;",
      "landed = 0;\n  readonly log: string[] = [];",
    );
    writeFileSync(inFolder("fancy.ts"), text.replace('id: "sky-fall"', 'id: "fancy"'));
    const { code, stderr } = await call("train", "fancy.ts", "--out", "trace", ...quick);
    expect(stderr).toMatch(/^carom: fancy\.ts cannot be trained on: \[G2\] .*"log".*\n$/);
    expect(code).toBe(2);
    expect(existsSync(inFolder("trace"))).toBe(false);
  });

  test("a run whose copy of the game was changed", async () => {
    await call("train", "./sky-fall", "--steps", "2k", "--out", "forged", ...quick);
    appendFileSync(inFolder("forged/game.mjs"), "\n");
    for (const args of [
      ["eval", "forged"],
      ["train", "--resume", "forged", "--steps", "9k", "--no-viewer"],
    ]) {
      const { code, stderr } = await call(...args);
      expect(stderr).toMatch(
        /^carom: .*game\.mjs, is damaged \(it has \d+ bytes, expected \d+\)\n$/,
      );
      expect(code).toBe(2);
    }
  });
});
