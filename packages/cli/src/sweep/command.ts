/** `carom sweep`: the course of a search from its options to its exit code. */
import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { createJournal, type Journal, openJournal, readRun } from "@carom/runs";
import { callAs, quoted } from "../call.js";
import { type DeviceFacts, deviceText, tryDevice } from "../device.js";
import { CliError, exitCodes, trainingFailed } from "../errors.js";
import { findSweep, newSweepFolder } from "../folders.js";
import { formatScore } from "../format.js";
import { resolveGame } from "../game/source.js";
import { type EndSignal, exitCodeFor, listenForEnd } from "../signals.js";
import { versions } from "../versions.js";
import { createSweepDisplay, type LiveRun, type SweepDisplay } from "./display.js";
import {
  checkResumedSweep,
  parsePlan,
  parseSweepManner,
  type SweepManner,
  type SweepTexts,
} from "./options.js";
import { picture } from "./picture.js";
import {
  decodePlan,
  decodeRecord,
  encodePlan,
  type SweepPlan,
  sweepFiles,
  type TrialRecord,
} from "./plan.js";
import {
  bestCommand,
  csv,
  markdown,
  type Outcome,
  outcomeTable,
  rungText,
  settingsText,
  sweepResult,
  tableLines,
} from "./report.js";
import { runCourse } from "./schedule.js";
import { bestOf, standings } from "./standings.js";
import { type LiveTask, TrialRunner } from "./trial-runner.js";

/** Milliseconds between two looks at what runs. */
const lookEvery = 500;
/** Trials that the summary shows. */
const shown = 10;

/** A sweep that this process holds. */
interface Sweep {
  readonly journal: Journal;
  readonly plan: SweepPlan;
  /** Grows while trials end. */
  readonly records: TrialRecord[];
  /** The folder as the user would write it. */
  readonly name: string;
  /** Where its runs go on a GPU, or would have; null for the processor. */
  readonly device: DeviceFacts | null;
}

/**
 * Searches until all rungs are complete or a signal ends it.
 *
 * @returns the exit code. @throws any typed error of the stack; what had been recorded stays.
 */
export async function sweepCommand(gameId: string | undefined, texts: SweepTexts): Promise<number> {
  const manner = parseSweepManner(texts);
  const sweep =
    texts.resume === undefined
      ? await newSweep(gameId, texts, manner)
      : resumedSweep(gameId, texts, manner);
  const display = createSweepDisplay(process.stdout, process.env);
  for (const line of openingLines(sweep, manner.jobs)) display.print(line);
  try {
    const { complete, signal } = await search(sweep, manner.jobs, display);
    if (sweep.records.length > 0) writeReports(sweep); // killed, it may have left older ones
    for (const line of summary(sweep, complete)) display.print(line);
    refuseAllFailed(sweep, complete);
    const result = sweepResult(sweep, sweep.name, complete);
    if (manner.json) process.stdout.write(`${JSON.stringify(result)}\n`);
    return signal === undefined ? exitCodes.ok : exitCodeFor(signal);
  } finally {
    sweep.journal.close();
  }
}

async function newSweep(
  gameId: string | undefined,
  texts: SweepTexts,
  manner: SweepManner,
): Promise<Sweep> {
  const source = gameId === undefined ? undefined : await resolveGame(gameId);
  const plan = parsePlan(source, texts, manner);
  const name = texts.out ?? newSweepFolder(plan.game, plan.algo, new Date());
  if (existsSync(join(name, sweepFiles.plan))) {
    const advice = "continue it with --resume, or name another folder";
    throw new CliError("RUN_EXISTS", `${name} already holds a sweep; ${advice}`);
  }
  const device = tryDevice(plan);
  const module = source?.module ?? null;
  const attachments = module === null ? {} : { [sweepFiles.game]: module.code };
  const journal = createJournal(name, sweepFiles, encodePlan(plan, { ...versions() }), {
    attachments,
  });
  return { journal, plan, records: [], name, device };
}

/** @throws RunError for the folder · CliError CONFLICT, SWEEP_CORRUPT, DEVICE_UNAVAILABLE */
function resumedSweep(
  gameId: string | undefined,
  texts: SweepTexts,
  { device: asked }: SweepManner,
): Sweep {
  checkResumedSweep(gameId, texts);
  const name = findSweep(texts.resume ?? "");
  const journal = openJournal(name, sweepFiles);
  try {
    const made = decodePlan(journal.plan);
    const device = asked ?? made.device;
    const plan = { ...made, device, precision: device === "cpu" ? null : made.precision };
    const records = journal.entries.map(decodeRecord);
    return { journal, plan, records, name, device: tryDevice(plan) };
  } catch (error) {
    journal.close();
    throw error;
  }
}

