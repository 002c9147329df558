/**
 * programs: random programs of ops, as data that can be run on any device.
 *
 * A program is made while it runs once on the reference, so that each step fits the shapes there are
 * and values stay of the order of 1. Steps whose result jumps (comparisons, casts to integers,
 * positions) only read values that are the same bits everywhere.
 */
import * as T from "../../src/index.js";
import { noise } from "./inputs.js";

/** A generator of integers below a limit, the same for the same seed. */
export type Choose = (limit: number) => number;

export function chooser(seed: number): Choose {
  let at = 0;
  return (limit) => Math.floor(noise(seed, at++) * limit);
}

/** A value of a program: where it is among the tensors, and what is known of it. */
interface Value {
  readonly at: number;
  readonly tensor: T.Tensor;
  /** The same bits on every device. */
  readonly exact: boolean;
}

type Run = (...operands: T.Tensor[]) => T.Tensor;

interface Step {
  readonly name: string;
  readonly operands: readonly number[];
  readonly run: Run;
}

/** Picks operands among the values and says what to do with them; undefined where none fits. */
type Draft = { readonly of: readonly Value[]; readonly run: Run; readonly exact?: boolean };

interface Pool {
  readonly choose: Choose;
  /** A float value, of a shape that `fits`. */
  float(fits?: (x: T.Tensor) => boolean): Value | undefined;
  /** A float value of the same bits everywhere. */
  exact(fits?: (x: T.Tensor) => boolean): Value | undefined;
  integer(fits?: (x: T.Tensor) => boolean): Value | undefined;
  bool(): Value | undefined;
}

type Entry = (pool: Pool) => Draft | undefined;

const unary =
  (run: (x: T.Tensor) => T.Tensor): Entry =>
  ({ float }) => {
    const x = float();
    return x && { of: [x], run };
  };

const view =
  (run: (x: T.Tensor, axis: number) => T.Tensor, lowest = 1): Entry =>
  ({ float, choose }) => {
    const x = float(({ rank }) => rank >= lowest);
    if (x === undefined) return undefined;
    const axis = choose(Math.max(1, x.tensor.rank));
    return { of: [x], run: (t) => run(t, axis), exact: x.exact };
  };

const binary =
  (run: (a: T.Tensor, b: T.Tensor) => T.Tensor): Entry =>
  ({ float }) => {
    const a = float();
    const b = a && float((x) => broadcasts(a.tensor, x));
    return a && b && { of: [a, b], run };
  };

const onExact =
  (run: (a: T.Tensor, b: T.Tensor) => T.Tensor): Entry =>
  ({ exact }) => {
    const a = exact();
    const b = a && exact((x) => broadcasts(a.tensor, x));
    return a && b && { of: [a, b], run, exact: true };
  };

const axisOf =
  (run: (x: T.Tensor, axis: number) => T.Tensor): Entry =>
  ({ float, choose }) => {
    const x = float(({ rank, size }) => rank >= 1 && size > 0);
    if (x === undefined) return undefined;
    const axis = choose(x.tensor.rank);
    return { of: [x], run: (t) => run(t, axis) };
  };

function broadcasts(a: T.Tensor, b: T.Tensor): boolean {
  const rank = Math.max(a.rank, b.rank);
  let size = 1;
  for (let axis = 1; axis <= rank; axis++) {
    const [m, n] = [a.shape[a.rank - axis] ?? 1, b.shape[b.rank - axis] ?? 1];
    if (m !== n && m !== 1 && n !== 1) return false;
    size *= Math.max(m, n);
  }
  return size <= 2000;
}

/** Numbers 0 and 1 as int32. */
const zeroOrOne = (x: T.Tensor): T.Tensor => x.abs().clamp(0, 1.5).cast("int32");

