/** The game in words: what is said, and how often. */
import { describe, expect, test } from "vitest";
import { type Moment, Narrator } from "./narrator.js";

const moment: Moment = {
  ...{ title: "Episode 13", score: 0, step: 0, length: 90, action: "left", ended: false },
};

describe("Narrator", () => {
  test("names what comes on the stage, then says what changed", () => {
    const narrator = new Narrator();
    expect(narrator.tell(moment, 0)).toBe("Episode 13. Score 0. Decision 0 of 90. Next: left.");
    const later = { ...moment, score: 7, step: 30 };
    expect(narrator.tell(later, 5)).toBe("+7. Score 7. Decision 30 of 90. Next: left.");
    const end = { ...later, step: 90, ended: true };
    expect(narrator.tell(end, 5)).toBe("Score 7. The end, after 90 decisions.");
  });

  test("is silent for a few seconds, and longer where nothing happens", () => {
    const narrator = new Narrator();
    narrator.tell(moment, 0);
    expect(narrator.tell({ ...moment, score: 1, step: 2 }, 1)).toBeUndefined();
    expect(narrator.tell({ ...moment, step: 40 }, 5)).toBeUndefined();
    expect(narrator.tell({ ...moment, step: 80 }, 15)).toContain("Decision 80");
    expect(narrator.tell({ ...moment, step: 80 }, 60)).toBeUndefined();
  });

  test("what an episode got while it was silent is told in one", () => {
    const narrator = new Narrator();
    narrator.tell(moment, 0);
    narrator.tell({ ...moment, score: 1, step: 2 }, 1);
    expect(narrator.tell({ ...moment, score: 3, step: 9 }, 4)).toContain("+3.");
  });
});
