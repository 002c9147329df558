/**
 * `--init-from`: a new run whose network begins with the layers of another run's checkpoint. The
 * main thread reads that checkpoint, the training thread puts it into the trainer, and run.json and
 * the first lines say what was taken. Which arrays fit is decided in @carom/agents (transfer.ts).
 */
import { relative, resolve } from "node:path";
import {
  parametersOnly,
  type Trainer,
  type TransferredArray,
  transferParameters,
} from "@carom/agents";
import { readRun, type WhichCheckpoint } from "@carom/runs";
import type { InitFromFacts, RunFacts } from "@carom/runs/formats";
import { unpackCheckpoint } from "../checkpoint.js";
import { CliError } from "../errors.js";
import { findRun } from "../folders.js";
import { formatCount } from "../format.js";
import { parseWhich } from "../values.js";
import type { TrainTexts } from "./options.js";
import type { Init } from "./protocol.js";

/** Another run's network, read. */
export interface InitSource extends Init {
  /** Folder of the other run. */
  readonly folder: string;
  /** Id of the other run. */
  readonly run: string;
  /** Env steps of the checkpoint. */
  readonly step: number;
  /** Checkpoints that were passed over, in words. */
  readonly notes: readonly string[];
}

/**
 * The network that a new run was asked to begin with; null where it was not.
 *
 * @throws RunError for the run and its checkpoints · CliError CONFLICT, BAD_VALUE, CHECKPOINT_FOREIGN
 */
export function askedInit({ initFrom, checkpoint }: TrainTexts): InitSource | null {
  if (initFrom !== undefined) {
    return readInit(findRun(initFrom), parseWhich("--checkpoint", checkpoint ?? "latest"));
  }
  if (checkpoint === undefined) return null;
  throw new CliError("CONFLICT", "--checkpoint says what --init-from reads; add that, or leave it");
}

/**
 * The network that a run in `dir` began with, read again because it was ended before its first
 * checkpoint; null where it began with its own.
 */
export function initOfRun(dir: string, { initFrom }: RunFacts): InitSource | null {
  return initFrom === undefined ? null : readInit(resolve(dir, initFrom.folder), initFrom.step);
}

function readInit(folder: string, which: WhichCheckpoint): InitSource {
  const reader = readRun(folder);
  try {
    const { id } = reader.facts();
    const loaded = reader.loadCheckpoint(which);
    const { step, skipped } = loaded;
    return {
      ...{ folder, run: id, step },
      name: `${folder} at step ${formatCount(step)}`,
      state: parametersOnly(unpackCheckpoint(loaded).state),
      notes: skipped.map(
        ({ name, error }) => `checkpoint ${name} cannot be used: ${error.message}`,
      ),
    };
  } finally {
    reader.close();
  }
}

/** Puts what fits into a new trainer. @throws CliError NOTHING_FITS */
export function takeParameters(trainer: Trainer, init: Init): readonly TransferredArray[] {
  const { state, arrays } = transferParameters(init.state, trainer.save());
  if (!arrays.some(({ taken }) => taken)) {
    const reasons = arrays.map(({ name, reason }) => `${name}: ${reason}`).join("; ");
    throw new CliError(
      "NOTHING_FITS",
      `--init-from: no layer of ${init.name} fits this network (${reasons})`,
    );
  }
  trainer.restore(state);
  return arrays;
}

/** What run.json says of it, for a run in `dir`. */
export function initFacts(
  { run, folder, step }: InitSource,
  dir: string,
  arrays: readonly TransferredArray[],
): InitFromFacts {
  const taken = arrays.filter((array) => array.taken).length;
  const path = relative(resolve(dir), resolve(folder));
  return { run, folder: path, step, taken, arrays: arrays.length };
}

/** What was taken, as a table for people. */
export function initLines({ name }: Init, arrays: readonly TransferredArray[]): readonly string[] {
  const taken = arrays.filter((array) => array.taken).length;
  const rows = arrays.map((array) => [array.name, `[${array.shape.join(",")}]`, fate(array)]);
  const width = (column: number): number => Math.max(...rows.map((row) => row[column].length));
  const [first, second] = [width(0), width(1)];
  return [
    `init from ${name}: ${taken} of ${arrays.length} arrays`,
    ...rows.map(
      ([array, shape, end]) => `  ${array.padEnd(first)}  ${shape.padEnd(second)}  ${end}`,
    ),
  ];
}

function fate({ taken, reason }: TransferredArray): string {
  return taken ? "taken" : `new: ${reason}`;
}
