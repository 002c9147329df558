import { decodeCheckpointSteps, decodeEpisodeColumns, decodeEventsPage } from "@carom/runs/formats";
import { describe, expect, test } from "vitest";
import { api, ask, token, withServer } from "./helpers.js";

const facts = { env: 0, seed: 5, length: 9, terminated: true };

describe("lists of a run", () => {
  test("[S1] episodes as columns say the same as episodes as text", async () => {
    await withServer(async ({ run, server }) => {
      for (let i = 0; i < 20; i++) {
        const episode = { ...facts, episode: i, return: i / 2, steps: 100 * i };
        run.addEpisode(Uint8Array.of(1, 2, 3), episode, i === 0 ? "first" : "best");
      }
      for (const since of [0, 7, 20, 99]) {
        const text = JSON.parse((await api(server, `/api/episodes?since=${since}`)).body);
        const reply = await api(server, `/api/episodes?since=${since}&as=columns`);
        expect(reply.headers.get("content-type")).toBe("application/octet-stream");
        const columns = decodeEpisodeColumns(Buffer.from(reply.body, "latin1"));
        expect(columns).toEqual(text);
      }
      expect((await api(server, "/api/episodes?since=x&as=columns")).status).toBe(400);
    });
  });

  test("[S1] events and checkpoints", async () => {
    await withServer(async ({ run, server }) => {
      run.addEvent({ kind: "control", verb: "pause", by: "viewer", steps: 3 });
      run.addEvent({ kind: "saved", steps: 4 });
      const page = decodeEventsPage((await api(server, "/api/events?since=1")).body);
      expect(page).toMatchObject({ from: 1, next: 2, events: [{ kind: "saved", steps: 4 }] });
      for (const step of [10, 20]) run.saveCheckpoint(step, { arrays: {}, json: {} }, { score: 1 });
      const checkpoints = await api(server, "/api/checkpoints");
      expect(decodeCheckpointSteps(checkpoints.body)).toEqual([20, 10]);
    });
  });

  test("[S3] all of them need the token", async () => {
    await withServer(async ({ server }) => {
      const paths = ["events", "checkpoints", "runs", "runs/a-1/metrics", "episodes?as=columns"];
      for (const path of paths) {
        expect([path, (await ask(server, `/api/${path}`)).status]).toEqual([path, 403]);
        const wrong = { "X-Carom-Token": token.toUpperCase() };
        expect([path, (await ask(server, `/api/${path}`, wrong)).status]).toEqual([path, 403]);
      }
    });
  });
});
