import { expect, test } from "vitest";
import { checkGame } from "../../conformance/check-game.js";
import { key } from "../../key.js";
import { LocalVectorEnv } from "../../local-env.js";
import { findGame, games } from "../../registry.js";
import { probes } from "./probes.js";

test.each(probes.map((probe) => [probe.id, probe] as const))(
  "%s keeps the contract of games",
  (id, probe) => {
    expect(checkGame(probe, { steps: 5000 }).failures).toEqual([]);
    expect(findGame(id)).toBe(probe);
    expect(games).not.toContain(probe);
  },
);

/**
 * Plays `policy` for some steps; each step as [observation, reward, terminated, truncated, final
 * observation].
 */
function play(id: string, policy: (observation: number) => number): number[][] {
  const env = new LocalVectorEnv(findGame(id), { count: 1, key: key(3) });
  env.reset();
  return Array.from({ length: 40 }, () => {
    const observation = env.observations[0];
    env.actions[0] = policy(observation);
    env.step();
    const { rewards, terminated, truncated, finalObservations } = env;
    return [observation, rewards[0], terminated[0], truncated[0], finalObservations[0]];
  });
}

test("constant: one decision, reward 1", () => {
  expect(new Set(play("probe:constant", () => 0).map(String))).toEqual(new Set(["0,1,1,0,0"]));
});

test("observation: the reward is what was seen, and both cues occur", () => {
  const seen = new Set(
    play("probe:observation", () => 1).map(([cue, reward]) => `${cue} ${reward}`),
  );
  expect(seen).toEqual(new Set(["1 1", "-1 -1"]));
});

test("delay: the reward comes with the third decision", () => {
  const steps = play("probe:delay", () => 0).slice(0, 3);
  expect(steps.map((step) => step.slice(0, 3))).toEqual([
    [0, 0, 0],
    [0.5, 0, 0],
    [1, 1, 1],
  ]);
});

test("action: action 1 is good, action 0 bad", () => {
  expect(play("probe:action", () => 1)[0][1]).toBe(1);
  expect(play("probe:action", () => 0)[0][1]).toBe(-1);
});

test("match: the action has to fit the observation", () => {
  expect(play("probe:match", (cue) => (cue > 0 ? 1 : 0)).every((step) => step[1] === 1)).toBe(true);
  expect(play("probe:match", (cue) => (cue > 0 ? 0 : 1)).every((step) => step[1] === -1)).toBe(
    true,
  );
});

test("truncation: reward 1 for ever, cut at every tenth decision, never ended", () => {
  const steps = play("probe:truncation", () => 0);
  expect(steps.map((step) => step[3])).toEqual(steps.map((_, i) => (i % 10 === 9 ? 1 : 0)));
  expect(steps.every((step) => step[1] === 1 && step[2] === 0)).toBe(true);
});
