/**
 * The rules that every game keeps, G1 to G12, each as a function that throws an Error where the
 * game breaks it, and the list of all rules. check-game.ts runs them and reports.
 *
 * Not here: G1 (spec-check.ts); what only some games have, G13 and up (board-checks.ts).
 */
import { decodeReplay, encodeReplay, makeReplay } from "../replay.js";
import { ReplayPlayer } from "../replay-player.js";
import { observationProblem } from "../spaces.js";
import { applyState, captureState, checksum, fieldNames } from "../state.js";
import { boardChecks } from "./board-checks.js";
import { BoundsCanvas } from "./bounds-canvas.js";
import {
  ActionLog,
  type Check,
  type CheckContext,
  compareRuns,
  describeState,
  entryName,
  expectEqual,
  expectFields,
  expectTrue,
  place,
  play,
  RandomPlay,
  SHORT,
  start,
} from "./play.js";
import { checkSpec } from "./spec-check.js";

/** A prime, so that the copy is hardly ever taken between two episodes. */
const COPY_AT = 487;
const LARGEST_SEED = Number.MAX_SAFE_INTEGER;
/** Decisions after which a row of observations is looked at. */
const ROW_EVERY = 10;

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
  ...boardChecks,
];

function checkFields({ definition, variant }: CheckContext): undefined {
  fieldNames(definition.create(variant));
}

function checkTwins(context: CheckContext): undefined {
  for (const seed of [0, context.seed, LARGEST_SEED]) {
    const [one, other] = [start(context, seed), start(context, seed)];
    compareRuns(one, other, { steps: SHORT, seed, when: "" });
  }
}

function checkNeighbours(context: CheckContext): undefined {
  const { seed } = context;
  const alone = start(context, seed);
  const random = new RandomPlay(seed);
  const played = Array.from({ length: SHORT }, (_, step) => {
    if (alone.terminated) alone.reset();
    const drawn = random.draw(alone);
    const action = typeof drawn === "number" ? drawn : drawn.slice();
    return { action, outcome: `${play(alone, drawn, seed, step)}, ${checksum(alone)}` };
  });
  const [game, neighbour] = [start(context, seed), start(context, seed + 1)];
  for (const [step, { action, outcome }] of played.entries()) {
    if (neighbour.terminated) neighbour.reset();
    play(neighbour, random.draw(neighbour), seed + 1, step);
    if (game.terminated) game.reset();
    const what = `with another game beside it, ${place(seed, step)}: reward and checksum`;
    expectEqual(what, `${play(game, action, seed, step)}, ${checksum(game)}`, outcome);
  }
}

function checkReset(context: CheckContext): undefined {
  const { seed } = context;
  const game = start(context, seed);
  const fresh = describeState(game);
  const random = new RandomPlay(seed);
  for (let step = 0; step < SHORT; step++) {
    if (game.terminated) game.reset();
    play(game, random.draw(game), seed, step);
  }
  game.seed(seed);
  game.reset();
  expectFields(`seed ${seed}, after ${SHORT} steps`, describeState(game), fresh);
  game.reset();
  expectEqual(`seed ${seed}: terminated after a second reset`, game.terminated, false);
}

function checkEnd(context: CheckContext): string | undefined {
  const { seed } = context;
  const game = start(context, seed);
  const random = new RandomPlay(seed);
  const limit = Math.min(context.steps, 2 * game.spec.maxSteps);
  let step = 0;
  while (step < limit && !game.terminated) play(game, random.draw(game), seed, step++);
  if (!game.terminated) return `random play did not end within ${limit} decisions`;
  let thrown = false;
  try {
    game.step(random.draw(game));
  } catch {
    thrown = true;
  }
  if (!thrown) {
    const hint = "call assertRunning first";
    throw new Error(`${place(seed, step)}: step after the end did not throw (${hint})`);
  }
  game.reset();
  play(game, random.draw(game), seed, step);
  return undefined;
}

