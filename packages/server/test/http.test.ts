import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRun, memoryDisk, readRun } from "@carom/runs";
import {
  decodeEpisodesPage,
  decodeJson,
  decodeMetricsPage,
  decodePoliciesPage,
  decodeRunFacts,
  decodeRunResult,
} from "@carom/runs/formats";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startServer } from "../src/index.js";
import { api, ask, raw, setup, token, withServer } from "./helpers.js";

const root = mkdtempSync(join(tmpdir(), "carom-server-"));
const site = join(root, "dist");
const secret = "the secret outside";
beforeAll(() => {
  mkdirSync(join(site, "assets"), { recursive: true });
  writeFileSync(join(root, "secret.txt"), secret);
  writeFileSync(join(site, "index.html"), "<!doctype html><title>viewer</title>");
  writeFileSync(join(site, "assets", "index-a1B2_c3D.js"), "export {};");
  writeFileSync(join(site, "assets", "plain.css"), "a{}");
  writeFileSync(join(site, ".env"), secret);
  symlinkSync(join(root, "secret.txt"), join(site, "link.txt"));
  symlinkSync(root, join(site, "up"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const episode = { env: 0, episode: 4, seed: 9, length: 3, return: 2, terminated: true, steps: 30 };

describe("api", () => {
  test("[S1] the run, its metrics, episodes, replays and result", async () => {
    await withServer(async ({ run, server }) => {
      run.appendMetrics({ steps: 10, score: Number.NaN });
      const replay = Uint8Array.of(0, 200, 13, 10, 255);
      run.addEpisode(replay, episode, "first");
      const facts = await api(server, "/api/run");
      expect(facts.headers.get("content-type")).toBe("application/json; charset=utf-8");
      expect(decodeRunFacts(decodeJson(facts.body))).toEqual(run.facts());
      const metrics = await api(server, "/api/metrics?since=0");
      const rows = [{ steps: 10, score: Number.NaN }];
      expect(decodeMetricsPage(metrics.body)).toEqual({ from: 0, next: 1, rows });
      const later = await api(server, "/api/metrics?since=1");
      expect(decodeMetricsPage(later.body)).toEqual({ from: 1, next: 1, rows: [] });
      const episodes = await api(server, "/api/episodes?since=0");
      expect(decodeEpisodesPage(episodes.body)).toEqual({
        ...{ from: 0, next: 1 },
        episodes: [{ id: "0", ...episode, reason: "first" }],
      });
      const bytes = await api(server, "/api/episodes/0");
      expect(bytes.headers.get("content-type")).toBe("application/octet-stream");
      expect(Buffer.from(bytes.body, "latin1").equals(replay)).toBe(true);
      expect((await api(server, "/api/episodes/1")).status).toBe(404);
      expect((await api(server, "/api/result")).status).toBe(404);
    });
  });

  test("[S1] its policies", async () => {
    await withServer(async ({ run, server }) => {
      const policy = Uint8Array.of(0, 200, 13, 10, 255);
      const entry = run.addPolicy(policy, { steps: 20, score: 1.5 });
      const page = await api(server, "/api/policies?since=0");
      expect(decodePoliciesPage(page.body)).toEqual({ from: 0, next: 1, policies: [entry] });
      const bytes = await api(server, "/api/policies/0");
      expect(bytes.headers.get("content-type")).toBe("application/octet-stream");
      expect(Buffer.from(bytes.body, "latin1").equals(policy)).toBe(true);
      expect((await api(server, "/api/policies/1")).status).toBe(404);
      expect((await api(server, "/api/policies/x")).status).toBe(404);
    });
  });

  test("[S1] a run that is over is served from its folder", async () => {
    const disk = memoryDisk();
    const run = createRun("/runs/r-1", setup, { disk });
    run.appendMetrics({ steps: 5 });
    const result = {
      ...{ game: "breakout", variant: "default", algo: "ppo", seed: 7, steps: 5, seconds: 1 },
      ...{ stepsPerSecond: 5, score: { mean: 1, std: 0, episodes: 1 }, reached: {}, versions: {} },
    };
    run.finish(result);
    const source = readRun("/runs/r-1", { disk });
    const server = await startServer({ source, port: 0, token });
    const facts = await api(server, "/api/run");
    expect(decodeRunFacts(decodeJson(facts.body)).status).toBe("finished");
    expect(decodeRunResult(decodeJson((await api(server, "/api/result")).body))).toEqual(result);
    await server.close();
  });

  test("[S1] the run's own copy of its game is a module; other runs have none", async () => {
    const code = new TextEncoder().encode('export default { id: "dodge", title: "D\u00f6dge" };\n');
    const sha256 = "0".repeat(64);
    const gameFile = { code, sources: [{ path: "/home/me/dodge.ts", sha256 }] };
    const disk = memoryDisk();
    const run = createRun("/runs/r-1", { ...setup, game: "dodge", gameFile }, { disk });
    const server = await startServer({ source: run, port: 0, token });
    const game = await ask(server, `/api/game?token=${token}`);
    const { status, headers } = game;
    const said = [status, headers.get("content-type"), headers.get("cache-control")];
    expect(said).toEqual([200, "text/javascript; charset=utf-8", "no-store"]);
    expect(Buffer.from(game.body, "latin1").equals(code)).toBe(true);
    expect((await ask(server, "/api/game")).status).toBe(403);
    const other = { "X-Carom-Token": token, "Sec-Fetch-Site": "cross-site" };
    expect((await ask(server, "/api/game", other)).status).toBe(403);
    disk.remove("/runs/r-1/game.mjs");
    const damaged = await api(server, "/api/game");
    expect([damaged.status, JSON.parse(damaged.body).error.code]).toEqual([500, "GAME_CORRUPT"]);
    await server.close();
    run.close();
    await withServer(async (stage) => {
      expect((await api(stage.server, "/api/game")).status).toBe(404);
    });
  });

  test("[S1] long histories come in pages", async () => {
    await withServer(async ({ run, server }) => {
      for (let i = 0; i < 6000; i++) run.appendMetrics({ steps: i });
      run.saveCheckpoint(1, { arrays: {}, json: null });
      const first = decodeMetricsPage((await api(server, "/api/metrics?since=0")).body);
      const second = decodeMetricsPage(
        (await api(server, `/api/metrics?since=${first.next}`)).body,
      );
      expect([first.rows.length, second.rows.length, second.next]).toEqual([5000, 1000, 6000]);
    });
  });

  test("[S2] wrong questions have clear answers", async () => {
    await withServer(async ({ server }) => {
      const cases: [string, number][] = [
        ["/api", 404],
        ["/api/", 404],
        ["/api/nothing", 404],
        ["/api/episodes/", 404],
        ["/api/episodes/x", 404],
        ["/api/metrics?since=-1", 400],
        ["/api/metrics?since=1e3", 400],
        ["/api/metrics?since=9999999999999999", 400],
        ["/api/episodes?since=%00", 400],
      ];
      for (const [target, status] of cases) {
        const reply = await api(server, target);
        expect([target, reply.status]).toEqual([target, status]);
        expect(JSON.parse(reply.body)).toHaveProperty("error.code");
      }
      for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"]) {
        const reply = await ask(server, "/api/run", { "X-Carom-Token": token }, method);
        expect([method, reply.status, reply.headers.get("allow")]).toEqual([
          ...[method, 405, "GET, HEAD"],
        ]);
      }
    });
  });

  test("[S2] a run that cannot be read gives its reason, and the server lives on", async () => {
    const disk = memoryDisk();
    const run = createRun("/runs/r-1", setup, { disk });
    run.close();
    const source = readRun("/runs/r-1", { disk });
    const server = await startServer({ source, port: 0, token });
    disk.remove("/runs/r-1/run.json");
    const reply = await api(server, "/api/run");
    expect([reply.status, JSON.parse(reply.body).error.code]).toEqual([404, "RUN_NOT_FOUND"]);
    disk.create("/runs/r-1/run.json").write(new TextEncoder().encode("{"));
    expect((await api(server, "/api/run")).status).toBe(500);
    expect((await api(server, "/api/metrics")).status).toBe(200);
    await server.close();
  });
});

describe("who may ask", () => {
  test("[S3] without the token there is nothing under /api", async () => {
    await withServer(async ({ server }) => {
      const wrong = ["", "x", token.slice(1), `${token}x`, token.toUpperCase(), "y".repeat(5000)];
      for (const given of wrong) {
        expect((await ask(server, "/api/run", { "X-Carom-Token": given })).status).toBe(403);
        expect((await ask(server, `/api/run?token=${given}`)).status).toBe(403);
      }
      expect((await ask(server, "/api/run")).status).toBe(403);
      expect((await ask(server, `/api/run?token=${token}`)).status).toBe(200);
      expect((await ask(server, `/api/run?x=1&token=${token}`)).status).toBe(200);
    });
  });

  test("[S3] tokens are random, long, and a weak one is refused", async () => {
    const tokens = new Set<string>();
    for (let i = 0; i < 5; i++) {
      await withServer(
        async ({ server }) => {
          const given = new URL(server.url).searchParams.get("token") ?? "";
          expect(given).toMatch(/^[A-Za-z0-9_-]{22}$/);
          tokens.add(given);
        },
        { token: undefined } as object,
      );
    }
    expect(tokens.size).toBe(5);
    for (const weak of ["", "short", "x".repeat(21), `${token} `, `${token}&a=`, "x".repeat(129)]) {
      await expect(withServer(async () => {}, { token: weak })).rejects.toMatchObject({
        code: "INVALID_ARGUMENT",
      });
    }
  });

  test("[S4] a foreign Origin is refused whatever it asks for, whatever the verb", async () => {
    await withServer(
      async ({ server }) => {
        const { port } = server;
        const foreign = [
          ...["null", "http://evil.example", `http://evil.example:${port}`, "https://127.0.0.1"],
          ...[`https://127.0.0.1:${port}`, `http://127.0.0.1:${port + 1}`, "http://127.0.0.1"],
          ...[`http://127.0.0.1.evil.example:${port}`, `http://localhost:${port}.evil`, "x", ""],
        ];
        for (const origin of foreign) {
          for (const method of ["GET", "HEAD", "POST", "DELETE", "OPTIONS"]) {
            for (const target of ["/", `/api/run?token=${token}`]) {
              const reply = await ask(server, target, { Origin: origin }, method);
              expect([origin, method, reply.status]).toEqual([origin, method, 403]);
              expect(reply.headers.has("access-control-allow-origin")).toBe(false);
            }
          }
        }
        for (const origin of [`http://127.0.0.1:${port}`, "http://localhost:5173"]) {
          const reply = await ask(server, `/api/run?token=${token}`, { Origin: origin });
          expect(reply.status).toBe(200);
        }
        for (const site of ["cross-site", "same-site"]) {
          const headers = { "X-Carom-Token": token, "Sec-Fetch-Site": site };
          expect((await ask(server, "/api/run", headers)).status).toBe(403);
        }
      },
      { allowOrigins: ["http://localhost:5173"] },
    );
  });

  test("[S5] a wrong Host is refused: no name may be pointed here", async () => {
    await withServer(async ({ server }) => {
      const { port } = server;
      const wrong = [
        ...["evil.example", `evil.example:${port}`, "127.0.0.1", `127.0.0.1:${port + 1}`],
        ...[`127.0.0.1:${port}.evil.example`, `0.0.0.0:${port}`, `[::1]:${port}`, ""],
      ];
      for (const host of wrong) {
        for (const target of ["/", `/api/run?token=${token}`]) {
          const reply = await ask(server, target, { Host: host });
          expect([host, reply.status]).toEqual([host, 403]);
        }
      }
      const none = await raw(port, `GET / HTTP/1.0\r\n\r\n`);
      expect(none.status).toBe(403);
      expect((await ask(server, "/", { Host: `LOCALHOST:${port}` })).status).toBe(200);
    });
  });
});

describe("files of the viewer", () => {
  test("[S6] types, caching and headers", async () => {
    await withServer(
      async ({ server }) => {
        const page = await ask(server, "/");
        expect(page.body).toContain("viewer");
        expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
        expect(page.headers.get("cache-control")).toBe("no-cache");
        const policy = page.headers.get("content-security-policy") ?? "";
        expect(policy).toContain("default-src 'self'");
        expect(policy).not.toContain("unsafe");
        const fixed = [
          ["x-content-type-options", "nosniff"],
          ["x-frame-options", "DENY"],
          ["referrer-policy", "no-referrer"],
          ["cross-origin-resource-policy", "same-origin"],
        ] as const;
        for (const [name, value] of fixed) expect(page.headers.get(name)).toBe(value);
        const script = await ask(server, "/assets/index-a1B2_c3D.js");
        expect(script.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
        expect(script.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
        const style = await ask(server, "/assets/plain.css?v=1");
        expect(style.headers.get("cache-control")).toBe("no-cache");
        const head = await ask(server, "/", {}, "HEAD");
        expect([head.status, head.body, head.headers.get("content-length")]).toEqual([
          200,
          "",
          "36",
        ]);
      },
      { staticDir: site },
    );
  });

  test("[S6] what the browser has is not sent again", async () => {
    await withServer(
      async ({ server }) => {
        const etag = (await ask(server, "/")).headers.get("etag") ?? "";
        const again = await ask(server, "/", { "If-None-Match": etag });
        expect([again.status, again.body]).toEqual([304, ""]);
        expect((await ask(server, "/", { "If-None-Match": '"x"' })).status).toBe(200);
      },
      { staticDir: site },
    );
  });

  test("[S7] nothing outside the folder, nothing hidden, no links that lead out", async () => {
    const dots = [
      "..",
      "%2e%2e",
      "%2E.",
      ".%2e",
      "%252e%252e",
      "..%00",
      "..;",
      "...",
      "%c0%ae%c0%ae",
    ];
    const slashes = ["/", "%2f", "%2F", "\\", "%5c", "%255c", "//", "/./", "%u2215", "%ef%bc%8f"];
    const vectors: string[] = [];
    for (const dot of dots) {
      for (const slash of slashes) {
        vectors.push(
          `/${dot}${slash}secret.txt`,
          `/assets${slash}${dot}${slash}${dot}${slash}secret.txt`,
        );
      }
    }
    const names = ["/link.txt", "/up/secret.txt", "/up/dist/.env", "/.env", "/%2eenv"];
    const odd = [
      "/assets",
      "/assets/",
      "/%00",
      "/index.html%00.txt",
      "/index.html/",
      "/index.html.",
    ];
    const more = ["//etc/passwd", `/${join(root, "secret.txt")}`, "/C:/x", "/index.html::$DATA"];
    const bad = ["/%", "/%zz", "/%ff", `/${"a".repeat(5000)}`, `/${"../".repeat(2000)}secret.txt`];
    vectors.push(...names, ...odd, ...more, ...bad, "/~root", "/index.html~", "/nothing.js");
    expect(vectors.length).toBeGreaterThanOrEqual(200);
    await withServer(
      async ({ server }) => {
        for (const target of vectors) {
          const reply = await ask(server, target);
          expect([target, reply.status]).toEqual([target, 404]);
          expect(reply.body).not.toContain(secret);
        }
        for (const target of ["http://127.0.0.1/../secret.txt", "*", "secret.txt"]) {
          expect((await ask(server, target)).status).toBe(400);
        }
      },
      { staticDir: site },
    );
  });

  test("[S6] without a built viewer there is a page that says so", async () => {
    await withServer(async ({ server }) => {
      expect((await ask(server, "/")).body).toContain("not built");
      expect((await ask(server, "/assets/x.js")).status).toBe(404);
    });
    await withServer(async ({ server }) => expect((await ask(server, "/")).status).toBe(200), {
      staticDir: join(root, "nowhere"),
    });
  });
});
