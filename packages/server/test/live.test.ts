import { once } from "node:events";
import { connect, createServer as createTcpServer, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import type { LiveBoard } from "@carom/runs/formats";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { LiveWish, Server } from "../src/index.js";
import { ask, raw, TestViewer, token, withServer } from "./helpers.js";

const timeout = 60_000;

function boardOf(env: number, episode: number, from: number, actions: number[]): LiveBoard {
  const seed = 1000 * env + episode;
  return { env, episode, seed, from, actions: Uint8Array.from(actions), reset: from === 0 };
}

function upgrade(server: Server, target: string, headers: Record<string, string>) {
  return ask(server, target, {
    ...{ Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13" },
    ...{ "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", ...headers },
  });
}

describe("the live link: who may connect", () => {
  test("[S8] foreign or missing Origin, wrong Host, no token: refused before the upgrade", async () => {
    await withServer(async ({ server }) => {
      const { port } = server;
      const good = `/live?token=${token}`;
      const own = `http://127.0.0.1:${port}`;
      const cases: [string, Record<string, string>, number][] = [
        [good, {}, 403],
        [good, { Origin: "null" }, 403],
        [good, { Origin: "http://evil.example" }, 403],
        [good, { Origin: `http://evil.example:${port}` }, 403],
        [good, { Origin: own, Host: `evil.example:${port}` }, 403],
        [good, { Origin: `http://evil.example:${port}`, Host: `evil.example:${port}` }, 403],
        ["/live", { Origin: own }, 403],
        ["/live?token=", { Origin: own }, 403],
        [`/live?token=${token}x`, { Origin: own }, 403],
        [`/other?token=${token}`, { Origin: own }, 404],
        ["http://x/", { Origin: own }, 400],
      ];
      for (const [target, headers, status] of cases) {
        const reply = await upgrade(server, target, headers);
        expect([target, headers, reply.status]).toEqual([target, headers, status]);
      }
      expect(server.clients()).toBe(0);
      const viewer = await new TestViewer(server).opened();
      await expect.poll(() => server.clients()).toBe(1);
      viewer.socket.terminate();
      await expect.poll(() => server.clients()).toBe(0);
    });
  });

  test("[S9] at most 64 viewers", async () => {
    await withServer(async ({ server }) => {
      const viewers = Array.from({ length: 64 }, () => new TestViewer(server));
      await Promise.all(viewers.map((viewer) => viewer.opened()));
      const late = new TestViewer(server);
      const [error] = (await once(late.socket, "error")) as [Error];
      expect(error.message).toContain("503");
      expect(server.clients()).toBe(64);
      for (const viewer of viewers) viewer.socket.terminate();
    });
  });
});

describe("the live link: messages", () => {
  test("[S10] hello first, then what is new, put together", async () => {
    await withServer(async ({ run, server }) => {
      const first = await new TestViewer(server).opened();
      run.appendMetrics({ steps: 1 });
      const news = { type: "metrics", next: 1, page: { from: 0, next: 1, rows: [{ steps: 1 }] } };
      await expect.poll(() => first.messages.at(-1), { timeout }).toEqual(news);
      first.socket.terminate();
      await expect.poll(() => server.clients(), { timeout }).toBe(0);
      const viewer = await new TestViewer(server).opened();
      await expect.poll(() => viewer.messages.length, { timeout }).toBe(5);
      const reason = "This server only shows the run; it does not train it.";
      expect(viewer.messages).toEqual([
        { type: "hello", run: run.facts(), control: { available: false, reason } },
        { type: "metrics", next: 1 },
        { type: "episodes", next: 0 },
        { type: "policies", next: 0 },
        { type: "events", next: 0 },
      ]);
      for (let i = 2; i < 50; i++) server.notify("metrics"); // nothing new
      run.update({ status: "stopped" });
      await expect.poll(() => viewer.messages.length, { timeout }).toBe(7);
      expect(viewer.messages.slice(5)).toEqual([
        { type: "metrics", next: 1 },
        { type: "status", status: "stopped" },
      ]);
      const rows = [{ steps: 2 }, { steps: 3 }];
      for (const row of rows) run.appendMetrics(row);
      const last = () => viewer.messages.at(-1);
      await expect.poll(last, { timeout }).toMatchObject({ type: "metrics", next: 3 });
      const told = viewer.messages.slice(7).flatMap((message) => {
        return message.type === "metrics" ? (message.page?.rows ?? []) : [];
      });
      expect(told).toEqual(rows);
      for (let i = 0; i < 80; i++) run.appendMetrics({ steps: 4 + i });
      await expect.poll(last, { timeout }).toMatchObject({ type: "metrics", next: 83 });
      const before = viewer.messages.length;
      const sizes = viewer.messages.slice(7).map((message) => {
        return message.type === "metrics" ? (message.page?.rows.length ?? 0) : 0;
      });
      expect(Math.max(...sizes)).toBeLessThanOrEqual(32); // more are announced, not told
      run.rewind(0);
      await expect.poll(() => viewer.messages.length, { timeout }).toBe(before + 5);
      expect(viewer.messages[before]).toMatchObject({ type: "hello" });
      run.addPolicy(Uint8Array.of(1), { steps: 0, score: null });
      await expect.poll(() => viewer.messages.length, { timeout }).toBe(before + 6);
      expect(viewer.messages[before + 5]).toEqual({ type: "policies", next: 1 });
    });
  });

  test("[S11] what is no message, too long or too much ends the connection", async () => {
    await withServer(async ({ server }) => {
      const cases: [string | Uint8Array, number][] = [
        ["hello", 1008],
        ['{"type":"stop"}', 1008],
        ['{"type":"want","boards":65}', 1008],
        ['{"type":"ack","frames":1}', 1008],
        ['{"type":"ack","frames":0}', 1008],
        ['{"__proto__":{"polluted":1},"type":"want","boards":1}', 1008],
        ["[".repeat(10_000), 1008],
        [new Uint8Array(8), 1008],
        ["x".repeat(64 * 1024 + 1), 1009],
      ];
      for (const [message, code] of cases) {
        const viewer = await new TestViewer(server).opened();
        viewer.socket.send(message);
        await expect.poll(() => viewer.closeCode, { timeout }).toBe(code);
      }
      const talker = await new TestViewer(server).opened();
      for (let i = 0; i < 200; i++) talker.want(1);
      await expect.poll(() => talker.closeCode, { timeout }).toBe(1008);
      const splitter = await new TestViewer(server).opened();
      for (let i = 0; i < 100; i++) splitter.socket.send("x", { fin: false });
      await expect.poll(() => splitter.closeCode, { timeout }).toBe(1008);
      expect("polluted" in {}).toBe(false);
      await expect.poll(() => server.clients(), { timeout }).toBe(0);
    });
  });
});

describe("the live link: boards", () => {
  test("[S12] a wish is passed on when it changes", async () => {
    const wishes: LiveWish[] = [];
    await withServer(
      async ({ server }) => {
        const first = await new TestViewer(server).opened();
        const second = await new TestViewer(server).opened();
        first.want(4);
        await expect.poll(() => server.wish().boards, { timeout }).toBe(4);
        second.want(16);
        await expect.poll(() => server.wish().boards, { timeout }).toBe(16);
        server.publishLive([boardOf(0, 0, 0, [1])], 1);
        expect(server.wish()).toEqual({ boards: 16, fromStart: false });
        second.socket.terminate();
        await expect.poll(() => server.wish().boards, { timeout }).toBe(4);
        first.want(0);
        await expect.poll(() => server.wish().boards, { timeout }).toBe(0);
      },
      { onWish: (wish) => wishes.push(wish) },
    );
    expect(wishes).toEqual([
      { boards: 4, fromStart: true },
      { boards: 16, fromStart: true },
      { boards: 16, fromStart: false },
      { boards: 4, fromStart: false },
      { boards: 0, fromStart: false },
    ]);
  });

  test("[S13] viewers get episodes from their start and then what follows", async () => {
    await withServer(async ({ server }) => {
      const early = await new TestViewer(server).opened();
      early.want(2);
      await expect.poll(() => server.wish().boards, { timeout }).toBe(2);
      server.publishLive([boardOf(0, 3, 0, [1, 2]), boardOf(7, 1, 0, [])], 100);
      server.publishLive([boardOf(0, 3, 2, [0]), boardOf(7, 1, 0, [2, 2])], 104);
      const late = await new TestViewer(server).opened();
      late.want(1);
      await expect.poll(() => late.boards.get("0/3"), { timeout }).toEqual([1, 2, 0]);
      server.publishLive([boardOf(0, 4, 0, [2]), boardOf(7, 1, 2, [1])], 108);
      await expect.poll(() => late.boards.get("0/4"), { timeout }).toEqual([2]);
      await expect.poll(() => early.boards.get("7/1"), { timeout }).toEqual([2, 2, 1]);
      expect(early.boards.get("0/3")).toEqual([1, 2, 0]);
      expect([...late.boards.keys()]).toEqual(["0/3", "0/4"]);
      expect(early.frames.at(-1)?.envSteps).toBe(108);
      early.want(2);
      const isAnew = (): boolean =>
        early.frames.at(-1)?.boards.filter((board) => board.reset).length === 2;
      await expect.poll(isAnew, { timeout }).toBe(true);
      for (const viewer of [early, late]) viewer.socket.terminate();
    });
  });

  test("[S13] the end of an episode comes together with the newest one", async () => {
    await withServer(async ({ server }) => {
      const viewer = await new TestViewer(server).opened();
      viewer.want(1);
      await expect.poll(() => server.wish().boards, { timeout }).toBe(1);
      server.publishLive([boardOf(0, 0, 0, [1])], 1);
      const news = [boardOf(0, 0, 1, [2, 2]), boardOf(0, 1, 0, [3]), boardOf(0, 2, 0, [4])];
      server.publishLive(news, 2);
      await expect.poll(() => viewer.boards.get("0/2"), { timeout }).toEqual([4]);
      expect([...viewer.boards.values()]).toEqual([[1, 2, 2], [4]]);
      viewer.socket.terminate();
    });
  });

  test("[S13] a board whose beginning is unknown is asked for, not shown", async () => {
    await withServer(async ({ server }) => {
      const viewer = await new TestViewer(server).opened();
      viewer.want(4);
      await expect.poll(() => server.wish().boards, { timeout }).toBe(4);
      server.publishLive([boardOf(0, 0, 0, [1]), boardOf(1, 5, 30, [1])], 1);
      expect(server.wish().fromStart).toBe(true);
      server.publishLive([boardOf(0, 0, 9, [1]), boardOf(1, 5, 0, [2, 1])], 2);
      expect(server.wish().fromStart).toBe(true);
      server.publishLive([boardOf(0, 0, 0, [1, 1]), boardOf(1, 5, 0, [2, 1, 0])], 3);
      expect(server.wish().fromStart).toBe(false);
      await expect.poll(() => viewer.boards.get("1/5"), { timeout }).toEqual([2, 1, 0]);
      await expect.poll(() => viewer.boards.get("0/0"), { timeout }).toEqual([1, 1]);
      viewer.socket.terminate();
    });
  });

  test("[S13] nothing is kept while nobody watches", async () => {
    await withServer(async ({ server }) => {
      server.publishLive([boardOf(0, 0, 0, [1, 2, 3])], 1);
      const viewer = await new TestViewer(server).opened();
      viewer.want(1);
      await expect.poll(() => server.wish(), { timeout }).toEqual({ boards: 1, fromStart: true });
      expect(viewer.frames).toEqual([]);
      viewer.socket.terminate();
    });
  });

  test("[S14] many viewers are served less often, and each gets everything", async () => {
    await withServer(async ({ server }) => {
      const viewers = Array.from({ length: 40 }, () => new TestViewer(server));
      await Promise.all(viewers.map((viewer) => viewer.opened()));
      for (const viewer of viewers) viewer.want(4);
      await expect.poll(() => server.wish().boards, { timeout }).toBe(4);
      const rounds = 300;
      const start = performance.now();
      for (let round = 0; round < rounds; round++) {
        const boards = [0, 1, 2, 3].map((env) => boardOf(env, 0, round, [round % 3]));
        server.publishLive(boards, round);
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      const isWhole = ({ boards }: TestViewer): boolean => boards.get("3/0")?.length === rounds;
      await expect.poll(() => viewers.every(isWhole), { timeout }).toBe(true);
      // 40 viewers: each every two seconds, and once when it comes.
      const most = 2 + (performance.now() - start) / 2000;
      for (const { frames } of viewers) expect(frames.length).toBeLessThanOrEqual(most);
      for (const viewer of viewers) viewer.socket.terminate();
    });
  });

  test("[S13] viewers that are served less often see how each episode ended that they saw", async () => {
    await withServer(async ({ server }) => {
      const viewers = Array.from({ length: 6 }, () => new TestViewer(server));
      await Promise.all(viewers.map((viewer) => viewer.opened()));
      for (const viewer of viewers) viewer.want(1);
      await expect.poll(() => server.wish().boards, { timeout }).toBe(1);
      const episodes = 40;
      const start = performance.now();
      for (let episode = 0; episode < episodes; episode++) {
        server.publishLive([boardOf(0, episode, 0, [1, 2])], episode);
        server.publishLive([boardOf(0, episode, 2, [0])], episode);
        await new Promise((resolve) => setTimeout(resolve, 150));
      }
      const last = `0/${episodes - 1}`;
      const isDone = ({ boards }: TestViewer): boolean => boards.get(last)?.length === 3;
      await expect.poll(() => viewers.every(isDone), { timeout }).toBe(true);
      const most = 2 + (performance.now() - start) / 300;
      for (const { boards, frames, socket } of viewers) {
        expect(frames.length).toBeLessThanOrEqual(most);
        expect([...boards.values()].every((actions) => actions.length === 3)).toBe(true);
        socket.terminate();
      }
    });
  });

  test("[S14] a viewer that does not say that it took frames in gets two, then what it missed", async () => {
    await withServer(async ({ server }) => {
      const viewer = await new TestViewer(server).opened();
      const other = await new TestViewer(server).opened();
      viewer.acks = false;
      for (const one of [viewer, other]) one.want(1);
      await expect.poll(() => server.wish().boards, { timeout }).toBe(1);
      const rounds = 20;
      for (let round = 0; round < rounds; round++) {
        server.publishLive([boardOf(0, 0, round, [round])], round);
        await expect.poll(() => other.boards.get("0/0")?.length, { timeout }).toBe(round + 1);
      }
      expect(viewer.frames.length).toBe(2);
      viewer.acks = true;
      viewer.ack(1);
      await expect.poll(() => viewer.boards.get("0/0")?.length, { timeout }).toBe(rounds);
      expect(viewer.frames.length).toBe(3);
      for (const one of [viewer, other]) one.socket.terminate();
    });
  });

  test("[S14] long episodes arrive whole though frames are bounded", async () => {
    await withServer(async ({ server }) => {
      const viewer = await new TestViewer(server).opened();
      viewer.want(64);
      await expect.poll(() => server.wish().boards, { timeout }).toBe(64);
      const actions = Array.from({ length: 40_000 }, (_, i) => i % 5);
      const boards = Array.from({ length: 64 }, (_, env) => boardOf(env, 0, 0, actions));
      server.publishLive(boards, 1);
      const whole = (): boolean =>
        viewer.boards.size === 64 && [...viewer.boards.values()].every((b) => b.length === 40_000);
      await expect.poll(whole, { timeout }).toBe(true);
      expect(viewer.frames.length).toBeGreaterThan(5);
      expect(viewer.boards.get("63/0")).toEqual(actions);
      viewer.socket.terminate();
    });
  });

  test("[S14] a viewer that does not read costs little and gets the rest when it reads", async () => {
    await withServer(async ({ server }) => {
      const slow = await new TestViewer(server).opened();
      const quick = await new TestViewer(server).opened();
      for (const viewer of [slow, quick]) viewer.want(16);
      await expect.poll(() => server.wish().boards, { timeout }).toBe(16);
      await expect.poll(() => slow.messages.length, { timeout }).toBeGreaterThan(0);
      slow.socket.pause();
      const piece = Array.from({ length: 1000 }, (_, i) => i % 251); // cannot be packed
      const rounds = 300;
      for (let round = 0; round < rounds; round++) {
        const boards = Array.from({ length: 16 }, (_, env) => boardOf(env, 0, 1000 * round, piece));
        server.publishLive(boards, round);
        await new Promise((resolve) => setImmediate(resolve));
      }
      const isWhole = (viewer: TestViewer): boolean =>
        viewer.boards.get("15/0")?.length === 1000 * rounds;
      await expect.poll(() => isWhole(quick), { timeout }).toBe(true);
      expect(quick.frames.length).toBeGreaterThan(slow.frames.length);
      slow.socket.resume();
      server.publishLive([boardOf(0, 0, 1000 * rounds, [1])], rounds);
      await expect
        .poll(
          () => {
            server.publishLive([], rounds);
            return isWhole(slow);
          },
          { timeout },
        )
        .toBe(true);
      expect(slow.frames.length).toBeLessThan(rounds);
      for (const viewer of [slow, quick]) viewer.socket.terminate();
    });
  });
});

describe("starting and stopping", () => {
  test("[S15] a taken port leads to the next free one", async () => {
    const blocker = createTcpServer();
    blocker.listen(0, "127.0.0.1");
    await once(blocker, "listening");
    const bound = blocker.address();
    const port = typeof bound === "object" && bound !== null ? bound.port : 0;
    await withServer(
      async ({ server }) => {
        expect(server.port).toBeGreaterThan(port);
        expect(server.url).toContain(`http://127.0.0.1:${server.port}/?token=`);
        expect((await ask(server, "/")).status).toBe(200);
      },
      { port },
    );
    blocker.close();
    for (const wrong of [-1, 65_536, 0.5]) {
      await expect(withServer(async () => {}, { port: wrong })).rejects.toMatchObject({
        code: "INVALID_ARGUMENT",
      });
    }
  });

  test("[S16] only the loopback is listened on", async () => {
    await withServer(async ({ server }) => {
      const others = Object.values(networkInterfaces())
        .flatMap((list) => list ?? [])
        .filter((one) => one.family === "IPv4" && !one.internal);
      for (const { address } of others) {
        const socket = connect(server.port, address);
        // Some containers drop what others refuse.
        socket.setTimeout(5000, () => socket.destroy(new Error("dropped")));
        const [error] = (await once(socket, "error")) as [NodeJS.ErrnoException];
        expect(error.code ?? error.message).toMatch(/^(ECONNREFUSED|dropped)$/);
      }
    });
  });

  test("[S17] closing ends every connection and frees the port", async () => {
    await withServer(async ({ server }) => {
      const viewer = await new TestViewer(server).opened();
      const idle = connect(server.port, "127.0.0.1");
      await once(idle, "connect");
      idle.on("error", () => {});
      const ended = once(idle, "close");
      await Promise.all([server.close(), server.close()]);
      await ended;
      await expect.poll(() => viewer.socket.readyState, { timeout }).toBe(WebSocket.CLOSED);
      await expect(ask(server, "/")).rejects.toMatchObject({ code: "ECONNREFUSED" });
    });
  });

  test("[S18] requests that are none, and too many connections, do no harm", async () => {
    await withServer(async ({ server }) => {
      for (const text of [
        "nonsense\r\n\r\n",
        `GET / HTTP/1.1\r\n${"x: y\r\n".repeat(20_000)}\r\n`,
        `GET /${"a".repeat(100_000)} HTTP/1.1\r\n\r\n`,
      ]) {
        expect([0, 400, 431]).toContain((await raw(server.port, text)).status);
      }
      const sockets: Socket[] = [];
      for (let i = 0; i < 300; i++) {
        const socket = connect(server.port, "127.0.0.1");
        socket.on("error", () => {});
        socket.resume();
        sockets.push(socket);
      }
      await expect
        .poll(() => sockets.filter((socket) => socket.closed).length, { timeout })
        .toBeGreaterThanOrEqual(44);
      for (const socket of sockets) socket.destroy();
      const answers = async (): Promise<number> => (await ask(server, "/")).status;
      await expect.poll(answers, { timeout }).toBe(200);
    });
  });
});
