/** Entry of a thread of games: makes them, then waits for commands until it is told to stop. */
import { readlinkSync } from "node:fs";
import { receiveMessageOnPort, workerData } from "node:worker_threads";
import { EnvError } from "../errors.js";
import type { GameDefinition } from "../game.js";
import { findGame } from "../registry.js";
import { Host } from "./host.js";
import {
  code,
  type GameSource,
  type MainMessage,
  type ThreadMessage,
  type ThreadPlan,
  word,
} from "./protocol.js";

const plan = workerData as ThreadPlan;
const { control, port } = plan;

function post(message: ThreadMessage): void {
  port.postMessage(message);
  Atomics.add(control, word.messages, 1);
}

function postError(error: unknown): void {
  const known = error instanceof EnvError ? error.code : undefined;
  post({
    kind: "error",
    code: known,
    message: error instanceof Error ? error.message : String(error),
  });
}

/** The message that belongs to the command; it was sent before the command's number. */
function receive(): MainMessage {
  return receiveMessageOnPort(port)?.message as MainMessage;
}

async function loadGame({
  id,
  module,
  export: name = "default",
}: GameSource): Promise<GameDefinition> {
  if (module === undefined) return findGame(id);
  const exports = (await import(module)) as Record<string, GameDefinition | undefined>;
  const game = exports[name];
  if (typeof game?.create === "function") return game;
  throw new EnvError("UNKNOWN_GAME", `${module}: its export "${name}" is no game definition`);
}

/** The system's number of this thread, where the system tells (Linux). */
function taskNumber(): number {
  try {
    return Number(readlinkSync("/proc/thread-self").split("/").pop());
  } catch {
    return 0;
  }
}

function finish(number: number): void {
  Atomics.store(control, word.done, number);
  Atomics.notify(control, word.done);
}

function serve(host: Host): void {
  let number = 0;
  for (;;) {
    // Waking is no news by itself: where the other thread is held up between writing a command and waking this one, the
    // command may have been carried out long before.
    while (Atomics.load(control, word.command) === number) {
      Atomics.wait(control, word.command, number);
    }
    number = Atomics.load(control, word.command);
    Atomics.store(control, word.begun, number);
    if (control[word.code] === code.stop) return;
    try {
      host.carryOut(receive);
    } catch (error) {
      postError(error);
    }
    finish(number);
  }
}

try {
  control[word.task] = taskNumber();
  const host = new Host(plan, await loadGame(plan.source), post);
  finish(0);
  serve(host);
} catch (error) {
  postError(error);
  finish(0);
}
port.close();
