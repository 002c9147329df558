import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRun, openShelf } from "@carom/runs";
import { type ControlVerb, decodeControlAnswer, decodeRunList } from "@carom/runs/formats";
import { describe, expect, test } from "vitest";
import type { Server } from "../src/index.js";
import { api, ask, type Reply, raw, setup, token, withServer } from "./helpers.js";

const pause = JSON.stringify({ version: 1, verb: "pause" });

/** A POST to /api/control; `changes` replaces headers, undefined leaves them out. */
function post(
  server: Server,
  body: string,
  changes: Readonly<Record<string, string | undefined>> = {},
  target = "/api/control",
): Promise<Reply> {
  const all: Record<string, string | undefined> = {
    Host: `127.0.0.1:${server.port}`,
    Origin: `http://127.0.0.1:${server.port}`,
    "X-Carom-Token": token,
    "Content-Type": "application/json",
    "Content-Length": String(Buffer.byteLength(body)),
    Connection: "close",
    ...changes,
  };
  const lines = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}\r\n`],
  );
  return raw(server.port, `POST ${target} HTTP/1.1\r\n${lines.join("")}\r\n${body}`);
}

/** A server that takes requests, and what it took. */
async function withControl(
  action: (server: Server, taken: ControlVerb[]) => Promise<void>,
): Promise<void> {
  const taken: ControlVerb[] = [];
  const control = {
    request: (verb: ControlVerb) => {
      taken.push(verb);
      return { accepted: true, message: `will ${verb}` };
    },
  };
  await withServer(({ server }) => action(server, taken), { control });
}

describe("control", () => {
  test("[S20] a request with everything it needs is carried out and answered", async () => {
    await withControl(async (server, taken) => {
      for (const verb of ["pause", "resume", "save", "stop"] as const) {
        const reply = await post(server, JSON.stringify({ version: 1, verb }));
        expect(reply.status).toBe(200);
        expect(decodeControlAnswer(reply.body)).toEqual({
          ...{ accepted: true, message: `will ${verb}` },
        });
      }
      expect(taken).toEqual(["pause", "resume", "save", "stop"]);
    });
  });

  test("[S20] Host, Origin, token in the header, type and size are checked on each", async () => {
    await withControl(async (server, taken) => {
      const cases: [Readonly<Record<string, string | undefined>>, number][] = [
        [{ Host: `evil.example:${server.port}` }, 403],
        [{ Origin: "http://evil.example" }, 403],
        [{ Origin: "null" }, 403],
        [{ Origin: undefined }, 403],
        [{ "X-Carom-Token": undefined }, 403],
        [{ "X-Carom-Token": `${token}x` }, 403],
        [{ "Sec-Fetch-Site": "cross-site" }, 403],
        [{ "Sec-Fetch-Site": "same-site" }, 403],
        [{ "Content-Type": "text/plain" }, 415],
        [{ "Content-Type": "application/x-www-form-urlencoded" }, 415],
        [{ "Content-Type": undefined }, 415],
        [{ "Content-Length": "5000000" }, 413],
      ];
      for (const [changes, status] of cases) {
        const reply = await post(server, pause, changes);
        expect([changes, reply.status]).toEqual([changes, status]);
      }
      // The token in the address opens what is read; it is not enough to change anything.
      const linked = await post(
        server,
        pause,
        { "X-Carom-Token": undefined },
        `/api/control?token=${token}`,
      );
      expect(linked.status).toBe(403);
      const long = "x".repeat(2000);
      const chunked = `${long.length.toString(16)}\r\n${long}\r\n0\r\n\r\n`;
      const changes = { "Content-Length": undefined, "Transfer-Encoding": "chunked" };
      expect((await post(server, chunked, changes)).status).toBe(413);
      expect(taken).toEqual([]);
    });
  });

  test("[S20] what is no request of version 1 is refused", async () => {
    await withControl(async (server, taken) => {
      const bodies = [
        "",
        "pause",
        "{}",
        '{"verb":"pause"}',
        '{"version":2,"verb":"pause"}',
        '{"version":1,"verb":"destroy"}',
        '{"version":1,"verb":"pause","and":"more"}',
        '{"version":1,"verb":"pause","__proto__":{}}',
        "[".repeat(900),
      ];
      for (const body of bodies) {
        expect([body, (await post(server, body)).status]).toEqual([body, 400]);
      }
      expect(taken).toEqual([]);
    });
  });

  test("[S20] a flood is refused before it is read", async () => {
    await withControl(async (server, taken) => {
      const replies = await Promise.all(Array.from({ length: 120 }, () => post(server, pause)));
      expect(replies.some(({ status }) => status === 429)).toBe(true);
      expect(taken.length).toBeLessThan(120);
    });
  });

  test("[S20] other verbs of HTTP change nothing, with or without a token", async () => {
    await withControl(async (server, taken) => {
      for (const method of ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]) {
        const { status } = await ask(server, "/api/control", { "X-Carom-Token": token }, method);
        expect([method, status]).toEqual([method, method === "GET" ? 404 : 405]);
      }
      expect((await post(server, pause, {}, "/api/run")).status).toBe(405);
      expect(taken).toEqual([]);
    });
  });

  test("[S21] a server that does not train refuses, and says why", async () => {
    await withServer(
      async ({ server }) => {
        const reply = await post(server, pause);
        expect(reply.status).toBe(403);
        expect(reply.body).toContain("CONTROL_OFF");
        expect(reply.body).toContain("Only watching.");
      },
      { whyNoControl: "Only watching." },
    );
  });
});

describe("other runs", () => {
  test("[S22] neighbours are listed and read; names lead nowhere else", async () => {
    const root = mkdtempSync(join(tmpdir(), "carom-shelf-"));
    const secret = mkdtempSync(join(tmpdir(), "carom-secret-"));
    const shelf = openShelf(root);
    try {
      using near = createRun(join(root, "near-1"), setup);
      near.appendMetrics({ steps: 5, score: 2 });
      using _outside = createRun(join(secret, "outside-1"), setup);
      symlinkSync(join(secret, "outside-1"), join(root, "linked-1"));
      mkdirSync(join(root, "empty-1"));
      await withServer(
        async ({ server }) => {
          const list = await api(server, "/api/runs");
          expect(decodeRunList(list.body).map(({ id }) => id)).toEqual(["near-1"]);
          const rows = await api(server, "/api/runs/near-1/metrics?since=0");
          expect(JSON.parse(rows.body)).toEqual({
            ...{ from: 0, next: 1, rows: [{ steps: 5, score: 2 }] },
          });
          expect(JSON.parse((await api(server, "/api/runs/near-1/run")).body).id).toBe("near-1");
          const elsewhere = [
            ...["linked-1", "empty-1", "..", ".", "%2e%2e", "..%2foutside-1", "%252e%252e"],
            ...["near-1%00", "near-1%2f..", "..%5c..", "near-1/../near-1", "", "x".repeat(300)],
          ];
          for (const id of elsewhere) {
            for (const what of ["run", "metrics", "policies", "policies/0"]) {
              const { status } = await api(server, `/api/runs/${id}/${what}`);
              expect([id, status]).toEqual([id, 404]);
            }
          }
          expect((await ask(server, "/api/runs")).status).toBe(403);
        },
        { shelf },
      );
    } finally {
      shelf.close();
      rmSync(root, { recursive: true, force: true });
      rmSync(secret, { recursive: true, force: true });
    }
  });
});