/** The time between the first line and the summary. */
async function search(
  sweep: Sweep,
  jobs: number,
  display: SweepDisplay,
): Promise<{ complete: boolean; signal: EndSignal | undefined }> {
  const { journal, plan, records } = sweep;
  const runner = new TrialRunner({ plan, dir: journal.dir });
  let signal: EndSignal | undefined;
  listenForEnd({
    first(which) {
      signal = which;
      runner.stop(which);
      display.print("stopping: runs that go on save a checkpoint (Ctrl-C again ends at once)");
    },
    last(which) {
      runner.kill();
      process.exit(exitCodeFor(which));
    },
  });
  const began = performance.now();
  const show = (): void => {
    const live = [...runner.live].map(lookAt);
    display.show({ outcome: sweep, live, seconds: (performance.now() - began) / 1000 });
  };
  const timer = display.isLive ? setInterval(show, lookEvery) : undefined;
  try {
    const complete = await runCourse({
      ...{ plan, records, jobs },
      run: (task) => runner.run(task),
      record(record) {
        journal.append(record);
        records.push(record);
        writeReports(sweep);
        display.ended(record, sweep);
      },
      isStopping: () => runner.isStopping,
      abandon: () => runner.stop("SIGTERM"),
    });
    return { complete, signal };
  } finally {
    clearInterval(timer);
    display.end();
  }
}

/** How far a run is; the folder may not be there yet, or be written at this moment. */
function lookAt({ task, folder }: LiveTask): LiveRun {
  const nothing = { task, steps: 0, score: undefined };
  if (!existsSync(join(folder, "run.json"))) return nothing;
  try {
    const run = readRun(folder);
    const { steps } = run.facts();
    const last = run.metrics(Math.max(0, run.counts().metrics - 1)).rows.at(-1);
    run.close();
    return { task, steps, score: last?.score };
  } catch {
    return nothing;
  }
}

/** table.md, trials.csv and sweep.svg, as far as the sweep has come. */
function writeReports(sweep: Sweep): void {
  const { journal, name } = sweep;
  const command = bestCommand(sweep, name);
  journal.write(sweepFiles.table, markdown(sweep, command && callAs(command)));
  journal.write(sweepFiles.csv, csv(sweep));
  journal.write(sweepFiles.picture, picture(sweep));
}

function openingLines({ plan, records, name, device }: Sweep, jobs: number): string[] {
  const { game, variant, algo, seed, threads } = plan;
  const on =
    device === null ? `with ${threads} thread${threads === 1 ? "" : "s"} each` : deviceText(device);
  const each = `${jobs} at a time${device === null ? " " : ", each on "}${on}`;
  return [
    `sweep: ${name}: ${algo} on ${game} (${variant}), seed ${seed}, ${each}`,
    `${rungText(plan)}${plan.seeds.length > 1 ? `, ${plan.seeds.length} seeds each` : ""}`,
    ...plan.parameters.map((parameter) =>
      "choices" in parameter
        ? `  ${parameter.key}: one of ${parameter.choices.join(", ")}`
        : `  ${parameter.key}: ${parameter.low} to ${parameter.high}${parameter.scale === "log" ? ", log" : ""}`,
    ),
    ...(records.length > 0 ? [`continuing: ${records.length} runs are recorded`] : []),
  ];
}

function summary(sweep: Sweep, complete: boolean): string[] {
  const { plan, records, name } = sweep;
  const { header, rows } = outcomeTable(sweep);
  const list = standings(plan, records);
  const best = bestOf(list);
  const lines = rows.length === 0 ? [] : tableLines({ header, rows: rows.slice(0, shown) });
  if (rows.length > shown) lines.push(`and ${rows.length - shown} more in ${path(name, "table")}`);
  if (best !== undefined && best.score !== null) {
    const values = settingsText(plan.trials[best.trial]);
    lines.push(`best: trial ${best.trial}, score ${formatScore(best.score)}: ${values}`);
    const command = bestCommand(sweep, quoted(name));
    if (command !== undefined) lines.push(`train with it: ${callAs(command)}`);
    lines.push(`picture: ${path(name, "picture")}`);
  }
  if (!complete) lines.push(`stopped; continue with: ${callAs(`sweep --resume ${quoted(name)}`)}`);
  return lines;
}

/** A file of the sweep as the user would write it. */
function path(name: string, file: keyof typeof sweepFiles): string {
  return relative("", join(name, sweepFiles[file]));
}

/** @throws CliError TRAINING_FAILED when the sweep is over and nothing came of it. */
function refuseAllFailed({ records }: Outcome, complete: boolean): void {
  const first = records.find(({ failure }) => failure !== null);
  if (!complete || first === undefined || records.some(({ failure }) => failure === null)) return;
  throw new CliError(trainingFailed, `every trial failed; the first: ${first.failure}`);
}
