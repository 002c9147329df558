/**
 * A policy at one decision of a recorded episode, looked at from inside: what each layer gives, and what
 * in the observation matters.
 *
 * What matters is measured by occlusion (Zeiler and Fergus 2014): one part of the observation after the
 * other is set to what it usually is (its mean over the episode), and what changes in the answer is noted.
 * A part is a square of a picture, a cell of a grid, or the numbers that belong to one thing by their names
 * ("ball x", "ball y"), in all stacked frames at once. So this says what the policy's answer hangs on at this moment, not why, and not what two parts do together.
 */
import type { Assessment, LayerActivity } from "@carom/agents/policy";
import type { ObservationArray, ObservationSpec } from "@carom/envs";
import type { RunPolicy } from "./agent.js";
import { giveAction } from "./assess.js";
import type { Saliency, Script } from "./protocol.js";
import { ScriptedGame } from "./scripted.js";

/** Observations that the usual one is the mean of. */
const SAMPLES = 48;
/** Squares along the side of a picture: for networks that are quick, and for others. */
const FINE = 14;
const COARSE = 7;

/** The observation of a decision, and what is usual in its episode. */
interface View {
  readonly row: ObservationArray;
  readonly usual: Float32Array;
  readonly spec: ObservationSpec;
}

/** What each layer gives; undefined where the policy cannot be looked into. */
export function* layersAt(
  policy: RunPolicy,
  script: Script,
  step: number,
): Generator<undefined, readonly LayerActivity[] | undefined> {
  yield undefined;
  const single = policy.withCount(1);
  if (!single.layers) return undefined;
  return single.layers(viewAt(policy, script, step).row);
}

/** How much hangs on each part; undefined for policies that remember, whose answer hangs on more. */
export function* saliencyAt(
  policy: RunPolicy,
  script: Script,
  step: number,
): Generator<undefined, Saliency | undefined> {
  if (policy.hasMemory) return undefined;
  const { row, usual, spec } = viewAt(policy, script, step);
  const parts = partsOf(spec, policy.batch);
  const { batch } = policy;
  const many = policy.withCount(batch);
  const rows = sameKind(row, batch * row.length);
  const whole = answerOf(policy.withCount(1).assess(row), 0);
  const count = parts.of.length;
  const [value, choice] = [new Float32Array(count), new Float32Array(count)];
  for (let from = 0; from < count; from += batch) {
    const to = Math.min(count, from + batch);
    for (let i = from; i < to; i++) {
      const at = (i - from) * row.length;
      rows.set(row, at);
      for (const entry of parts.of[i]) rows[at + entry] = usual[entry];
    }
    const told = many.assess(rows);
    for (let i = from; i < to; i++) {
      const hidden = answerOf(told, i - from);
      value[i] = whole.value - hidden.value;
      choice[i] = distance(whole.weights, hidden.weights);
    }
    yield undefined;
  }
  const { layout, rows: down, columns, names } = parts;
  return { layout, rows: down, columns, names, value, choice };
}

/** The usual observation of the episode that a policy was last asked about. */
const remembered: WeakMap<RunPolicy, { readonly script: string; readonly usual: Float32Array }> =
  new WeakMap();

/** Plays the script up to the decision, or to its end where what is usual in it is not known yet. */
function viewAt(policy: RunPolicy, script: Script, step: number): View {
  const { game, variant } = policy.subject;
  const played = new ScriptedGame(game, variant, script);
  const env = policy.createView(played.definition);
  const { observation: spec } = env.spec;
  const name = nameOf(script);
  const before = remembered.get(policy);
  const known = before?.script === name ? before.usual : undefined;
  const sums = new Float64Array(spec.size);
  const every = Math.max(1, Math.floor(script.length / SAMPLES));
  let row: ObservationArray | undefined;
  let samples = 0;
  env.reset();
  while (!played.over && played.length < script.length) {
    if (played.length <= step) row = copied(row, env.observations);
    else if (known) break;
    if (!known && played.length >= samples * every) {
      for (let i = 0; i < sums.length; i++) sums[i] += env.observations[i];
      samples++;
    }
    if (!giveAction(env.actions, played)) break;
    env.step();
  }
  const last = row ?? env.observations.slice();
  env.dispose();
  const usual = known ?? Float32Array.from(sums, (sum) => sum / Math.max(1, samples));
  remembered.set(policy, { script: name, usual });
  return { row: last, usual, spec };
}

