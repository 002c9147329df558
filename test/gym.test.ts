/**
 * The command and Python's Gymnasium, end to end: training and scoring on an environment in Python,
 * and a game of ours in a Python program. What needs a Python with gymnasium is skipped where
 * CAROM_PYTHON (or python3) has none, with a printed reason.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, expect, type TestContext, test } from "vitest";
import { carom, endAll, startCarom, temporaryFolder } from "./support/carom.js";

const python = process.env["CAROM_PYTHON"] ?? "python3";
const hasGymnasium = spawnSync(python, ["-c", "import gymnasium"]).status === 0;
const folder = temporaryFolder();
const environment = { CAROM_PYTHON: python };
if (!hasGymnasium) {
  console.log(`skipped: ${python} has no gymnasium (CAROM_PYTHON names another Python)`);
}

afterEach(endAll);
afterAll(folder.remove);

function needGymnasium(context: TestContext): void {
  if (!hasGymnasium) context.skip(`${python} has no gymnasium`);
}

test("without a Python there is one sentence, and nothing is written", async () => {
  const run = await carom(["train", "gym:CartPole-v1", "--out", "none"], folder.path, {
    CAROM_PYTHON: "/nowhere/python",
  });
  expect(run.code).toBe(2);
  expect(run.stderr).toBe(
    "carom: gym:CartPole-v1: CAROM_PYTHON does not run (got /nowhere/python, expected a Python program)\n",
  );
});

test("trains, continues and is scored on an environment in Python", async (context) => {
  needGymnasium(context);
  const settings = ["--set", "envs=8", "horizon=32", "minibatch=64", "normalizeObservations=true"];
  const train = ["train", "gym:CartPole-v1", "--no-viewer", "--out", "cart", ...settings];
  const run = await carom([...train, "--steps", "10k"], folder.path, environment);
  expect(run.stderr).toBe("");
  expect(run.stdout).toMatch(/finished, all steps done/);
  const more = ["train", "--resume", "cart", "--steps", "20k", "--no-viewer", "--json"];
  const resumed = await carom(more, folder.path, environment);
  expect(resumed.stderr).toBe("");
  const result = JSON.parse(resumed.stdout.trim().split("\n").at(-1) ?? "");
  expect(result.steps).toBeGreaterThanOrEqual(20_000);
  const scored = await carom(["eval", "cart", "--episodes", "10"], folder.path, environment);
  expect(scored.stderr).toBe("");
  expect(scored.stdout).toMatch(/10 episodes/);
});

test("a Python process that is killed costs the running episodes, told in one line", async (context) => {
  needGymnasium(context);
  const run = startCarom(
    ["train", "gym:CartPole-v1", "--no-viewer", "--out", "killed", "--steps", "150k"],
    folder.path,
    environment,
  );
  await run.printed(/steps \d/);
  const children = execFileSync("pgrep", ["-P", String(run.child.pid), "-f", "carom_gym_server"]);
  for (const pid of children.toString().trim().split("\n")) process.kill(Number(pid), "SIGKILL");
  const { code, stdout, stderr } = await run.finished;
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout.match(/the Python process ended.*its episode was cut/g)).toHaveLength(1);
  expect(stdout).toMatch(/finished, all steps done/);
});

test("threads for games are refused where they are in Python", async (context) => {
  needGymnasium(context);
  const args = ["train", "gym:CartPole-v1", "--set", "envWorkers=2", "--no-viewer", "--out", "two"];
  const run = await carom(args, folder.path, environment);
  expect(run.code).toBe(2);
  expect(run.stderr).toMatch(/^carom: envWorkers: gym:CartPole-v1 runs in one Python process/);
});

test("a game of ours passes Gymnasium's own check in a Python program", (context) => {
  needGymnasium(context);
  const program = `
import sys
sys.path.insert(0, sys.argv[1])
from gymnasium.utils.env_checker import check_env
from carom_env import CaromEnv, CaromVectorEnv

env = CaromEnv("frozenlake", variant="dry", command=sys.argv[2:])
check_env(env, skip_render_check=True)
env.close()
envs = CaromVectorEnv("breakout", num_envs=3, command=sys.argv[2:])
envs.reset(seed=1)
print(envs.step(envs.action_space.sample())[0].shape)
envs.close()
`;
  const files = fileURLToPath(new URL("../packages/gym/python", import.meta.url));
  const command = fileURLToPath(new URL("../packages/cli/dist/main.js", import.meta.url));
  const args = ["-W", "ignore", "-c", program, files, process.execPath, command];
  const shown = execFileSync(python, args, { encoding: "utf8", cwd: join(folder.path) });
  expect(shown).toBe("(3, 118)\n");
});

test("serve-env ends when nobody asks any more", async () => {
  const run = await carom(["serve-env", "catch"], folder.path);
  expect([run.code, run.stdout, run.stderr]).toEqual([0, "", ""]);
});

test("serve-env of a game that there is not", async () => {
  const run = await carom(["serve-env", "cach"], folder.path);
  expect(run.code).toBe(2);
  expect(run.stderr).toMatch(/Did you mean "catch"\?/);
});
