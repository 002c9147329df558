/** Has files of an episode made, each by a worker of its own, so that the page goes on and can stop it. */
import type { ExportAnswer, ExportTask } from "./export-worker.js";

/** A file that is being made. */
export interface Export {
  readonly done: Promise<Uint8Array<ArrayBuffer>>;
  /** Stops it; `done` then rejects with an AbortError. */
  cancel(): void;
}

/** @param onProgress called with the share that is done */
export function startExport(task: ExportTask, onProgress: (share: number) => void): Export {
  const worker = new Worker(new URL("./export-worker.ts", import.meta.url), { type: "module" });
  let cancel: () => void = () => {};
  const done = new Promise<Uint8Array<ArrayBuffer>>((resolve, reject) => {
    cancel = () => reject(new DOMException("The export was stopped.", "AbortError"));
    worker.onmessage = ({ data }: MessageEvent<ExportAnswer>) => {
      if (data.type === "progress") onProgress(data.share);
      else if (data.type === "done") resolve(data.bytes);
      else reject(new Error(data.message));
    };
    worker.onerror = ({ message }) => reject(new Error(message || "The export failed to start."));
  });
  worker.postMessage(task);
  const end = () => worker.terminate();
  done.then(end, end);
  return { done, cancel };
}
