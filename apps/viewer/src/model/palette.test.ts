/** What typed letters find in the command palette. */
import { describe, expect, test } from "vitest";
import { namedCommands } from "./keys.js";
import { indexed, matching, type PaletteItem } from "./palette.js";

const item = (title: string, detail = ""): PaletteItem => ({ title, detail, run: () => {} });
const items = [
  item("play or pause"),
  item("take over and play, hand back"),
  item("light or dark"),
  item("open the best episode"),
  item("Episode 13", "return 864, seed 5636271"),
  item("Episode 130", "return 2, seed 99"),
];
const found = (query: string) => matching(indexed(items), query).map(({ title }) => title);

describe("matching", () => {
  test("nothing typed means everything, in order", () => {
    expect(found("  ")).toEqual(items.map(({ title }) => title));
  });

  test("initials and parts of words find a command, the closest first", () => {
    expect(found("dark")).toEqual(["light or dark"]);
    expect(found("tk ov")[0]).toBe("take over and play, hand back");
    expect(found("obe")[0]).toBe("open the best episode");
    expect(found("play")[0]).toBe("play or pause");
  });

  test("episodes are found by number, by seed and by return", () => {
    expect(found("episode 13")[0]).toBe("Episode 13");
    expect(found("5636")).toEqual(["Episode 13"]);
    expect(found("99")).toEqual(["Episode 130"]);
  });

  test("of many the best come first, equals in their order", () => {
    const many = Array.from({ length: 5000 }, (_, i) => item(`Episode ${i}`, `seed ${i * 7919}`));
    const all = matching(indexed(many), "episode 42").map(({ title }) => title);
    expect(all.length).toBe(60);
    expect(all.slice(0, 3)).toEqual(["Episode 42", "Episode 420", "Episode 421"]);
  });

  test("what is not there is not found", () => {
    expect(found("zebra")).toEqual([]);
    expect(found("dark zebra")).toEqual([]);
  });
});

test("every command of the keyboard has a name of its own", () => {
  const commands = namedCommands();
  expect(new Set(commands.map(({ name }) => name)).size).toBe(commands.length);
  expect(commands).toContainEqual({ name: "slower", key: "↓", command: { type: "notch", by: -1 } });
  expect(commands.every(({ key }) => key.length > 0)).toBe(true);
});
