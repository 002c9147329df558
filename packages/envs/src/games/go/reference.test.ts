/** The fast rules beside the slow ones (testing/slow-go.ts), move by move. */
import { expect, test } from "vitest";
import { nextBelow, seedRandom } from "../../random.js";
import { legalActions, named } from "../../testing/boards.js";
import { SlowGo } from "../../testing/slow-go.js";
import { Go, MOST_STONES } from "./go.js";
import { PASS } from "./points.js";

/** What was met on the way, so that the comparison is known to have compared something. */
interface Met {
  moves: number;
  captures: number;
  suicides: number;
  /** Repetitions by a move that captures, and by one that does not. */
  repeatsCapturing: number;
  repeatsQuietly: number;
  blackWins: number;
  ends: number;
  full: number;
}

/** The board of the fast game in the letters of the slow one. */
function lettersOf(game: Go): string {
  return Array.from(game.board.subarray(0, PASS), (stone) => ".xo"[stone]).join("");
}

/** Compares what both allow, and counts what they forbid. */
function compareLegal(fast: Go, slow: SlowGo, met: Met): number[] {
  const outcomes = Array.from({ length: PASS }, (_, point) => slow.outcome(point));
  for (const outcome of outcomes) {
    if (outcome.kind === "suicide") met.suicides += 1;
    if (outcome.kind !== "repeats") continue;
    if (outcome.captures > 0) met.repeatsCapturing += 1;
    else met.repeatsQuietly += 1;
  }
  const expected = outcomes.flatMap(({ kind }, point) => (kind === "allowed" ? point : []));
  const actions = legalActions(fast);
  const full = fast.stones === MOST_STONES;
  expect(actions).toEqual(full ? [PASS] : [...expected, PASS]);
  if (full) met.full += 1;
  return actions;
}

/** How a game is played: at random, but for this. */
interface Manner {
  /** Pass once in so many moves, and where nothing else is allowed. */
  readonly passEvery: number;
  /** Begin like this, and then prefer A9, B9 and C9. */
  readonly opening: string;
}

/** Leaves three crossings in a corner where stones are taken and put back all the time. */
const CORNER = "A8 D9 B8 D8 A7 C8 J1 A9 J2 B9";

/** An action out of those allowed, the last of which passes. */
function choose(random: Uint32Array, actions: number[], manner: Manner): number {
  const points = actions.slice(0, -1);
  const corner = manner.opening === "" ? [] : points.filter((point) => point < 3);
  if (points.length === 0 || nextBelow(random, manner.passEvery) === 0) return PASS;
  const from = corner.length > 0 ? corner : points;
  return from[nextBelow(random, from.length)];
}

/** Plays one game in both. */
function playBoth(random: Uint32Array, manner: Manner, met: Met): void {
  const [fast, slow] = [new Go(), new SlowGo()];
  fast.reset();
  for (const name of manner.opening.split(" ").filter(Boolean)) {
    fast.step(named(fast, name));
    slow.play(named(fast, name));
  }
  while (!fast.terminated) {
    const actions = compareLegal(fast, slow, met);
    const action = choose(random, actions, manner);
    const mover = fast.player;
    const reward = fast.step(action);
    slow.play(action);
    met.moves += 1;
    expect(lettersOf(fast)).toBe(slow.board);
    expect([...fast.captured]).toEqual(slow.captured);
    expect([fast.player, fast.terminated]).toEqual([slow.player, slow.passes === 2]);
    const result = fast.terminated ? (slow.winner() === mover ? 1 : -1) : 0;
    expect(reward).toBe(result);
  }
  expect([...fast.area]).toEqual([slow.area(0), slow.area(1)]);
  met.ends += 1;
  met.captures += fast.captured[0] + fast.captured[1];
  if (slow.winner() === 0) met.blackWins += 1;
}

test("games at random go as the slow rules say, and meet every reason to forbid a move", () => {
  const random = new Uint32Array(4);
  seedRandom(random, 11);
  const met: Met = {
    moves: 0,
    captures: 0,
    suicides: 0,
    repeatsCapturing: 0,
    repeatsQuietly: 0,
    blackWins: 0,
    ends: 0,
    full: 0,
  };
  for (let episode = 0; episode < 16; episode++) {
    playBoth(random, { passEvery: episode % 4 === 0 ? 1000 : 20, opening: "" }, met);
  }
  for (let episode = 0; episode < 100; episode++) {
    playBoth(random, { passEvery: 3, opening: CORNER }, met);
  }
  expect(met.moves).toBeGreaterThan(5000);
  expect(met.captures).toBeGreaterThan(2000);
  expect(Math.min(met.suicides, met.repeatsCapturing)).toBeGreaterThan(20);
  expect(met.repeatsQuietly).toBeGreaterThan(3);
  expect(Math.min(met.blackWins, met.ends - met.blackWins)).toBeGreaterThan(3);
  expect(met.full).toBeGreaterThan(0);
});

test("a chain's liberties, size and members are those of a search from scratch", () => {
  const random = new Uint32Array(4);
  seedRandom(random, 12);
  const game = new Go();
  let chains = 0;
  for (let episode = 0; episode < 10; episode++) {
    game.reset();
    for (let move = 0; move < 300 && !game.terminated; move++) {
      const actions = legalActions(game);
      game.step(actions[nextBelow(random, Math.max(1, actions.length - 1))]);
      const names = new Set(game.chain.subarray(0, PASS));
      names.delete(PASS);
      const found = [...names].map((name) => {
        const members = [...game.chain.keys()].filter((point) => game.chain[point] === name);
        return { name, members, size: game.sizes[name], liberties: game.liberties[name] };
      });
      const board = lettersOf(game);
      expect(found).toEqual([...names].map((name) => searched(board, name)));
      chains += names.size;
    }
  }
  expect(chains).toBeGreaterThan(10_000);
});

/** The chain of a stone, ascending, and how many liberties it has. */
function searched(board: string, name: number) {
  const stones = new Set([name]);
  const free = new Set<number>();
  for (const stone of stones) {
    const [x, y] = [stone % 9, Math.floor(stone / 9)];
    const beside = [x > 0 && stone - 1, x < 8 && stone + 1, y > 0 && stone - 9, y < 8 && stone + 9];
    for (const next of beside) {
      if (next === false) continue;
      if (board[next] === ".") free.add(next);
      if (board[next] === board[name]) stones.add(next);
    }
  }
  const members = [...stones].sort((a, b) => a - b);
  return { name, members, size: stones.size, liberties: free.size };
}
