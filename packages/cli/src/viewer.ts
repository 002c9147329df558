/** Serving the viewer of a run: what `train` and `watch` have in common. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { openShelf, type RunReader } from "@carom/runs";
import { type Server, type ServerOptions, startServer } from "@carom/server";
import type { ViewerOptions } from "./train/options.js";

/** Starts the server, prints the viewer's address and opens the browser if asked to. */
export async function serveViewer(
  source: RunReader,
  { port, open }: ViewerOptions,
  print: (line: string) => void,
  more: Pick<ServerOptions, "onWish" | "onDemonstration" | "control" | "whyNoControl">,
): Promise<Server> {
  const staticDir = fileURLToPath(new URL("../../../apps/viewer/dist", import.meta.url));
  const server = await startServer({
    source,
    shelf: openShelf(dirname(source.dir)),
    ...more,
    ...(port === undefined ? {} : { port }),
    ...(existsSync(staticDir) ? { staticDir } : {}),
  });
  print(`viewer: ${server.url}`);
  if (port !== undefined && server.port !== port) {
    print(`port ${port} is taken, so the viewer is on port ${server.port}`);
  }
  if (open) openBrowser(server.url);
  return server;
}

/** Asks the desktop to show an address; a machine without one just does not. */
function openBrowser(url: string): void {
  const [command, ...args] =
    process.platform === "darwin"
      ? ["open", url]
      : process.platform === "win32"
        ? ["cmd", "/c", "start", "", url]
        : ["xdg-open", url];
  const child = spawn(command, args, { stdio: "ignore", detached: true });
  child.on("error", () => {});
  child.unref();
}
