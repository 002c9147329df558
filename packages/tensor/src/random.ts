/**
 * random: a counter-based generator whose whole state is four words on the device.
 *
 * Philox4x32-10 (Salmon et al. 2011), bit-equal on every backend. Each draw is a pure function of
 * key and counter and moves the counter on, on the device: a recording draws new numbers at each
 * replay. There is no global generator; randomness is a parameter.
 */
import { tensor } from "./creation.js";
import { type Device, defaultDevice } from "./device.js";
import type { DType, FloatDType } from "./dtype.js";
import { TensorError } from "./errors.js";
import { childKey, type KeyWords, rootKey } from "./key-tree.js";
import { keep, scope } from "./lifetime.js";
import { noParams } from "./op-params.js";
import { add, mul } from "./ops/binary.js";
import { less } from "./ops/compare.js";
import { cast } from "./ops/copy.js";
import { checkAlive, empty } from "./ops/dispatch.js";
import { expand } from "./ops/expand.js";
import { truncatedNormal } from "./ops/truncatedNormal.js";
import { checkInteger, checkShape, type Shape } from "./shape.js";
import type { Operand, Tensor } from "./tensor.js";

/** The state's four uint32 words: key low, key high, counter low, counter high. */
export type RandomWords = readonly [number, number, number, number];

/** Options of {@link RandomState}. */
export interface RandomOptions {
  /** Default: the default device. */
  device?: Device;
}

/** Options of the drawing methods. */
export interface DrawOptions {
  /** Default float32. */
  dtype?: FloatDType;
}

/** Options of {@link RandomState.bernoulli}. */
export interface BernoulliOptions {
  /** Default float32: 0 and 1. */
  dtype?: DType;
}

/** Options of {@link RandomState.truncatedNormal}. */
export interface TruncatedOptions {
  /** Smallest value. Default -2. */
  low?: number;
  /** Largest value. Default 2. */
  high?: number;
}

/** A stream of random numbers on a device. Exempt from scopes: dispose of it by hand. */
export class RandomState {
  /** int32 [4]: bit patterns of {@link RandomWords}. */
  readonly tensor: Tensor;

  #key: KeyWords;

  /** `key`: two uint32 words, or one non-negative safe integer whose halves become the words. */
  constructor(key: readonly [number, number] | number, options: RandomOptions = {}) {
    const [low, high] = typeof key === "number" ? split(key) : key;
    checkInteger("RandomState", "key", low, 0, 0xffffffff);
    checkInteger("RandomState", "key", high, 0, 0xffffffff);
    const device = options.device ?? defaultDevice();
    this.#key = [low, high];
    this.tensor = keep(tensor(Int32Array.of(low, high, 0, 0), { device }));
  }

  /**
   * The stream at the root of the key tree of `seed` (a non-negative safe integer). Its key is not
   * the seed's halves, as the constructor's is, but the one the games' key tree begins with.
   */
  static root(seed: number, options: RandomOptions = {}): RandomState {
    checkInteger("RandomState", "seed", seed, 0);
    return new RandomState(rootKey(seed), options);
  }

  /** A stream that continues where {@link toWords} was taken. */
  static fromWords(words: RandomWords, options: RandomOptions = {}): RandomState {
    const state = new RandomState([words[0], words[1]], options);
    state.restore(words);
    return state;
  }

  /** Sets key and counter of this stream. Not inside `capture`. */
  restore(words: RandomWords): void {
    if (words.length !== 4) {
      throw new TensorError(
        "INVALID_ARGUMENT",
        "RandomState",
        `needs four words (got ${words.length}, expected 4)`,
      );
    }
    for (const word of words) checkInteger("RandomState", "word", word, 0, 0xffffffff);
    this.tensor.write(Int32Array.from(words));
    this.#key = [words[0], words[1]];
  }

  /** The whole state, for saving. Not inside `capture`. */
  toWords(): RandomWords {
    const [keyLow, keyHigh, low, high] = new Uint32Array(this.tensor.toTypedArray());
    return [keyLow, keyHigh, low, high];
  }

