/**
 * The main thread's side of the training thread: starts it, hands its messages on, and turns every
 * way in which it can end into one promise.
 */
import { Worker } from "node:worker_threads";
import { CliError, type ErrorReport, trainingFailed } from "../errors.js";
import { Flags, type Plan, type Ready, type WorkerMessage } from "./protocol.js";

/** An error of the training thread before training began: what it reported, typed again. */
export class ThreadError extends Error {
  readonly code: string | undefined;

  constructor({ code, message, stack }: ErrorReport) {
    super(message);
    this.name = "ThreadError";
    this.code = code;
    if (stack !== undefined) this.stack = stack;
  }
}

/** A training thread. */
export interface TrainingThread {
  readonly flags: Flags;
  /** Resolves when the trainer is made; rejects with ThreadError when it cannot be. */
  readonly ready: Promise<Ready>;
  /** Lets the trainer go; every later message is handed to `onMessage`. */
  go(onMessage: (message: WorkerMessage) => void): void;
  /** Resolves when the thread is gone; rejects with ThreadError if it broke down. */
  readonly ended: Promise<void>;
  /** Ends a thread that is waiting to go. */
  cancel(): Promise<void>;
}

/** Starts the thread of a plan. */
export function startThread(plan: Plan): TrainingThread {
  const flags = new Flags(plan.flags);
  const worker = new Worker(new URL("./worker.js", import.meta.url), { workerData: plan });
  const made = deferred<Ready>();
  const end = deferred<void>();
  let receive: (message: WorkerMessage) => void = () => {};
  let failure: ThreadError | undefined;
  worker.on("message", (message: WorkerMessage) => {
    if (message.kind === "ready") made.resolve(message);
    else if (message.kind === "failed") failure = new ThreadError(message.error);
    else receive(message);
  });
  worker.on("error", (error) => {
    failure = new ThreadError({ message: error.message, stack: error.stack ?? error.message });
  });
  worker.on("exit", (code) => {
    if (code !== 0) failure ??= new ThreadError({ message: `the training thread ended (${code})` });
    made.reject(failure ?? new CliError(trainingFailed, "the training thread ended early"));
    if (failure === undefined) end.resolve();
    else end.reject(failure);
  });
  // Nobody may be waiting for these when they fail; whoever asks later still gets the error.
  made.promise.catch(() => {});
  end.promise.catch(() => {});
  return {
    flags,
    ready: made.promise,
    ended: end.promise,
    go(onMessage) {
      receive = onMessage;
      flags.set("go", 1);
    },
    async cancel() {
      await worker.terminate();
    },
  };
}

/** A promise and the two functions that settle it. */
function deferred<T>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: Error) => void;
} {
  let resolve: (value: T) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
