/**
 * Hands out the files of a folder, as any web server does, for pages that are not Carom's own; and, as
 * many do, passes what is asked of a run on to the run's server.
 */
import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer, type IncomingMessage, request as send } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { extname, join, normalize } from "node:path";
import type { Duplex } from "node:stream";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
};

export interface StaticServer {
  /** Without a slash at the end. */
  readonly origin: string;
  /** Address of a run whose /api and /live are passed on. */
  behind: string | undefined;
  close(): Promise<void>;
}

export async function serveFolder(folder: string): Promise<StaticServer> {
  const made = { origin: "", behind: undefined as string | undefined };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (made.behind !== undefined && pathname.startsWith("/api/")) {
      const { host, hostname, port } = new URL(made.behind);
      const headers = { ...request.headers, host };
      const options = { hostname, port, path: request.url, method: request.method, headers };
      const passed = send(options, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      passed.on("error", () => response.destroy());
      request.pipe(passed);
      return;
    }
    const file = join(folder, normalize(pathname === "/" ? "/index.html" : pathname));
    if (!existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(pathname === "/favicon.ico" ? 204 : 404).end();
      return;
    }
    response.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream" });
    createReadStream(file).pipe(response);
  });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex) => {
    if (made.behind === undefined) socket.destroy();
    else passUpgrade(request, socket, new URL(made.behind));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  made.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return Object.assign(made, { close });
}

/** A WebSocket, byte by byte. */
function passUpgrade(
  request: IncomingMessage,
  socket: Duplex,
  { host, hostname, port }: URL,
): void {
  const far = connect(Number(port), hostname, () => {
    const lines = [`${request.method} ${request.url} HTTP/1.1`];
    for (const [name, value] of Object.entries({ ...request.headers, host })) {
      lines.push(`${name}: ${String(value)}`);
    }
    far.write(`${lines.join("\r\n")}\r\n\r\n`);
    far.pipe(socket);
    socket.pipe(far);
  });
  far.on("error", () => socket.destroy());
  socket.on("error", () => far.destroy());
  socket.on("close", () => far.destroy());
}
