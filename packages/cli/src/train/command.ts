/** `carom train`: the course of a run from its options to its exit code. */
import { keepDemonstration, type Run } from "@carom/runs";
import type { EpisodeEntry } from "@carom/runs/formats";
import type { Server } from "@carom/server";
import { callAs, quoted } from "../call.js";
import { type DeviceFacts, deviceText } from "../device.js";
import { CliError, exitCodes, trainingFailed } from "../errors.js";
import { formatCount } from "../format.js";
import { makeResult, type Result, summaryLines } from "../result.js";
import { type EndSignal, exitCodeFor, listenForEnd } from "../signals.js";
import { createDisplay, type StatusDisplay } from "../status/terminal.js";
import { runVersions } from "../versions.js";
import { serveViewer } from "../viewer.js";
import { diskGauge } from "./health.js";
import { initLines } from "./init.js";
import {
  type Manner,
  parseAsked,
  parseManner,
  type TrainTexts,
  type ViewerOptions,
} from "./options.js";
import { letOthersFirst } from "./priority.js";
import type { Ready, StopReason } from "./protocol.js";
import { type Ending, Session } from "./session.js";
import { type Start, type StartOptions, startNew, startResumed } from "./start.js";
import { startThread, ThreadError, type TrainingThread } from "./thread.js";

/**
 * Trains until a limit, a signal or a failure ends it.
 *
 * @returns the exit code. @throws any typed error of the stack; nothing is written in that case but
 *   what an earlier, complete part of the run had written.
 */
export async function trainCommand(gameId: string | undefined, texts: TrainTexts): Promise<number> {
  const manner = parseManner(texts);
  let session: Session | undefined;
  const options: StartOptions = {
    texts,
    asked: parseAsked(texts),
    checkpointEvery: manner.checkpointEvery,
    onProblem: (problem) => session?.onProblem(problem),
  };
  const start = await (texts.resume === undefined ? startNew : startResumed)(gameId, options);
  const thread = startThread(start.plan);
  const { run, ready } = await openRunFor(start, thread);
  const { device } = ready;
  const display = createDisplay(process.stdout, process.env);
  const clock = (): number => performance.now() / 1000;
  const diskFree = diskGauge(start.dir, clock);
  session = new Session({ run, start, flags: thread.flags, display, clock, diskFree });
  try {
    const signal = await trainAndServe({ start, thread, run, ready, display, session, manner });
    return conclude({ start, run, device, display, session, signal, json: manner.json });
  } finally {
    await session.server?.close(); // last, so that viewers hear how it ended
  }
}

/** Waits for the trainer, then opens the folder; whichever fails, nothing stays behind. */
async function openRunFor(
  start: Start,
  thread: TrainingThread,
): Promise<{ run: Run; ready: Ready }> {
  try {
    const ready = await thread.ready;
    return { ready, run: start.open(ready) };
  } catch (error) {
    start.abandon();
    await thread.cancel();
    throw withPlace(error, start);
  }
}

/** The failure to open a device that nobody asked for now, with where it comes from. */
function withPlace(error: unknown, { before, dir, plan }: Start): unknown {
  const isKept = before !== null && before.name === plan.device;
  if (!isKept || !(error instanceof ThreadError) || error.code !== "DEVICE_UNAVAILABLE") {
    return error;
  }
  return new CliError(error.code, `${dir} was trained on ${deviceText(before)}: ${error.message}`);
}

interface Course {
  readonly start: Start;
  readonly thread: TrainingThread;
  readonly run: Run;
  readonly ready: Ready;
  readonly display: StatusDisplay;
  readonly session: Session;
  readonly manner: Manner;
}

/** The time between the first line and the summary. Gives the signal that ended it, if one did. */
async function trainAndServe(course: Course): Promise<EndSignal | undefined> {
  const { start, thread, run, ready, display, session, manner } = course;
  let signal: EndSignal | undefined;
  listenForEnd({
    first(which) {
      signal = which;
      session.control.ask("stop", "terminal");
      display.print("stopping: saving a checkpoint (Ctrl-C again ends at once)");
    },
    last: (which) => endAtOnce(which, run, display),
  });
  try {
    if (manner.viewer !== null) {
      session.server = await serveTraining(course, manner.viewer);
    }
    for (const line of openingLines(start, ready)) display.print(line);
    letOthersFirst(); // after the reader's browser was started, which would be behind for good
    thread.go((message) => session.handle(message));
    await thread.ended;
  } catch (error) {
    if (!(error instanceof ThreadError)) {
      await thread.cancel();
      run.close();
      throw error;
    }
    session.fail(failureOf(error));
  } finally {
    display.end();
  }
  return signal;
}

