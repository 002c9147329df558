/** The list of games, and how one is found by its name. */
import { EnvError } from "./errors.js";
import type { GameDefinition } from "./game.js";
import { breakout } from "./games/breakout/definition.js";
import { catchGame } from "./games/catch/catch.js";
import { acrobot } from "./games/classic-control/acrobot.js";
import { cartPole } from "./games/classic-control/cart-pole.js";
import { mountainCar } from "./games/classic-control/mountain-car.js";
import { mountainCarContinuous } from "./games/classic-control/mountain-car-continuous.js";
import { pendulum } from "./games/classic-control/pendulum.js";
import { connectFour } from "./games/connect-four/connect-four.js";
import { deepSea } from "./games/deep-sea/deep-sea.js";
import { flappy } from "./games/flappy/flappy.js";
import { frozenLake } from "./games/frozen-lake/frozen-lake.js";
import { go } from "./games/go/go.js";
import { gomoku } from "./games/gomoku/gomoku.js";
import { miniAsterix } from "./games/grid/mini-asterix.js";
import { miniBreakout } from "./games/grid/mini-breakout.js";
import { miniFreeway } from "./games/grid/mini-freeway.js";
import { miniInvaders } from "./games/grid/mini-invaders.js";
import { miniSeaquest } from "./games/grid/mini-seaquest.js";
import { pong } from "./games/pong/pong.js";
import { probes } from "./games/probes/probes.js";
import { snake } from "./games/snake/snake.js";
import { tetris } from "./games/tetris/tetris.js";
import { ticTacToe } from "./games/tic-tac-toe/tic-tac-toe.js";
import { twentyFortyEight } from "./games/twenty-forty-eight/twenty-forty-eight.js";

/** All games that people train on, watch and play. */
export const games: readonly GameDefinition[] = [
  breakout,
  pong,
  catchGame,
  snake,
  flappy,
  tetris,
  twentyFortyEight,
  frozenLake,
  deepSea,
  miniBreakout,
  miniFreeway,
  miniAsterix,
  miniInvaders,
  miniSeaquest,
  cartPole,
  mountainCar,
  mountainCarContinuous,
  acrobot,
  pendulum,
  ticTacToe,
  connectFour,
  gomoku,
  go,
];

/**
 * The game or probe named `id`. Throws EnvError UNKNOWN_GAME, which names the nearest game there
 * is.
 */
export function findGame(id: string): GameDefinition {
  const found = [...games, ...probes].find((game) => game.id === id);
  if (found) return found;
  const nearest = [...games, ...probes]
    .map((game) => game.id)
    .sort((a, b) => distance(a, id) - distance(b, id))[0];
  const known = games.map((game) => game.id).join(", ");
  throw new EnvError(
    "UNKNOWN_GAME",
    `no such game (got "${id}", expected one of ${known}). Did you mean "${nearest}"?`,
  );
}

/** Levenshtein distance: how many letters to insert, delete or replace. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      next.push(Math.min(row[j + 1] + 1, next[j] + 1, row[j] + (a[i] === b[j] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length];
}
