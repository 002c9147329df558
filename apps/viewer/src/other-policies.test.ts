/** Lists of the policies of other runs: kept up while they train, and told apart after a deletion. */
import type { PolicyEntry, RunFacts } from "@carom/runs/formats";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ApiError } from "./net/api.js";
import { quietApi } from "./net/testing.js";
import { OtherPolicies } from "./other-policies.js";
import { policyKey } from "./policy/protocol.js";
import { RunList } from "./run-list.js";
import { Session } from "./session.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const seconds = (count: number) => vi.advanceTimersByTimeAsync(count * 1000);

const own: RunFacts = {
  ...{ id: "own", game: "breakout", variant: "default", algo: "ppo", seed: 1, gameVersion: 1 },
  ...{ config: {}, device: "cpu", threads: 1, totalSteps: 1e6, versions: {}, status: "running" },
  ...{ steps: 0, startedAt: "2026-01-01T00:00:00Z" },
};

function entryOf(id: number): PolicyEntry {
  return { id: String(id), steps: id * 100, score: null, bytes: 1, crc: 7 };
}

/** A folder with one other run, which trains. */
async function setting() {
  const other = {
    run: { ...own, id: "other", algo: "dqn" } as RunFacts,
    policies: [entryOf(0)],
    policy: [5],
    looks: 0,
    isAway: false,
  };
  const api = {
    ...quietApi,
    runs: async () => [own, other.run],
    policiesOf: async (_run: string, since: number) => {
      other.looks++;
      if (other.isAway) throw new ApiError("The trainer does not answer.", 0);
      const policies = other.policies.slice(since);
      return { from: since, next: other.policies.length, policies };
    },
    policyOf: async (_run: string, id: string) => {
      if (id === "0") return Uint8Array.from(other.policy);
      throw new ApiError("policy: there is no such policy", 404);
    },
  };
  const session = new Session(api, () => {});
  session.facts = own;
  const others = new OtherPolicies(
    session,
    new RunList(
      api,
      () => "own",
      () => {},
    ),
    () => {},
  );
  const ids = () => others.of("other").policies?.map(({ id }) => id);
  others.begin();
  others.follow(new Set(["other"]));
  await seconds(0);
  ids(); // asked for from now on
  await seconds(1);
  return { others, other, ids };
}

test("a run that trains is looked at until it has ended, or the boards are closed", async () => {
  const { others, other, ids } = await setting();
  expect(ids()).toEqual(["0"]);
  other.policies.push(entryOf(1));
  await seconds(4);
  expect(ids()).toEqual(["0", "1"]);
  other.run = { ...other.run, status: "finished" };
  other.policies.push(entryOf(2));
  await seconds(32);
  expect(ids()).toEqual(["0", "1", "2"]); // what it wrote last
  const before = other.looks;
  await seconds(20);
  expect(other.looks - before).toBeLessThanOrEqual(1);
  other.run = { ...other.run, status: "running" };
  others.look();
  others.follow(new Set()); // it has left the boards
  await seconds(1);
  const left = other.looks;
  await seconds(20);
  expect(other.looks - left).toBeLessThanOrEqual(1); // as one of the list
  others.rest();
  const after = other.looks;
  await seconds(60);
  expect(other.looks).toBe(after);
});

test("a run that was made anew under the same name has other policies", async () => {
  const { others, other, ids } = await setting();
  const [first] = others.of("other").policies ?? [];
  other.run = { ...other.run, startedAt: "2026-02-01T00:00:00Z", seed: 9 };
  others.look();
  await seconds(1);
  ids();
  await seconds(1);
  const [second] = others.of("other").policies ?? [];
  expect(second.run?.seed).toBe(9);
  expect(policyKey(second)).not.toBe(policyKey(first));
  expect(others.find(policyKey(first))?.run?.seed).toBe(1);
});

test("a policy that is not the one that was listed is refused, and the list comes anew", async () => {
  const { others, other, ids } = await setting();
  const [zero] = others.of("other").policies ?? [];
  other.policy = [5, 6];
  other.run = { ...other.run, startedAt: "2026-02-01T00:00:00Z" };
  await expect(others.policy(zero, zero.run ?? other.run)).rejects.toThrow(
    "The run other has begun anew",
  );
  await seconds(1);
  ids();
  await seconds(1);
  const [again] = others.of("other").policies ?? [];
  expect(again.run?.startedAt).toBe("2026-02-01T00:00:00Z");
});

test("one that went to make room leaves the list", async () => {
  const { others, other, ids } = await setting();
  other.policies.push(entryOf(1));
  await seconds(4);
  const [zero, one] = others.of("other").policies ?? [];
  expect(await others.policy(zero, other.run)).toEqual(Uint8Array.of(5));
  await expect(others.policy(one, other.run)).rejects.toThrow("no such policy");
  expect(ids()).toEqual(["0"]);
});

test("a list that cannot be had says why, until it can", async () => {
  const { others, other } = await setting();
  other.isAway = true;
  other.run = { ...other.run, startedAt: "2026-02-01T00:00:00Z" };
  others.look();
  await seconds(1);
  others.of("other");
  await seconds(1);
  expect(others.of("other")).toMatchObject({
    ...{ policies: undefined, problem: "The trainer does not answer." },
  });
  other.isAway = false;
  await seconds(4);
  expect(others.of("other").policies).toHaveLength(1);
});
