/**
 * A policy worker from the text of its code, for pages that are one file; where the browser starts none for
 * such a page, a desk in the page takes its place.
 */
import { inPage } from "./in-page.js";
import type { PolicyPort } from "./port.js";
import type { FromWorker, ToWorker } from "./protocol.js";

/** @param code one classic script that serves as the worker */
export function textWorker(code: string): PolicyPort {
  /** All that was sent, until it is known that the worker runs: then whoever takes its place needs it. */
  let sent: ToWorker[] | undefined = [];
  let desk: PolicyPort | undefined;
  const instead = () => {
    desk = inPage();
    desk.onMessage = (message) => port.onMessage(message);
    for (const message of sent ?? []) desk.post(message);
    sent = undefined;
  };
  const worker = workerOf(code);
  const port: PolicyPort = {
    post: (message) => {
      if (desk) {
        desk.post(message);
        return;
      }
      sent?.push(message);
      worker?.postMessage(message);
    },
    onMessage: () => {},
    onError: () => {},
    close: () => {
      worker?.terminate();
      desk?.close();
    },
  };
  if (!worker) {
    instead();
    return port;
  }
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
    sent = undefined;
    port.onMessage(data);
  };
  worker.onerror = (event) => {
    worker.terminate();
    if (!sent) {
      port.onError(event.message);
      return;
    }
    event.preventDefault(); // nothing is wrong: its place is taken
    instead();
  };
  return port;
}

/** undefined where the browser refuses at once. */
function workerOf(code: string): Worker | undefined {
  const address = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  const forget = () => URL.revokeObjectURL(address);
  try {
    const worker = new Worker(address);
    for (const done of ["message", "error"]) worker.addEventListener(done, forget, { once: true });
    return worker;
  } catch {
    forget();
    return undefined;
  }
}
