/**
 * Starting and stopping: a port on the loopback, limits against slow and greedy clients, and the
 * decision on each WebSocket before it is one.
 */
import {
  createServer,
  type Server as HttpServer,
  type IncomingMessage,
  STATUS_CODES,
} from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import type { Server, ServerOptions } from "./api.js";
import { ServerError } from "./errors.js";
import { checkToken, createGuard, type Guard, newToken } from "./guard.js";
import { answerHttp, contentSecurityPolicy, parseTarget } from "./http.js";
import { LiveHub } from "./live-hub.js";
import { controlFacts, createPosts } from "./posts.js";

const address = "127.0.0.1";
const defaultPort = 4747;
/** Ports tried after the wanted one. */
const portAttempts = 100;
const maxViewers = 64;
/** Open connections of all kinds. */
const maxConnections = 256;
/** Longest message of a viewer, in bytes. */
const maxMessageBytes = 64 << 10;
const maxFragments = 64;
const headersTimeoutMs = 5000;
const requestTimeoutMs = 10_000;
/** How often the two limits above are looked after. */
const timeoutCheckMs = 1000;
const maxHeaderBytes = 16 << 10;
const maxHeaders = 64;
const watchOnly = "This server only shows the run; it does not train it.";

/**
 * Starts a server on 127.0.0.1 for one run. ServerError PORT_UNAVAILABLE, INVALID_ARGUMENT.
 * The source stays the caller's: closing the server does not close it.
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { source, onWish = () => {}, allowOrigins = [], staticDir } = options;
  const token = checkToken(options.token ?? newToken());
  const http = createServer({
    maxHeaderSize: maxHeaderBytes,
    connectionsCheckingInterval: timeoutCheckMs,
  });
  http.headersTimeout = headersTimeoutMs;
  http.requestTimeout = requestTimeoutMs;
  http.maxConnections = maxConnections;
  http.maxHeadersCount = maxHeaders;
  const port = await listen(http, options.port ?? defaultPort);
  const guard = createGuard(port, token, allowOrigins);
  const { control, shelf, onDemonstration, whyNoControl = watchOnly } = options;
  const asked = { guard, control, onDemonstration, whyNoControl };
  const posts = createPosts(asked);
  const policy = contentSecurityPolicy(port);
  const takesDemonstrations = onDemonstration !== undefined;
  const context = { source, guard, posts, shelf, staticDir, policy, takesDemonstrations };
  const hub = new LiveHub(source, { onWish, control: controlFacts(asked) });
  http.on("request", (request, response) => void answerHttp(context, request, response));
  acceptSockets(http, guard, hub);
  const unwatch = source.watch((change) => hub.notify(change));
  let closing: Promise<void> | undefined;
  return {
    url: `http://${address}:${port}/?token=${token}`,
    port,
    clients: () => hub.size,
    wish: () => hub.wish,
    publishLive: (boards, envSteps) => hub.publish(boards, envSteps),
    notify: (change) => hub.notify(change),
    close: () => {
      closing ??= closeAll(http, hub, unwatch);
      return closing;
    },
  };
}

function acceptSockets(http: HttpServer, guard: Guard, hub: LiveHub): void {
  const sockets = new WebSocketServer({
    ...{ noServer: true, clientTracking: false, perMessageDeflate: false },
    ...{ maxPayload: maxMessageBytes, maxFragments },
  });
  http.on("upgrade", (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    const status = upgradeStatus(request, guard, hub);
    if (status !== undefined) refuseUpgrade(socket, status);
    else sockets.handleUpgrade(request, socket, head, (accepted) => hub.connect(accepted));
  });
}

/** HTTP status of a refusal, undefined for a welcome. */
function upgradeStatus(request: IncomingMessage, guard: Guard, hub: LiveHub): number | undefined {
  if (guard.refuseUpgrade(request.headers) !== undefined) return 403;
  const target = parseTarget(request.url);
  if (target === undefined) return 400;
  if (!guard.hasToken(request.headers, target.query)) return 403;
  if (target.path !== "/live") return 404;
  return hub.size >= maxViewers ? 503 : undefined;
}

function refuseUpgrade(socket: Duplex, status: number): void {
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}`;
  socket.end(`${head}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

async function listen(http: HttpServer, wanted: number): Promise<number> {
  if (!Number.isInteger(wanted) || wanted < 0 || wanted > 65_535) {
    const expected = "expected a whole number from 0 to 65535";
    throw new ServerError("INVALID_ARGUMENT", `server: port is wrong (got ${wanted}, ${expected})`);
  }
  const last = wanted === 0 ? 0 : Math.min(65_535, wanted + portAttempts);
  for (let port = wanted; port <= last; port++) {
    const got = await tryListen(http, port);
    if (got !== undefined) return got;
  }
  throw new ServerError("PORT_UNAVAILABLE", `server: no free port from ${wanted} to ${last}`);
}

/** The port, undefined if it is taken or not for us. */
function tryListen(http: HttpServer, port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      http.off("listening", onListening);
      if (error.code === "EADDRINUSE" || error.code === "EACCES") resolve(undefined);
      else reject(error);
    };
    const onListening = (): void => {
      http.off("error", onError);
      const bound = http.address();
      resolve(typeof bound === "object" && bound !== null ? bound.port : port);
    };
    http.once("error", onError);
    http.once("listening", onListening);
    http.listen(port, address);
  });
}

function closeAll(http: HttpServer, hub: LiveHub, unwatch: () => void): Promise<void> {
  unwatch();
  hub.close();
  return new Promise((resolve) => {
    http.close(() => resolve());
    http.closeAllConnections();
  });
}
