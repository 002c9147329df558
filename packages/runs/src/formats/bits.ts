/** Bytes whose values are small, packed into `bits` bits each (0 to 8), from the low bit of each byte. */

/** The bits that the largest of the values needs, at least 1; 0 where there are none. */
export function bitsFor(values: Uint8Array): number {
  if (values.length === 0) return 0;
  let largest = 1;
  for (const value of values) if (value > largest) largest = value;
  return 32 - Math.clz32(largest);
}

/** Stores the low `bits` bits of each value in `out`, which is zero. */
export function packBits(values: Uint8Array, bits: number, out: Uint8Array): void {
  for (let i = 0; i < values.length; i++) {
    const at = i * bits;
    const shifted = values[i] << (at & 7);
    out[at >>> 3] |= shifted;
    if (shifted > 255) out[(at >>> 3) + 1] |= shifted >>> 8;
  }
}

/** The `count` values that `packBits` stored. */
export function unpackBits(packed: Uint8Array, bits: number, count: number): Uint8Array {
  const values = new Uint8Array(count);
  const mask = (1 << bits) - 1;
  for (let i = 0; i < count; i++) {
    const at = i * bits;
    const pair = packed[at >>> 3] | ((packed[(at >>> 3) + 1] ?? 0) << 8);
    values[i] = (pair >>> (at & 7)) & mask;
  }
  return values;
}