/** The ops that programs are made of. */
export const entries: Readonly<Record<string, Entry>> = {
  neg: unary((x) => x.neg()),
  abs: unary((x) => x.abs()),
  exp: unary((x) => x.exp()),
  log: unary((x) => x.abs().add(0.5).log()),
  sqrt: unary((x) => x.square().add(0.25).sqrt()),
  tanh: unary((x) => x.tanh()),
  sigmoid: unary((x) => x.sigmoid()),
  relu: unary((x) => x.relu()),
  square: unary((x) => x.square()),
  reciprocal: unary((x) => x.abs().add(1).reciprocal()),
  sin: unary((x) => T.sin(x)),
  cos: unary((x) => T.cos(x)),
  erf: unary((x) => T.erf(x)),
  log1p: unary((x) => T.log1p(x.abs())),
  expm1: unary((x) => T.expm1(x)),
  gelu: unary((x) => T.gelu(x)),
  silu: unary((x) => T.silu(x)),
  softplus: unary((x) => T.softplus(x)),
  elu: unary((x) => T.elu(x)),
  leakyRelu: unary((x) => T.leakyRelu(x)),
  clamp: unary((x) => x.clamp(-0.9, 0.8)),
  clone: unary((x) => x.clone()),
  detach: unary((x) => x.detach()),
  add: binary(T.add),
  sub: binary(T.sub),
  mul: binary(T.mul),
  div: binary((a, b) => a.div(b.square().add(0.5))),
  pow: binary((a, b) => a.abs().add(0.5).pow(b)),
  minimum: binary(T.minimum),
  maximum: binary(T.maximum),
  scalar: unary((x) => x.mul(0.75).add(0.1)),
  sum: axisOf((x, axis) => x.sum(axis)),
  sumKept: axisOf((x, axis) => x.sum(axis, { keepdims: true })),
  sumAll: unary((x) => x.sum()),
  mean: axisOf((x, axis) => x.mean(axis)),
  max: axisOf((x, axis) => x.max(axis)),
  min: axisOf((x, axis) => x.min(axis, { keepdims: true })),
  variance: axisOf((x, axis) => x.variance(axis, { correction: 0 })),
  softmax: axisOf((x, axis) => x.softmax(axis)),
  logSoftmax: axisOf((x, axis) => x.logSoftmax(axis)),
  layerNorm: axisOf((x) => T.layerNorm(x, undefined, undefined, { eps: 0.1 })),
  rmsNorm: axisOf((x) => T.rmsNorm(x, undefined, { eps: 0.1 })),
  transpose: view((x) => x.transpose(), 2),
  permute: view((x) => x.permute(x.shape.map((_, i) => (i + 1) % x.rank))),
  reshape: view((x) => x.reshape([-1]), 0),
  unsqueeze: view((x, axis) => x.unsqueeze(axis), 0),
  squeeze: view((x) => x.squeeze()),
  flip: view((x, axis) => x.flip(axis)),
  slice: view((x, axis) => x.slice(...new Array(axis).fill(null), [0, null, 2])),
  reversed: view((x, axis) => x.slice(...new Array(axis).fill(null), [null, null, -2])),
  expand: view((x) => x.unsqueeze(0).expand([2, ...x.shape]), 0),
  concat: ({ float, choose }) => {
    const a = float(({ rank, size }) => rank >= 1 && size <= 500);
    const b = a && float((x) => x.shape.join() === a.tensor.shape.join());
    const axis = choose(a?.tensor.rank ?? 1);
    return a && b && { of: [a, b], run: (x, y) => T.concat([x, y], axis) };
  },
  stack: ({ float }) => {
    const a = float(({ size }) => size <= 500);
    return a && { of: [a], run: (x) => T.stack([x, x.mul(0.5)], 0) };
  },
  matmul: ({ float }) => {
    const a = float(({ rank }) => rank === 2);
    const b = a && float(({ rank, shape }) => rank === 2 && shape[0] === a.tensor.shape[1]);
    return a && b && { of: [a, b], run: T.matmul };
  },
  gram: ({ float }) => {
    const a = float(({ rank }) => rank === 2);
    return a && { of: [a], run: (x) => x.matmul(x.transpose()) };
  },
  linear: ({ float, choose }) => {
    const x = float(({ rank }) => rank >= 1);
    const columns = (t: T.Tensor) => t.rank === 2 && t.shape[1] === x?.tensor.shape.at(-1);
    const w = x && float(columns);
    const activation = (["none", "relu", "tanh"] as const)[choose(3)];
    return x && w && { of: [x, w], run: (a, b) => T.linear(a, b, undefined, { activation }) };
  },
  indexSelect: ({ float, exact }) => {
    const x = float(({ rank, shape }) => rank >= 1 && shape[0] >= 2);
    const index = exact(({ rank }) => rank === 1);
    return x && index && { of: [x, index], run: (a, i) => T.indexSelect(a, zeroOrOne(i)) };
  },
  takeAlongLast: ({ exact }) => {
    const x = exact(({ shape }) => (shape.at(-1) ?? 0) >= 2);
    return x && { of: [x], run: (a) => T.takeAlongLast(a, zeroOrOne(a.min(-1))), exact: true };
  },
  greater: onExact(T.greater),
  lessEqual: onExact(T.lessEqual),
  equal: onExact(T.equal),
  where: ({ float, bool }) => {
    const condition = bool();
    const a = condition && float((x) => broadcasts(condition.tensor, x));
    return a && { of: [condition, a], run: (c, x) => T.where(c, x, x.mul(-0.5)) };
  },
  castToFloat: ({ bool, integer, choose }) => {
    const x = choose(2) === 0 ? bool() : integer();
    return x && { of: [x], run: (t) => t.cast("float32"), exact: true };
  },
  castToInt: ({ exact }) => {
    const x = exact();
    return x && { of: [x], run: zeroOrOne, exact: true };
  },
  argmax: ({ exact }) => {
    const x = exact(({ rank, shape }) => rank >= 1 && shape.at(-1) === 2);
    return x && { of: [x], run: (t) => t.argmax(-1), exact: true };
  },
};

