/**
 * A run that is killed 20 times at any moment, half of them inside a save, and continued each time
 * without a person's help, must end with the same bits as one that was never disturbed.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, expect, test } from "vitest";
import {
  carom,
  checkpointNames,
  endAll,
  newestHashes,
  startCarom,
  stepOf,
  temporaryFolder,
} from "./support/carom.js";

const kills = 20;
const folder = temporaryFolder();
const run = join(folder.path, "killed");
const common = ["--no-viewer", "--threads", "1", "--checkpoint-every", "0.05s"];
const small = ["--set", "envs=8", "horizon=16", "minibatch=64", "hidden=64,64"];
/** More than 20 lives of at most 0.2 seconds can do. */
const steps = ["--steps", "3000k"];

afterEach(endAll);
afterAll(folder.remove);

/** Pseudo-random numbers in [0, 1), the same in every run of this test. */
function moments(): () => number {
  let state = 12345;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Resolves when a checkpoint is being written, or after two seconds. */
async function saving(): Promise<void> {
  const checkpoints = join(run, "checkpoints");
  for (const end = Date.now() + 2000; Date.now() < end; ) {
    if (existsSync(checkpoints)) {
      for (let i = 0; i < 50; i++) {
        if (readdirSync(checkpoints).some((name) => name.startsWith(".tmp-"))) return;
      }
    }
    await sleep(0);
  }
}

test("killed 20 times, the run ends as if nothing had happened", async () => {
  const random = moments();
  const first = ["train", "catch", "--out", "killed", ...common, ...steps, ...small];
  const again = ["train", "--resume", "killed", ...common];
  let saved = 0;
  for (let kill = 0; kill < kills; kill++) {
    const running = startCarom(kill === 0 ? first : again, folder.path);
    const begun = /^run: .*\n(?:continuing from step ([\d,]+)|the run has no checkpoint yet)/m;
    const [, from = "0"] = await running.printed(kill === 0 ? /^run: / : begun);
    if (kill > 0) expect(Number(from.replaceAll(",", ""))).toBe(saved);
    if (kill % 2 === 0) await sleep(random() * 200);
    else await saving();
    running.child.kill("SIGKILL");
    const { signal, stderr } = await running.finished;
    expect({ signal, stderr }).toEqual({ signal: "SIGKILL", stderr: "" });
    saved = Math.max(0, ...checkpointNames(run).map(stepOf));
  }
  const last = await carom([...again], folder.path);
  expect(last).toMatchObject({ code: 0, stderr: "" });
  const whole = ["train", "catch", "--out", "whole", ...common, ...steps, ...small];
  expect(await carom(whole, folder.path)).toMatchObject({ code: 0, stderr: "" });
  expect(newestHashes(run)).toEqual(newestHashes(join(folder.path, "whole")));
}, 900_000);
