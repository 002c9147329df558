/** White-box: how much waits for a viewer that does not read, and when it is let go. */
import { once } from "node:events";
import { createServer } from "node:http";
import { createRun, memoryDisk, type NewRun, type Run } from "@carom/runs";
import { describe, expect, test, vi } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { LiveHub } from "../src/live-hub.js";

const timeout = 60_000;
const setup: NewRun = {
  ...{ game: "breakout", variant: "default", gameVersion: 1, algo: "ppo", seed: 1, config: {} },
  ...{ device: "cpu", threads: 1, totalSteps: 10, versions: {} },
};

const watchOnly = { available: false, reason: "a test" };

interface Pair {
  readonly hub: LiveHub;
  /** The hub's end. */
  readonly socket: WebSocket;
  /** The viewer's end. */
  readonly viewer: WebSocket;
}

/** A hub with one connected viewer. */
async function withPair(action: (pair: Pair) => Promise<void>, beatMs?: number): Promise<void> {
  const run: Run = createRun("/runs/r-1", setup, { disk: memoryDisk() });
  const hub = new LiveHub(run, { onWish: () => {}, control: watchOnly, beatMs });
  const http = createServer();
  const sockets = new WebSocketServer({ server: http });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const bound = http.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : 0;
  const viewer = new WebSocket(`ws://127.0.0.1:${port}`);
  const [socket] = (await once(sockets, "connection")) as [WebSocket];
  hub.connect(socket);
  await once(viewer, "message");
  try {
    await action({ hub, socket, viewer });
  } finally {
    hub.close();
    viewer.terminate();
    sockets.close();
    http.close();
    run.close();
  }
}

/** Publishes 160 kB of actions that cannot be packed, many times; what waited at most for the one viewer, and its frames. */
async function publishMuch(hub: LiveHub, socket: WebSocket, ack: (sent: number) => void) {
  const send = vi.spyOn(socket, "send");
  const actions = new Uint8Array(20_000).fill(255);
  const rounds = 400;
  let most = 0;
  for (let round = 0; round < rounds; round++) {
    const before = send.mock.calls.length;
    const from = round * actions.length;
    const boards = Array.from({ length: 8 }, (_, env) => ({
      ...{ env, episode: 0, seed: env, from, actions, reset: round === 0 },
    }));
    hub.publish(boards, round);
    most = Math.max(most, socket.bufferedAmount);
    const sent = send.mock.calls.length;
    if (sent > before) ack(sent);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { most, rounds, frames: send.mock.calls.length };
}

describe("live hub", () => {
  test("[S14] at most a megabyte waits for a viewer that says it took frames in but does not read", async () => {
    await withPair(async ({ hub, socket, viewer }) => {
      viewer.send('{"type":"want","boards":8}');
      await expect.poll(() => hub.wish.boards).toBe(8);
      viewer.pause();
      const { most, frames, rounds } = await publishMuch(hub, socket, (sent) => {
        viewer.send(JSON.stringify({ type: "ack", frames: sent }));
      });
      expect(most).toBeGreaterThan(256 << 10);
      expect(most).toBeLessThanOrEqual(1 << 20);
      expect(frames).toBeLessThan(rounds / 2);
      expect(hub.size).toBe(1);
    });
  });

  test("[S14] two frames are under way to a viewer that says nothing", async () => {
    await withPair(async ({ hub, socket, viewer }) => {
      viewer.send('{"type":"want","boards":8}');
      await expect.poll(() => hub.wish.boards).toBe(8);
      expect((await publishMuch(hub, socket, () => {})).frames).toBe(2);
    });
  });

  test("[S19] a viewer that does not answer heartbeats is let go, one that does is not", async () => {
    await withPair(async ({ hub, viewer }) => {
      let beats = 0;
      viewer.on("ping", () => beats++);
      await expect.poll(() => beats, { timeout }).toBeGreaterThan(6);
      expect(hub.size).toBe(1);
      viewer.pause();
      await expect.poll(() => hub.size, { timeout }).toBe(0);
    }, 100);
  });

  test("[S19] a viewer for which megabytes of messages wait is let go", async () => {
    await withPair(async ({ hub, socket, viewer }) => {
      viewer.pause();
      for (let i = 0; i < 200; i++) socket.send(new Uint8Array(1 << 17));
      hub.notify("metrics");
      await expect.poll(() => hub.size, { timeout }).toBe(0);
    });
  });
});
