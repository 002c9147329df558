import { nextBelow, nextFloat, seedRandom } from "@carom/envs";
import { expect, test } from "vitest";
import { SumTree } from "./sum-tree.js";

/** The definition: walk along the priorities until their sum exceeds the mass. */
function findNaively(priorities: readonly number[], mass: number): number {
  let sum = 0;
  return priorities.findIndex((priority) => {
    sum += priority;
    return mass < sum;
  });
}

test.each([1, 2, 3, 7, 8, 100])("of %i entries finds what a walk along them finds", (length) => {
  const random = new Uint32Array(4);
  seedRandom(random, length);
  const tree = new SumTree(length);
  const priorities = new Array<number>(length).fill(0);
  for (let round = 0; round < 500; round++) {
    const index = nextBelow(random, length);
    priorities[index] = nextBelow(random, 5); // whole numbers, so that sums are exact
    tree.set(index, priorities[index]);
    const total = priorities.reduce((sum, priority) => sum + priority, 0);
    expect([tree.total, tree.get(index)]).toEqual([total, priorities[index]]);
    if (total === 0) continue;
    const mass = total * nextFloat(random);
    expect(tree.find(mass)).toBe(findNaively(priorities, mass));
  }
});

test("[B13] every entry with a priority can be found, the last one too", () => {
  const tree = new SumTree(5);
  for (let i = 0; i < 5; i++) tree.set(i, i === 3 ? 0 : 1);
  expect([0, 0.999, 1, 2.5, 3, 3.999].map((mass) => tree.find(mass))).toEqual([0, 0, 1, 2, 4, 4]);
});

test("an entry without a priority is never found, whatever the rounding", () => {
  const tree = new SumTree(8);
  tree.set(2, 0.1);
  tree.set(5, 0.2);
  for (const mass of [0, 0.1, 0.2, tree.total, 1]) expect([2, 5]).toContain(tree.find(mass));
});

test("sums do not drift: they are those of a fresh tree after a million changes", () => {
  const random = new Uint32Array(4);
  seedRandom(random, 1);
  const [tree, fresh] = [new SumTree(16), new SumTree(16)];
  for (let i = 0; i < 1e6; i++) tree.set(nextBelow(random, 16), 10 ** (8 * nextFloat(random) - 4));
  for (let i = 0; i < 16; i++) fresh.set(i, tree.get(i));
  expect(tree.total).toBe(fresh.total);
});

test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])("refuses the priority %d", (priority) => {
  expect(() => new SumTree(2).set(1, priority)).toThrow(
    `sum tree: a priority must be finite and not negative (got ${priority} for entry 1)`,
  );
});
