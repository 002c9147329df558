/** Pendulum and MountainCarContinuous: conformance, Gymnasium's trajectories, and each rule. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { checkGame } from "../../conformance/check-game.js";
import { asText } from "../../text-canvas.js";
import { MountainCarContinuous, mountainCarContinuous } from "./mountain-car-continuous.js";
import { Pendulum, pendulum } from "./pendulum.js";

interface Trajectory {
  start: number[];
  actions: number[];
  states: number[][];
  returns: number[];
  terminated: boolean;
}

const games = [
  {
    name: "pendulum",
    definition: pendulum,
    make: () => new Pendulum(),
    read: (game: Pendulum) => [game.angle, game.speed],
    write(game: Pendulum, [angle, speed]: number[]) {
      Object.assign(game, { angle, speed });
    },
    starts: [-Math.PI, Math.PI],
    ends: 0,
  },
  {
    name: "mountain-car-continuous",
    definition: mountainCarContinuous,
    make: () => new MountainCarContinuous(),
    read: (game: MountainCarContinuous) => [game.place, game.speed],
    write(game: MountainCarContinuous, [place, speed]: number[]) {
      Object.assign(game, { place, speed });
    },
    starts: [-0.6, -0.4],
    ends: 12,
  },
] as const;

describe.each(games)("$name", ({ name, definition, make, read, write, starts, ends }) => {
  test("keeps the contract of games", () => {
    expect(checkGame(definition).failures).toEqual([]);
  });

  test("follows Gymnasium to 1e-6 over 200 steps for 20 seeds, rewards included", () => {
    const file = new URL(`goldens/${name}.json`, import.meta.url);
    const { every, trajectories } = JSON.parse(readFileSync(file, "utf8")) as {
      every: number;
      trajectories: Trajectory[];
    };
    expect(trajectories).toHaveLength(20);
    for (const { start, actions, states, returns, terminated } of trajectories) {
      const game = make();
      game.seed(1);
      game.reset();
      write(game as never, start);
      let row = 0;
      let total = 0;
      for (let step = 1; step <= actions.length; step++) {
        total += game.step(Float32Array.of(actions[step - 1]));
        if (step % every !== 0 && !game.terminated) continue;
        const got = [...read(game as never), total];
        const wanted = [...states[row], returns[row]];
        row += 1;
        const distances = got.map((value, i) => Math.abs(value - wanted[i]));
        expect(Math.max(...distances)).toBeLessThan(1e-6);
      }
      expect([row, game.terminated]).toEqual([states.length, terminated]);
    }
    expect(trajectories.filter((trajectory) => trajectory.terminated)).toHaveLength(ends);
  });

  test("starts within Gymnasium's range, differently from seed to seed", () => {
    const first = Array.from({ length: 50 }, (_, seed) => {
      const game = make();
      game.seed(seed);
      game.reset();
      return read(game as never)[0];
    });
    const [low, high] = starts.map(Math.fround);
    expect(Math.min(...first)).toBeGreaterThanOrEqual(low);
    expect(Math.max(...first)).toBeLessThanOrEqual(high);
    expect(Math.max(...first) - Math.min(...first)).toBeGreaterThan(0.8 * (high - low));
    expect(new Set(first).size).toBe(50);
  });
});

function pendulumAt(angle: number, speed: number): Pendulum {
  const game = new Pendulum();
  game.reset();
  return Object.assign(game, { angle, speed });
}

function carAt(place: number, speed: number): MountainCarContinuous {
  const game = new MountainCarContinuous();
  game.reset();
  return Object.assign(game, { place: Math.fround(place), speed: Math.fround(speed) });
}

describe("pendulum", () => {
  test.each([
    ["upright and at rest costs nothing", 0, 0, 0, 0],
    ["a lean costs its square", 0.5, 0, 0, -0.25],
    ["whole turns do not count", 0.5 + 4 * Math.PI, 0, 0, -0.25],
    ["hanging costs most", Math.PI, 0, 0, -Math.PI * Math.PI],
    ["speed costs a tenth of its square", 0, 3, 0, -0.9],
    ["torque costs a thousandth of its square", 0, 0, -2, -0.004],
  ])("%s", (_, angle, speed, torque, reward) => {
    expect(pendulumAt(angle, speed).step(Float32Array.of(torque))).toBeCloseTo(reward, 12);
  });

  test("torque to the left turns it counterclockwise, and 2 is the most it gives", () => {
    const speedAfter = (torque: number) => {
      const game = pendulumAt(0, 0);
      game.step(Float32Array.of(torque));
      return game.speed;
    };
    expect([speedAfter(2), speedAfter(-2), speedAfter(9)]).toEqual([0.3, -0.3, 0.3].map(near));
    const { keys } = pendulum.create().spec;
    expect(keys).toMatchObject({ ArrowLeft: [2], ArrowRight: [-2] });
  });

  test("it turns no faster than 8 rad/s, and its torque cannot lift it at once", () => {
    const fast = pendulumAt(-1.5, 7.9);
    fast.step(Float32Array.of(-2));
    expect(fast.speed).toBeLessThan(7.9);
    const faster = pendulumAt(1.5, 7.9);
    faster.step(Float32Array.of(2));
    expect(faster.speed).toBe(8);
    const still = pendulumAt(Math.PI, 0);
    for (let i = 0; i < 20; i++) still.step(Float32Array.of(2));
    expect(Math.cos(still.angle)).toBeLessThan(0);
  });

  test("the picture shows the rod, to the left where the angle is positive", () => {
    expect(asText(pendulumAt(0.9, 0), { cellWidth: 0.2 })).toMatchInlineSnapshot(`
      ".............
      ..o..........
      ...###.......
      ......o......
      .............
      .............
      ............."
    `);
  });
});

describe("mountain-car-continuous", () => {
  test("force costs a tenth of its square, the goal gives 100", () => {
    expect(carAt(-0.5, 0).step(Float32Array.of(0.5))).toBeCloseTo(-0.025, 12);
    const there = carAt(0.44, 0.03);
    expect(there.step(Float32Array.of(1))).toBeCloseTo(99.9, 12);
    expect(there.terminated).toBe(true);
    const short = carAt(0.44, 0.003);
    expect(short.step(Float32Array.of(1))).toBeCloseTo(-0.1, 12);
    expect(short.terminated).toBe(false);
  });

  test("the left wall stops the car, and it goes no faster than 0.07", () => {
    const wall = carAt(-1.19, -0.07);
    wall.step(Float32Array.of(-1));
    expect([wall.place, wall.speed]).toEqual([Math.fround(-1.2), 0]);
    const fast = carAt(-0.7, 0.0699);
    fast.step(Float32Array.of(1));
    expect(fast.speed).toBe(Math.fround(0.07));
  });

  test("pushing with the movement reaches the goal, pushing right alone does not", () => {
    const steps = (force: (game: MountainCarContinuous) => number) => {
      const game = carAt(-0.5, 0);
      let played = 0;
      for (; played < 999 && !game.terminated; played++) game.step(Float32Array.of(force(game)));
      return played;
    };
    expect(steps((game) => (game.speed < 0 ? -1 : 1))).toBeLessThan(150);
    expect(steps(() => 1)).toBe(999);
  });

  test("place and speed are single precision numbers", () => {
    const game = carAt(-0.5, 0);
    for (let i = 0; i < 50; i++) {
      game.step(Float32Array.of(0.3));
      expect([game.place, game.speed]).toEqual([game.place, game.speed].map(Math.fround));
    }
  });

  test("the picture shows the car in its valley and the flag", () => {
    expect(asText(carAt(-0.5, 0), { cellWidth: 0.18 })).toMatchInlineSnapshot(`
      ".................##.
      .................###
      ...............###..
      ##...........##.....
      ..##.......###......
      ....###o####........
      ......###..........."
    `);
  });
});

function near(value: number): unknown {
  return expect.closeTo(value, 12);
}
