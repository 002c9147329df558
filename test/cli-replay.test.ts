/** `carom replay`: a replay file is played again, checked and told as lines of JSON. Real processes. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeReplay, findGame, makeReplay, type Replay } from "@carom/envs";
import { readRun } from "@carom/runs";
import { afterAll, afterEach, expect, test } from "vitest";
import { carom, endAll, startCarom, temporaryFolder } from "./support/carom.js";

const folder = temporaryFolder();
afterEach(endAll);
afterAll(folder.remove);

function written(name: string, replay: Replay): string {
  writeFileSync(join(folder.path, name), encodeReplay(replay));
  return name;
}

const catchGame = findGame("catch");
const actions = Uint8Array.of(0, 2, 2, 1, 0, 0, 2);
const played = makeReplay({ seed: 5, actions }, catchGame, { meta: { by: "person", at: 3 } });

test("says what a replay is, and that its checksums agree", async () => {
  const { code, stdout } = await carom(["replay", written("a.replay", played)], folder.path);
  expect(code).toBe(0);
  expect(stdout).toContain("game:      catch, classic, version");
  expect(stdout).toContain("seed:      5");
  expect(stdout).toContain("decisions: 7, not to the end of the game");
  expect(stdout).toContain('meta:      {"by":"person","at":3}');
  expect(stdout).toContain("checked:   all 2 checksums agree");
});

test("gives decisions and facts as JSON", async () => {
  const file = written("b.replay", played);
  const args = ["replay", file, "--decisions", "--json"];
  const { code, stdout } = await carom(args, folder.path);
  const lines = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const report = lines.pop();
  expect(code).toBe(0);
  expect(report).toMatchObject({ game: "catch", seed: 5, length: 7, ok: true, terminated: false });
  expect(lines.map(({ action }) => action)).toEqual([...actions]);
  expect(lines.reduce((sum, { reward }) => sum + reward, 0)).toBe(report.return);
});

test("a game for two: each decision says whose it was, and what it won for him", async () => {
  const game = findGame("tictactoe");
  const won = makeReplay({ seed: 0, actions: Uint8Array.of(0, 3, 1, 4, 8, 5) }, game);
  const args = ["replay", written("c.replay", won), "--decisions"];
  const { stdout } = await carom(args, folder.path);
  const lines = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.map(({ player }) => player)).toEqual([0, 1, 0, 1, 0, 1]);
  expect(lines.at(-1)).toMatchObject({ action: 5, reward: 1 });
});

test("rules that have changed are found out", async () => {
  const checksums = played.checksums.slice();
  checksums[1] ^= 1;
  const file = written("d.replay", { ...played, checksums });
  const { code, stdout } = await carom(["replay", file], folder.path);
  expect(code).toBe(2);
  expect(stdout).toContain("plays it differently from decision 7 on");
});

test("what is no replay, and a game that is not known, are refused in one sentence", async () => {
  writeFileSync(join(folder.path, "e.replay"), "not a replay, but long enough for a head");
  const damaged = await carom(["replay", "e.replay"], folder.path);
  expect([damaged.code, damaged.stderr]).toEqual([2, expect.stringMatching(/cannot be read/)]);
  const missing = await carom(["replay", "none.replay"], folder.path);
  expect([missing.code, missing.stderr]).toEqual([2, expect.stringMatching(/none\.replay/)]);
  // A file that names a module must not run it.
  writeFileSync(join(folder.path, "evil.mjs"), 'console.log("ran"); export default {};');
  const file = written("f.replay", { ...played, game: "./evil.mjs" });
  const foreign = await carom(["replay", file], folder.path);
  expect([foreign.code, foreign.stdout]).toEqual([2, ""]);
  expect(foreign.stderr).toMatch(/"\.\/evil\.mjs" is no part of Carom.*--game/);
});

test("a run that trains keeps a demonstration that a viewer hands in; one that is watched does not", async () => {
  const small = ["--set", "envs=8", "horizon=16", "minibatch=64", "hidden=16", "--threads", "1"];
  const args = ["train", "catch", "--out", "demo", "--steps", "50M", ...small];
  const training = startCarom(args, folder.path);
  const [, address] = await training.printed(/viewer: (\S+)/);
  const kept = await handIn(address);
  expect([kept.status, kept.answer]).toEqual([200, { id: expect.stringMatching(/^\d+$/) }]);
  await training.printed(/kept a demonstration from the viewer, return/);
  training.child.kill("SIGINT");
  expect((await training.finished).code).toBe(130);
  const run = readRun(join(folder.path, "demo"));
  expect([...run.replay(String(kept.answer["id"]))]).toEqual([...encodeReplay(played)]);
  run.close();

  const watching = startCarom(["watch", "demo"], folder.path);
  const [, shown] = await watching.printed(/viewer: (\S+)/);
  const refused = await handIn(shown);
  expect([refused.status, refused.answer["error"]]).toMatchObject([403, { code: "CONTROL_OFF" }]);
  watching.child.kill("SIGINT");
  expect((await watching.finished).code).toBe(0);
});

/** What the page does, by the address that it was opened with. */
async function handIn(
  address: string,
): Promise<{ status: number; answer: Record<string, unknown> }> {
  const { origin, searchParams } = new URL(address);
  const headers = {
    ...{ origin, "x-carom-token": searchParams.get("token") ?? "" },
    "content-type": "application/octet-stream",
  };
  const body = encodeReplay(played);
  const reply = await fetch(`${origin}/api/demonstrations`, { method: "POST", headers, body });
  return { status: reply.status, answer: (await reply.json()) as Record<string, unknown> };
}
