/**
 * What the rules of the suite share: games to play, actions at random, and comparisons that say
 * where the first difference is.
 */
import type { Action, Game, GameDefinition, GameSpec } from "../game.js";
import { nextBelow, seedRandom } from "../random.js";
import { actionArray, actionBytes, actionWriter, sampleAction } from "../spaces.js";
import { captureState, checksum } from "../state.js";

/** What the checks work on. */
export interface CheckContext {
  readonly definition: GameDefinition;
  readonly variant: string;
  /** Random decisions of the long check, G7. */
  readonly steps: number;
  readonly seed: number;
}

/** One rule; `run` throws where it is broken and returns a reason where it could not be tried. */
export interface Check {
  readonly id: string;
  readonly title: string;
  run(context: CheckContext): string | undefined;
}

/** Decisions of most checks. */
export const SHORT = 500;

/** A game at the start of its first episode. */
export function start({ definition, variant }: CheckContext, seed: number): Game {
  const game = definition.create(variant);
  game.seed(seed);
  game.reset();
  return game;
}

/** Draws actions, uniformly; where the game says which are legal, from those. */
export class RandomPlay {
  private readonly random: Uint32Array = new Uint32Array(4);
  private mask: Uint8Array = new Uint8Array(0);

  constructor(seed: number) {
    seedRandom(this.random, seed);
  }

  /** An action for the game as it stands; any of its space where none is legal. */
  draw(game: Game): Action {
    const { actions } = game.spec;
    if (!game.legal || actions.kind !== "discrete") return sampleAction(actions, this.random);
    const count = actions.names.length;
    if (this.mask.length !== count) this.mask = new Uint8Array(count);
    game.legal(this.mask);
    let legal = 0;
    for (const allowed of this.mask) if (allowed === 1) legal += 1;
    if (legal === 0) return nextBelow(this.random, count);
    let left = nextBelow(this.random, legal);
    return this.mask.findIndex((allowed) => allowed === 1 && left-- === 0);
  }
}

/** Writes down decisions as a replay keeps them. */
export class ActionLog {
  private readonly spec: GameSpec;
  private readonly written: Uint8Array[] = [];

  constructor(spec: GameSpec) {
    this.spec = spec;
  }

  add(action: Action): void {
    const { actions } = this.spec;
    const values = typeof action === "number" ? [action] : action;
    const array = actionArray(actions, values.length);
    array.set(values);
    const bytes = new Uint8Array(actionBytes(actions));
    actionWriter(actions)(array, 0, bytes, 0);
    this.written.push(bytes);
  }

  get length(): number {
    return this.written.length;
  }

  get bytes(): Uint8Array {
    return Uint8Array.from(this.written.flatMap((action) => [...action]));
  }
}

/** Plays one decision; what the game throws is thrown on with the place where it did. */
export function play(game: Game, action: Action, seed: number, step: number): number {
  try {
    return game.step(action);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new Error(`${place(seed, step)}: action ${shown(action)} threw: ${said}`);
  }
}

/** Where something was seen. */
export function place(seed: number, step: number): string {
  return `seed ${seed}, step ${step}`;
}

/** How `compareRuns` plays. */
export interface Comparison {
  readonly steps: number;
  readonly seed: number;
  /** When this is, for the message: empty or "after a copy, " and the like. */
  readonly when: string;
}

/** Plays both games with the same actions and throws at the first difference. */
export function compareRuns(one: Game, other: Game, { steps, seed, when }: Comparison): void {
  const random = new RandomPlay(seed);
  const size = one.spec.observation.size;
  const [seen, seenByOther] = [new Float32Array(size), new Float32Array(size)];
  for (let step = 0; step < steps; step++) {
    if (one.terminated) one.reset();
    if (other.terminated) other.reset();
    const action = random.draw(one);
    const reward = play(one, action, seed, step);
    const where = `${when}${place(seed, step)}`;
    expectEqual(`${where}: the reward`, play(other, action, seed, step), reward);
    expectEqual(`${where}: terminated`, other.terminated, one.terminated);
    one.observe(seen, 0);
    other.observe(seenByOther, 0);
    const entry = seen.findIndex((value, i) => value !== seenByOther[i]);
    if (entry >= 0) {
      throw new Error(`${where}: ${entryName(one.spec, entry)} of the observation differs`);
    }
    expectSameState(where, other, one);
  }
}

/** Throws where two games differ, and names the field. */
export function expectSameState(where: string, got: Game, expected: Game): void {
  if (checksum(got) === checksum(expected)) return;
  expectFields(where, describeState(got), describeState(expected));
  const sums = `got ${checksum(got)}, expected ${checksum(expected)}`;
  throw new Error(`${where}: the state's checksum differs (${sums})`);
}

/** Every field of a game as text. */
export function describeState(game: Game): Record<string, string> {
  const entries = Object.entries(captureState(game));
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}

/** Throws at the first field that differs. */
export function expectFields(
  where: string,
  got: Readonly<Record<string, string>>,
  expected: Readonly<Record<string, string>>,
): void {
  const field = Object.keys(expected).find((name) => got[name] !== expected[name]);
  if (field === undefined) return;
  const values = `got ${shorten(got[field])}, expected ${shorten(expected[field])}`;
  throw new Error(`${where}: the field "${field}" differs (${values})`);
}

/** An entry of the observation, with its name where it has one. */
export function entryName({ observation }: GameSpec, entry: number): string {
  const name = observation.names?.[entry];
  return name === undefined ? `entry ${entry}` : `entry ${entry} (${name})`;
}

export function expectEqual(what: string, got: unknown, expected: unknown): void {
  if (!Object.is(got, expected)) {
    throw new Error(`${what} differs (got ${got}, expected ${expected})`);
  }
}

/** @param where the place, where the game has been played */
export function expectTrue(what: string, holds: boolean, where?: string): void {
  if (!holds) throw new Error(`${where === undefined ? "" : `${where}: `}expected that ${what}`);
}

function shown(action: Action): string {
  return typeof action === "number" ? String(action) : `[${action.join(", ")}]`;
}

/** Arrays may be long. */
function shorten(value: string | undefined): string {
  const text = value ?? "none";
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}
