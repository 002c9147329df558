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

test("a person can play every game: by keys, or on the board", () => {
  const shown = games.flatMap((game) => game.variants.map((variant) => game.create(variant)));
  const without = shown.filter(({ spec, actionAt }) => !spec.keys && !actionAt);
  expect(without.map(({ spec }) => spec.id)).toEqual([]);
});

test("keys reach every action but the one while none is held, where no click does", () => {
  for (const game of games) {
    const { spec, actionAt } = game.create();
    const { id, actions, keys, idle } = spec;
    if (actions.kind !== "discrete" || !keys || actionAt) continue;
    const reached = new Set(
      idle === "last" ? Object.values(keys) : [...Object.values(keys), idle ?? 0],
    );
    expect([id, reached.size]).toEqual([id, actions.names.length]);
  }
});

test("left, right, up and down are on the arrows and the letters", () => {
  const pairs = { ArrowLeft: "KeyA", ArrowRight: "KeyD", ArrowUp: "KeyW", ArrowDown: "KeyS" };
  for (const game of games) {
    const { id, actions, keys = {} } = game.create().spec;
    for (const [arrow, letter] of Object.entries(pairs)) {
      expect([id, arrow, keys[arrow]]).toEqual([id, arrow, keys[letter]]);
      const name = arrow.slice("Arrow".length).toLowerCase();
      const named = actions.kind === "discrete" ? actions.names.indexOf(name) : -1;
      if (named >= 0 && keys[arrow] !== undefined) expect([id, keys[arrow]]).toEqual([id, named]);
    }
  }
});

test("turn-based games wait for a person, the others go by the clock", () => {
  const waiting = games.filter((game) => game.create().spec.waits && !game.create().actionAt);
  expect(waiting.map(({ id }) => id)).toEqual(["2048", "frozenlake", "deepsea"]);
});
