/**
 * The rules that every game keeps, G1 to G12, each as a function that throws an Error where the
 * game breaks it. check-game.ts runs them and reports.
 */
import type { Game, GameDefinition, GameSpec } from "../game.js";
import { nextBelow, seedRandom } from "../random.js";
import { decodeReplay, encodeReplay, makeReplay } from "../replay.js";
import { ReplayPlayer } from "../replay-player.js";
import { applyState, captureState, checksum, fieldNames } from "../state.js";
import { BoundsCanvas } from "./bounds-canvas.js";

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

const SHORT = 500;
/** A prime, so that the copy is hardly ever taken between two episodes. */
const COPY_AT = 487;
const LARGEST_SEED = Number.MAX_SAFE_INTEGER;

/** All rules in their order. */
export const checks: readonly Check[] = [
  { id: "G1", title: "the spec is complete and consistent", run: checkSpec },
  { id: "G2", title: "fields are numbers, booleans and typed arrays", run: checkFields },
  { id: "G3", title: "two copies with one seed agree step by step", run: checkTwins },
  { id: "G4", title: "games share no state", run: checkNeighbours },
  { id: "G5", title: "seed and reset leave nothing of earlier episodes", run: checkReset },
  { id: "G6", title: "step after the end throws, reset begins anew", run: checkEnd },
  { id: "G7", title: "random play stays within the declared space", run: checkRandomPlay },
  { id: "G8", title: "observe writes its own row, all of it", run: checkRow },
  { id: "G9", title: "an observation handed out does not change", run: checkAliasing },
  { id: "G10", title: "the state survives a copy", run: checkCopy },
  { id: "G11", title: "replays re-simulate from their bytes", run: checkReplay },
  { id: "G12", title: "draw paints within the board and changes nothing", run: checkDraw },
];

function checkSpec({ definition, variant }: CheckContext): undefined {
  const { spec } = definition.create(variant);
  const { observation, board } = spec;
  expectEqual("spec.id", spec.id, definition.id);
  expectEqual("spec.variant", spec.variant, variant);
  expectTrue(
    "spec.version is a positive integer",
    Number.isInteger(spec.version) && spec.version > 0,
  );
  expectTrue("spec.title is not empty", spec.title.length > 0);
  expectTrue(
    "spec.maxSteps is a positive integer",
    Number.isInteger(spec.maxSteps) && spec.maxSteps > 0,
  );
  expectTrue("spec.decisionsPerSecond is positive", spec.decisionsPerSecond > 0);
  expectTrue("spec.board has a size", board.width > 0 && board.height > 0);
  const count = actionCount(spec);
  expectTrue(`spec.actions names 2 to 256 actions (got ${count})`, count >= 2 && count <= 256);
  const product = observation.shape.reduce((size, length) => size * length, 1);
  expectEqual("the product of spec.observation.shape", product, observation.size);
  for (const part of ["names", "scale", "low", "high"] as const) {
    const length = observation[part]?.length ?? observation.size;
    expectEqual(`the length of spec.observation.${part}`, length, observation.size);
  }
  expectTrue("spec.observation.scale is positive", observation.scale?.every((s) => s > 0) ?? true);
}

function checkFields({ definition, variant }: CheckContext): undefined {
  fieldNames(definition.create(variant));
}

function checkTwins(context: CheckContext): undefined {
  for (const seed of [0, context.seed, LARGEST_SEED]) {
    const [one, other] = [start(context, seed), start(context, seed)];
    const actions = randomActions(one.spec, SHORT, seed);
    compareRuns(one, other, actions, `with seed ${seed}`);
  }
}

function checkNeighbours(context: CheckContext): undefined {
  const alone = start(context, context.seed);
  const actions = randomActions(alone.spec, SHORT, context.seed);
  const expected = Array.from(actions, (action) => stepAndDescribe(alone, action));
  const game = start(context, context.seed);
  const neighbour = start(context, context.seed + 1);
  for (let step = 0; step < SHORT; step++) {
    stepAndDescribe(neighbour, actions[SHORT - 1 - step]);
    const what = `with another game beside it, step ${step}: reward and checksum`;
    expectEqual(what, stepAndDescribe(game, actions[step]), expected[step]);
  }
}

