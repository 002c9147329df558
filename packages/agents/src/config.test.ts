import { expect, test } from "vitest";
import { parseWidths } from "./config.js";
import { nearestName } from "./errors.js";
import { defaultSteps, findAlgorithm, resolveConfig } from "./registry.js";

/** The message of the error that `action` throws. */
function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return String(error);
  }
  return "nothing thrown";
}

test("presets lie over defaults and overrides over presets", () => {
  const config = resolveConfig("ppo", "breakout", "puffer", { gamma: "0.9", envs: 8 });
  expect(config.rewardClip).toBe(1); // preset
  expect(config.gamma).toBe(0.9); // override, parsed from text
  expect(config.envs).toBe(8);
  expect(config.clip).toBe(0.2); // default
});

test("agents that see pictures have presets of their own", () => {
  const seen = resolveConfig("dqn", "breakout", "classic", { observation: "pixels", batch: 64 });
  expect(seen).toMatchObject({ hidden: "256", frameSkip: 4, frameStack: 4, batch: 64 });
  const other = resolveConfig("dqn", "pong", "classic", { observation: "pixels" });
  expect(other).toMatchObject({ hidden: "256", frameSkip: 1, frameStack: 4 });
  expect(resolveConfig("dqn", "breakout", "classic").hidden).toBe("128,128");
  const steps = defaultSteps("dqn", "breakout", "classic", { observation: "pixels" });
  expect(steps).toBeLessThan(defaultSteps("dqn", "breakout", "classic"));
});

test("wrong keys and values are one clear sentence each", () => {
  const resolve = (overrides: Record<string, string>) => () =>
    resolveConfig("ppo", "breakout", "classic", overrides);
  expect(messageOf(resolve({ gama: "1" }))).toMatchInlineSnapshot(
    `"AgentError: ppo has no setting "gama" (did you mean "gamma"?)"`,
  );
  expect(messageOf(resolve({ gamma: "1.5" }))).toMatchInlineSnapshot(
    `"AgentError: ppo: setting "gamma" must be between 0 and 1 per decision (got 1.5)"`,
  );
  expect(messageOf(resolve({ gamma: "high" }))).toMatchInlineSnapshot(
    `"AgentError: ppo: setting "gamma" must be a number (got "high")"`,
  );
  expect(messageOf(resolve({ gamma: "" }))).toMatchInlineSnapshot(
    `"AgentError: ppo: setting "gamma" must be a number (got "")"`,
  );
  expect(messageOf(resolve({ epochs: "2.5" }))).toMatchInlineSnapshot(
    `"AgentError: ppo: setting "epochs" must be a whole number (got "2.5")"`,
  );
  expect(messageOf(resolve({ epochs: "0" }))).toMatchInlineSnapshot(
    `"AgentError: ppo: setting "epochs" must be between 1 and 100 passes (got 0)"`,
  );
  expect(messageOf(resolve({ activation: "gelu" }))).toMatchInlineSnapshot(
    `"AgentError: ppo: setting "activation" must be one of auto, tanh, relu (got "gelu")"`,
  );
  expect(messageOf(resolve({ normalizeAdvantages: "yes" }))).toMatchInlineSnapshot(
    `"AgentError: ppo: setting "normalizeAdvantages" must be a boolean (got "yes")"`,
  );
  expect(messageOf(() => parseWidths("ppo", "hidden", "64,zero"))).toMatchInlineSnapshot(
    `"AgentError: ppo: setting "hidden" must be widths from 1 to 8192 separated by commas, like "64,64" (got "64,zero")"`,
  );
  expect(messageOf(() => findAlgorithm("poo"))).toMatchInlineSnapshot(
    `"AgentError: no algorithm is called "poo" (did you mean "ppo"?)"`,
  );
});

test("__proto__ is an unknown key, not a way into the configuration", () => {
  const overrides = JSON.parse('{"__proto__": 1}') as Record<string, number>;
  expect(messageOf(() => resolveConfig("ppo", "breakout", "classic", overrides))).toContain(
    'no setting "__proto__"',
  );
});

test("the nearest name is offered only when it is near", () => {
  expect(nearestName("breakuot", ["breakout", "catch"])).toBe("breakout");
  expect(nearestName("xyz", ["breakout", "catch"])).toBeUndefined();
});
