/** A policy worker as a module beside the page. A page that is one file has none, and must not name it. */
import type { PolicyPort } from "./port.js";
import type { FromWorker } from "./protocol.js";

export function moduleWorker(): PolicyPort {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  const port: PolicyPort = {
    post: (message, transfer = []) => worker.postMessage(message, transfer),
    onMessage: () => {},
    onError: () => {},
    close: () => worker.terminate(),
  };
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => port.onMessage(data);
  worker.onerror = ({ message }) => port.onError(message);
  return port;
}
