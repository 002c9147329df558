/**
 * The tests beside a game, `dodge.test.ts` for `dodge.ts`, where they are written for Node's own test
 * runner: bundled like the game, so that they need nothing installed, and run in a process of their
 * own. Tests for other runners are left to them.
 */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, extname } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle, shortPath } from "./bundle.js";
import { placeModule } from "./module.js";
import type { GameModule } from "./source.js";

/** How the tests of a game went. */
export interface TestRun {
  /** The tests' file, as a short path. */
  readonly file: string;
  readonly passed: number;
  /** Counts a file that could not be run as one. */
  readonly failed: number;
  /** What the test runner printed. */
  readonly output: string;
}

/** null where there are none for Node's runner. @throws CliError BAD_GAME for a file that does not compile */
export async function runTests(module: GameModule | null): Promise<TestRun | null> {
  const file = testsOf(module?.sources[0]?.path ?? "");
  if (file === undefined) return null;
  const { code } = await bundle(file, {
    entryPoints: [file],
    platform: "node",
    sourcemap: "inline",
  });
  const { output, status } = await run(fileURLToPath(placeModule(code)), dirname(file));
  const passed = countOf("pass", output);
  const failed = countOf("fail", output);
  const isBroken = failed === 0 && (status !== 0 || passed === 0);
  return { file: shortPath(file), passed, failed: isBroken ? 1 : failed, output };
}

function testsOf(game: string): string | undefined {
  const ending = extname(game);
  const file = `${game.slice(0, game.length - ending.length)}.test${ending}`;
  if (ending === "" || !existsSync(file)) return undefined;
  return /["']node:test["']/.test(readFileSync(file, "utf8")) ? file : undefined;
}

/** The number behind a word in the runner's summary. */
function countOf(word: string, output: string): number {
  return Number(new RegExp(`^\\S+ ${word} (\\d+)$`, "m").exec(output)?.[1] ?? 0);
}

/** Runs a file of tests and gives what it printed. */
function run(file: string, cwd: string): Promise<{ output: string; status: number | null }> {
  const options = ["--enable-source-maps", "--test-reporter=spec"];
  const child = spawn(process.execPath, [...options, file], {
    ...{ cwd, stdio: ["ignore", "pipe", "pipe"] },
    env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0" },
  });
  let output = "";
  const take = (text: string): void => {
    output += text;
  };
  child.stdout?.setEncoding("utf8").on("data", take);
  child.stderr?.setEncoding("utf8").on("data", take);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve({ output, status }));
  });
}
