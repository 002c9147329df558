import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { callAs, workspace } from "../src/call.js";

const root = workspace ?? "";
const ours = { npm_lifecycle_event: "train", npm_package_json: join(root, "package.json") };

test("commands are named as the user called this one", () => {
  expect(callAs("train ./a.ts", {})).toBe("carom train ./a.ts");
  expect(callAs("train ./a.ts", { ...ours, INIT_CWD: root })).toBe("pnpm train ./a.ts");
  expect(callAs("new a", { ...ours, INIT_CWD: join(root, "examples") })).toBe("pnpm carom new a");
});

test("outside of the workspace they say where it is", () => {
  const env = { ...ours, INIT_CWD: tmpdir() };
  expect(callAs("watch runs/a", env)).toBe(`pnpm --dir ${root} watch runs/a`);
  expect(callAs("new a", env)).toBe(`pnpm --dir ${root} carom new a`);
});

test("from a game's own scripts, they go by those", () => {
  const env = { ...ours, npm_package_json: join(tmpdir(), "dodge", "package.json") };
  expect(callAs("train --resume runs/a", env)).toBe("npm run carom -- train --resume runs/a");
});