  /** Floats in [0, 1), with 24 random bits each. */
  uniform(shape: Shape, options: DrawOptions = {}): Tensor {
    return this.#draw("uniform", shape, options);
  }

  /** Standard normal floats. */
  normal(shape: Shape, options: DrawOptions = {}): Tensor {
    return this.#draw("normal", shape, options);
  }

  /** The numbers 0..n-1 in random order, int32 [n]. A keyed bijection, not every order occurs. */
  permutation(n: number): Tensor {
    checkAlive("permutation", this.tensor);
    checkInteger("permutation", "n", n, 0, 2 ** 30);
    const { device } = this.tensor;
    const out = empty(device, "int32", [n]);
    device.backend.run("permutation", [this.tensor], [out], noParams);
    this.tensor.storage.version++;
    return out;
  }

  /**
   * Integers in low..high-1, int32, each about equally likely (to within (high - low) / 2^24).
   * `high - low` is at most 2^24.
   */
  integers(shape: Shape, low: number, high: number): Tensor {
    checkInteger("integers", "low", low, -(2 ** 31), 2 ** 31 - 1);
    checkInteger("integers", "high", high, low + 1, Math.min(low + 2 ** 24, 2 ** 31));
    return scope(() => {
      const step = cast(mul(this.uniform(shape), high - low), "int32");
      return low === 0 ? step : add(step, low);
    });
  }

  /**
   * 1 with probability `p`, 0 otherwise. `p`: a number, or a float32 tensor of probabilities that
   * broadcasts to `shape`.
   */
  bernoulli(shape: Shape, p: Operand, options: BernoulliOptions = {}): Tensor {
    const { dtype = "float32" } = options;
    if (typeof p === "number" && !(p >= 0 && p <= 1)) {
      throw new TensorError(
        "INVALID_ARGUMENT",
        "bernoulli",
        `p is not a probability (got ${p}, expected 0..1)`,
      );
    }
    return scope(() => {
      const hits = less(this.uniform(shape), typeof p === "number" ? p : expand(p, shape));
      return dtype === "bool" ? hits : cast(hits, dtype);
    });
  }

  /** Standard normal float32 numbers, given that they lie in [low, high]. */
  truncatedNormal(shape: Shape, { low = -2, high = 2 }: TruncatedOptions = {}): Tensor {
    if (!(low < high)) {
      throw new TensorError(
        "INVALID_ARGUMENT",
        "truncatedNormal",
        `bounds are in the wrong order (got ${low} and ${high}, expected low < high)`,
      );
    }
    return scope(() => truncatedNormal(this.uniform(shape), low, high));
  }

  /**
   * The stream named `name` (and `index`, a non-negative safe integer) below this one: a new state,
   * on the same device, whose key depends on this stream's key and the path alone, not on what was
   * drawn. `child(3)` is `child("", 3)`. Different paths give independent streams. Not inside
   * `capture`.
   */
  child(name: string | number, index = 0): RandomState {
    const [label, at] = typeof name === "number" ? ["", name] : [name, index];
    checkInteger("RandomState", "index", at, 0);
    return new RandomState(childKey(this.#key, label, at), { device: this.tensor.device });
  }

  /** Frees the state. Idempotent. */
  dispose(): void {
    this.tensor.dispose();
  }

  /** What `using` calls: dispose. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  #draw(op: "uniform" | "normal", shape: Shape, { dtype = "float32" }: DrawOptions): Tensor {
    checkAlive(op, this.tensor);
    checkShape(op, shape);
    const { device } = this.tensor;
    const out = empty(device, dtype, [...shape]);
    device.backend.run(op, [this.tensor], [out], noParams);
    this.tensor.storage.version++;
    return out;
  }
}

function split(seed: number): [number, number] {
  checkInteger("RandomState", "key", seed, 0);
  return [seed % 2 ** 32, Math.floor(seed / 2 ** 32)];
}
