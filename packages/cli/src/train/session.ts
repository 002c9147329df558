/**
 * What the main thread does with the training thread's messages: writes metrics, episodes and
 * checkpoints, feeds live viewers and the status. The first thing that goes wrong with the disk stops
 * training in good order and is remembered as the session's failure.
 */
import { encodeAgent } from "@carom/agents";
import { encodeReplay, type Fault, faultText, makeReplay } from "@carom/envs";
import type { Run, RunError } from "@carom/runs";
import type { Server } from "@carom/server";
import { packCheckpoint } from "../checkpoint.js";
import type { SavedProgress } from "../progress.js";
import type { Snapshot } from "../status/block.js";
import type { StatusDisplay } from "../status/terminal.js";
import { createControl, type TrainingControl } from "./control.js";
import { HealthReport } from "./health.js";
import type { Flags, KeptEpisode, StopReason, TrainingRow, WorkerMessage } from "./protocol.js";
import type { Start } from "./start.js";

/** What a session works with. */
export interface SessionParts {
  readonly run: Run;
  readonly start: Start;
  readonly flags: Flags;
  readonly display: StatusDisplay;
  /** Seconds of a monotonic clock. */
  readonly clock: () => number;
  /** Bytes free on the disk of the run folder, where that is known. */
  readonly diskFree?: () => number | undefined;
}

/** How training ended. */
export interface Ending {
  readonly reason: StopReason;
  readonly progress: SavedProgress;
}

/** Weight of the newest measurement in the smoothed speed. */
const newestWeight = 0.2;

/** Seconds in which the same end of a process is told once. */
const sameFaultFor = 2;

/** Faults that are told one by one. */
const faultsTold = 5;

export class Session {
  /** Set once the training thread has said how it ended. */
  ending: Ending | undefined;
  /** Set once something made it impossible to go on. */
  failure: Error | undefined;
  /** Env steps of the newest checkpoint on the disk; undefined before there is one. */
  savedStep: number | undefined;
  /** Viewers to feed; set once the server is up. */
  server: Server | undefined;
  /** What may be asked of the training. */
  readonly control: TrainingControl;
  private readonly health: HealthReport;
  private latest: Snapshot | undefined;
  private rate = 0;
  private faults = 0;
  private lastFault = { message: "", at: Number.NEGATIVE_INFINITY };
  private readonly parts: SessionParts;

  constructor(parts: SessionParts) {
    this.parts = parts;
    this.savedStep = parts.start.plan.from?.progress.steps;
    const { run, flags, display } = parts;
    const print = (line: string): void => display.print(line);
    const steps = (): number => this.latest?.row.steps ?? this.savedStep ?? 0;
    this.control = createControl({ run, flags, steps, print });
    this.health = new HealthReport(run, print);
  }

  /** Handles one message. Never throws: see `failure`. */
  handle(message: WorkerMessage): void {
    try {
      this.dispatch(message);
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** Stops training for a reason that the user must know. */
  fail(error: Error): void {
    this.failure ??= error;
    this.parts.flags.set("stop", 1);
  }

  /** The disk's word on what it could not write, as the run folder reports it. */
  readonly onProblem = (problem: RunError | undefined): void => {
    if (problem !== undefined) this.fail(problem);
  };

  private dispatch(message: WorkerMessage): void {
    switch (message.kind) {
      case "metrics":
        this.onMetrics(message.row);
        break;
      case "episodes":
        for (const episode of message.episodes) this.onEpisode(episode);
        break;
      case "paused":
        this.onPaused(message.isPaused);
        break;
      case "policy":
        this.onPolicy(message);
        break;
      case "fault":
        this.onFault(message.fault);
        break;
      case "boards":
        this.server?.publishLive(message.boards, message.steps);
        this.parts.flags.set("showing", 0);
        break;
      case "checkpoint":
        this.onCheckpoint(message);
        break;
      case "done":
        this.ending = { reason: message.reason, progress: message.progress };
        break;
      case "ready":
      case "failed":
        break; // thread.ts deals with these
      default:
        message satisfies never;
    }
  }

  private onMetrics(measured: TrainingRow): void {
    const { run, start, display, clock, diskFree } = this.parts;
    const { limits } = start.plan;
    const free = diskFree?.();
    const row = {
      ...measured,
      ...(diskFree === undefined ? {} : { memoryProcess: process.memoryUsage.rss() }),
      ...(free === undefined ? {} : { diskFree: free }),
      ...(this.faults === 0 ? {} : { faults: this.faults }),
    };
    const isFirst = this.rate === 0;
    this.rate += (row.stepsPerSecond - this.rate) * (isFirst ? 1 : newestWeight);
    run.appendMetrics(row);
    this.latest = { row, limits, rate: this.rate };
    display.show(this.latest, clock());
    this.health.add(row);
  }

  private onPaused(isPaused: boolean): void {
    const { run, display, clock } = this.parts;
    if (this.ending === undefined) run.update({ status: isPaused ? "paused" : "running" });
    if (this.latest === undefined) return;
    this.latest = { ...this.latest, isPaused };
    display.show(this.latest, clock());
  }

  private onEpisode({ facts, actions, reason }: KeptEpisode): void {
    const { run, start } = this.parts;
    const { game, plan } = start;
    if (game.remote) return; // it cannot be played again here
    const options = { variant: plan.variant, pictures: true };
    const replay = makeReplay({ ...facts, actions }, game, options);
    run.addEpisode(encodeReplay(replay), facts, reason);
  }

  private onPolicy({ steps, score, state }: Extract<WorkerMessage, { kind: "policy" }>): void {
    this.parts.run.addPolicy(encodeAgent(state), { steps, score });
  }

  /**
   * Tells the user of games that fail; after the first few only now and then. A Python process
   * that ends takes all its games with it: that is one thing to tell.
   */
  private onFault(fault: Fault): void {
    const { display, start, clock } = this.parts;
    const mayBeSame = start.game.remote !== undefined && fault.kind === "died";
    const isSame = mayBeSame && fault.message === this.lastFault.message;
    if (isSame && clock() - this.lastFault.at < sameFaultFor) return;
    this.lastFault = { message: fault.message, at: clock() };
    this.faults += 1;
    const isTold = this.faults <= faultsTold || Number.isInteger(Math.log2(this.faults));
    if (!isTold) return;
    const count = this.faults === 1 ? "" : ` (fault ${this.faults} of this run)`;
    display.print(`${start.game.id}: ${faultText(fault)}; its episode was cut${count}`);
  }

  private onCheckpoint(message: Extract<WorkerMessage, { kind: "checkpoint" }>): void {
    const { run, start, flags } = this.parts;
    const { steps, score, state, progress, isAsked } = message;
    try {
      const { limits } = start.plan;
      run.saveCheckpoint(steps, packCheckpoint(state, { progress, limits }), { score });
      this.savedStep = steps;
      if (isAsked) run.addEvent({ kind: "saved", steps });
    } finally {
      flags.set("saving", 0);
    }
  }
}