function checkRandomPlay(context: CheckContext): undefined {
  const { seed } = context;
  const game = start(context, seed);
  const { observation, maxScore = Number.POSITIVE_INFINITY, maxSteps } = game.spec;
  const values = new Float32Array(observation.size);
  const random = new RandomPlay(seed);
  let total = 0;
  let length = 0;
  for (let step = 0; step < context.steps; step++) {
    const reward = play(game, random.draw(game), seed, step);
    total += reward;
    length += 1;
    game.observe(values, 0);
    const problem = observationProblem(observation, values);
    const where = `${place(seed, step)}: `;
    if (!Number.isFinite(reward)) throw new Error(`${where}the reward is ${reward}`);
    if (problem !== "") throw new Error(`${where}of the observation, ${problem}`);
    if (total > maxScore) throw new Error(`${where}return ${total} is above maxScore ${maxScore}`);
    if (!game.terminated && length < maxSteps) continue;
    total = 0;
    length = 0;
    game.reset();
  }
}

function checkRow(context: CheckContext): undefined {
  const { seed } = context;
  const game = start(context, seed);
  const { size } = game.spec.observation;
  const random = new RandomPlay(seed);
  for (let step = 0; step < SHORT; step++) {
    if (game.terminated) game.reset();
    if (step > 0) play(game, random.draw(game), seed, step);
    if (step % ROW_EVERY > 0) continue;
    const rows = [Number.NaN, 12345].map((filler) => {
      const values = new Float32Array(size + 2).fill(filler);
      game.observe(values, 1);
      const kept = Object.is(values[0], filler) && Object.is(values[size + 1], filler);
      const rule = "observe(out, at) leaves values before `at` and after its row alone";
      expectTrue(rule, kept, place(seed, step));
      return values.subarray(1, size + 1);
    });
    const entry = rows[0].findIndex((value, i) => value !== rows[1][i]);
    if (entry < 0) continue;
    throw new Error(`${place(seed, step)}: observe did not write ${entryName(game.spec, entry)}`);
  }
}

function checkAliasing(context: CheckContext): undefined {
  const { seed } = context;
  const game = start(context, seed);
  const handed = new Float32Array(game.spec.observation.size);
  const random = new RandomPlay(seed);
  for (let step = 0; step < SHORT; step++) {
    if (game.terminated) game.reset();
    game.observe(handed, 0);
    const kept = handed.slice();
    play(game, random.draw(game), seed, step);
    const entry = handed.findIndex((value, i) => value !== kept[i]);
    if (entry < 0) continue;
    const what = `changed ${entryName(game.spec, entry)} of a buffer that observe had written`;
    throw new Error(`${place(seed, step)}: step ${what}`);
  }
}

function checkCopy(context: CheckContext): undefined {
  const { seed } = context;
  const game = start(context, seed);
  const random = new RandomPlay(seed);
  for (let step = 0; step < COPY_AT; step++) {
    if (game.terminated) game.reset();
    play(game, random.draw(game), seed, step);
  }
  const copy = context.definition.create(context.variant);
  applyState(copy, captureState(game));
  compareRuns(game, copy, { steps: SHORT, seed, when: `after a copy at step ${COPY_AT}, ` });
}

function checkReplay(context: CheckContext): undefined {
  const { definition, variant, seed } = context;
  const game = start(context, seed);
  const random = new RandomPlay(seed);
  const log = new ActionLog(game.spec);
  while (log.length < Math.min(2000, game.spec.maxSteps) && !game.terminated) {
    const action = random.draw(game);
    play(game, action, seed, log.length);
    log.add(action);
  }
  const { length } = log;
  const replay = makeReplay({ seed, actions: log.bytes }, definition, { variant });
  const player = new ReplayPlayer(decodeReplay(encodeReplay(replay)), definition);
  const { ok, firstMismatch } = player.verify();
  if (!ok) throw new Error(`${place(seed, firstMismatch)}: the replay differs before it`);
  player.seek(length);
  const end = checksum(player.game);
  player.seek(Math.floor(length / 2));
  player.seek(length);
  const what = `seed ${seed}: the checksum at the end, reached twice,`;
  expectEqual(what, checksum(player.game), end);
}

function checkDraw(context: CheckContext): undefined {
  const { seed } = context;
  const game = start(context, seed);
  const canvas = new BoundsCanvas(game.spec.board);
  const random = new RandomPlay(seed);
  for (let step = 0; step < 4 * SHORT; step++) {
    if (game.terminated) game.reset();
    play(game, random.draw(game), seed, step);
    const before = checksum(game);
    game.draw(canvas);
    if (canvas.problem !== "") throw new Error(`${place(seed, step)}: ${canvas.problem}`);
    const what = `${place(seed, step)}: the state's checksum after draw`;
    expectEqual(what, checksum(game), before);
  }
  expectTrue("draw paints something", canvas.shapes > 0);
}
