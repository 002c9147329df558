/** A server over a run in memory, and clients that say exactly what a test wants them to say. */
import { once } from "node:events";
import { connect } from "node:net";
import { createRun, memoryDisk, type NewRun, type Run } from "@carom/runs";
import {
  decodeLiveFrame,
  decodeServerMessage,
  type LiveFrame,
  type ServerMessage,
} from "@carom/runs/formats";
import { WebSocket } from "ws";
import { type Server, type ServerOptions, startServer } from "../src/index.js";

export const token = "0123456789abcdefghijkl";

export const setup: NewRun = {
  ...{ game: "breakout", variant: "default", gameVersion: 2, algo: "ppo", seed: 7 },
  ...{ device: "cpu", threads: 2, totalSteps: 100_000 },
  config: { gamma: 0.99, note: '<script>alert("x")</script>' },
  versions: { carom: "0.1.0" },
};

export interface Stage {
  readonly run: Run;
  readonly server: Server;
}

/** Runs a test with a server over a new run; ends both. */
export async function withServer(
  action: (stage: Stage) => Promise<void>,
  options: Partial<ServerOptions> = {},
): Promise<void> {
  const run = createRun("/runs/breakout-ppo-1", setup, { disk: memoryDisk() });
  const server = await startServer({ source: run, port: 0, token, ...options });
  try {
    await action({ run, server });
  } finally {
    await server.close();
    run.close();
  }
}

export interface Reply {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** Sends a request as written, without any client's corrections. */
export async function raw(port: number, text: string): Promise<Reply> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("error", () => {});
  // A reset is an answer too (`once` would reject on it): what came before it is parsed.
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.write(text);
  await closed;
  return parseReply(Buffer.concat(chunks).toString("latin1"));
}

/** A request with the given headers besides an honest Host. */
export function ask(
  server: Server,
  target: string,
  headers: Readonly<Record<string, string>> = {},
  method = "GET",
): Promise<Reply> {
  const all = { Host: `127.0.0.1:${server.port}`, Connection: "close", ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return raw(server.port, `${method} ${target} HTTP/1.1\r\n${lines.join("")}\r\n`);
}

/** A request for something under /api, with the token. */
export function api(server: Server, target: string): Promise<Reply> {
  return ask(server, target, { "X-Carom-Token": token });
}

function parseReply(text: string): Reply {
  const end = text.indexOf("\r\n\r\n");
  const [first = "", ...lines] = text.slice(0, end).split("\r\n");
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { status: Number(first.split(" ")[1] ?? 0), headers, body: text.slice(end + 4) };
}

/** A viewer: collects what it is sent. */
export class TestViewer {
  readonly socket: WebSocket;
  readonly messages: ServerMessage[] = [];
  readonly frames: LiveFrame[] = [];
  /** Actions by "env/episode", put together from the frames; throws if a piece is missing. */
  readonly boards: Map<string, number[]> = new Map();
  closeCode: number | undefined;
  /** Whether it says that it took a frame in. */
  acks = true;

  constructor(server: Server) {
    const address = `ws://127.0.0.1:${server.port}/live?token=${token}`;
    this.socket = new WebSocket(address, { origin: `http://127.0.0.1:${server.port}` });
    this.socket.on("message", (data: Buffer, isBinary) => {
      if (isBinary) {
        this.takeFrame(data);
        if (this.acks) this.ack(this.frames.length);
      } else this.messages.push(decodeServerMessage(data.toString()));
    });
    this.socket.on("close", (code) => {
      this.closeCode = code;
    });
    this.socket.on("error", () => {});
  }

  async opened(): Promise<this> {
    if (this.socket.readyState !== WebSocket.OPEN) await once(this.socket, "open");
    return this;
  }

  want(boards: number): void {
    this.socket.send(JSON.stringify({ type: "want", boards }));
  }

  ack(frames: number): void {
    this.socket.send(JSON.stringify({ type: "ack", frames }));
  }

  private takeFrame(data: Buffer): void {
    const frame = decodeLiveFrame(data);
    this.frames.push(frame);
    for (const { env, episode, from, actions, reset } of frame.boards) {
      const name = `${env}/${episode}`;
      const known = reset ? [] : this.boards.get(name);
      if (known === undefined || known.length !== from) throw new Error(`${name}: gap at ${from}`);
      for (const action of actions) known.push(action);
      this.boards.set(name, known);
    }
  }
}