/** A random program. */
export class Program {
  readonly seed: number;
  /** Shapes of the operands, all float32. */
  readonly leaves: readonly (readonly number[])[];
  readonly steps: readonly Step[];

  constructor(seed: number, device: T.Device, length: number) {
    const choose = chooser(seed);
    this.seed = seed;
    const sizes = [1, 2, 3, 5, 8, 17];
    const [m, n] = [sizes[choose(6)], sizes[choose(6)]];
    this.leaves = [[m, n], [n], [n, m], [2, m, n].slice(choose(2)), []].slice(0, 3 + choose(3));
    const steps: Step[] = [];
    T.scope(() => {
      const values: Value[] = this.make(device, 0).map((tensor, at) => ({
        at,
        tensor,
        exact: true,
      }));
      const names = Object.keys(entries);
      for (let tries = 0; steps.length < length && tries < 20 * length; tries++) {
        const name = names[choose(names.length)];
        const draft = entries[name](poolOf(values, choose));
        if (draft === undefined) continue;
        const tensor = draft.run(...draft.of.map((value) => value.tensor));
        const tamed = isFloat(tensor) && largest(tensor) > 4;
        const run: Run = tamed ? (...operands) => draft.run(...operands).tanh() : draft.run;
        steps.push({ name, operands: draft.of.map(({ at }) => at), run });
        const value = tamed ? tensor.tanh() : tensor;
        const exact = draft.exact === true && !tamed;
        values.push({ at: values.length, tensor: value, exact });
      }
    });
    this.steps = steps;
  }

  /** Operands on a device; `variant` gives other values. */
  make(device: T.Device, variant: number): T.Tensor[] {
    return this.leaves.map((shape, leaf) =>
      T.tensor(this.values(leaf, variant), { shape, device }),
    );
  }

  values(leaf: number, variant: number): Float32Array {
    const count = this.leaves[leaf].reduce((n, size) => n * size, 1);
    const seed = 1000 * this.seed + 10 * leaf + variant;
    return Float32Array.from({ length: count }, (_, i) => 3 * noise(seed, i) - 1.5);
  }

  /** All results, in order. */
  run(leaves: readonly T.Tensor[]): T.Tensor[] {
    const values = [...leaves];
    for (const { operands, run } of this.steps) values.push(run(...operands.map((i) => values[i])));
    return values.slice(leaves.length);
  }

  /** A scalar in which every float result matters. */
  loss(leaves: readonly T.Tensor[]): T.Tensor {
    const parts = this.run(leaves)
      .filter(isFloat)
      .map((y, i) => y.mul(0.5 + noise(7, i)).mean());
    return [...leaves.map((x) => x.square().mean()), ...parts].reduce((sum, x) => sum.add(x));
  }

  toString(): string {
    const lines = this.steps.map(({ name, operands }, i) => {
      return `%${this.leaves.length + i} = ${name}(${operands.map((at) => `%${at}`).join(", ")})`;
    });
    const shapes = this.leaves.map((shape, i) => `%${i}: [${shape.join(",")}]`).join("  ");
    return `seed ${this.seed}\n${shapes}\n${lines.join("\n")}`;
  }
}

function poolOf(values: readonly Value[], choose: Choose): Pool {
  const pick = (fits: (value: Value) => boolean): Value | undefined => {
    const all = values.filter(fits);
    return all.length === 0 ? undefined : all[choose(all.length)];
  };
  const any = () => true;
  return {
    choose,
    float: (fits = any) => pick(({ tensor }) => isFloat(tensor) && fits(tensor)),
    exact: (fits = any) => {
      return pick(({ tensor, exact }) => exact && isFloat(tensor) && fits(tensor));
    },
    integer: (fits = any) => pick(({ tensor }) => tensor.dtype === "int32" && fits(tensor)),
    bool: () => pick(({ tensor }) => tensor.dtype === "bool"),
  };
}

function isFloat({ dtype }: T.Tensor): boolean {
  return dtype === "float32" || dtype === "float64";
}

function largest(x: T.Tensor): number {
  return [...x.toTypedArray()].reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
