import { expect, test } from "vitest";
import { findGame, games } from "./registry.js";

test("every game is found by its id and makes all of its variants", () => {
  for (const game of games) {
    expect(findGame(game.id)).toBe(game);
    expect(game.create().spec.variant).toBe(game.defaultVariant);
    for (const variant of game.variants)
      expect(game.create(variant).spec).toMatchObject({ id: game.id, variant });
  }
});

test("an unknown game is refused with the nearest name, an unknown variant with the list", () => {
  const known = games.map(({ id }) => id).join(", ");
  expect(() => findGame("brekout")).toThrow(
    `no such game (got "brekout", expected one of ${known}). Did you mean "breakout"?`,
  );
  expect(() => findGame("probe:mach")).toThrow('Did you mean "probe:match"?');
  expect(() => findGame("breakout").create("atari")).toThrow(
    'breakout: no such variant (got "atari", expected one of classic, puffer)',
  );
});
