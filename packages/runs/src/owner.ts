/**
 * Who a process is, so that another process can tell whether it still lives: pid, boot of the
 * machine, start time of the process (a pid is given again, the three together are not). Linux
 * tells all three in /proc; elsewhere the pid decides.
 */
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { linkTarget, nodeDisk } from "./disk-node.js";
import { count, objectOf, text } from "./formats/check.js";
import type { JsonValue } from "./formats/json.js";

/** Content of a lock file. */
export interface OwnerRecord {
  readonly pid: number;
  readonly host: string;
  /** Id of the machine's boot; empty where the system tells none. */
  readonly boot: string;
  /** Start of the process in ticks since the boot; empty where the system tells none. */
  readonly started: string;
  /**
   * The namespace in which `pid` means something (containers have their own); empty where there is
   * none.
   */
  readonly namespace: string;
  /** ISO 8601 date and time. */
  readonly since: string;
  /** Random, so that two locks of one process differ. */
  readonly nonce: string;
}

/** "unknown": the owner lives on another machine or in another container, where we cannot look. */
export type OwnerState = "alive" | "gone" | "unknown";

/** How this package learns about processes; tests give their own. */
export interface Processes {
  /** A record of this process with a fresh nonce. */
  self(): OwnerRecord;
  state(owner: OwnerRecord): OwnerState;
}

/** The processes of this machine. */
export const nodeProcesses: Processes = {
  self: () => ({
    pid: process.pid,
    host: hostname(),
    boot: bootId(),
    started: startOf(process.pid) ?? "",
    namespace: pidNamespace(),
    since: new Date().toISOString(),
    nonce: randomBytes(8).toString("hex"),
  }),
  state: stateOf,
};

/** Checks the fields of a lock file. */
export function decodeOwner(value: JsonValue): OwnerRecord {
  const what = "lock";
  const o = objectOf(what, value);
  return {
    pid: count(what, o, "pid"),
    host: text(what, o, "host"),
    boot: text(what, o, "boot"),
    started: text(what, o, "started"),
    namespace: text(what, o, "namespace"),
    since: text(what, o, "since"),
    nonce: text(what, o, "nonce"),
  };
}

function stateOf(owner: OwnerRecord): OwnerState {
  const boot = bootId();
  const sameBoot = owner.boot !== "" && owner.boot === boot;
  if (!sameBoot && owner.host !== hostname()) return "unknown";
  if (!sameBoot && owner.boot !== "" && boot !== "") return "gone";
  if (owner.namespace !== pidNamespace()) return "unknown";
  if (owner.started === "") return isRunning(owner.pid) ? "alive" : "gone";
  return startOf(owner.pid) === owner.started ? "alive" : "gone";
}

function bootId(): string {
  return readProc("/proc/sys/kernel/random/boot_id")?.trim() ?? "";
}

/**
 * Field 22 of /proc/<pid>/stat; the name in field 2 may hold blanks and brackets, so we count from
 * its last bracket.
 */
function startOf(pid: number): string | undefined {
  const stat = readProc(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // A zombie has ended: its files are closed and it writes nothing more.
  return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
}

function pidNamespace(): string {
  return linkTarget("/proc/self/ns/pid") ?? "";
}

function readProc(path: string): string | undefined {
  try {
    return new TextDecoder().decode(nodeDisk.read(path, 1 << 16));
  } catch {
    return undefined;
  }
}

/** True also for a process of another user, which may not be signalled. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
