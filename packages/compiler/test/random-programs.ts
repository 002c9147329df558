/**
 * Random games: classes of random methods with nested loops, conditions, calls in the middle of expressions,
 * arrays and assignments everywhere, as the text of a module. Loops are short and values stay within reach
 * of integers, which is where an analysis of ranges could go wrong.
 */

/** Draws from a seed. */
class Dice {
  private state: number;

  constructor(seed: number) {
    this.state = seed | 1;
  }

  below(count: number): number {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return (this.state >>> 0) % count;
  }

  one<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)];
  }
}

const FIELDS = ["this.p", "this.q", "this.r", "this.s"];
const NUMBERS = [
  "0",
  "1",
  "2",
  "-1",
  "3",
  "7",
  "8",
  "100",
  "255",
  "-128",
  "0.5",
  "65535",
  "2147483647",
];

class Writer {
  private readonly dice: Dice;
  private readonly method: number;
  private locals: string[] = ["a"];
  private readonly counters: Set<string> = new Set();
  private count = 0;

  constructor(dice: Dice, method: number) {
    this.dice = dice;
    this.method = method;
  }

  body(): string {
    const lines = Array.from({ length: 5 }, () => this.statement(0));
    return `${lines.join("\n")}\nreturn ${this.number(2)};`;
  }

  private statement(depth: number): string {
    const kind = this.dice.below(depth > 2 ? 4 : 9);
    switch (kind) {
      case 0:
        return `${this.dice.one(FIELDS)} = ${this.bounded(2)};`;
      case 1:
        return `this.cells[${this.index()}] = ${this.number(2)};`;
      case 2:
        return `${this.dice.one(FIELDS)} ${this.dice.one(["+=", "-=", "^=", "%="])} ${this.number(1)};`;
      case 3:
        return this.declaration();
      case 4:
        return `if (${this.test()}) {\n${this.block(depth)}\n} else {\n${this.block(depth)}\n}`;
      case 5:
      case 6:
        return this.loop(depth);
      case 7:
        return `if (${this.test()}) return ${this.number(1)};`;
      default:
        return `this.ints[${this.index()}] ${this.dice.one(["=", "+=", "|=", "-="])} ${this.number(2)};`;
    }
  }

  private block(depth: number): string {
    const outer = this.locals;
    this.locals = [...outer];
    const text = `${this.statement(depth + 1)}\n${this.statement(depth + 1)}`;
    this.locals = outer;
    return text;
  }

  private declaration(): string {
    const name = `v${this.count++}`;
    const text = `let ${name} = ${this.bounded(2)};\n${name} ${this.dice.one(["+=", "*=", "-="])} ${this.number(1)};`;
    this.locals.push(name);
    return text;
  }

  private loop(depth: number): string {
    const name = `i${this.count++}`;
    const outer = this.locals;
    this.locals = [...outer, name];
    this.counters.add(name);
    const inner = this.block(depth);
    const jump =
      this.dice.below(3) === 0
        ? `if (${this.test()}) ${this.dice.one(["break", "continue"])};`
        : "";
    this.locals = outer;
    const from = this.dice.one(["0", "1", "-2", `(${this.number(0)} & 3)`]);
    const to = this.dice.one([
      "3",
      "4",
      `(${this.number(0)} & 7)`,
      `Math.min(5, ${this.number(1)})`,
    ]);
    if (this.dice.below(2) === 0)
      return `for (let ${name} = ${from}; ${name} < ${to}; ${name}++) {\n${jump}\n${inner}\n}`;
    return `for (let ${name} = 6; ${name} > ${from}; ${name} -= 2) {\n${inner}\n${jump}\n}`;
  }

  private test(): string {
    const sign = this.dice.one(["<", "<=", ">", ">=", "===", "!=="]);
    const simple = `${this.number(1)} ${sign} ${this.number(1)}`;
    if (this.dice.below(3) > 0) return simple;
    return `${simple} ${this.dice.one(["&&", "||"])} ${this.number(0)} ${sign} ${this.number(1)}`;
  }

  private index(): string {
    return this.dice.one([
      `${this.number(1)} & 7`,
      `Math.abs(${this.number(1)} | 0) % 8`,
      String(this.dice.below(8)),
    ]);
  }

  /** A number that stays small, so that the next step finds one too. */
  private bounded(depth: number): string {
    const of = this.number(depth);
    return this.dice.one([
      `${of} | 0`,
      `${of} & 255`,
      `Math.max(-9, Math.min(9, ${of}))`,
      `${of} % 17`,
      `${of} >>> 24`,
      of,
    ]);
  }

  private number(depth: number): string {
    if (depth === 0) return this.leaf();
    const a = this.number(depth - 1);
    const b = this.number(depth - 1);
    switch (this.dice.below(10)) {
      case 0:
      case 1:
      case 2:
        return `(${a} ${this.dice.one(["+", "-", "*"])} ${b})`;
      case 3:
        return `(${a} ${this.dice.one(["|", "&", "^", "<<", ">>", ">>>"])} ${b})`;
      case 4:
        return `(${a} ${this.dice.one(["/", "%"])} ${b})`;
      case 5:
        return `Math.${this.dice.one(["floor", "abs", "round", "trunc", "sign"])}(${a})`;
      case 6:
        return `Math.${this.dice.one(["min", "max", "imul"])}(${a}, ${b})`;
      case 7:
        return `(${a} < ${b} ? ${a} : ${this.leaf()})`;
      case 8:
        return this.method > 0 ? `this.m${this.dice.below(this.method)}(${a})` : `-${this.leaf()}`;
      default:
        return this.effect(a);
    }
  }

  /** Assignments in the middle of an expression; the counters of loops are left alone. */
  private effect(value: string): string {
    const free = this.locals.filter((name) => !this.counters.has(name));
    const target = this.dice.one([...FIELDS, ...free]);
    return this.dice.one([`(${target} = ${value} | 0)`, `(${target} += 1)`, `${target}++`]);
  }

  private leaf(): string {
    const kind = this.dice.below(5);
    if (kind === 0) return `(${this.dice.one(NUMBERS)})`;
    if (kind === 1) return this.dice.one(FIELDS);
    if (kind === 2) return `this.cells[${this.dice.one(this.locals)} & 7]`;
    if (kind === 3) return `this.ints[${this.dice.one(FIELDS)} & 7]`;
    return this.dice.one(this.locals);
  }
}

/** The text of a module that exports a class; `base` is the module of the class it extends. */
export function randomModule(base: string, seed: number, methods: number): string {
  const dice = new Dice(seed);
  const texts = Array.from(
    { length: methods },
    (_, method) => `m${method}(a) {\n${new Writer(dice, method).body()}\n}`,
  );
  const calls = texts.map((_, method) => `total += this.m${method}(this.bits() - 100) | 0;`);
  return [
    `import { Base } from ${JSON.stringify(base)};`,
    "export class Random extends Base {",
    "p = 0; q = 1; r = -3; s = 250; ints = new Int32Array(8);",
    ...texts,
    `step(action) {\nlet total = action;\n${calls.join("\n")}\nreturn total;\n}`,
    "}",
  ].join("\n");
}
