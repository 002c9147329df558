// biome-ignore-all lint/correctness/noPrecisionLoss: what the compiler is tested with
// biome-ignore-all lint/complexity/useMathMinMax: what the compiler is tested with
/**
 * Operators on values that hurt: -0, NaN, infinities, denormals, the edges of 2^31, 2^32, 2^53 and 2^63.
 * The games below compute with every operator in each step; their states, bit for bit, are the results.
 * Together more than 10^7 results are compared.
 */
import { type Game, nextBelow, nextFloat, nextUint32, seedRandom } from "@carom/envs";
import { expect, test } from "vitest";
import { build, compare } from "./games.js";
import { Plain } from "./plain.js";

const SPECIAL: readonly number[] = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  2.5,
  -1.5,
  -2.5,
  0.49999999999999994,
  -0.49999999999999994,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  5e-324,
  -5e-324,
  2.2250738585072014e-308,
  1.7976931348623157e308,
  2147483647,
  2147483648,
  -2147483648,
  -2147483649,
  4294967295,
  4294967296,
  -4294967296,
  9007199254740991,
  9007199254740992,
  -9007199254740993,
  9223372036854775807,
  -9223372036854775808,
  1e19,
  -1e19,
  1e300,
  3.7e38,
  127,
  128,
  255,
  256,
  -128,
  -129,
  32767,
  32768,
  65535,
  65536,
  254.5,
  255.5,
  0.1,
  1 / 3,
];
const POWERS: readonly number[] = [1, 2 ** -40, 2 ** 20, 2 ** 31, 2 ** 52, 2 ** 70, 2 ** -1060];
const RESULTS = 64;

function draw(random: Uint32Array): number {
  const kind = nextBelow(random, 4);
  if (kind < 2) return SPECIAL[nextBelow(random, 49)];
  const size = (nextFloat(random) - 0.5) * POWERS[nextBelow(random, 7)];
  return kind === 2 ? size : Math.floor(size);
}

/** All operators in doubles. */
class Doubles extends Plain {
  readonly results: Float64Array = new Float64Array(RESULTS);
  readonly bytes: Int8Array = new Int8Array(4);
  readonly counts: Uint8Array = new Uint8Array(4);
  readonly clamped: Uint8ClampedArray = new Uint8ClampedArray(4);
  readonly shorts: Int16Array = new Int16Array(4);
  readonly words: Uint16Array = new Uint16Array(4);
  readonly ints: Int32Array = new Int32Array(4);
  readonly bits: Uint32Array = new Uint32Array(4);
  readonly floats: Float32Array = new Float32Array(4);

  override seed(seed: number): void {
    seedRandom(this.random, seed);
  }

  override step(_action: number): number {
    const a = draw(this.random);
    const b = draw(this.random);
    this.arithmetic(a, b);
    this.integers(a, b);
    this.functions(a, b);
    this.stores(a, b);
    return a;
  }

  private arithmetic(a: number, b: number): void {
    const r = this.results;
    r[0] = a + b;
    r[1] = a - b;
    r[2] = a * b;
    r[3] = a / b;
    r[4] = a % b;
    r[5] = -a;
    r[6] = +b;
    r[7] = a < b ? 1 : 0;
    r[8] = a <= b ? 1 : 0;
    r[9] = a > b ? 1 : 0;
    r[10] = a >= b ? 1 : 0;
    r[11] = a === b ? 1 : 0;
    r[12] = a !== b ? 1 : 0;
    r[13] = a ? 1 : 0;
    r[14] = !b ? 1 : 0;
    r[15] = Number.isNaN(a) ? b : a;
  }

  private integers(a: number, b: number): void {
    const r = this.results;
    r[16] = a | b;
    r[17] = a & b;
    r[18] = a ^ b;
    r[19] = a << b;
    r[20] = a >> b;
    r[21] = a >>> b;
    r[22] = ~a;
    r[23] = a | 0;
    r[24] = b >>> 0;
    r[25] = Math.imul(a, b);
    r[26] = Math.clz32(a);
    r[27] = (a | 0) + (b | 0);
    r[28] = (a | 0) * (b | 0);
    r[29] = (a >>> 0) - (b >>> 0);
    r[30] = (a >>> 0) % ((b >>> 0) | 1);
    r[31] = -(a | 0);
  }

