import { findGame } from "@carom/envs";
import { describe, expect, test } from "vitest";
import {
  checkResumeTexts,
  limitsOf,
  parseAsked,
  parseManner,
  parseSubject,
  type TrainTexts,
} from "../src/train/options.js";

const nothing: TrainTexts = { viewer: true };
const breakout = { game: findGame("breakout"), module: null };

describe("parseSubject", () => {
  test("defaults: ppo, the game's default variant, seed 1, the preset", () => {
    const { game, variant, algo, seed, config } = parseSubject(breakout, nothing);
    expect({ id: game.id, variant, algo, seed }).toEqual({
      id: "breakout",
      variant: game.defaultVariant,
      algo: "ppo",
      seed: 1,
    });
    expect(config).toMatchObject({ gamma: 0.99 });
  });

  test("--set goes over the preset", () => {
    const { config } = parseSubject(breakout, { ...nothing, set: ["gamma=0.5", "envs=16"] });
    expect(config).toMatchObject({ gamma: 0.5, envs: 16 });
  });

  test.each<[string, typeof breakout | undefined, Partial<TrainTexts>, string]>([
    ["no game", undefined, {}, "MISSING_GAME"],
    ["unknown variant", breakout, { variant: "huge" }, "UNKNOWN_VARIANT"],
    ["unknown algorithm", breakout, { algo: "ppp" }, "UNKNOWN_ALGORITHM"],
    ["unknown setting", breakout, { set: ["gama=1"] }, "UNKNOWN_KEY"],
    ["out of range", breakout, { set: ["gamma=1.5"] }, "OUT_OF_RANGE"],
    ["seed", breakout, { seed: "1.5" }, "BAD_VALUE"],
  ])("%s is refused", (_name, game, texts, code) => {
    expect(() => parseSubject(game, { ...nothing, ...texts })).toThrow(
      expect.objectContaining({ code }),
    );
  });
});

test("limits: what was asked for, else the preset's steps", () => {
  const subject = parseSubject(breakout, nothing);
  const { steps, ...others } = limitsOf(parseAsked(nothing), subject);
  expect(steps).toBeGreaterThan(1_000_000);
  expect(others).toEqual({ seconds: null, score: null });
  const asked = parseAsked({ ...nothing, steps: "5k", time: "2m", untilScore: "400" });
  expect(limitsOf(asked, subject)).toEqual({ steps: 5000, seconds: 120, score: 400 });
});

test("manner: viewer on, checkpoints every 30 seconds, no JSON", () => {
  expect(parseManner(nothing)).toEqual({
    control: true,
    checkpointEvery: 30,
    viewer: { port: undefined, open: false },
    json: false,
  });
  expect(parseManner({ viewer: false, json: true }).viewer).toBeNull();
});

test("a continued run keeps what it is: only limits, device and manner may be given", () => {
  const resume = { ...nothing, resume: "runs/a" };
  for (const texts of [{ algo: "ppo" }, { seed: "1" }, { set: ["a=1"] }, { out: "x" }]) {
    expect(() => checkResumeTexts(undefined, { ...resume, ...texts })).toThrow("leave out");
  }
  expect(() => checkResumeTexts("breakout", resume)).toThrow("leave out a game");
  checkResumeTexts(undefined, { ...resume, steps: "1M", device: "cpu", threads: "2", json: true });
});

test("--control takes on and off", () => {
  expect(parseManner({ ...nothing, control: "off" }).control).toBe(false);
  expect(() => parseManner({ ...nothing, control: "maybe" })).toThrow("--control");
});