function checkReset(context: CheckContext): undefined {
  const game = start(context, context.seed);
  const fresh = describeState(game);
  for (const action of randomActions(game.spec, SHORT, context.seed)) {
    if (game.terminated) game.reset();
    game.step(action);
  }
  game.seed(context.seed);
  game.reset();
  const again = describeState(game);
  const field = Object.keys(fresh).find((name) => fresh[name] !== again[name]);
  if (field !== undefined) {
    throw new Error(`the field "${field}" differs (got ${again[field]}, expected ${fresh[field]})`);
  }
  game.reset();
  expectEqual("terminated after a second reset", game.terminated, false);
}

function checkEnd(context: CheckContext): string | undefined {
  const game = start(context, context.seed);
  const limit = Math.min(context.steps, 2 * game.spec.maxSteps);
  const actions = randomActions(game.spec, limit, context.seed);
  for (let step = 0; step < limit && !game.terminated; step++) game.step(actions[step]);
  if (!game.terminated) return `random play did not end within ${limit} decisions`;
  let thrown = false;
  try {
    game.step(0);
  } catch {
    thrown = true;
  }
  if (!thrown) throw new Error("step after the end did not throw (call assertRunning first)");
  game.reset();
  game.step(0);
  return undefined;
}

function checkRandomPlay(context: CheckContext): undefined {
  const game = start(context, context.seed);
  const { observation, maxScore = Number.POSITIVE_INFINITY, maxSteps } = game.spec;
  const values = new Float32Array(observation.size);
  const actions = randomActions(game.spec, context.steps, context.seed);
  let total = 0;
  let length = 0;
  for (let step = 0; step < actions.length; step++) {
    const reward = game.step(actions[step]);
    if (!Number.isFinite(reward)) throw new Error(`step ${step}: the reward is ${reward}`);
    total += reward;
    length += 1;
    game.observe(values, 0);
    checkValues(values, game.spec, step);
    if (total > maxScore)
      throw new Error(`step ${step}: return ${total} is above maxScore ${maxScore}`);
    if (!game.terminated && length < maxSteps) continue;
    total = 0;
    length = 0;
    game.reset();
  }
}

function checkValues(values: Float32Array, spec: GameSpec, step: number): void {
  const { low, high, names } = spec.observation;
  for (let i = 0; i < values.length; i++) {
    const least = Math.fround(low?.[i] ?? Number.NEGATIVE_INFINITY);
    const most = Math.fround(high?.[i] ?? Number.POSITIVE_INFINITY);
    if (Number.isFinite(values[i]) && values[i] >= least && values[i] <= most) continue;
    const entry = names ? `${i} (${names[i]})` : `${i}`;
    const expected = `expected ${least} to ${most}`;
    throw new Error(
      `step ${step}: observation entry ${entry} is outside (got ${values[i]}, ${expected})`,
    );
  }
}

function checkRow(context: CheckContext): undefined {
  const game = start(context, context.seed);
  const { size } = game.spec.observation;
  const rows = [Number.NaN, 12345].map((filler) => {
    const values = new Float32Array(size + 2).fill(filler);
    game.observe(values, 1);
    const kept = Object.is(values[0], filler) && Object.is(values[size + 1], filler);
    expectTrue("observe(out, at) leaves values before `at` and after its row alone", kept);
    return values.subarray(1, size + 1);
  });
  for (let i = 0; i < size; i++) {
    if (rows[0][i] !== rows[1][i]) throw new Error(`observe did not write entry ${i}`);
  }
}

function checkAliasing(context: CheckContext): undefined {
  const game = start(context, context.seed);
  const handed = new Float32Array(game.spec.observation.size);
  for (const action of randomActions(game.spec, SHORT, context.seed)) {
    if (game.terminated) game.reset();
    game.observe(handed, 0);
    const kept = handed.slice();
    game.step(action);
    const changed = handed.findIndex((value, i) => value !== kept[i]);
    if (changed >= 0)
      throw new Error(`step changed entry ${changed} of a buffer that observe had written`);
  }
}

