// biome-ignore-all lint/suspicious/noAssignInExpressions: what the compiler is tested with
// biome-ignore-all lint/suspicious/noFallthroughSwitchClause: what the compiler is tested with
// biome-ignore-all lint/suspicious/noConfusingLabels: what the compiler is tested with
/** Constructs of the language, compared with the class that uses them. */
import { nextUint32, seedRandom } from "@carom/envs";
import { expect, test } from "vitest";
import { compileGame } from "../src/compile.js";
import { build, compare } from "./games.js";
import { Plain } from "./plain.js";

const TABLE: readonly number[] = [3, 1, 4, 1, 5, 9, 2, 6];
const REALS = Float32Array.of(0.5, 1.25, -2);
const Mode = { slow: 1, "very-fast": 5 } as const;
const twice = (x: number): number => 2 * x;

function divide(a: number, b: number): [number, number] {
  return [Math.floor(a / b), a % b];
}

function sum(cells: Uint8Array, from = 0, to: number = cells.length): number {
  let total = 0;
  for (let i = from; i < to; i++) total += cells[i];
  return total;
}

/** Random bits in `bits()`, so that everything varies. */
class Base extends Plain {
  readonly log: Float64Array = new Float64Array(32);
  count = 0;

  override seed(seed: number): void {
    seedRandom(this.random, seed);
  }

  override reset(): void {
    super.reset();
    this.log.fill(0);
    this.count = 0;
    this.cells.fill(0);
  }

  bits(): number {
    return nextUint32(this.random) & 7;
  }

  get half(): number {
    return this.x / 2;
  }

  scale(value: number): number {
    return value * 2;
  }
}

class Statements extends Base {
  override step(action: number): number {
    let total = 0;
    for (const cell of this.cells) total += cell;
    for (const value of TABLE) {
      if (value === 4) continue;
      if (value === 9) break;
      total += value;
    }
    outer: for (let i = 0; i < 4; i++) {
      for (let j = 0; ; j++) {
        if (j > 3) continue outer;
        if (i * j === 6) break outer;
        total += i * 10 + j;
      }
    }
    let k = this.bits();
    do {
      k -= 1;
      if (k === 3) continue;
      total += k;
    } while (k > 0);
    while (k < 3) {
      const k = this.bits();
      if (k > 5) break;
      total += k;
    }
    switch (action + 1) {
      // @ts-expect-error: falls through, which is what is tested
      case 1:
        total += 100;
      // falls through
      case 2: {
        const k = 7;
        total += k;
        break;
      }
      case Mode["very-fast"]:
        return -1;
      default:
        for (;;) {
          if (this.bits() < 4) break;
          total += 1;
        }
    }
    block: {
      if (total > 30) break block;
      total = -total;
    }
    this.x = total;
    this.cells[this.bits()] += action;
    return total;
  }
}

class Order extends Base {
  private next(): number {
    this.count += 1;
    return this.count;
  }

  private note(at: number, value: number): number {
    this.log[at] = value;
    return value;
  }

  override step(): number {
    this.count = this.bits();
    this.log[0] = this.count + this.next();
    this.log[1] = this.next() - this.next();
    this.log[2] = this.count * this.next() + this.count;
    this.log[3] = Math.max(this.count, this.next(), this.count);
    this.log[4] = this.note(5, this.count) + this.note(5, this.next()) + this.log[5];
    let i = 6;
    this.log[i++] = i;
    this.log[i++] = i++ + i;
    this.log[++i] += this.next() + this.log[i];
    const { count } = this;
    this.count += this.next() + count;
    const [a, b] = [this.next(), this.count];
    let p = a;
    let q = b;
    [p, q] = [q, p];
    this.log[12] = p - q;
    this.log[13] = this.count > 5 && this.next() > 3 ? this.next() : this.count;
    this.flag = this.count < 9 || this.note(14, 1) > 2;
    const x = (this.x = this.next());
    this.log[15] = x + (this.x *= 2) + this.x;
    this.log[this.bits() + 16] = this.next() + this.bits();
    this.log[25] = this.flag ? this.next() : -this.next();
    return this.log[2];
  }
}

class Functions extends Base {
  override step(action: number): number {
    const [tens, ones] = divide(this.bits() * 7 + action, 10);
    const { cells, log } = this;
    cells[ones % 8] = tens;
    const scratch = new Int16Array(6);
    scratch[tens % 6] = -3;
    log[0] = sum(cells) + sum(cells, 2) + sum(cells, 1, 3);
    log[1] = this.most(scratch) + twice(this.bits());
    log[2] = this.half + REALS[this.bits() % 3] + TABLE.length;
    log[3] = this.spec.board.width + plainWidth(this.spec.maxSteps);
    log[4] = Number(this.flag) + +(action > 1);
    log[5] = super.scale(3) + this.scale(4);
    this.flag = !this.flag;
    this.x = log[this.bits()] > 0 ? Math.fround(this.x + 0.1) : -0;
    cells.fill(1, -3, -1);
    cells.fill(2, this.bits(), 7);
    log.set(cells, 8);
    log.set(REALS, 20);
    return log[0];
  }

  override scale(value: number): number {
    return value * 3;
  }

  private most(values: Int16Array): number {
    let best = -10;
    for (let i = 0; i < values.length; i++) best = Math.max(best, values[i] + i);
    return best;
  }
}

function plainWidth(limit: number): number {
  return limit === 1000 ? 1 : 2;
}

test.each([
  ["statements", () => new Statements()],
  ["order of evaluation", () => new Order()],
  ["functions and arrays", () => new Functions()],
] as const)("%s", (name, create) => {
  const { equal, firstDifference } = compare(build(`language-${name}`, create), 20_000);
  expect({ equal, firstDifference }).toEqual({ equal: true, firstDifference: -1 });
});

test("without an inspector, names come from `static uses`", () => {
  class Listed extends Plain {
    static uses = (): object => ({ TABLE, twice });
    override step(action: number): number {
      return twice(TABLE[action]);
    }
  }
  const byList = compileGame(() => new Listed(), { declaredNames: true });
  const byEngine = compileGame(() => new Listed());
  expect(byList.emitCpp()).toBe(byEngine.emitCpp());
  class Unlisted extends Plain {
    override step(action: number): number {
      return twice(action);
    }
  }
  expect(() => compileGame(() => new Unlisted(), { declaredNames: true })).toThrow(
    /the name "(twice|__vi.*)" is not known/,
  );
});

test("numbers that fit are integers, and what is proven is not guarded", () => {
  class Counting extends Plain {
    override step(action: number): number {
      let total = 0;
      for (let i = 0; i < 8; i++) total += this.cells[i];
      this.cells[action] = 1;
      return total & 255;
    }
  }
  const game = compileGame(() => new Counting());
  expect(game.unproven).toEqual([]);
  expect(game.emitCpp()).toMatch(/for \(; \(i_\d+ < 8\); i_\d+ = \(i_\d+ \+ 1\)\)/);
  expect(game.emitCpp()).toMatch(/int i_\d+ = 0;/);
});
