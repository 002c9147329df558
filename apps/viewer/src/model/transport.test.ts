import { describe, expect, test } from "vitest";
import {
  type Action,
  currentStep,
  initialTransport,
  isMoving,
  type Transport,
  transport,
} from "./transport.js";

const playing: Transport = { ...initialTransport, mode: "playing", length: 100, rate: 10 };
const live: Transport = { ...playing, mode: "live" };
const paused: Transport = { ...playing, mode: "paused" };

function after(state: Transport, ...actions: Action[]): Transport {
  return actions.reduce(transport, state);
}

describe("transport", () => {
  test("[T1] live moves with time, at the rate of the game times the speed", () => {
    expect(after(live, { type: "tick", seconds: 0.5 }).position).toBe(5);
    expect(after({ ...live, speed: 4 }, { type: "tick", seconds: 0.5 }).position).toBe(20);
  });

  test("[T2] playing stops at the end and stays there", () => {
    const state = after(playing, { type: "tick", seconds: 99 }, { type: "tick", seconds: 1 });
    expect(state).toMatchObject({ mode: "playing", position: 100 });
    expect(isMoving(state)).toBe(false);
  });

  test("[T3] pausing goes on to the next whole decision, never back", () => {
    const state = after({ ...playing, position: 7.3 }, { type: "pause" });
    expect(state).toMatchObject({ mode: "paused", position: 8 });
    expect(after(state, { type: "tick", seconds: 3 }).position).toBe(8);
  });

  test("[T3] a frame step pauses and moves by whole decisions, inside the episode", () => {
    expect(after({ ...playing, position: 7.3 }, { type: "frame", by: 1 })).toMatchObject({
      mode: "paused",
      position: 9,
    });
    expect(after({ ...paused, position: 0 }, { type: "frame", by: -1 }).position).toBe(0);
    expect(after({ ...paused, position: 100 }, { type: "frame", by: 1 }).position).toBe(100);
  });

  test("[T4] every kind of seek leaves live; what moved goes on moving, what stood stands", () => {
    const seeks: Action[] = [
      { type: "seek", step: 40 },
      { type: "share", share: 0.4 },
      { type: "nudge", seconds: 4 },
      { type: "home" },
    ];
    for (const action of seeks) {
      expect(after(live, action).mode).toBe("playing");
      expect(after(paused, action).mode).toBe("paused");
    }
    expect(seeks.map((action) => after(live, action).position)).toEqual([40, 40, 40, 0]);
  });

  test("[T4] a seek keeps inside the episode and lands on a whole decision", () => {
    expect(after(paused, { type: "nudge", seconds: -5 }).position).toBe(0);
    expect(after(paused, { type: "seek", step: 1000 }).position).toBe(100);
    expect(after(paused, { type: "share", share: 0.333 }).position).toBe(33);
  });

  test("[T5] live returns from paused and from playing", () => {
    expect(after(paused, { type: "live" }).mode).toBe("live");
    expect(after(playing, { type: "live" }).mode).toBe("live");
  });

  test("[T6] play at the end starts from the beginning, elsewhere it goes on", () => {
    expect(after({ ...paused, position: 100 }, { type: "toggle" }).position).toBe(0);
    expect(after({ ...paused, position: 40 }, { type: "toggle" })).toMatchObject({
      mode: "playing",
      position: 40,
    });
    expect(after(live, { type: "toggle" }).mode).toBe("paused");
  });

  test("speed goes through its notches and stops at the ends", () => {
    const speeds = [1, 1, 1, 1, 1].reduce<number[]>(
      (seen) => [
        ...seen,
        after({ ...live, speed: seen.at(-1) ?? 1 }, { type: "notch", by: 1 }).speed,
      ],
      [1],
    );
    expect(speeds).toEqual([1, 2, 4, 8, 16, 16]);
    expect(after({ ...live, speed: 0.1 }, { type: "notch", by: -1 }).speed).toBe(0.1);
    expect(after({ ...live, speed: 3 }, { type: "notch", by: -1 }).speed).toBe(2);
  });

  test("another episode keeps the speed and takes its own length, rate and place", () => {
    const load: Action = { type: "load", length: 7, rate: 5, position: 9, mode: "paused" };
    expect(after({ ...live, speed: 4 }, load)).toEqual({
      mode: "paused",
      position: 7,
      length: 7,
      rate: 5,
      speed: 4,
    });
  });

  test("an episode that grows moves on from its old end", () => {
    const atEnd: Transport = { ...playing, position: 100 };
    expect(isMoving(atEnd)).toBe(false);
    expect(isMoving(after(atEnd, { type: "grow", length: 120 }))).toBe(true);
    expect(after(atEnd, { type: "grow", length: 90 }).length).toBe(100);
  });

  test("the current step is the decision whose picture began last", () => {
    expect(currentStep({ ...playing, position: 12.9 })).toBe(12);
  });
});
