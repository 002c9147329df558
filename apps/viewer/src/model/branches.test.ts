/** The tree of branches: its order, what remains when one is deleted, how branches compare. */
import { findGame, makeReplay } from "@carom/envs";
import { describe, expect, test } from "vitest";
import {
  authorsText,
  type Branch,
  compared,
  fileNameOf,
  renamed,
  returnsOf,
  treeRows,
  without,
} from "./branches.js";
import { followTheBall } from "./testing.js";

const episode = { kind: "episode", id: "12", title: "Episode 13" } as const;

function branch(id: string, at: number, parent: Branch["parent"] = episode): Branch {
  return {
    ...{ id, name: id, parent, at, length: 100, return: 5, terminated: true },
    root: { env: 0, episode: 12, seed: 7, steps: 1000 },
    passages: [{ from: at, by: "person" }],
    comparison: { sameMoment: 1, atEnd: -2 },
    createdAt: `2026-01-01T00:00:${id.slice(1).padStart(2, "0")}Z`,
    replay: new Uint8Array(),
  };
}

const under = (id: string): Branch["parent"] => ({ kind: "branch", id, title: id });

function drawn(branches: readonly Branch[]): string[] {
  return treeRows(branches).map((row) =>
    row.kind === "origin" ? row.parent.title : `${"  ".repeat(row.depth)}${row.branch.id}`,
  );
}

describe("the tree", () => {
  const other = { kind: "live", id: "3:9", title: "Episode 10" } as const;
  const branches = [
    branch("b1", 50),
    branch("b2", 20),
    branch("b3", 60, under("b1")),
    branch("b4", 5, other),
    branch("b5", 55, under("b1")),
    branch("b6", 70, under("b3")),
  ];

  test("origins with the newest branch first, branches by the decision at which they left", () => {
    expect(drawn(branches)).toEqual([
      "Episode 13",
      "  b2",
      "  b1",
      "    b5",
      "    b3",
      "      b6",
      "Episode 10",
      "  b4",
    ]);
  });

  test("what left a deleted branch hangs on its parent, at the earlier decision", () => {
    const left = without(branches, "b1");
    expect(drawn(left)).toEqual([
      "Episode 13",
      "  b2",
      "  b3",
      "    b6",
      "  b5",
      "Episode 10",
      "  b4",
    ]);
    const moved = left.find(({ id }) => id === "b3");
    expect(moved?.at).toBe(50);
    expect(moved?.comparison).toEqual({ sameMoment: undefined, atEnd: undefined });
    expect(without(branches, "nobody")).toBe(branches);
  });

  test("a name changes, but not to nothing", () => {
    expect(renamed(branches, "b2", "  the tunnel ")[1].name).toBe("the tunnel");
    expect(renamed(branches, "b2", "  ")).toBe(branches);
  });
});

describe("a branch and its parent", () => {
  test("are compared at the last decision of both, and as a whole", () => {
    expect(compared([0, 1, 2, 9], [0, 1, 1])).toEqual({ sameMoment: 1, atEnd: 8 });
    expect(compared([0, 1], [0, 1, 1, 7])).toEqual({ sameMoment: 0, atEnd: -6 });
    expect(compared([0], [])).toEqual({ sameMoment: undefined, atEnd: undefined });
  });

  test("returns are those of the replay", () => {
    const breakout = findGame("breakout");
    const actions = followTheBall(4, 400);
    const returns = returnsOf(breakout.create(), 4, actions, 1);
    expect(returns.length).toBe(401);
    expect(returns.at(-1)).toBe(makeReplay({ seed: 4, actions }, breakout).return);
  });
});

test("authors and file names are readable", () => {
  expect(authorsText([{ from: 812, by: "person" }])).toBe("You from 812");
  const both = [
    { from: 812, by: "person" },
    { from: 900, by: "agent" },
  ] as const;
  expect(authorsText(both)).toBe("You from 812, then the agent from 900");
  expect(fileNameOf("breakout", { ...branch("b1", 3), name: "The <tunnel>, again!" })).toBe(
    "breakout-the-tunnel-again.replay",
  );
});
