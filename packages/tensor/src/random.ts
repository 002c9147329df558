/**
 * random: a counter-based generator whose whole state is four words on the device.
 *
 * Philox4x32-10 (Salmon et al. 2011), bit-equal on every backend. Each draw is a pure function of
 * key and counter and moves the counter on, on the device: a recording draws new numbers at each
 * replay. There is no global generator; randomness is a parameter.
 */
import { tensor } from "./creation.js";
import { type Device, defaultDevice } from "./device.js";
import type { FloatDType } from "./dtype.js";
import { TensorError } from "./errors.js";
import { keep } from "./lifetime.js";
import { noParams } from "./op-params.js";
import { checkAlive, empty } from "./ops/dispatch.js";
import { checkInteger, checkShape, type Shape } from "./shape.js";
import type { Tensor } from "./tensor.js";

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

/** A stream of random numbers on a device. Exempt from scopes: dispose of it by hand. */
export class RandomState {
  /** int32 [4]: bit patterns of {@link RandomWords}. */
  readonly tensor: Tensor;

  /** `key`: two uint32 words, or one non-negative safe integer whose halves become the words. */
  constructor(key: readonly [number, number] | number, options: RandomOptions = {}) {
    const [low, high] = typeof key === "number" ? split(key) : key;
    checkInteger("RandomState", "key", low, 0, 0xffffffff);
    checkInteger("RandomState", "key", high, 0, 0xffffffff);
    const device = options.device ?? defaultDevice();
    this.tensor = keep(tensor(Int32Array.of(low, high, 0, 0), { device }));
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
