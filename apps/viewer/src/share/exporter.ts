/** Has files of an episode made, each by a worker of its own, so that the page goes on and can stop it. */
import type { ExportAnswer, ExportTask } from "./export-worker.js";

/** A file that is being made. */
export interface Export<T = Uint8Array<ArrayBuffer>> {
  readonly done: Promise<T>;
  /** Stops it; `done` then rejects with an AbortError. */
  cancel(): void;
}

/** @param onProgress called with the share that is done */
export function startExport(task: ExportTask, onProgress: (share: number) => void): Export {
  const worker = new Worker(new URL("./export-worker.ts", import.meta.url), { type: "module" });
  const made = new Promise<Uint8Array<ArrayBuffer>>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<ExportAnswer>) => {
      if (data.type === "progress") onProgress(data.share);
      else if (data.type === "done") resolve(data.bytes);
      else reject(new Error(data.message));
    };
    worker.onerror = ({ message }) => reject(new Error(message || "The export failed to start."));
  });
  worker.postMessage(task);
  const end = () => worker.terminate();
  const making = stoppable(made);
  making.done.then(end, end);
  return making;
}

/** Work that can be stopped at any moment; nobody then waits for what becomes of it. */
export function stoppable<T>(work: Promise<T>): Export<T> {
  let cancel: () => void = () => {};
  const stopped = new Promise<never>((_, reject) => {
    cancel = () => reject(new DOMException("The export was stopped.", "AbortError"));
  });
  return { done: Promise.race([work, stopped]), cancel: () => cancel() };
}
