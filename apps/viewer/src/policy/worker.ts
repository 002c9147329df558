/** The policy worker: a desk, and the messages to and from it. */
import { Desk } from "./desk.js";
import type { ToWorker } from "./protocol.js";

const desk = new Desk((message, transfer) => postMessage(message, { transfer }));
addEventListener("message", ({ data }: MessageEvent<ToWorker>) => desk.hear(data));
