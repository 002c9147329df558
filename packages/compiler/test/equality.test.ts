/**
 * Every game, translated to C++, shows the same bits as its class: rewards, ends, states, observations,
 * masks, copies, and a picture every 97 steps. CAROM_COMPILER_STEPS sets how many steps are compared.
 */
import { findGame } from "@carom/envs";
import { expect, test } from "vitest";
import { allVariants, build, compare } from "./games.js";

const steps = Number(process.env.CAROM_COMPILER_STEPS ?? 20_000);

test.each(allVariants(findGame))("$name is equal to its class", ({ name, game, variant }) => {
  const built = build(name, () => game.create(variant));
  const { equal, firstDifference } = compare(built, steps);
  expect({ equal, firstDifference }).toEqual({ equal: true, firstDifference: -1 });
});
