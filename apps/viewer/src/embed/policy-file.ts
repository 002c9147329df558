/**
 * The script of a one-file replay with a policy. It is run twice: in the page, and by the page's worker,
 * which is made of this very script's text; so neither the games nor the code of policies are there twice.
 */
import { Desk } from "../policy/desk.js";
import type { ToWorker } from "../policy/protocol.js";
import { textWorker } from "../policy/text-worker.js";
import { showFile } from "./file.js";
import { isOfPolicy, policyExtra } from "./policy-extra.js";

if (typeof document === "undefined") {
  const desk = new Desk((message, transfer) => postMessage(message, { transfer }));
  addEventListener("message", ({ data }: MessageEvent<ToWorker>) => desk.hear(data));
} else {
  const code = document.currentScript?.textContent ?? "";
  void showFile({
    extra: (around, gameCode) => policyExtra(around, { open: () => textWorker(code), gameCode }),
    takes: isOfPolicy,
  });
}
