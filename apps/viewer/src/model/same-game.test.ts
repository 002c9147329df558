import { expect, test } from "vitest";
import { whyNotTogether } from "./same-game.js";

const own = { game: "pong", variant: "default", gameVersion: 2 };

test("seeds are shared by runs of one game, one variant and one version of the rules", () => {
  expect(whyNotTogether(own, { ...own })).toBeUndefined();
  expect(whyNotTogether(own, { ...own, game: "catch" })).toBe("another game: catch");
  expect(whyNotTogether(own, { ...own, variant: "fast" })).toBe("another variant: fast");
  expect(whyNotTogether(own, { ...own, gameVersion: 1 })).toBe("other rules: version 1, not 2");
});
