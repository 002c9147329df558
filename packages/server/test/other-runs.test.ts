/** Policies of a run beside the one that is served. */
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRun, openShelf } from "@carom/runs";
import { decodePoliciesPage } from "@carom/runs/formats";
import { describe, expect, test } from "vitest";
import { api, ask, setup, token, withServer } from "./helpers.js";

describe("policies of other runs", () => {
  test("[S22] policies of a neighbour are listed and read; nothing beside them is", async () => {
    const root = mkdtempSync(join(tmpdir(), "carom-shelf-"));
    const shelf = openShelf(root);
    try {
      using near = createRun(join(root, "near-1"), setup);
      using far = createRun(join(root, "far-1"), setup);
      near.addPolicy(Uint8Array.of(1, 2, 250), { steps: 0, score: null });
      near.addPolicy(Uint8Array.of(7), { steps: 40, score: 3 });
      far.addPolicy(Uint8Array.of(9), { steps: 0, score: null });
      // The folder of policies of one, and a policy of another, lead out of their runs.
      createRun(join(root, "linked-1"), setup).close();
      symlinkSync(join(root, "far-1", "policies"), join(root, "linked-1", "policies"));
      rmSync(join(root, "far-1", "policies", "policy-0.safetensors"));
      const nearest = join(root, "near-1", "policies", "policy-1.safetensors");
      symlinkSync(nearest, join(root, "far-1", "policies", "policy-0.safetensors"));
      await withServer(
        async ({ server }) => {
          const of = (id: string, what: string) => api(server, `/api/runs/${id}/${what}`);
          const page = decodePoliciesPage((await of("near-1", "policies?since=0")).body);
          expect(page.policies).toMatchObject([
            { id: "0", steps: 0, score: null, bytes: 3 },
            { id: "1", steps: 40, score: 3, bytes: 1 },
          ]);
          const rest = decodePoliciesPage((await of("near-1", "policies?since=1")).body);
          expect(rest.policies.map(({ id }) => id)).toEqual(["1"]);
          const file = await of("near-1", "policies/0");
          expect(file.headers.get("content-type")).toBe("application/octet-stream");
          expect([...Buffer.from(file.body, "latin1")]).toEqual([1, 2, 250]);
          const codes = async (id: string, what: string) => {
            const { status, body } = await of(id, what);
            return [status, JSON.parse(body).error?.code];
          };
          expect(await codes("near-1", "policies/2")).toEqual([404, "POLICY_NOT_FOUND"]);
          expect(await codes("near-1", "policies?since=x")).toEqual([400, "BAD_REQUEST"]);
          expect(await codes("far-1", "policies/0")).toEqual([500, "DISK_ERROR"]);
          expect(await codes("linked-1", "policies/0")).toEqual([404, "POLICY_NOT_FOUND"]);
          expect(JSON.parse((await of("linked-1", "policies")).body).policies).toEqual([]);
          const others = ["policies/", "policies/..", "policies/0/..", "policies/%30", "episodes"];
          for (const what of [...others, "policies/../run.json", "result", "game", "policies/-1"]) {
            expect([what, ...(await codes("near-1", what))]).toEqual([what, 404, "NOT_FOUND"]);
          }
          for (const what of ["policies", "policies/0"]) {
            expect((await ask(server, `/api/runs/near-1/${what}`)).status).toBe(403);
            const headers = { "X-Carom-Token": token, Origin: "http://evil.example" };
            expect((await ask(server, `/api/runs/near-1/${what}`, headers)).status).toBe(403);
          }
        },
        { shelf },
      );
    } finally {
      shelf.close();
      rmSync(root, { recursive: true, force: true });
    }
  });
});
