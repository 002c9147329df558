/**
 * The rules for what only some games have, G13 to G17: legal actions, turns, quick copies, clicks
 * and vector actions. A game without it is reported as not tried.
 */
import type { Game } from "../game.js";
import { checksum } from "../state.js";
import {
  type Check,
  type CheckContext,
  compareRuns,
  describeState,
  expectEqual,
  expectFields,
  expectSameState,
  expectTrue,
  place,
  play,
  RandomPlay,
  SHORT,
  start,
} from "./play.js";

/** After how many decisions a copy is taken. */
const COPIES = [0, 1, 13, 199];
/** Decisions for which a copy and its original are compared. */
const AFTER_COPY = 100;
/** Clicks across the board and down it, from outside one edge to outside the other. */
const CLICKS = 41;
/** Decisions after which the board is clicked all over. */
const CLICK_EVERY = 25;
/** A value that neither `legal` nor a game has any reason to write. */
const FILLER = 77;

/** The rules in their order. */
export const boardChecks: readonly Check[] = [
  { id: "G13", title: "legal marks what is allowed, at least one action", run: checkLegal },
  { id: "G14", title: "player is one of spec.players", run: checkPlayer },
  { id: "G15", title: "copyFrom gives an equal and independent game", run: checkCopyFrom },
  { id: "G16", title: "actionAt gives an action or -1", run: checkClicks },
  { id: "G17", title: "a vector action is only read", run: checkVectors },
];

function checkLegal(context: CheckContext): string | undefined {
  const { legal, spec } = start(context, context.seed);
  if (!legal) return "the game has no legal()";
  const { actions } = spec;
  if (actions.kind !== "discrete") {
    throw new Error(`legal is for discrete actions (got ${actions.kind} ones)`);
  }
  const count = actions.names.length;
  const row = new Uint8Array(count + 1);
  everyState(context, (game, where) => {
    row.fill(FILLER);
    const before = checksum(game);
    game.legal?.(row);
    expectEqual(`${where}: the state's checksum after legal`, checksum(game), before);
    expectTrue(`legal writes ${count} values, not more`, row[count] === FILLER, where);
    const wrong = row.findIndex((value, i) => i < count && value > 1);
    if (wrong >= 0) {
      const got = row[wrong] === FILLER ? "nothing" : row[wrong];
      const entry = `entry ${wrong} (${actions.names[wrong]})`;
      throw new Error(`${where}: legal wrote ${got} as ${entry}, expected 0 or 1`);
    }
    expectTrue("at least one action is legal", game.terminated || row.includes(1), where);
  });
  return undefined;
}

function checkPlayer(context: CheckContext): string | undefined {
  const { player, spec } = start(context, context.seed);
  const { players = 1 } = spec;
  if (player === undefined && players === 1) return "the game has one player";
  everyState(context, (game, where) => {
    const turn = game.player ?? Number.NaN;
    if (Number.isInteger(turn) && turn >= 0 && turn < players) return;
    const expected = `expected 0 to ${players - 1}, as spec.players is ${players}`;
    throw new Error(`${where}: player is no player (got ${game.player}, ${expected})`);
  });
  return undefined;
}

function checkCopyFrom(context: CheckContext): string | undefined {
  const { seed } = context;
  if (!start(context, seed).copyFrom) return "the game has no copyFrom()";
  for (const steps of COPIES) {
    const game = start(context, seed);
    advance(game, seed, steps);
    const fresh = context.definition.create(context.variant);
    const used = start(context, seed + 1);
    advance(used, seed + 1, 7);
    for (const copy of [fresh, used]) {
      const when = `after copyFrom at step ${steps}, `;
      copy.copyFrom?.(game);
      expectSameState(`${when}seed ${seed}`, copy, game);
      expectApart(copy, game, { seed, when, played: "the copy", kept: "the original" });
      copy.copyFrom?.(game);
      expectApart(game, copy, { seed, when, played: "the original", kept: "the copy" });
      copy.copyFrom?.(game);
      compareRuns(game, copy, { steps: AFTER_COPY, seed, when });
    }
  }
  return undefined;
}

