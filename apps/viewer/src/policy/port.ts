/**
 * The way to who answers questions about policies: a worker from a module beside the page
 * (module-worker.ts), a worker from a text (text-worker.ts), or a desk in the page (in-page.ts).
 */
import type { FromWorker, ToWorker } from "./protocol.js";

export interface PolicyPort {
  /** Sends a message; memory that may be handed over is listed. */
  post(message: ToWorker, transfer?: Transferable[]): void;
  /** Called with what comes back, never while `post` runs. */
  onMessage: (message: FromWorker) => void;
  /** Called if nothing will come any more, with the reason if one is known. */
  onError: (why: string) => void;
  close(): void;
}
