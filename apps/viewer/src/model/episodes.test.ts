import { describe, expect, test } from "vitest";
import {
  best,
  type EpisodeEntry,
  merged,
  nearestEpisode,
  neighbour,
  newest,
  ordered,
  titlesOf,
} from "./episodes.js";

function entry(id: number, facts: Partial<EpisodeEntry>): EpisodeEntry {
  const usual = { env: 0, episode: id, seed: 1, length: 10, return: 0, terminated: true } as const;
  return { ...usual, id: String(id), steps: id * 100, reason: "newest", ...facts };
}

const list = [
  entry(1, { return: 5, length: 90 }),
  entry(2, { return: 9, length: 10 }),
  entry(3, { return: 5, length: 30 }),
  entry(4, { return: 9, length: 90 }),
  entry(5, { return: 1, length: 20 }),
];
const ids = (entries: readonly EpisodeEntry[]) => entries.map(({ id }) => id).join(" ");

describe("episodes", () => {
  test("orders; ties go to the newer one", () => {
    expect(ids(ordered(list, "newest"))).toBe("5 4 3 2 1");
    expect(ids(ordered(list, "first"))).toBe("1 2 3 4 5");
    expect(ids(ordered(list, "best"))).toBe("4 2 3 1 5");
    expect(ids(ordered(list, "worst"))).toBe("5 3 1 4 2");
    expect(ids(ordered(list, "longest"))).toBe("4 1 3 5 2");
  });

  test("the newest is the one that ended last, whatever its id", () => {
    expect(newest([entry(9, { steps: 5 }), entry(3, { steps: 700 })])?.id).toBe("3");
    expect(newest([])).toBeUndefined();
    expect(best(list)?.id).toBe("4");
  });

  test("a page adds and replaces", () => {
    const next = merged(list, [entry(2, { return: -1 }), entry(6, {})]);
    expect(ids(next)).toBe("1 2 3 4 5 6");
    expect(next[1].return).toBe(-1);
    expect(merged(list, [])).toBe(list);
  });

  test("neighbours stop at the ends of the list", () => {
    expect(neighbour(list, "3", 1)?.id).toBe("4");
    expect(neighbour(list, "5", 1)?.id).toBe("5");
    expect(neighbour(list, "1", -1)?.id).toBe("1");
    expect(neighbour(list, undefined, 1)?.id).toBe("1");
    expect(neighbour([], "1", 1)).toBeUndefined();
  });

  test("each title is given once, the best first", () => {
    expect(Object.fromEntries(titlesOf(list))).toEqual({ 4: "best", 5: "newest", 1: "first" });
  });

  test("the episode that ended nearest to a step", () => {
    expect(nearestEpisode(list, 349)?.id).toBe("3");
    expect(nearestEpisode(list, 1e9)?.id).toBe("5");
  });
});
