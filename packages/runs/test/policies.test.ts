/** Policies of moments of training: kept, thinned out, forgotten. */
import { describe, expect, test } from "vitest";
import { type MemoryDisk, memoryDisk } from "../src/disk-memory.js";
import { decodePoliciesPage, encodeJson } from "../src/formats/index.js";
import { createRun, openRun, type Run, type RunOptions, readRun } from "../src/index.js";
import { codeOf, dir, newRun, replayOf, setup } from "./samples.js";

function limitedRun(options: RunOptions): { disk: MemoryDisk; run: Run } {
  const disk = memoryDisk();
  return { disk, run: createRun(dir, setup, { ...options, disk }) };
}

function add(run: Run, steps: number, length = 100): ReturnType<Run["addPolicy"]> {
  return run.addPolicy(replayOf(steps % 251, length), { steps, score: null });
}

function stepsOf(run: Run): number[] {
  return run.policies(0).policies.map(({ steps }) => steps);
}

describe("policies", () => {
  test("[Q1] bytes come back as they were given, here and in another reader", () => {
    const { disk, run } = newRun();
    run.addPolicy(replayOf(1), { steps: 0, score: null });
    run.addPolicy(replayOf(2, 7), { steps: 10, score: -1.5 });
    const reader = readRun(dir, { disk });
    for (const source of [run, reader]) {
      expect(source.counts().policies).toBe(2);
      expect(source.policies(0).policies).toMatchObject([
        { id: "0", steps: 0, score: null, bytes: 100 },
        { id: "1", steps: 10, score: -1.5, bytes: 7 },
      ]);
      expect(source.policy("1")).toEqual(replayOf(2, 7));
    }
    run.close();
  });

  test("[Q2] pages are asked for by number, and come through as text", () => {
    const { run } = newRun();
    for (const steps of [0, 1, 2]) add(run, steps);
    const page = run.policies(1);
    expect([page.from, page.next, page.policies.length]).toEqual([1, 3, 2]);
    expect(decodePoliciesPage(encodeJson(page))).toEqual(page);
    expect(run.policies(9).from).toBe(0);
    run.close();
  });

  test("[Q3] beyond the number the most crowded go, first and newest stay", () => {
    const { disk, run } = limitedRun({ maxPolicies: 5 });
    for (const steps of [0, 1, 8, 9, 27, 64, 100]) add(run, steps);
    expect(stepsOf(run)).toEqual([0, 1, 8, 27, 100]);
    expect(disk.list(`${dir}/policies`)).toHaveLength(5 + 1);
    for (let steps = 200; steps < 2000; steps += 100) add(run, steps);
    expect(stepsOf(run)).toHaveLength(5);
    expect([stepsOf(run)[0], stepsOf(run).at(-1)]).toEqual([0, 1900]);
    run.close();
  });

  test("[Q3] beyond the bytes too; one that is longer than half of them is not kept", () => {
    const { run } = limitedRun({ maxPolicyBytes: 350 });
    for (const steps of [0, 1, 8, 27]) add(run, steps);
    expect(stepsOf(run)).toEqual([0, 8, 27]);
    expect(add(run, 64, 176)).toBe(undefined);
    expect(stepsOf(run)).toEqual([0, 8, 27]);
    run.close();
  });

  test("[Q4] one that went is not found", () => {
    const { run } = limitedRun({ maxPolicies: 2 });
    for (const steps of [0, 1, 2]) add(run, steps);
    expect(run.counts().policies).toBe(3);
    expect(codeOf(() => run.policy("1"))).toBe("POLICY_NOT_FOUND");
    for (const id of ["3", "../0", "00", ""]) {
      expect(codeOf(() => run.policy(id))).toBe("POLICY_NOT_FOUND");
    }
    run.close();
  });

  test("[Q5] damage is found out", () => {
    const { disk, run } = newRun();
    add(run, 0);
    const path = `${dir}/policies/policy-0.safetensors`;
    disk.remove(path);
    const file = disk.create(path);
    file.write(replayOf(1));
    file.close();
    expect(codeOf(() => run.policy("0"))).toBe("POLICY_CORRUPT");
    run.close();
  });

  test("[Q6] going back forgets later ones, and watchers are told", () => {
    const { disk, run } = newRun();
    for (const steps of [0, 5, 10]) add(run, steps);
    const forgotten = run.policies(2).policies[0];
    run.close();
    const again = openRun(dir, { disk });
    const told: string[] = [];
    again.watch((change) => told.push(change));
    again.rewind(5);
    expect(stepsOf(again)).toEqual([0, 5]);
    expect(disk.list(`${dir}/policies`)).toEqual([
      "index.jsonl",
      "policy-0.safetensors",
      "policy-1.safetensors",
    ]);
    const next = again.addPolicy(replayOf(77), { steps: 10, score: 1 });
    expect(next?.id).toBe(forgotten.id);
    expect(next?.crc).not.toBe(forgotten.crc);
    expect(told).toEqual(expect.arrayContaining(["restart", "policies"]));
    again.close();
  });

  test("[Q7] a run without policies has no folder and an empty page", () => {
    const { disk, run } = newRun();
    run.rewind(0);
    expect(run.policies(0)).toEqual({ from: 0, next: 0, policies: [] });
    expect(disk.look(`${dir}/policies`)).toBe(undefined);
    run.close();
  });

  test("[Q2] what is no fact of a policy is refused", () => {
    const { run } = newRun();
    const facts = { steps: -1, score: null };
    expect(codeOf(() => run.addPolicy(replayOf(1), facts))).toBe("INVALID_ARGUMENT");
    run.close();
  });
});