  private functions(a: number, b: number): void {
    const r = this.results;
    r[32] = Math.floor(a);
    r[33] = Math.ceil(a);
    r[34] = Math.trunc(a);
    r[35] = Math.round(a);
    r[36] = Math.abs(a);
    r[37] = Math.sign(a);
    r[38] = Math.sqrt(a);
    r[39] = Math.fround(a);
    r[40] = Math.min(a, b);
    r[41] = Math.max(a, b);
    r[42] = Math.min(a, b, 1);
    r[43] = Math.max(-0, a, b);
    r[44] = Math.floor(a / b);
    r[45] = Math.floor((a & 1023) / ((b & 15) + 1));
    r[46] = (a & 1023) % ((b & 15) + 1);
    r[47] = ((a & 1023) - 512) % ((b & 15) + 1);
    r[48] = Math.abs(a | 0);
    r[49] = Math.max(a | 0, b | 0);
    r[50] = Math.min(a >>> 0, b | 0);
    r[51] = Math.fround(a * b);
  }

  private stores(a: number, b: number): void {
    const i = nextBelow(this.random, 4);
    this.bytes[i] = a;
    this.counts[i] = a;
    this.clamped[i] = a;
    this.shorts[i] = a;
    this.words[i] = b;
    this.ints[i] = b;
    this.bits[i] = b;
    this.floats[i] = b;
    this.counts[3 - i] += b;
    this.bits[3 - i] -= 1;
    this.results[52] = this.bytes[i] + this.counts[i] * this.shorts[3 - i];
    this.results[53] = this.bits[i] * this.words[i] - this.ints[3 - i];
    this.results[54] = this.floats[i] + this.clamped[3 - i];
  }
}

/** Small integers, which are computed as such. */
class Integers extends Plain {
  readonly results: Float64Array = new Float64Array(40);
  count = 0;
  sum = 0;
  low = 0;

  override seed(seed: number): void {
    seedRandom(this.random, seed);
  }

  override step(action: number): number {
    const r = this.results;
    const a = nextUint32(this.random) & 255;
    const b = (nextUint32(this.random) & 255) - 128;
    const c = nextUint32(this.random) | 0;
    const d = nextUint32(this.random);
    this.count = (this.count + a) % 1000;
    this.sum = (this.sum + c) | 0;
    this.low = Math.max(-50, Math.min(50, this.low + b));
    r[0] = a + b;
    r[1] = a * b;
    r[2] = a * -b;
    r[3] = b * b - a;
    r[4] = c + c;
    r[5] = c * 3;
    r[6] = d + 1;
    r[7] = d - a;
    r[8] = d * 2;
    r[9] = d >>> 1;
    r[10] = c >>> 1;
    r[11] = c >> 3;
    r[12] = -b;
    r[13] = -(b * 0);
    r[14] = b % 7;
    r[15] = a % 7;
    r[16] = Math.floor(b / 3);
    r[17] = Math.floor(a / 3);
    r[18] = Math.abs(b);
    r[19] = Math.min(a, b);
    r[20] = Math.max(a, b, action);
    r[21] = b < a ? b : a;
    r[22] = b < 0 ? -1 : d;
    r[23] = a << 24;
    r[24] = d << 1;
    r[25] = ~d;
    r[26] = d ^ c;
    r[27] = (a - 1) * (b - 1) * (a - 3);
    r[28] = c - d;
    r[29] = d === c ? 1 : 0;
    r[30] = d > c ? 1 : 0;
    r[31] = this.count;
    r[32] = this.sum;
    r[33] = this.low;
    r[34] = Math.round(b / 2);
    r[35] = Math.sign(b);
    r[36] = Math.trunc(b / 2);
    r[37] = Math.ceil(b / 2);
    return b;
  }
}

const games: readonly [string, () => Game, number][] = [
  ["doubles", () => new Doubles(), 150_000],
  ["integers", () => new Integers(), 80_000],
];

test.each(games)("%s are computed as in JavaScript", (name, create, steps) => {
  const { equal, firstDifference } = compare(build(`fuzz-${name}`, create), steps);
  expect({ equal, firstDifference }).toEqual({ equal: true, firstDifference: -1 });
});
