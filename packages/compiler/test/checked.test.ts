/** The checked build finds what the class does not show: indices out of range, endless loops, throws. */
import { nextUint32, seedRandom } from "@carom/envs";
import { expect, test } from "vitest";
import { build, compare } from "./games.js";
import { Plain } from "./plain.js";

class Base extends Plain {
  override seed(seed: number): void {
    seedRandom(this.random, seed);
  }
}

class Outside extends Base {
  override step(): number {
    const i = nextUint32(this.random) % 9;
    this.x = this.cells[i] + 1;
    return 0;
  }
}

class Beyond extends Base {
  override step(): number {
    this.cells[(nextUint32(this.random) % 9) - 0.5 * this.x] = 1;
    return 0;
  }
}

class Endless extends Base {
  override step(): number {
    this.x += 1;
    while (this.x > 50) this.x = this.x > 100 ? 51 : this.x + 1;
    return 0;
  }
}

class Throwing extends Base {
  override step(): number {
    this.x += 1;
    if (this.x > 10) throw new Error("too far");
    return 0;
  }
}

class Sound extends Base {
  override step(): number {
    this.cells[nextUint32(this.random) & 7] += 1;
    return 0;
  }
}

function faultOf(name: string, create: () => Plain, steps: number): string {
  const built = build(`checked-${name}`, create, { checked: true });
  // The class itself is not played: it may not come back.
  const still = { ...built, create: () => new Plain() };
  return compare(still, steps).fault;
}

test("a read outside of its array", () => {
  expect(faultOf("outside", () => new Outside(), 100)).toMatch(
    /^an index is outside of its array \(checked\.test\.ts: Outside\.step, line \d+: this\.cells\[i\]\)$/,
  );
});

test("a write outside of its array", () => {
  expect(faultOf("beyond", () => new Beyond(), 100)).toContain("Beyond.step");
});

test("a loop that does not end", () => {
  expect(faultOf("endless", () => new Endless(), 100)).toMatch(
    /^a loop does not end \(checked\.test\.ts: Endless\.step, line \d+: this\.x > 50\)$/,
  );
});

test("a throw", () => {
  expect(faultOf("throwing", () => new Throwing(), 20)).toMatch(/^the game throws an error \(/);
});

test("nothing in a sound game", () => {
  expect(faultOf("sound", () => new Sound(), 100)).toBe("");
});