interface Apart {
  readonly seed: number;
  readonly when: string;
  readonly played: string;
  readonly kept: string;
}

/** Plays one game and throws where another changes with it. */
function expectApart(one: Game, other: Game, { seed, when, played, kept }: Apart): void {
  const [before, sum] = [describeState(other), checksum(other)];
  const random = new RandomPlay(seed);
  for (let step = 0; step < AFTER_COPY; step++) {
    if (one.terminated) one.reset();
    play(one, random.draw(one), seed, step);
    if (checksum(other) === sum) continue;
    const where = `${when}${place(seed, step)} of ${played}: ${kept} changed with it`;
    expectFields(where, describeState(other), before);
  }
}

function checkClicks(context: CheckContext): string | undefined {
  const { actionAt, spec } = start(context, context.seed);
  if (!actionAt) return "the game has no actionAt()";
  if (spec.actions.kind !== "discrete") {
    throw new Error(`actionAt is for discrete actions (got ${spec.actions.kind} ones)`);
  }
  const count = spec.actions.names.length;
  const seen = new Set<number>();
  let states = 0;
  everyState(context, (game, where) => {
    if (states++ % CLICK_EVERY !== 0) return;
    const before = checksum(game);
    for (let i = 0; i < CLICKS * CLICKS; i++) {
      const x = clickAt(i % CLICKS, spec.board.width);
      const y = clickAt(Math.floor(i / CLICKS), spec.board.height);
      const action = game.actionAt?.(x, y) ?? Number.NaN;
      seen.add(action);
      if (Number.isInteger(action) && action >= -1 && action < count) continue;
      const expected = `expected -1 to ${count - 1}`;
      throw new Error(`${where}: actionAt(${x}, ${y}) is no action (got ${action}, ${expected})`);
    }
    expectEqual(`${where}: the state's checksum after actionAt`, checksum(game), before);
  });
  expectTrue("a click somewhere on the board means an action", seen.size > 1 || !seen.has(-1));
  return undefined;
}

/** Click `i` along an edge: 0 lies before it, the last one beyond it. */
function clickAt(i: number, length: number): number {
  return (length * (i - 1)) / (CLICKS - 3);
}

function checkVectors(context: CheckContext): string | undefined {
  const { seed } = context;
  const [game, twin] = [start(context, seed), start(context, seed)];
  if (game.spec.actions.kind === "discrete") return "the game has no vector actions";
  const random = new RandomPlay(seed);
  for (let step = 0; step < SHORT; step++) {
    if (game.terminated) game.reset();
    if (twin.terminated) twin.reset();
    const action = random.draw(game);
    if (typeof action === "number") break;
    const kept = action.slice();
    play(game, action, seed, step);
    const entry = action.findIndex((value, i) => value !== kept[i]);
    const where = place(seed, step);
    if (entry >= 0) throw new Error(`${where}: step changed entry ${entry} of its action`);
    play(twin, kept, seed, step);
    action.fill(FILLER);
    expectSameState(`${where}, once the action's memory is used for something else`, game, twin);
  }
  return undefined;
}

/** Plays `steps` decisions at random, episode after episode. */
function advance(game: Game, seed: number, steps: number): void {
  const random = new RandomPlay(seed);
  for (let step = 0; step < steps; step++) {
    if (game.terminated) game.reset();
    play(game, random.draw(game), seed, step);
  }
}

/** Calls `look` in every state of random play, starts and ends of episodes included. */
function everyState(context: CheckContext, look: (game: Game, where: string) => void): void {
  const { seed } = context;
  const game = start(context, seed);
  const random = new RandomPlay(seed);
  const steps = Math.min(context.steps, 4 * SHORT);
  look(game, place(seed, 0));
  for (let step = 0; step < steps; step++) {
    if (game.terminated) {
      game.reset();
      look(game, `${place(seed, step)}, after reset`);
    }
    play(game, random.draw(game), seed, step);
    look(game, place(seed, step));
  }
}
