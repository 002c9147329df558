/** For the tests of board games: play among the allowed actions, count games, read pictures. */
import type { Game, GameSpec } from "../game.js";
import { DOTS, GRAIN, LIGHTS, LINES, OUTLINES, STONES } from "../games/boards/wood.js";
import { nextBelow, seedRandom } from "../random.js";
import { asText } from "../text-canvas.js";

/** A game for players in turn, as tree searches need it. */
export interface BoardGame extends Game {
  player: number;
  legal(out: Uint8Array): void;
  copyFrom(other: Game): void;
}

/** The allowed actions, ascending. */
export function legalActions(game: BoardGame): number[] {
  const allowed = new Uint8Array(legalCount(game.spec));
  game.legal(allowed);
  return Array.from(allowed.keys()).filter((action) => allowed[action] === 1);
}

function legalCount({ actions }: GameSpec): number {
  return actions.kind === "discrete" ? actions.names.length : 0;
}

/** What one game at random came to. */
export interface RandomGame {
  readonly moves: number;
  /** The reward of the last move, to the player who made it. */
  readonly reward: number;
  /** Who made it. */
  readonly mover: number;
}

/**
 * Plays one game from the start among the allowed actions, evenly at random from `seed`, and stops at
 * its time limit.
 */
export function playAtRandom(game: BoardGame, seed: number): RandomGame {
  const random = new Uint32Array(4);
  seedRandom(random, seed);
  game.seed(seed);
  game.reset();
  let [moves, reward, mover] = [0, 0, 0];
  while (!game.terminated && moves < game.spec.maxSteps) {
    const actions = legalActions(game);
    mover = game.player;
    reward = game.step(actions[nextBelow(random, actions.length)]);
    moves += 1;
  }
  return { moves, reward, mover };
}

/** How many sequences of exactly `depth` allowed moves there are from the start. */
export function countPaths(create: () => BoardGame, depth: number): number {
  const boards = Array.from({ length: depth + 1 }, create);
  const root = boards[depth];
  const masks = boards.map(() => new Uint8Array(legalCount(root.spec)));
  const below = (game: BoardGame, left: number): number => {
    if (left === 0) return 1;
    if (game.terminated) return 0;
    const child = boards[left - 1];
    const mask = masks[left];
    game.legal(mask);
    let paths = 0;
    for (let action = 0; action < mask.length; action++) {
      if (mask[action] === 0) continue;
      child.copyFrom(game);
      child.step(action);
      paths += below(child, left - 1);
    }
    return paths;
  };
  root.reset();
  return below(root, depth);
}

/**
 * The picture of a game on wood, one line per row: x black, o white, capitals for the last stone, . for
 * what is empty.
 */
export function picture(game: Game, letters: Record<number, string> = {}): string[] {
  const wood: Record<number, string> = { [GRAIN]: ".", [LINES]: ".", ...letters };
  for (const [player, letter] of ["x", "o"].entries()) {
    for (const color of [STONES[player], OUTLINES[player], LIGHTS[player]]) wood[color] = letter;
    wood[DOTS[player]] = letter.toUpperCase();
  }
  return asText(game, { cellWidth: 1, cellHeight: 1, letters: wood }).split("\n");
}

/** The index of an action by its name. */
export function named(game: Game, name: string): number {
  const { actions } = game.spec;
  const action = actions.kind === "discrete" ? actions.names.indexOf(name) : -1;
  if (action < 0) throw new Error(`no action is called ${name}`);
  return action;
}

/** Plays actions by name; returns the last reward. */
export function playNamed(game: Game, names: string): number {
  return names.split(" ").reduce((_, name) => game.step(named(game, name)), 0);
}
