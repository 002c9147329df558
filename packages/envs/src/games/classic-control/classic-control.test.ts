/** CartPole, MountainCar and Acrobot: conformance, Gymnasium's trajectories, and each rule. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { checkGame } from "../../conformance/check-game.js";
import { nextBelow, seedRandom } from "../../random.js";
import { checksum } from "../../state.js";
import { asText } from "../../text-canvas.js";
import { Acrobot, acrobot } from "./acrobot.js";
import { CartPole, cartPole } from "./cart-pole.js";
import { MountainCar, mountainCar } from "./mountain-car.js";

interface Trajectory {
  start: number[];
  actions: string;
  states: number[][];
  terminated: boolean;
}

const games = [
  {
    name: "cart-pole",
    definition: cartPole,
    make: () => new CartPole(),
    read: (game: CartPole) => [game.x, game.speed, game.angle, game.angularSpeed],
    write(game: CartPole, [x, speed, angle, angularSpeed]: number[]) {
      Object.assign(game, { x, speed, angle, angularSpeed });
    },
  },
  {
    name: "mountain-car",
    definition: mountainCar,
    make: () => new MountainCar(),
    read: (game: MountainCar) => [game.place, game.speed],
    write(game: MountainCar, [place, speed]: number[]) {
      Object.assign(game, { place, speed });
    },
  },
  {
    name: "acrobot",
    definition: acrobot,
    make: () => new Acrobot(),
    read: (game: Acrobot) => [...game.state],
    write(game: Acrobot, state: number[]) {
      game.state.set(state);
    },
  },
] as const;

describe.each(games)("$name", ({ name, definition, make, read, write }) => {
  test("keeps the contract of games", () => {
    expect(checkGame(definition).failures).toEqual([]);
  });

  test("follows Gymnasium to 1e-6 over 200 steps for 20 seeds", () => {
    const file = new URL(`goldens/${name}.json`, import.meta.url);
    const { every, trajectories } = JSON.parse(readFileSync(file, "utf8")) as {
      every: number;
      trajectories: Trajectory[];
    };
    expect(trajectories).toHaveLength(20);
    for (const { start, actions, states, terminated } of trajectories) {
      const game = make();
      game.seed(1);
      game.reset();
      write(game as never, start);
      let row = 0;
      for (let step = 1; step <= actions.length; step++) {
        game.step(Number(actions[step - 1]));
        if (step % every !== 0 && !game.terminated) continue;
        const wanted = states[row++];
        read(game as never).forEach((value, i) => {
          expect(Math.abs(value - wanted[i])).toBeLessThan(1e-6);
        });
      }
      expect([row, game.terminated]).toEqual([states.length, terminated]);
    }
  });

  test("starts within Gymnasium's range, differently from seed to seed", () => {
    const starts = Array.from({ length: 50 }, (_, seed) => {
      const game = make();
      game.seed(seed);
      game.reset();
      return read(game as never);
    });
    const [low, high] = { "mountain-car": [-0.6, -0.4], "cart-pole": [-0.05, 0.05] }[
      name as string
    ] ?? [-0.1, 0.1];
    const first = starts.map(([value]) => value);
    expect(Math.min(...first)).toBeGreaterThanOrEqual(low);
    expect(Math.max(...first)).toBeLessThan(high);
    expect(new Set(first).size).toBe(50);
  });
});

function cartPoleAt(state: Partial<CartPole>): CartPole {
  const game = new CartPole();
  game.reset();
  return Object.assign(game, { x: 0, speed: 0, angle: 0, angularSpeed: 0 }, state);
}

test.each([
  ["the cart leaves the track", { x: 2.39, speed: 1 }, true],
  ["the cart is about to leave it", { x: 2.37, speed: 1 }, false],
  ["the pole leans more than 12 degrees", { angle: 0.2, angularSpeed: 0.5 }, true],
  ["the pole leans less", { angle: 0.19, angularSpeed: 0.5 }, false],
])("cart-pole: %s", (_, state, ends) => {
  const game = cartPoleAt(state);
  expect(game.step(1)).toBe(1);
  expect(game.terminated).toBe(ends);
});

test("cart-pole: the picture shows the cart and the leaning pole", () => {
  expect(asText(cartPoleAt({ x: -0.6, angle: 0.2 }), { cellWidth: 0.3 })).toMatchInlineSnapshot(`
    "....................
    ........#...........
    ........#...........
    .......#o...........
    ..#################."
  `);
});

test("cart-pole: without velocities it is the same game, of which less is seen", () => {
  expect(checkGame(cartPole, { variant: "no-velocity" }).failures).toEqual([]);
  const [whole, part] = [cartPole.create(), cartPole.create("no-velocity")];
  const [seen, seenInPart] = [new Float32Array(4), new Float32Array(2)];
  const random = new Uint32Array(4);
  seedRandom(random, 1);
  for (const game of [whole, part]) game.seed(7);
  for (let step = 0; step < 1000; step++) {
    if (step === 0 || whole.terminated) for (const game of [whole, part]) game.reset();
    const action = nextBelow(random, 2);
    expect(part.step(action)).toBe(whole.step(action));
    expect(checksum(part)).toBe(checksum(whole));
    whole.observe(seen, 0);
    part.observe(seenInPart, 0);
    expect([...seenInPart]).toEqual([seen[0], seen[2]]);
  }
  const { variant, observation, title, ...rest } = part.spec;
  expect(whole.spec).toMatchObject(rest);
  expect({ variant, observation }).toEqual({
    variant: "no-velocity",
    observation: { size: 2, shape: [2], names: ["x", "angle"], scale: [2.4, 0.2] },
  });
  expect(title).not.toBe(whole.spec.title);
});

test("cart-pole: the classic variant plays as it always has", () => {
  const game = cartPole.create();
  const random = new Uint32Array(4);
  seedRandom(random, 1);
  game.seed(7);
  game.reset();
  let played = 0;
  for (; !game.terminated; played++) game.step(nextBelow(random, 2));
  expect([played, checksum(game), game.spec.version]).toEqual([60, 745336284, 1]);
});

test("mountain-car: the left wall stops the car, the goal ends the episode", () => {
  const game = new MountainCar();
  game.reset();
  Object.assign(game, { place: -1.19, speed: -0.07 });
  game.step(0);
  expect([game.place, game.speed]).toEqual([-1.2, 0]);
  Object.assign(game, { place: 0.48, speed: 0.05 });
  expect(game.step(2)).toBe(-1);
  expect(game.terminated).toBe(true);
});

test("mountain-car: pushing with the movement reaches the goal, pushing right alone does not", () => {
  const game = new MountainCar();
  game.seed(3);
  game.reset();
  for (let i = 0; i < 200; i++) if (!game.terminated) game.step(2);
  expect(game.terminated).toBe(false);
  game.reset();
  let steps = 0;
  for (; steps < 200 && !game.terminated; steps++) game.step(game.speed < 0 ? 0 : 2);
  expect(game.terminated).toBe(true);
  expect(steps).toBeGreaterThan(80);
});

test("mountain-car: the picture shows the car in its valley", () => {
  const game = new MountainCar();
  game.reset();
  game.place = -0.5;
  expect(asText(game, { cellWidth: 0.18 })).toMatchInlineSnapshot(`
    "..................#.
    .................###
    ...............###..
    ##...........##.....
    ..##.......###......
    ....###o####........
    ......###..........."
  `);
});

test("acrobot: the tip above the bar ends the episode with 0, before it is -1", () => {
  const game = new Acrobot();
  game.reset();
  expect(game.step(1)).toBe(-1);
  game.state.set([Math.PI - 0.1, 0, 0, 0]);
  expect(game.step(1)).toBe(0);
  expect(game.terminated).toBe(true);
});

test("acrobot: hangs still without torque, and the picture shows it", () => {
  const game = new Acrobot();
  game.reset();
  game.state.fill(0);
  for (let i = 0; i < 50; i++) game.step(1);
  expect(Math.max(...game.state.map(Math.abs))).toBeLessThan(1e-9);
  expect(asText(game, { cellWidth: 0.23 })).toMatchInlineSnapshot(`
    "....................
    ....................
    ####################
    ....................
    .........o..........
    .........#..........
    .........#..........
    .........o..........
    .........#..........
    .........#.........."
  `);
});

test("acrobot: speeds are limited and angles wrapped", () => {
  const game = new Acrobot();
  game.reset();
  game.state.set([3.1, 0, 12.5, 28]);
  game.step(2);
  expect(Math.abs(game.state[2])).toBeLessThanOrEqual(4 * Math.PI);
  expect(Math.abs(game.state[3])).toBeLessThanOrEqual(9 * Math.PI);
  expect(Math.abs(game.state[0])).toBeLessThanOrEqual(Math.PI);
});