/** Tells scripts apart: a branch has the seed of its episode. */
function nameOf({ seed, length, actions }: Script): string {
  const hash = actions.reduce((sum, byte) => (Math.imul(sum, 31) + byte) | 0, 7);
  return `${seed} ${length} ${hash}`;
}

function copied(into: ObservationArray | undefined, from: ObservationArray): ObservationArray {
  if (!into) return from.slice();
  into.set(from);
  return into;
}

function sameKind(row: ObservationArray, length: number): ObservationArray {
  return row instanceof Float32Array ? new Float32Array(length) : new Uint8Array(length);
}

interface Parts {
  readonly layout: Saliency["layout"];
  readonly rows: number;
  readonly columns: number;
  /** Of things; empty where parts lie on the board. */
  readonly names: readonly string[];
  /** Entries of the observation that each part is made of. */
  readonly of: readonly (readonly number[])[];
}

/** Squares of a picture, cells of a grid, or things. */
function partsOf(spec: ObservationSpec, batch: number): Parts {
  const { shape, frameShape } = spec;
  if (shape.length === 3 || (shape.length === 2 && !frameShape)) {
    const [rows, columns, channels = 1] = shape;
    const side = spec.dtype === "uint8" ? (batch >= 16 ? FINE : COARSE) : Math.max(rows, columns);
    const [down, across] = [Math.min(rows, side), Math.min(columns, side)];
    const of: number[][] = Array.from({ length: down * across }, () => []);
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        const part = Math.floor((r * down) / rows) * across + Math.floor((c * across) / columns);
        for (let k = 0; k < channels; k++) of[part].push((r * columns + c) * channels + k);
      }
    }
    return { layout: "board", rows: down, columns: across, names: [], of };
  }
  return thingsOf(spec);
}

/** Entries by the first word of their names; entries without names each for itself. */
function thingsOf({ size, names, frameShape }: ObservationSpec): Parts {
  const width = frameShape ? frameShape.reduce((product, one) => product * one, 1) : size;
  const labelOf = (entry: number): string => names?.[entry % width] ?? `entry ${entry + 1}`;
  const things = new Map<string, number[]>();
  for (let entry = 0; entry < size; entry++) {
    const thing = names ? labelOf(entry).split(" ", 1)[0] : labelOf(entry % width);
    const own = things.get(thing) ?? [];
    own.push(entry);
    things.set(thing, own);
  }
  const of = [...things.values()];
  const labels = [...things].map(([thing, own]) =>
    own[1] === undefined ? labelOf(own[0]) : thing,
  );
  return { layout: "things", rows: of.length, columns: 1, names: labels, of };
}

interface Answer {
  readonly value: number;
  /** Probabilities, or values less their mean: what the choice hangs on. */
  readonly weights: readonly number[];
}

function answerOf(told: Assessment, row: number): Answer {
  const { values, probabilities, actionValues } = told;
  const all = probabilities ?? actionValues ?? new Float32Array(0);
  const width = all.length / values.length;
  const weights = [...all.subarray(row * width, (row + 1) * width)];
  if (probabilities) return { value: values[row], weights };
  const mean = weights.reduce((sum, one) => sum + one, 0) / Math.max(1, width);
  return { value: values[row], weights: weights.map((one) => one - mean) };
}

/** Half the sum of absolute differences: the total variation where both are probabilities. */
function distance(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, one, i) => sum + Math.abs(one - b[i]), 0) / 2;
}
