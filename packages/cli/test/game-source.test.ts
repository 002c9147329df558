/** Games by name and by path: what is found, and what is said of files that hold none. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checksum, findGame, type Game } from "@carom/envs";
import { createRun, memoryDisk } from "@carom/runs";
import { afterAll, describe, expect, test } from "vitest";
import { changedSources, precheck } from "../src/game/notes.js";
import { type FoundGame, gameOfRun, resolveGame } from "../src/game/source.js";
import { filesOf, namesOf } from "../src/new/command.js";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "carom-games-")));
process.env["TMPDIR"] = folder; // test runners end without a word, and files for the process would stay
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes a file and gives its path. */
function write(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const fruits = filesOf(namesOf("fruit-fall"))["fruit-fall.ts"];

/** The template's game as `<name>.ts`, with one piece of its text replaced. */
function variantOf(name: string, from: string, to: string): string {
  expect(fruits).toContain(from);
  return write(`${name}.ts`, fruits.replace(from, to).replaceAll("fruit-fall", name));
}

function subjectOf({ game, module }: FoundGame): Parameters<typeof precheck>[0] {
  return { game, module, variant: game.defaultVariant, algo: "ppo", seed: 1, config: {} };
}

function played(game: Game): number {
  game.seed(3);
  game.reset();
  for (let i = 0; i < 30; i++) game.step(i % 3);
  return checksum(game);
}

describe("resolveGame", () => {
  test("a name is a game of Carom", async () => {
    expect(await resolveGame("breakout")).toEqual({ game: findGame("breakout"), module: null });
    await expect(resolveGame("brekout")).rejects.toMatchObject({ code: "UNKNOWN_GAME" });
  });

  test("a path is a module, a folder the one of its name; both are the same game", async () => {
    const file = write("fruit-fall/fruit-fall.ts", fruits);
    const [byFile, byFolder] = [await resolveGame(file), await resolveGame(join(file, ".."))];
    expect(byFile.game).toMatchObject({ id: "fruit-fall", title: "Fruit fall" });
    expect(byFile.module?.sources).toEqual([
      { path: file, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ]);
    expect(byFolder.module?.code).toEqual(byFile.module?.code);
    expect(played(byFolder.game.create())).toBe(played(byFile.game.create()));
  });

  test("a run's copy of a game is a module like any other, whatever it is called", async () => {
    const made = await resolveGame(write("again/fruit-fall.ts", fruits));
    const copy = write("again/game.mjs", new TextDecoder().decode(made.module?.code));
    const { game, module } = await resolveGame(copy);
    expect(played(game.create())).toBe(played(made.game.create()));
    expect(module?.sources.map(({ path }) => path)).toEqual([copy]);
  });

  test("files that it imports are in it, and named", async () => {
    write("parts/columns.js", "export const COLUMNS = 7;\n");
    const file = write(
      "parts/parts.ts",
      fruits
        .replace("const COLUMNS = 7;", "")
        .replace(
          '} from "@carom/envs";',
          '} from "@carom/envs";\nimport { COLUMNS } from "./columns";',
        ),
    );
    const { game, module } = await resolveGame(file);
    expect(game.create().spec.board.width).toBe(7);
    expect(module?.sources.map(({ path }) => path)).toEqual([
      file,
      join(folder, "parts/columns.js"),
    ]);
    expect(new TextDecoder().decode(module?.code)).not.toMatch(/^import /m);
  });

  const table: [name: string, text: string, sentence: RegExp][] = [
    ["syntax", "export class A {\n  step(: number) {}\n}\n", /syntax\.ts:2:8: Expected identifier/],
    ["node", 'import "node:fs";\n', /node\.ts:1:8: .*"node:fs" \(a game runs in browsers too/],
    [
      "missing",
      'import "./nowhere.js";\n',
      /missing\.ts:1:8: Could not resolve "\.\/nowhere\.js"$/,
    ],
    ["two", 'import "./a";\nimport "./b";\n', /two\.ts:1:8: .*; and 1 more$/],
    [
      "throws",
      'function f(): never {\n  throw new Error("no luck");\n}\nexport const x = f();\n',
      /throws\.ts: it failed while it was loaded: no luck \(at throws\.ts:2:9\)$/,
    ],
    [
      "empty",
      "export const x = 1;\n",
      /empty\.ts: no game \(got x \(number\); expected an exported/,
    ],
    [
      "taken",
      fruits.replace('id: "fruit-fall"', 'id: "pong"'),
      /its id "pong" is that of a game of Carom/,
    ],
    [
      "odd",
      fruits.replace('id: "fruit-fall"', 'id: "gym:x"'),
      /its id "gym:x" has to be 1 to 64 letters/,
    ],
    [
      "bare",
      fruits
        .replace("readonly spec: GameSpec = spec;", "declare readonly spec: GameSpec;")
        .replace("defineGame(() => new FruitFall())", "FruitFall"),
      /the default export is a class that is no game \(it has no field spec/,
    ],
  ];
  test.each(table)("a file that is no game is told what is wrong: %s", async (name, text, said) => {
    await expect(resolveGame(write(`${name}.ts`, text))).rejects.toMatchObject({
      code: "BAD_GAME",
      message: expect.stringMatching(said),
    });
  });

  test("a path where nothing is, or a folder without a game, is told", async () => {
    const code = "GAME_NOT_FOUND";
    await expect(resolveGame("./nothing.ts")).rejects.toMatchObject({ code });
    write("hollow/notes.md", "");
    const message = expect.stringContaining("hollow.ts");
    await expect(resolveGame(join(folder, "hollow"))).rejects.toMatchObject({ code, message });
  });
});

describe("before training", () => {
  test("a sound game has nothing to tell, nor has one of Carom", async () => {
    expect(precheck(subjectOf(await resolveGame(write("fruit-fall.ts", fruits))))).toEqual([]);
    expect(precheck(subjectOf(await resolveGame("catch")))).toEqual([]);
  });

  test.each([
    ["G1", "shape: [3],", "shape: [4],"],
    ["G2", "landed = 0;", "landed = 0;\n  readonly names: string[] = [];"],
    ["G3", "nextBelow(this.random, COLUMNS)", "Math.floor(Math.random() * COLUMNS)"],
  ])("a game that breaks %s is refused", async (id, from, to) => {
    const found = await resolveGame(variantOf(`broken-${id.toLowerCase()}`, from, to));
    expect(() => precheck(subjectOf(found))).toThrow(
      expect.objectContaining({
        code: "BROKEN_GAME",
        message: expect.stringMatching(
          new RegExp(`broken-${id.toLowerCase()}\\.ts cannot be trained on: \\[${id}\\]`),
        ),
      }),
    );
  });

  test("another broken rule is a warning", async () => {
    const found = await resolveGame(
      variantOf("wide", "ROWS - 0.5, 0.8, 0.5", "ROWS - 0.5, 8, 0.5"),
    );
    expect(precheck(subjectOf(found))).toEqual([
      expect.stringMatching(/^warning: the game breaks rule G12, draw paints within.*carom check/),
    ]);
  });
});

describe("the game of a run", () => {
  const facts = { gameVersion: 1, variant: "classic", algo: "ppo", seed: 1, totalSteps: 1 };
  const setup = { ...facts, config: {}, device: "cpu", threads: 1, versions: {} };

  test("is its own copy, whatever has become of the file; and the difference is told", async () => {
    const file = write("kept.ts", fruits.replaceAll("fruit-fall", "kept"));
    const { game, module } = await resolveGame(file);
    if (!module) throw new Error("a path has a module");
    const disk = memoryDisk();
    const run = createRun("/kept", { ...setup, game: "kept", gameFile: module }, { disk });
    writeFileSync(file, "export const gone = true;\n");
    const again = await gameOfRun(run);
    run.close();
    expect(played(again.game.create())).toBe(played(game.create()));
    expect(changedSources(again.module)).toEqual([
      `${file} has changed since the run began: it goes on with its own copy of the game`,
    ]);
    rmSync(file);
    expect(changedSources(again.module)).toEqual([]);
  });

  test("is found by its name where the run has no copy, and a name is never taken for a path", async () => {
    const disk = memoryDisk();
    const run = createRun("/named", { ...setup, game: "catch" }, { disk });
    expect((await gameOfRun(run)).game).toBe(findGame("catch"));
    run.close();
    const odd = createRun("/odd", { ...setup, game: write("evil.ts", fruits) }, { disk });
    await expect(gameOfRun(odd)).rejects.toMatchObject({ code: "UNKNOWN_GAME" });
    odd.close();
  });
});

describe("names of new games", () => {
  test("become a class and a title", () => {
    const names = { id: "four-in-2d", className: "FourIn2d", title: "Four in 2d" };
    expect(namesOf("four-in-2d")).toEqual(names);
  });

  test.each([
    "",
    "My-Game",
    "1up",
    "a--b",
    "-a",
    "a-",
    "a b",
    "../a",
    "a/b",
    "ä",
    "x".repeat(41),
    "pong",
    "__proto__",
  ])("%j is refused", (name) => {
    expect(() => namesOf(name)).toThrow(expect.objectContaining({ code: "BAD_VALUE" }));
  });
});
