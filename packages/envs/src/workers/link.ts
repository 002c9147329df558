/**
 * The main thread's end of a thread of games: starting it, giving it commands, waiting for it, and
 * noticing that it hangs or is gone.
 */
import { existsSync } from "node:fs";
import {
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  Worker,
} from "node:worker_threads";
import { EnvError } from "../errors.js";
import {
  CONTROL_WORDS,
  type MainMessage,
  type ThreadMessage,
  type ThreadPlan,
  word,
} from "./protocol.js";

/**
 * Room for short-lived objects. What engines allocate where a game itself allocates nothing (numbers in
 * boxes) is collected so seldom that it does not hold up the other threads.
 */
const YOUNG_MEBIBYTES = 64;
/** Arguments of Node for a program that is given as text: no thread can start with them. */
const PROGRAM_TEXT = /^(--input-type|--eval|-e$|-p$|--print)/;

/** What became of a command. */
export type Outcome = "done" | "hung" | "died";

/** Milliseconds between two looks at a thread that does not answer. */
const LOOK_EVERY = 50;
/** Loads of the answer before the waiting thread sleeps. */
const SPINS = 200;
/** Seconds that a thread has for starting: it loads modules. */
const START_TIMEOUT = 60;

/** One thread of games. */
export class Link {
  readonly control: Int32Array = new Int32Array(new SharedArrayBuffer(4 * CONTROL_WORDS));
  private readonly worker: Worker;
  private readonly port: MessagePort;
  private number = 0;
  private received = 0;

  /** Starts the thread; `ready` waits for it. */
  constructor(plan: Omit<ThreadPlan, "control" | "port">) {
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    Atomics.store(this.control, word.done, -1);
    this.worker = new Worker(new URL("./thread.js", import.meta.url), {
      workerData: { ...plan, control: this.control, port: port2 },
      transferList: [port2],
      ...(process.execArgv.some((argument) => PROGRAM_TEXT.test(argument)) && { execArgv: [] }),
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEBIBYTES },
      name: "carom-games",
    });
    // Whatever ends the thread is noticed by waiting for it; without listeners it would end the process.
    this.worker.on("error", () => {});
    this.worker.unref();
    this.port.unref();
  }

  /** Waits until the games are made. Throws EnvError, of the thread's own error where it gave one. */
  ready(): void {
    const outcome = this.wait(0, START_TIMEOUT);
    for (const message of this.drain()) {
      if (message.kind === "error") throw errorOf(message);
    }
    if (outcome === "done") return;
    throw new EnvError("WORKER_FAILED", `workers: a thread ${describe(outcome)} while it started`);
  }

  /** Gives a command; `message` goes before it. */
  send(command: number, from = 0, to = 0, observe = true, message?: MainMessage): void {
    const { control } = this;
    if (message) this.port.postMessage(message);
    control[word.code] = command;
    control[word.from] = from;
    control[word.to] = to;
    control[word.observe] = observe ? 1 : 0;
    this.number += 1;
    Atomics.store(control, word.command, this.number);
    Atomics.notify(control, word.command);
  }

  /** Waits for the newest command. @param timeout seconds in which the thread must get on */
  await(timeout: number): Outcome {
    return this.wait(this.number, timeout);
  }

  /** Whether the thread had begun with the newest command. */
  get hasBegun(): boolean {
    return Atomics.load(this.control, word.begun) === this.number;
  }

  /** The game that is being played, or was last. */
  get playing(): number {
    return this.control[word.block] + this.control[word.game];
  }

  /** What the thread has said since the last call. */
  *drain(): Generator<ThreadMessage> {
    while (this.received < Atomics.load(this.control, word.messages)) {
      const received = receiveMessageOnPort(this.port);
      if (!received) return;
      this.received += 1;
      yield received.message as ThreadMessage;
    }
  }

  /** Ends the thread, wherever it is. Idempotent. */
  end(): void {
    this.port.close();
    void this.worker.terminate();
  }

  private wait(number: number, timeout: number): Outcome {
    const { control } = this;
    for (let spin = 0; spin < SPINS; spin++) {
      if (Atomics.load(control, word.done) === number) return "done";
    }
    let place = this.place();
    let still = 0; // milliseconds without a sign of life
    for (;;) {
      const done = Atomics.load(control, word.done);
      if (done === number) return "done";
      if (Atomics.wait(control, word.done, done, LOOK_EVERY) !== "timed-out") continue;
      if (this.isGone()) return "died";
      const now = this.place();
      still = now === place ? still + LOOK_EVERY : 0;
      place = now;
      if (still >= timeout * 1000) return "hung";
    }
  }

  /** Changes while the thread gets on. */
  private place(): string {
    return `${this.playing} ${Atomics.load(this.control, word.ticks)}`;
  }

  /** Whether the system says that the thread is no more; false where it does not tell. */
  private isGone(): boolean {
    const task = this.control[word.task];
    return task > 0 && !existsSync(`/proc/self/task/${task}`);
  }
}

/** The error that a thread reported. */
export function errorOf(message: Extract<ThreadMessage, { kind: "error" }>): EnvError {
  return new EnvError(message.code ?? "WORKER_FAILED", message.message);
}

/** An outcome in words. */
export function describe(outcome: Exclude<Outcome, "done">): string {
  return outcome === "hung" ? "did not answer" : "ended";
}