function checkCopy(context: CheckContext): undefined {
  const game = start(context, context.seed);
  const actions = randomActions(game.spec, COPY_AT + SHORT, context.seed);
  for (let step = 0; step < COPY_AT; step++) stepAndDescribe(game, actions[step]);
  const copy = context.definition.create(context.variant);
  applyState(copy, captureState(game));
  compareRuns(game, copy, actions.subarray(COPY_AT), "after a copy");
}

function checkReplay(context: CheckContext): undefined {
  const { definition, variant, seed } = context;
  const game = start(context, seed);
  const actions = randomActions(game.spec, Math.min(2000, game.spec.maxSteps), seed);
  let length = 0;
  while (length < actions.length && !game.terminated) game.step(actions[length++]);
  const replay = makeReplay({ seed, actions: actions.slice(0, length) }, definition, { variant });
  const player = new ReplayPlayer(decodeReplay(encodeReplay(replay)), definition);
  const { ok, firstMismatch } = player.verify();
  if (!ok) throw new Error(`the replay differs before decision ${firstMismatch}`);
  player.seek(length);
  const end = checksum(player.game);
  player.seek(Math.floor(length / 2));
  player.seek(length);
  expectEqual("the checksum at the end, reached twice", checksum(player.game), end);
}

function checkDraw(context: CheckContext): undefined {
  const game = start(context, context.seed);
  const canvas = new BoundsCanvas(game.spec.board);
  const actions = randomActions(game.spec, 4 * SHORT, context.seed);
  for (let step = 0; step < actions.length; step++) {
    if (game.terminated) game.reset();
    game.step(actions[step]);
    const before = checksum(game);
    game.draw(canvas);
    if (canvas.problem !== "") throw new Error(`step ${step}: ${canvas.problem}`);
    expectEqual(`step ${step}: the state's checksum after draw`, checksum(game), before);
  }
  expectTrue("draw paints something", canvas.shapes > 0);
}

/** Plays both games with the same actions and throws at the first difference. */
function compareRuns(one: Game, other: Game, actions: Uint8Array, when: string): void {
  const size = one.spec.observation.size;
  const [seen, seenByOther] = [new Float32Array(size), new Float32Array(size)];
  for (let step = 0; step < actions.length; step++) {
    if (one.terminated) one.reset();
    if (other.terminated) other.reset();
    const reward = one.step(actions[step]);
    expectEqual(`${when}, step ${step}: the reward`, other.step(actions[step]), reward);
    expectEqual(`${when}, step ${step}: terminated`, other.terminated, one.terminated);
    one.observe(seen, 0);
    other.observe(seenByOther, 0);
    const entry = seen.findIndex((value, i) => value !== seenByOther[i]);
    if (entry >= 0)
      throw new Error(`${when}, step ${step}: entry ${entry} of the observation differs`);
    expectEqual(`${when}, step ${step}: the state's checksum`, checksum(other), checksum(one));
  }
}

/** Plays one decision, of a new episode if need be; the reward and the checksum as text. */
function stepAndDescribe(game: Game, action: number): string {
  if (game.terminated) game.reset();
  return `${game.step(action)}, ${checksum(game)}`;
}

function start({ definition, variant }: CheckContext, seed: number): Game {
  const game = definition.create(variant);
  game.seed(seed);
  game.reset();
  return game;
}

/** Every field as text. */
function describeState(game: Game): Record<string, string> {
  const entries = Object.entries(captureState(game));
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}

function actionCount(spec: GameSpec): number {
  return spec.actions.kind === "discrete" ? spec.actions.names.length : 0;
}

function randomActions(spec: GameSpec, length: number, seed: number): Uint8Array {
  const state = new Uint32Array(4);
  seedRandom(state, seed);
  return Uint8Array.from({ length }, () => nextBelow(state, actionCount(spec)));
}

function expectEqual(what: string, got: unknown, expected: unknown): void {
  if (!Object.is(got, expected))
    throw new Error(`${what} differs (got ${got}, expected ${expected})`);
}

function expectTrue(what: string, holds: boolean): void {
  if (!holds) throw new Error(`expected that ${what}`);
}
