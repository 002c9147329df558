import { RunError } from "@carom/runs";
import { expect, test } from "vitest";
import type { Server } from "../src/index.js";
import { type Reply, raw, token, withServer } from "./helpers.js";

const entry = {
  ...{ id: "7", env: 0, episode: 0, seed: 9, length: 3, return: 2, terminated: true, steps: 30 },
  reason: "chosen",
} as const;

/** A request as the page sends it, with some headers changed or, if undefined, left out. */
function post(
  { port }: Server,
  body: string,
  changes: Readonly<Record<string, string | undefined>> = {},
): Promise<Reply> {
  const headers: Record<string, string | undefined> = {
    host: `127.0.0.1:${port}`,
    origin: `http://127.0.0.1:${port}`,
    "x-carom-token": token,
    "content-type": "application/octet-stream",
    "content-length": String(body.length),
    connection: "close",
    ...changes,
  };
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  );
  return raw(port, `POST /api/demonstrations HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n${body}`);
}

const available = ({ port }: Server) =>
  raw(
    port,
    `GET /api/demonstrations HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nx-carom-token: ${token}\r\nconnection: close\r\n\r\n`,
  );

test("[S23] a demonstration goes to the caller, and its id comes back", async () => {
  const taken: string[] = [];
  const onDemonstration = (replay: Uint8Array) => {
    taken.push(Buffer.from(replay).toString("latin1"));
    return entry;
  };
  await withServer(
    async ({ server }) => {
      const reply = await post(server, "CRRP");
      expect([reply.status, JSON.parse(reply.body)]).toEqual([200, { id: "7" }]);
      expect(taken).toEqual(["CRRP"]);
      expect(JSON.parse((await available(server)).body)).toEqual({ available: true });
    },
    { onDemonstration },
  );
});

test("[S23] without a keeper nothing is taken", async () => {
  await withServer(async ({ server }) => {
    const reply = await post(server, "CRRP");
    expect([reply.status, JSON.parse(reply.body).error.code]).toEqual([403, "CONTROL_OFF"]);
    expect(JSON.parse((await available(server)).body)).toEqual({ available: false });
  });
});

test("[S23] Origin, token, type and length are asked for before anything is read", async () => {
  let calls = 0;
  const onDemonstration = () => {
    calls++;
    return entry;
  };
  await withServer(
    async ({ server }) => {
      const refused: readonly [Readonly<Record<string, string | undefined>>, number][] = [
        [{ origin: undefined }, 403],
        [{ origin: "http://evil.example" }, 403],
        [{ host: "evil.example" }, 403],
        [{ "x-carom-token": undefined }, 403],
        [{ "x-carom-token": `${token.slice(0, -1)}x` }, 403],
        [{ "sec-fetch-site": "cross-site" }, 403],
        [{ "content-type": "application/x-www-form-urlencoded" }, 415],
        [{ "content-length": String(2 << 20) }, 413],
      ];
      for (const [changes, status] of refused) {
        expect((await post(server, "CRRP", changes)).status).toBe(status);
      }
      const inQuery = `POST /api/demonstrations?token=${token} HTTP/1.1\r\nhost: 127.0.0.1:${server.port}\r\norigin: http://127.0.0.1:${server.port}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`;
      expect((await raw(server.port, inQuery)).status).toBe(403);
      expect(calls).toBe(0);
    },
    { onDemonstration },
  );
});

test("[S23] what the caller refuses is said; the 21st in a minute is not looked at", async () => {
  const onDemonstration = () => {
    throw new RunError("INVALID_ARGUMENT", "demonstration: of another game");
  };
  await withServer(
    async ({ server }) => {
      for (let i = 0; i < 20; i++) {
        const reply = await post(server, "CRRP");
        expect(reply.status).toBe(422);
        expect(JSON.parse(reply.body).error.message).toBe("demonstration: of another game");
      }
      expect((await post(server, "CRRP")).status).toBe(429);
    },
    { onDemonstration },
  );
});
