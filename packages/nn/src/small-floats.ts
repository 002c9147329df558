/**
 * small-floats: the floats of one and two bytes that files hold, decoded to float32, exactly.
 *
 *   code      sign exponent mantissa bias
 *   F16       1    5        10       15     IEEE half
 *   BF16      1    8        7        127    the upper half of a float32
 *   F8_E5M2   1    5        2        15
 *   F8_E4M3   1    4        3        7      no infinities; all ones is NaN
 */

/** How one of them is read. */
export interface SmallFloat {
  /** Bytes per value. */
  readonly bytes: number;
  readonly decode: (bytes: Uint8Array) => Float32Array;
}

/** By code in the file. */
export const smallFloats: ReadonlyMap<string, SmallFloat> = new Map([
  ["F16", { bytes: 2, decode: (bytes) => pairs(bytes, (bits) => value(bits, 5, 10)) }],
  ["BF16", { bytes: 2, decode: (bytes) => pairs(bytes, upperHalf) }],
  ["F8_E5M2", { bytes: 1, decode: (bytes) => Float32Array.from(bytes, (b) => value(b, 5, 2)) }],
  ["F8_E4M3", { bytes: 1, decode: (bytes) => Float32Array.from(bytes, smallest) }],
]);

function pairs(bytes: Uint8Array, decode: (bits: number) => number): Float32Array {
  const out = new Float32Array(bytes.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = decode(bytes[2 * i] | (bytes[2 * i + 1] << 8));
  return out;
}

const word = new Uint32Array(1);
const float = new Float32Array(word.buffer);

function upperHalf(bits: number): number {
  word[0] = bits << 16;
  return float[0];
}

function smallest(bits: number): number {
  if ((bits & 0x7f) === 0x7f) return Number.NaN;
  return value(bits, 4, 3, false);
}

/** The number behind the bits: sign, then exponent, then mantissa, IEEE. */
function value(bits: number, exponentBits: number, mantissaBits: number, special = true): number {
  const top = 2 ** exponentBits - 1;
  const mantissa = bits & (2 ** mantissaBits - 1);
  const exponent = (bits >> mantissaBits) & top;
  const sign = bits >> (exponentBits + mantissaBits) === 0 ? 1 : -1;
  const bias = 2 ** (exponentBits - 1) - 1;
  if (special && exponent === top) return mantissa === 0 ? sign * Infinity : Number.NaN;
  const whole = exponent === 0 ? 0 : 2 ** mantissaBits;
  return sign * (whole + mantissa) * 2 ** (Math.max(exponent, 1) - bias - mantissaBits);
}
