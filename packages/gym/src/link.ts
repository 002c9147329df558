/**
 * One Python process that plays environments, seen from here: it is started, told which of them to
 * play, and waited for, all without the event loop, which does not turn while a run trains.
 *
 * It cannot be waited for in vain: when it ends, reading its reply ends (pipes.ts), and when it
 * does not come back, it ends itself (`watch` in python/carom_gym_server.py).
 */
import { type ChildProcess, spawn } from "node:child_process";
import { fstatSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { AtariOptions } from "./atari.js";
import { GymError, type GymErrorCode } from "./errors.js";
import type { Hello } from "./hello.js";
import { closeChildEnds, closeParentEnds, MEMORY_FOLDERS, openPipes, type Pipes } from "./pipes.js";
import { choosePython, pythonFolder, pythonMissing } from "./python.js";

/** What the process is to play; all of it but `python` and `owner` is sent to it. */
export interface LinkOptions {
  /** Who speaks in errors. */
  readonly owner: string;
  /** Gymnasium's id. */
  readonly id: string;
  /** Number of environments. */
  readonly count: number;
  /** Arguments of gymnasium.make. */
  readonly make: Readonly<Record<string, unknown>>;
  /** Preprocessing of Atari games; null for none. */
  readonly atari: Required<AtariOptions> | null;
  /** Time limit in decisions; null for the environment's own. */
  readonly maxSteps: number | null;
  /** Seconds after which a call that does not come back is ended; 0 for never. */
  readonly timeoutSeconds: number;
  /** The Python program. */
  readonly python: string | undefined;
}

/** One environment failed; the others went on. */
export interface PythonFault {
  /** Which one. */
  readonly env: number;
  /** How. */
  readonly kind: "threw" | "not finite";
  /** What it said. */
  readonly message: string;
}

/** The process is gone. */
export class LinkDied extends Error {
  /** It did not come back in time and was ended, or it ended. */
  readonly kind: "hung" | "died";

  constructor(kind: "hung" | "died", message: string) {
    super(message);
    this.kind = kind;
  }
}

const DONE = 0;
const END = 1;
const LOG_TAIL = 4096; // bytes
const NO_FAULTS: readonly PythonFault[] = [];
const server = join(pythonFolder, "carom_gym_server.py");

/** A running Python process. */
export class Link {
  /** What it said first. */
  readonly hello: Hello;
  private readonly owner: string;
  private readonly pipes: Pipes;
  private readonly process: ChildProcess;
  private readonly status = new Uint8Array(1);
  private readonly command = new Uint32Array(2); // little-endian on every machine that runs Node
  private isOpen = true;

  private constructor(options: LinkOptions, pipes: Pipes) {
    this.owner = options.owner;
    this.pipes = pipes;
    try {
      this.process = launch(options, pipes);
    } catch (error) {
      closeParentEnds(pipes);
      throw error;
    } finally {
      closeChildEnds(pipes);
    }
    try {
      this.hello = this.readHello();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * Starts a process; one that ends before it has said anything is started once more. Throws
   * GymError, CHILD_DIED where that one ends as well.
   */
  static start(options: LinkOptions): Link {
    let folder = 0;
    let isSecond = false;
    for (;;) {
      try {
        return new Link(options, openPipes(options.owner, MEMORY_FOLDERS[folder]));
      } catch (error) {
        const isFull = error instanceof GymError && error.code === "NO_ROOM";
        const isDead = error instanceof LinkDied;
        if (isFull && folder + 1 < MEMORY_FOLDERS.length) folder += 1;
        else if (isDead && error.kind === "died" && !isSecond) isSecond = true;
        else if (isDead) throw diedEarly(options.owner, error);
        else throw error;
      }
    }
  }

  /** Process id, as long as the operating system remembers it. */
  get pid(): number | undefined {
    return this.process.pid;
  }

  /** Writes into the shared memory. */
  write(bytes: Uint8Array, at: number): void {
    writeSync(this.pipes.memory, bytes, 0, bytes.length, at);
  }

  /** Reads from the shared memory. */
  read(bytes: Uint8Array, at: number): void {
    readSync(this.pipes.memory, bytes, 0, bytes.length, at);
  }

  /**
   * Lets the environments [from, to) play and waits for them. Returns which failed. Throws
   * LinkDied, and GymError ENV_FAULTY where one cannot be made again.
   */
  play(from: number, to: number): readonly PythonFault[] {
    this.command[0] = from;
    this.command[1] = to;
    try {
      writeSync(this.pipes.commands, this.command);
    } catch {
      throw this.died(); // EPIPE
    }
    this.readFully(this.status);
    if (this.status[0] === DONE) return NO_FAULTS;
    if (this.status[0] === END) throw this.failure(this.readJson());
    return this.readJson() as PythonFault[];
  }

  /** Lets the process end. Idempotent. */
  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    closeParentEnds(this.pipes);
  }

  private readHello(): Hello {
    this.readFully(this.status);
    const value = this.readJson();
    if (this.status[0] === END) throw this.failure(value);
    return value as Hello;
  }

  private readJson(): unknown {
    const length = new Uint32Array(1);
    this.readFully(new Uint8Array(length.buffer));
    const text = new Uint8Array(length[0]);
    this.readFully(text);
    return JSON.parse(new TextDecoder().decode(text));
  }

  private readFully(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      const count = readSync(this.pipes.replies, bytes, at, bytes.length - at, null);
      if (count === 0) throw this.died();
      at += count;
    }
  }

  private failure(value: unknown): GymError {
    const { code, message } = value as { code: GymErrorCode; message: string };
    return new GymError(code, `${this.owner}: ${message}`);
  }

  private died(): LinkDied {
    return lastWords(this.readLog());
  }

  private readLog(): string {
    const { size } = fstatSync(this.pipes.log);
    const bytes = new Uint8Array(Math.min(size, LOG_TAIL));
    readSync(this.pipes.log, bytes, 0, bytes.length, size - bytes.length);
    return new TextDecoder().decode(bytes);
  }
}

function diedEarly(owner: string, death: LinkDied): GymError {
  return new GymError("CHILD_DIED", `${owner}: ${death.message} before it could start`);
}

/** Runs the first Python there is. Throws GymError PYTHON_MISSING. */
function launch(options: LinkOptions, pipes: Pipes): ChildProcess {
  const { owner, python, ...config } = options;
  const choice = choosePython(python);
  const { child, memory } = pipes;
  for (const program of choice.programs) {
    const started = spawn(program, ["-u", server, JSON.stringify(config)], {
      stdio: ["ignore", child.log, child.log, child.commands, child.replies, memory],
      // Small matrix products are quicker without threads, which would take cores from the learner.
      env: { OPENBLAS_NUM_THREADS: "1", ...process.env },
    });
    started.on("error", () => {}); // told by the missing pid, before the event loop turns
    started.unref();
    if (started.pid !== undefined) return started;
  }
  throw pythonMissing(owner, choice);
}

/** Why a process ended, as far as what it printed tells. */
export function lastWords(log: string): LinkDied {
  const lines = log.split("\n").filter((line) => line.trim() !== "");
  const crash = lines.findLast((line) => line.startsWith("Fatal Python error"));
  if (crash !== undefined) return new LinkDied("died", `the Python process crashed (${crash})`);
  const stack = lines.findLastIndex((line) => line.endsWith("(most recent call first):"));
  if (stack >= 0) {
    const place = lines[stack + 1]?.trim() ?? "nobody knows where";
    return new LinkDied("hung", `the Python process did not come back in time (${place})`);
  }
  const said = lines.at(-1)?.trim();
  const reason = said === undefined ? "killed, or out of memory" : `it last said: ${said}`;
  return new LinkDied("died", `the Python process ended (${reason})`);
}
