/**
 * Every game, translated to C++, shows the same bits as its class: rewards, ends, states, observations,
 * masks, copies, and a picture every 97 steps. CAROM_COMPILER_STEPS sets how many steps are compared.
 */
import { findGame } from "@carom/envs";
import { expect, test } from "vitest";
import { allVariants, build, compare } from "./games.js";

const steps = Number(process.env.CAROM_COMPILER_STEPS ?? 20_000);

const guarded = ["breakout", "snake", "2048", "mini-asterix", "tetris", "connect4", "gomoku", "go"];

test.each(guarded)("%s, checked, is equal too, and has no fault", (id) => {
  const built = build(`${id}-checked`, () => findGame(id).create(), { checked: true });
  const { equal, fault } = compare(built, steps);
  expect({ equal, fault }).toEqual({ equal: true, fault: "" });
});

test.each(allVariants(findGame))("$name is equal to its class", ({ name, game, variant }) => {
  const built = build(name, () => game.create(variant));
  const { equal, firstDifference } = compare(built, steps);
  expect({ equal, firstDifference }).toEqual({ equal: true, firstDifference: -1 });
});