/** The viewer of a run that trains here: it may compare and, unless told otherwise, control. */
function serveTraining(
  { start, run, thread, display, session, manner }: Course,
  options: ViewerOptions,
): Promise<Server> {
  const { control } = manner;
  const onDemonstration = (replay: Uint8Array): EpisodeEntry => {
    const entry = keepDemonstration(run, start.game, replay);
    display.print(`kept a demonstration from the viewer, return ${entry.return}`);
    return entry;
  };
  return serveViewer(run, options, (line) => display.print(line), {
    onWish: (wish) => {
      thread.flags.set("boards", wish.boards);
      if (wish.fromStart) thread.flags.set("resend", 1);
    },
    ...(control ? { control: session.control, onDemonstration } : {}),
    whyNoControl: "This training was started with --control off.",
  });
}

function openingLines(start: Start, ready: Ready): string[] {
  const { device, taken } = ready;
  const { dir, plan, init, before } = start;
  const notes = [...start.notes, ...ready.notes];
  const { game, variant, algo, seed } = plan;
  const facts = `${game} (${variant}), ${algo}, seed ${seed}, ${deviceText(device)}`;
  const begun = init === null ? [] : initLines(init, taken);
  return [`run: ${dir}: ${facts}`, ...notes, ...moved(before, device), ...begun];
}

/** What to expect of a run that goes on elsewhere. */
function moved(before: DeviceFacts | null, { noGpu: _noGpu, ...now }: DeviceFacts): string[] {
  if (before === null || deviceText(before) === deviceText(now)) return [];
  return [`before on ${deviceText(before)}: on another device the last bits will differ`];
}

/** The second signal: no saving, no waiting. The checkpoints on the disk are whole at any moment. */
function endAtOnce(signal: EndSignal, run: Run, display: StatusDisplay): never {
  display.print("ended at once; the last checkpoint stays");
  try {
    run.close();
  } finally {
    process.exit(exitCodeFor(signal));
  }
}

function failureOf({ code, message, stack }: ThreadError): Error {
  if (code !== undefined) return new CliError(trainingFailed, `training failed: ${message}`);
  const error = new Error(`training failed: ${message}`);
  if (stack !== undefined) error.stack = stack;
  return error;
}

interface Outcome {
  readonly start: Start;
  readonly run: Run;
  readonly device: DeviceFacts;
  readonly display: StatusDisplay;
  readonly session: Session;
  readonly signal: EndSignal | undefined;
  readonly json: boolean;
}

/** Closes the folder and tells how it ended. */
function conclude(outcome: Outcome): number {
  const { start, run, device, display, session, signal, json } = outcome;
  const { ending, failure, savedStep } = session;
  const again = callAs(`train --resume ${quoted(start.dir)}`);
  if (failure !== undefined || ending === undefined) {
    closeCrashed(run);
    throw withAdvice(failure ?? new Error("training ended without a word"), savedStep, again);
  }
  const { game, variant, algo, seed } = start.plan;
  const identity = { game, variant, algo, seed, versions: runVersions(device) };
  const result = makeResult(identity, ending.progress);
  if (ending.reason === "asked") run.close();
  else run.finish(result);
  for (const line of summary(ending, result, start, display, again)) display.print(line);
  if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
  return signal === undefined ? exitCodes.ok : exitCodeFor(signal);
}

/** The failure that is being reported may be the disk's, which then refuses this too. */
function closeCrashed(run: Run): void {
  try {
    run.update({ status: "crashed" });
  } catch {
    // The folder's reader finds out by itself that the process is gone.
  }
  run.close();
}

function summary(
  ending: Ending,
  result: Result,
  start: Start,
  { paint }: StatusDisplay,
  again: string,
): string[] {
  const lines = [`${reasonText[ending.reason]}: ${start.dir}`, ...summaryLines(result, paint)];
  if (ending.reason === "asked") {
    lines.push(`saved at step ${formatCount(result.steps)}; continue with: ${again}`);
  } else {
    lines.push(`look at it again: ${callAs(`watch ${quoted(start.dir)}`)}`);
    lines.push(`score it on fresh games: ${callAs(`eval ${quoted(start.dir)}`)}`);
  }
  return lines;
}

const reasonText: Readonly<Record<StopReason, string>> = {
  steps: "finished, all steps done",
  time: "finished, the time is up",
  score: "finished, the score is reached",
  asked: "stopped",
};

/** The failure, with what is left of the run. */
function withAdvice(failure: Error, savedStep: number | undefined, again: string): Error {
  failure.message +=
    savedStep === undefined
      ? "; no checkpoint had been saved"
      : `; the checkpoint of step ${formatCount(savedStep)} stays, continue with: ${again}`;
  return failure;
}
