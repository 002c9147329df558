import { encodeReplay, findGame, makeReplay, type Replay } from "@carom/envs";
import { describe, expect, test } from "vitest";
import { createRun, keepDemonstration, memoryDisk, type Run } from "../src/index.js";

const game = findGame("catch");
const { version } = game.create().spec;
const actions = Uint8Array.of(0, 2, 2, 1, 0, 0, 2);
const meta = { env: 3, episode: 8, by: [{ from: 2, by: "person" }] };
const played = makeReplay({ seed: 5, actions }, game, { meta });

function newRun(): Run {
  const facts = { game: "catch", variant: game.defaultVariant, gameVersion: version, algo: "ppo" };
  const place = { seed: 1, device: "cpu", threads: 1, totalSteps: 100, config: {}, versions: {} };
  return createRun("/runs/demo", { ...facts, ...place }, { disk: memoryDisk() });
}

describe("keepDemonstration", () => {
  test("keeps the bytes, with what they say of their origin", () => {
    const run = newRun();
    run.update({ steps: 40 });
    const bytes = encodeReplay(played);
    const entry = keepDemonstration(run, game, bytes);
    expect(entry).toEqual({
      ...{ id: "0", env: 3, episode: 8, seed: 5, length: 7, return: played.return },
      ...{ terminated: false, steps: 40, reason: "chosen" },
    });
    expect([...run.replay("0")]).toEqual([...bytes]);
    run.close();
  });

  test("[E3] a person's return is no measure of the training", () => {
    const run = newRun();
    const facts = { env: 0, episode: 0, seed: 1, length: 9, terminated: true };
    run.addEpisode(encodeReplay(played), { ...facts, return: 1e6, steps: 10 }, "chosen");
    run.rewind(20);
    run.considerEpisode({ ...facts, return: 1, steps: 12 });
    expect(run.considerEpisode({ ...facts, return: 2, steps: 13 })).toBe("best");
    run.close();
  });

  test.each<[string, Partial<Replay>, RegExp]>([
    ["another game", { game: "pong" }, /of another game \(got pong/],
    ["another variant", { variant: "huge" }, /variant is classic \(got huge\)/],
    ["another version", { version: version + 1 }, /of another game/],
    ["other states", { checksums: played.checksums.map((sum) => sum ^ 1) }, /from decision 0 on/],
  ])("refuses %s", (_, change, message) => {
    const run = newRun();
    const bytes = encodeReplay({ ...played, ...change });
    expect(() => keepDemonstration(run, game, bytes)).toThrow(message);
    expect(run.counts().episodes).toBe(0);
    run.close();
  });

  test("refuses what is no replay, and what is too long", () => {
    const run = newRun();
    expect(() => keepDemonstration(run, game, Uint8Array.of(1, 2))).toThrow(/cannot be read/);
    const long = new Uint8Array(200_001);
    const checksums = new Uint32Array(Math.ceil(long.length / 64) + 1);
    const bytes = encodeReplay({ ...played, actions: long, length: long.length, checksums });
    expect(() => keepDemonstration(run, game, bytes)).toThrow(/at most 200000 decisions/);
    run.close();
  });
});
