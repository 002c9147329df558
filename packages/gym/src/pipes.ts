/**
 * The files that join a child process to this one so that this one can wait for it without its
 * event loop: two named pipes, a memory that both read and write, and a log of what the child
 * prints.
 *
 * A pipe is opened for reading and writing first, so that no end waits for the other; once the
 * child has its ends and the parent has closed all but its own, a read returns "end of file" the
 * moment the child is gone, whatever ended it. Everything is unlinked at once, so nothing is left
 * behind.
 *
 * The memory is a file in /dev/shm where there is one: pages that both processes share.
 */
import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GymError } from "./errors.js";

/** Open files; the child's are closed here once it runs. */
export interface Pipes {
  /** Commands are written here. */
  readonly commands: number;
  /** Replies are read here. */
  readonly replies: number;
  /** The shared memory. */
  readonly memory: number;
  /** What the child has printed is read here. */
  readonly log: number;
  /** The same files as the child gets them. */
  readonly child: {
    readonly commands: number;
    readonly replies: number;
    readonly log: number;
  };
}

/** Folders for the shared memory, best first. */
export const MEMORY_FOLDERS: readonly string[] = ["/dev/shm", tmpdir()];

/**
 * Opens the files, those of the memory and the pipes in `folder`. Throws GymError NO_ROOM,
 * UNSUPPORTED.
 */
export function openPipes(owner: string, folder: string): Pipes {
  if (process.platform === "win32") {
    const text = "Windows has no named pipes of the kind needed (use it in WSL)";
    throw new GymError("UNSUPPORTED", `${owner}: ${text}`);
  }
  const place = makeFolder(owner, folder);
  const opened: number[] = [];
  const open = (name: string, flags: number): number => {
    const fd = openSync(join(place, name), flags, 0o600);
    opened.push(fd);
    return fd;
  };
  try {
    makeFifos(owner, [join(place, "commands"), join(place, "replies")]);
    const { O_RDWR, O_RDONLY, O_WRONLY, O_CREAT, O_APPEND } = constants;
    const held = [open("commands", O_RDWR), open("replies", O_RDWR)];
    const pipes: Pipes = {
      commands: open("commands", O_WRONLY),
      replies: open("replies", O_RDONLY),
      memory: open("memory", O_RDWR | O_CREAT),
      log: open("log", O_RDONLY | O_CREAT),
      child: {
        commands: open("commands", O_RDONLY),
        replies: open("replies", O_WRONLY),
        log: open("log", O_WRONLY | O_APPEND),
      },
    };
    held.forEach(closeSync);
    return pipes;
  } catch (error) {
    opened.forEach(closeQuietly);
    if (error instanceof GymError) throw error;
    throw noRoom(owner, folder, error);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

/** Closes the child's ends, once it has its own copies. */
export function closeChildEnds({ child }: Pipes): void {
  closeQuietly(child.commands);
  closeQuietly(child.replies);
  closeQuietly(child.log);
}

/** Closes this process's ends; a child that waits for a command then ends. */
export function closeParentEnds(pipes: Pipes): void {
  for (const fd of [pipes.commands, pipes.replies, pipes.memory, pipes.log]) closeQuietly(fd);
}

function makeFolder(owner: string, folder: string): string {
  try {
    return mkdtempSync(join(folder, "carom-gym-"));
  } catch (error) {
    throw noRoom(owner, folder, error);
  }
}

function makeFifos(owner: string, paths: readonly string[]): void {
  try {
    execFileSync("mkfifo", ["-m", "600", ...paths], { stdio: "ignore" });
  } catch (error) {
    const text = `the program mkfifo does not work (${messageOf(error)})`;
    throw new GymError("UNSUPPORTED", `${owner}: ${text}`);
  }
}

function noRoom(owner: string, folder: string, error: unknown): GymError {
  return new GymError("NO_ROOM", `${owner}: no room in ${folder} (${messageOf(error)})`);
}

function closeQuietly(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // It is closed already.
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
