/** White-box: how much waits for a viewer that does not read, and when it is let go. */
import { once } from "node:events";
import { createServer } from "node:http";
import { createRun, memoryDisk, type NewRun, type Run } from "@carom/runs";
import { describe, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { LiveHub } from "../src/live-hub.js";

const timeout = 20_000;
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

describe("live hub", () => {
  test("[S14] at most a megabyte waits for a viewer that does not read", async () => {
    await withPair(async ({ hub, socket, viewer }) => {
      viewer.send('{"type":"want","boards":8}');
      await expect.poll(() => hub.wish.boards, { timeout }).toBe(8);
      viewer.pause();
      const actions = new Uint8Array(20_000).fill(255); // cannot be packed
      let most = 0;
      let refused = 0;
      for (let round = 0; round < 400; round++) {
        const before = socket.bufferedAmount;
        const from = round * actions.length;
        const boards = Array.from({ length: 8 }, (_, env) => ({
          ...{ env, episode: 0, seed: env, from, actions, reset: round === 0 },
        }));
        hub.publish(boards, round);
        most = Math.max(most, socket.bufferedAmount);
        if (socket.bufferedAmount === before && before > 0) refused++;
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(most).toBeGreaterThan(256 << 10);
      expect(most).toBeLessThanOrEqual(1 << 20);
      expect(refused).toBeGreaterThan(200);
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
    }, 20);
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
