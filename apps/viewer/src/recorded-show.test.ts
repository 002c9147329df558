import { findGame, makeReplay, type Replay } from "@carom/envs";
import { describe, expect, test } from "vitest";
import type { EpisodeEntry } from "./model/episodes.js";
import { recordedShow, withoutRules } from "./recorded-show.js";

const freeway = findGame("mini-freeway"); // its episodes end by the clock alone
const actions = Uint8Array.from({ length: 150 }, (_, i) => i % 3);
const replay: Replay = makeReplay({ seed: 3, actions }, freeway, { pictures: true });
const { pictures: _, ...plain } = replay;
const { length, seed } = replay;
const entry: EpisodeEntry = {
  ...{ id: "1", env: 0, episode: 0, seed, length, return: replay.return },
  ...{ terminated: false, steps: 10, reason: "best" },
};
const known = { definition: freeway, problem: undefined };
const gone = { definition: undefined, problem: "There is no such game." };

describe("recordedShow", () => {
  test("the game plays what it can", () => {
    const show = recordedShow(entry, replay, known);
    expect(show.instead).toBeUndefined();
    expect(show.player.game.constructor.name).toBe(freeway.create().constructor.name);
    expect(show.analysis.work(1000)).toBe(true);
    expect(show.analysis.mismatch).toBeUndefined();
  });

  test("recorded pictures stand in for a game that is gone, or has other rules", () => {
    const show = recordedShow(entry, replay, gone);
    expect(show.instead).toBe("There is no such game.");
    expect(show.player.game.spec).toMatchObject({
      id: "mini-freeway",
      board: freeway.create().spec.board,
    });
    show.analysis.work(1000);
    expect(show.analysis.mismatch).toBeUndefined();
    expect(show.analysis.returns[length]).toBe(replay.return);
    expect(show.action(5)).toBe(actions[5]);
    const other = recordedShow(entry, { ...replay, version: 99 }, known);
    expect(other.instead).toBe("It was recorded with other rules of the game.");
  });

  test("where there are none, the sentence is the error", () => {
    expect(() => recordedShow(entry, plain, gone)).toThrow("There is no such game.");
    expect(() => recordedShow(entry, { ...plain, version: 99 }, known)).toThrow("of another game");
  });

  test("rules that changed in silence give way to pictures", () => {
    const checksums = replay.checksums.map((sum, i) => (i === 0 ? sum : sum ^ 1));
    const show = recordedShow(entry, { ...replay, checksums }, known);
    show.analysis.work(1000);
    expect(show.analysis.mismatch).toBe(64);
    expect(withoutRules(show).instead).toContain("differently from decision 64 on");
  });
});
