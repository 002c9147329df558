/** The rules of My game. `carom check` runs these tests too; they need nothing installed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { asText } from "@carom/envs";
import { MyGame } from "./my-game.ts";

/** A game in the middle of an episode. */
function gameAt(place: Partial<MyGame>): MyGame {
  const game = new MyGame();
  game.seed(1);
  game.reset();
  return Object.assign(game, place);
}

test("a coin that lands in the basket is worth 1, and the next one appears at the top", () => {
  const game = gameAt({ basketX: 1, coinX: 2, coinY: 6 });
  assert.deepEqual(asText(game, { cellWidth: 1, cellHeight: 1 }).split("\n").slice(6), [
    "..o....",
    ".#.....",
  ]);
  assert.equal(game.step(2), 1);
  assert.equal(game.coinY, 0);
});

test("a coin that lands beside the basket is worth nothing", () => {
  assert.equal(gameAt({ basketX: 1, coinX: 2, coinY: 6 }).step(1), 0);
});

test("the basket stops at the edge", () => {
  const game = gameAt({ basketX: 0 });
  game.step(0);
  assert.equal(game.basketX, 0);
});

test("the tenth coin ends the episode", () => {
  const game = gameAt({ landed: 9, coinY: 6 });
  game.step(1);
  assert.equal(game.terminated, true);
});
