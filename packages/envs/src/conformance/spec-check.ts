/** Rule G1: whether a game's spec is complete and free of contradictions. */
import type { ActionSpace, GameSpec, ObservationSpec } from "../game.js";
import { actionProblem, actionWidth } from "../spaces.js";
import { type CheckContext, expectEqual, expectTrue } from "./play.js";

/** `KeyboardEvent.code`: "ArrowLeft", "KeyW", "Digit1", "Space". */
const KEY_CODE = /^[A-Z][A-Za-z]*\d*$/;

export function checkSpec({ definition, variant }: CheckContext): undefined {
  const { spec } = definition.create(variant);
  expectEqual("spec.id", spec.id, definition.id);
  expectEqual("spec.variant", spec.variant, variant);
  expectCount("spec.version", spec.version);
  expectTrue("spec.title is not empty", spec.title.length > 0);
  expectCount("spec.maxSteps", spec.maxSteps);
  if (spec.players !== undefined) expectCount("spec.players", spec.players);
  expectTrue("spec.decisionsPerSecond is positive", spec.decisionsPerSecond > 0);
  expectTrue("spec.board has a size", spec.board.width > 0 && spec.board.height > 0);
  checkActions(spec.actions);
  checkObservation(spec.observation);
  checkControls(spec);
}

function checkActions(space: ActionSpace): void {
  if (space.kind === "discrete") {
    const count = space.names.length;
    expectTrue(`spec.actions names 2 to 256 actions (got ${count})`, count >= 2 && count <= 256);
    return;
  }
  const width = actionWidth(space);
  expectCount("the length of an action", width);
  expectLength("spec.actions.names", space.names, width);
  if (space.kind === "multi-discrete") {
    const wrong = space.sizes.find((size) => !(Number.isInteger(size) && size >= 2 && size <= 256));
    expectTrue(`spec.actions.sizes are from 2 to 256 (got ${wrong})`, wrong === undefined);
  }
  if (space.kind !== "box") return;
  expectLength("spec.actions.low", space.low, width);
  expectLength("spec.actions.high", space.high, width);
  const wrong = space.low.findIndex((low, i) => !(low <= space.high[i]));
  const got = `entry ${wrong}: ${space.low[wrong]} and ${space.high[wrong]}`;
  expectTrue(`spec.actions.low is at most spec.actions.high (got ${got})`, wrong < 0);
}

function checkObservation(observation: ObservationSpec): void {
  const product = observation.shape.reduce((size, length) => size * length, 1);
  expectEqual("the product of spec.observation.shape", product, observation.size);
  for (const part of ["names", "scale", "low", "high"] as const) {
    expectLength(`spec.observation.${part}`, observation[part], observation.size);
  }
  expectTrue("spec.observation.scale is positive", observation.scale?.every((s) => s > 0) ?? true);
  expectEqual("spec.observation.dtype", observation.dtype ?? "float32", "float32");
}

/** Keys and the action while none is held. */
function checkControls({ actions, keys, idle }: GameSpec): void {
  for (const [code, action] of Object.entries(keys ?? {})) {
    const expected = 'spec.keys are codes such as "ArrowLeft" and "KeyW"';
    expectTrue(`${expected} (got "${code}")`, KEY_CODE.test(code));
    expectAction(`spec.keys.${code}`, actions, action);
  }
  if (idle === "last") return;
  if (idle !== undefined) expectAction("spec.idle", actions, idle);
  else if (keys !== undefined) expectAction("no key (spec.idle)", actions, restOf(actions));
}

/** The action while no key is held, where the spec gives none. */
function restOf(space: ActionSpace): number | readonly number[] {
  return space.kind === "discrete" ? 0 : new Array<number>(actionWidth(space)).fill(0);
}

function expectAction(what: string, space: ActionSpace, action: number | readonly number[]): void {
  const problem = actionProblem(space, asAction(space, action));
  if (problem !== "") throw new Error(`${what} is no action of the game ${problem}`);
}

/** The action as `step` takes it; what cannot be one stays as it is, to be refused. */
function asAction(space: ActionSpace, action: number | readonly number[]): unknown {
  if (typeof action === "number" || space.kind === "discrete") return action;
  if (space.kind === "box") return Float32Array.from(action);
  return action.every(Number.isInteger) ? Int32Array.from(action) : action;
}

function expectCount(what: string, value: number): void {
  expectTrue(`${what} is a positive integer (got ${value})`, Number.isInteger(value) && value > 0);
}

function expectLength(what: string, list: readonly unknown[] | undefined, size: number): void {
  if (list !== undefined) expectEqual(`the length of ${what}`, list.length, size);
}
