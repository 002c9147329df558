/** `carom compile` from the outside: what it prints of a game, and how it refuses one. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { carom, endAll, temporaryFolder } from "./support/carom.js";

const folder = temporaryFolder();
afterEach(endAll);
afterAll(folder.remove);

test("says what the translation is like, and that it equals the class", async () => {
  const { code, stdout, stderr } = await carom(
    ["compile", "frozenlake", "--variant", "dry", "--check", "--steps", "5k"],
    folder.path,
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toContain("FrozenLake, dry, version 1\n");
  expect(stdout).toContain(
    "equality   equal to the class, bit by bit: 5,000 random decisions, seed 1",
  );
  expect(stdout).toContain("checked    no index out of range, no endless loop");
  expect(stdout).toMatch(/registers {2}not counted: nvcc is not installed|sm_90 +carom_step: \d+/);
});

test.each([
  ["cuda", 'extern "C" __global__'],
  ["cpp", "int main(int argc"],
  ["ir", "# Catch.step\n"],
])("--emit %s prints the text and nothing else", async (what, part) => {
  const { code, stdout, stderr } = await carom(["compile", "catch", "--emit", what], folder.path);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toContain(part);
  expect(stdout).not.toContain("functions  ");
});

test("a game that does not fit is refused at its line of the user's file", async () => {
  await carom(["new", "odd-game"], folder.path);
  const file = join(folder.path, "odd-game/odd-game.ts");
  const text = readFileSync(file, "utf8");
  writeFileSync(file, text.replace("this.caught += reward;", "this.caught += Math.random();"));
  const line = text.split("\n").findIndex((one) => one.includes("this.caught += reward;")) + 1;
  const { code, stderr } = await carom(["compile", "./odd-game"], folder.path);
  expect(code).toBe(2);
  expect(stderr).toContain(`carom: odd-game.ts: OddGame.step, line ${line}: Math.random cannot`);
  expect(stderr).toContain("help: draw from a Uint32Array(4) that is a field");
});
