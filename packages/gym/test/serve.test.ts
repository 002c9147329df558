import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { findGame, games } from "@carom/envs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serveEnv, pythonFolder as shipped } from "../src/index.js";
import { needPython, pythonFolder, pythonProgram } from "./helpers.js";

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "carom-serve-"));
const relay = fileURLToPath(new URL("./relay.mjs", import.meta.url));
const names = games.map((game) => game.id);
const servers = names.map((name) =>
  createServer((socket: Socket) => {
    void serveEnv(findGame(name), {}, socket, socket)
      .catch(() => {})
      .finally(() => socket.end());
  }),
);

beforeAll(async () => {
  await Promise.all(
    servers.map((server, i) => {
      return new Promise<void>((resolve) => {
        server.listen(join(folder, `${names[i]}.sock`), resolve);
      });
    }),
  );
});

afterAll(() => {
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a Python program that finds carom_env and starts games of this test. */
async function python(args: readonly string[]): Promise<string> {
  const env = {
    ...process.env,
    PYTHONPATH: `${shipped}:${pythonFolder}`,
    CAROM_COMMAND: `node ${relay} ${folder}`,
  };
  const { stdout } = await run(pythonProgram, args, { env, maxBuffer: 1 << 26 });
  return stdout;
}

describe("Python plays Carom's games", () => {
  test("every listed game passes Gymnasium's checker, single and vector", async (context) => {
    needPython(context);
    const output = await python([`${pythonFolder}/check_games.py`, ...names]);
    const results = output
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(results).toEqual(names.map((game) => ({ game, warnings: [], problem: "" })));
  }, 300_000);

  test("the client keeps Gymnasium's conventions and says what is wrong", async (context) => {
    needPython(context);
    expect(await python([`${pythonFolder}/check_client.py`])).toBe("ok\n");
  });

  test("the README's example plays", async (context) => {
    needPython(context);
    const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
    const [, example] = /```python\n([\s\S]*?)```/.exec(readme) ?? [];
    const shapes = "print(observation.shape, observations.shape, env.render().shape)";
    expect(await python(["-c", `${example}\n${shapes}`])).toBe("(118,) (64, 118) (400, 384, 3)\n");
  });
});
