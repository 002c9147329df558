import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { commitOf } from "../src/versions.js";

const folder = mkdtempSync(join(tmpdir(), "carom-commit-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function git(...args: string[]): string {
  const who = ["-c", "user.name=carom", "-c", "user.email=carom@example.org"];
  return execFileSync("git", [...who, ...args], { cwd: folder, encoding: "utf8" }).trim();
}

test("a folder's commit, whatever its tags; changed since is said; none is none", () => {
  expect(commitOf(folder, 60_000)).toBeUndefined();
  git("init", "--quiet");
  expect(commitOf(folder, 60_000)).toBeUndefined();
  writeFileSync(join(folder, "game.ts"), "one");
  git("add", ".");
  git("commit", "--quiet", "-m", "one");
  git("tag", "-a", "v1", "-m", "one");
  const commit = git("rev-parse", "HEAD");
  expect(commit).toMatch(/^[0-9a-f]{40}$/);
  expect(commitOf(folder, 60_000)).toBe(commit);
  writeFileSync(join(folder, "game.ts"), "two");
  expect(commitOf(folder, 60_000)).toBe(`${commit}-dirty`);
  expect(commitOf(join(folder, "nowhere"))).toBeUndefined();
});
