import { describe, expect, test } from "vitest";
import {
  best,
  bounded,
  type EpisodeEntry,
  filtered,
  merged,
  nearestEpisode,
  nearestStep,
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

  test("a long list is ordered as comparisons of its entries would order it", () => {
    const many = Array.from({ length: 5000 }, (_, i) =>
      entry(i, { return: ((i * 7919) % 101) - 50, length: (i * 31) % 997, steps: i >> 1 }),
    );
    const newer = (a: EpisodeEntry, b: EpisodeEntry) =>
      b.steps - a.steps || Number(b.id) - Number(a.id);
    const best = [...many].sort((a, b) => b.return - a.return || newer(a, b));
    const longest = [...many].sort((a, b) => b.length - a.length || newer(a, b));
    const shuffled = [...many].sort((a, b) => ((a.length * 13) % 17) - ((b.length * 13) % 17));
    expect(ids(ordered(shuffled, "best"))).toBe(ids(best));
    expect(ids(ordered(many, "longest"))).toBe(ids(longest));
    expect(ids(ordered(shuffled, "first"))).toBe(ids(many));
  });

  test("the median order begins with the most ordinary return", () => {
    expect(ids(ordered(list, "median"))).toBe("3 1 5 4 2");
    expect(ordered([], "median")).toEqual([]);
  });

  test("filters narrow by return, length, reason and digits of the seed", () => {
    const all = [...list, entry(6, { return: 7, reason: "best", seed: 12_345 })];
    expect(ids(filtered(all, {}))).toBe("1 2 3 4 5 6");
    expect(ids(filtered(all, { minReturn: 5, maxReturn: 7 }))).toBe("1 3 6");
    expect(ids(filtered(all, { minLength: 30, maxLength: 90 }))).toBe("1 3 4");
    expect(ids(filtered(all, { reason: "best" }))).toBe("6");
    expect(ids(filtered(all, { seed: "234" }))).toBe("6");
    expect(ids(filtered(all, { seed: "234", maxReturn: 1 }))).toBe("");
  });

  test("a page that follows is put behind; one that does not is put in place", () => {
    expect(ids(merged(list, [entry(7, {}), entry(9, {})]))).toBe("1 2 3 4 5 7 9");
    expect(ids(merged([], list))).toBe("1 2 3 4 5");
  });

  test("a list that is too long keeps the newest, the first and the best", () => {
    const many = Array.from({ length: 100 }, (_, i) => entry(i, { return: i === 7 ? 50 : 1 }));
    expect(bounded(many, 200)).toBe(many);
    expect(ids(bounded(many, 10))).toBe("0 7 92 93 94 95 96 97 98 99");
  });

  test("the checkpoint nearest to a step", () => {
    expect(nearestStep([100, 5000, 200], 149)).toBe(100);
    expect(nearestStep([100, 5000, 200], 9e9)).toBe(5000);
    expect(nearestStep([], 5)).toBeUndefined();
  });
});
