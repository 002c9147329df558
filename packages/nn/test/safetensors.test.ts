import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { decodeSafetensors, encodeSafetensors, NnError } from "../src/index.js";

/** A file with any header, however wrong, and `body` bytes of data. */
function file(header: string | Uint8Array, body = 0, claimed?: bigint): Uint8Array {
  const text = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + text.length + body);
  new DataView(bytes.buffer).setBigUint64(0, claimed ?? BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const entry = (dtype: string, shape: unknown, offsets: unknown): string =>
  JSON.stringify({ dtype, shape, data_offsets: offsets });

describe("what Python's safetensors writes", () => {
  const golden = new URL("./goldens/python.safetensors", import.meta.url);
  const { tensors, metadata } = decodeSafetensors(new Uint8Array(readFileSync(golden)));

  test("reads back with names, dtypes, shapes and values", () => {
    const plain = Object.entries(tensors).map(([name, { dtype, shape, data }]) => {
      return [name, dtype, shape, Array.from(data as Iterable<number | bigint>)];
    });
    expect(Object.fromEntries(plain.map(([name, ...rest]) => [name, rest]))).toEqual({
      weight: ["float32", [2, 3], [0, 0.25, 0.5, 0.75, 1, 1.25]],
      step: ["int32", [1], [7]],
      double: ["float64", [2, 1], [0.1, 0.2]],
      mask: ["bool", [3], [1, 0, 1]],
      bytes: ["uint8", [2], [1, 255]],
      big: ["int64", [2], [-(2n ** 40n), 2n ** 40n]],
      empty: ["float32", [0, 4], []],
      scalar: ["float32", [], [2.5]],
      né: ["int16", [2], [1, -2]],
    });
    expect({ ...metadata }).toEqual({ made: "by Python", é: '"' });
  });

  test("is reproduced byte for byte up to the order of the header", () => {
    const again = decodeSafetensors(encodeSafetensors(tensors, metadata));
    expect(again).toEqual({ tensors, metadata });
  });
});

describe("encodeSafetensors", () => {
  test("writes the layout of the format, data aligned to 8 bytes", () => {
    const bytes = encodeSafetensors({
      b: { dtype: "uint8", shape: [3], data: Uint8Array.of(7, 8, 9) },
      a: { dtype: "float32", shape: [1], data: Float32Array.of(1) },
    });
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    expect(new TextDecoder().decode(bytes.subarray(8, 8 + length)).trimEnd()).toBe(
      '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},' +
        '"b":{"dtype":"U8","shape":[3],"data_offsets":[4,7]}}',
    );
    expect([...bytes.subarray(8 + length)]).toEqual([0, 0, 128, 63, 7, 8, 9]);
  });

  test("takes no tensors at all", () => {
    const { tensors, metadata } = decodeSafetensors(encodeSafetensors({}));
    expect([Object.keys(tensors), Object.keys(metadata)]).toEqual([[], []]);
  });

  test("copies views of larger buffers, and only them", () => {
    const large = Float32Array.of(1, 2, 3, 4);
    const data = large.subarray(1, 3);
    const bytes = encodeSafetensors({ x: { dtype: "float32", shape: [2], data } });
    expect([...(decodeSafetensors(bytes).tensors["x"].data as Float32Array)]).toEqual([2, 3]);
  });

  test("refuses data that does not fit and reserved names", () => {
    const data = Float32Array.of(1, 2);
    expect(() =>
      encodeSafetensors({ x: { dtype: "float32", shape: [3], data } }),
    ).toThrowErrorMatchingInlineSnapshot(
      `[NnError: encodeSafetensors: "x" does not fit (got Float32Array of 2, expected Float32Array of 3 for float32 [3])]`,
    );
    expect(() =>
      encodeSafetensors({ x: { dtype: "int32", shape: [2], data } }),
    ).toThrowErrorMatchingInlineSnapshot(
      `[NnError: encodeSafetensors: "x" does not fit (got Float32Array of 2, expected Int32Array of 2 for int32 [2])]`,
    );
    expect(() =>
      encodeSafetensors({ __metadata__: { dtype: "float32", shape: [2], data } }),
    ).toThrowErrorMatchingInlineSnapshot(
      `[NnError: encodeSafetensors: the name "__metadata__" is reserved]`,
    );
  });
});

describe("decodeSafetensors refuses", () => {
  const x = `"x":${entry("F32", [1], [0, 4])}`;
  const many = Array.from({ length: 65_537 }, (_, i) => `"${i}":${entry("F32", [0], [0, 0])}`);
  const deep = "[".repeat(100_000);
  const corpus: [string, Uint8Array][] = [
    ["an empty file", new Uint8Array(0)],
    ["seven bytes", new Uint8Array(7)],
    ["a header longer than the file", file("{}", 0, 100n)],
    ["a header of 2^63 bytes", file("{}", 0, 2n ** 63n)],
    ["a header above 16 MiB", file("{}", 0, 16n * 2n ** 20n + 1n)],
    ["an empty header", file("")],
    ["a header that is no object", file("[]")],
    ["a leading space", file(" {}")],
    ["a byte order mark", file("\u{feff}{}")],
    ["text behind the header", file("{}x")],
    ["a NUL behind the header", file("{}\0")],
    ["invalid UTF-8", file(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d))],
    ["a control character in a name", file('{"a\nb":1}')],
    ["a bad escape", file('{"\\x":1}')],
    ["a trailing comma", file(`{${x},}`, 4)],
    ["a missing colon", file('{"x"{}}')],
    ["an unfinished object", file(`{${x}`, 4)],
    ["a comment", file(`{/**/${x}}`, 4)],
    ["a name given twice", file(`{${x},${x}}`, 4)],
    [
      "a field given twice",
      file('{"x":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 4),
    ],
    ["an unknown field", file('{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"y":1}}', 4)],
    ["a missing dtype", file('{"x":{"shape":[1],"data_offsets":[0,4]}}', 4)],
    ["a missing shape", file('{"x":{"dtype":"F32","data_offsets":[0,4]}}', 4)],
    ["missing offsets", file('{"x":{"dtype":"F32","shape":[1]}}', 4)],
    ["one offset", file(`{"x":${entry("F32", [1], [0])}}`, 4)],
    ["three offsets", file(`{"x":${entry("F32", [1], [0, 4, 4])}}`, 4)],
    ["a tensor that is a number", file('{"x":1}')],
    ["a tensor that is null", file('{"x":null}')],
    ["an unknown dtype", file(`{"x":${entry("F33", [1], [0, 4])}}`, 4)],
    ["a dtype without a typed array", file(`{"x":${entry("C64", [1], [0, 8])}}`, 8)],
    ["halves of the wrong length", file(`{"x":${entry("F16", [2], [0, 2])}}`, 2)],
    ["a negative size", file(`{"x":${entry("F32", [-1], [0, 4])}}`, 4)],
    ["a fraction", file(`{"x":${entry("F32", [0.5], [0, 2])}}`, 2)],
    ["an exponent", file('{"x":{"dtype":"F32","shape":[1e0],"data_offsets":[0,4]}}', 4)],
    ["NaN", file('{"x":{"dtype":"F32","shape":[NaN],"data_offsets":[0,4]}}', 4)],
    ["a leading zero", file('{"x":{"dtype":"F32","shape":[01],"data_offsets":[0,4]}}', 4)],
    ["a size as text", file(`{"x":${entry("F32", ["1"], [0, 4])}}`, 4)],
    [
      "a size beyond 2^53",
      file('{"x":{"dtype":"F32","shape":[9007199254740993],"data_offsets":[0,4]}}', 4),
    ],
    [
      "a size of 30 digits",
      file(`{"x":{"dtype":"F32","shape":[${"9".repeat(30)}],"data_offsets":[0,4]}}`, 4),
    ],
    ["a product beyond 2^53", file(`{"x":${entry("F32", [2 ** 30, 2 ** 30], [0, 4])}}`, 4)],
    ["a product that wraps to 0", file(`{"x":${entry("F32", [2 ** 32, 2 ** 32], [0, 0])}}`)],
    ["nine dimensions", file(`{"x":${entry("F32", [1, 1, 1, 1, 1, 1, 1, 1, 1], [0, 4])}}`, 4)],
    ["too few bytes for the shape", file(`{"x":${entry("F32", [2], [0, 4])}}`, 4)],
    ["too many bytes for the shape", file(`{"x":${entry("F32", [1], [0, 8])}}`, 8)],
    ["a hole at the start", file(`{"x":${entry("F32", [1], [4, 8])}}`, 8)],
    ["a hole between", file(`{${x},"y":${entry("F32", [1], [8, 12])}}`, 12)],
    ["an overlap", file(`{${x},"y":${entry("F32", [1], [0, 4])}}`, 4)],
    ["a partial overlap", file(`{${x},"y":${entry("F32", [1], [2, 6])}}`, 6)],
    ["reversed offsets", file(`{"x":${entry("F32", [1], [4, 0])}}`, 4)],
    ["data behind the last tensor", file(`{${x}}`, 5)],
    ["data without tensors", file("{}", 4)],
    ["data that ends early", file(`{${x}}`, 3)],
    ["metadata that is no object", file('{"__metadata__":"a"}')],
    ["metadata that is no text", file('{"__metadata__":{"a":1}}')],
    ["metadata given twice", file('{"__metadata__":{},"__metadata__":{}}')],
    ["nested metadata", file('{"__metadata__":{"a":{}}}')],
    ["the name __proto__", file(`{"__proto__":${entry("F32", [1], [0, 4])}}`, 4)],
    ["__proto__ in the metadata", file('{"__metadata__":{"__proto__":"a"}}')],
    ["an escaped __proto__", file(`{"\\u005f_proto__":${entry("F32", [1], [0, 4])}}`, 4)],
    ["more than 65536 tensors", file(`{${many.join(",")}}`)],
    ["nesting 100000 deep", file(`{"x":${deep}`)],
    ["deep nesting in a shape", file(`{"x":{"dtype":"F32","shape":${deep}`)],
    ["a zip file", Uint8Array.from([0x50, 0x4b, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0])],
  ];

  test.each(corpus)("%s", (_, bytes) => {
    expect(() => decodeSafetensors(bytes)).toThrow(NnError);
    expect(() => decodeSafetensors(bytes)).toThrow(/^decodeSafetensors: /);
  });
});

describe("decodeSafetensors", () => {
  test("accepts the name constructor without touching a prototype", () => {
    const bytes = file(`{"constructor":${entry("F32", [1], [0, 4])}}`, 4);
    const { tensors } = decodeSafetensors(bytes);
    expect(Object.keys(tensors)).toEqual(["constructor"]);
    expect(Object.getPrototypeOf(tensors)).toBeNull();
    expect({}.constructor).toBe(Object);
  });

  test("accepts spaces, escapes and any order of fields", () => {
    const header = '{ "a\\u0062" : {"shape":[ 1 ] ,"data_offsets":[0, 4],\n"dtype":"I32"} }   ';
    const { tensors } = decodeSafetensors(file(header, 4));
    expect(tensors["ab"].data).toEqual(Int32Array.of(0));
  });

  test("keeps NaN and infinities", () => {
    const data = Float32Array.of(NaN, Infinity, -0);
    const bytes = encodeSafetensors({ x: { dtype: "float32", shape: [3], data } });
    expect(decodeSafetensors(bytes).tensors["x"].data).toEqual(data);
  });

  test("reads from any position of a larger buffer", () => {
    const bytes = encodeSafetensors({
      x: { dtype: "float64", shape: [1], data: Float64Array.of(0.5) },
    });
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(decodeSafetensors(shifted.subarray(3)).tensors["x"].data).toEqual(Float64Array.of(0.5));
  });

  test("throws nothing but NnError on damaged files", () => {
    const whole = encodeSafetensors(
      { w: { dtype: "float32", shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) } },
      { step: "12" },
    );
    const headerEnd = 8 + Number(new DataView(whole.buffer).getBigUint64(0, true));
    const verdict = (bytes: Uint8Array): string => {
      try {
        decodeSafetensors(bytes);
        return "read";
      } catch (error) {
        return error instanceof NnError ? "refused" : `crashed: ${error}`;
      }
    };
    for (let bit = 0; bit < headerEnd * 8; bit++) {
      const damaged = whole.slice();
      damaged[bit >> 3] ^= 1 << (bit & 7);
      expect(verdict(damaged)).toMatch(/read|refused/);
    }
    for (let length = 0; length < whole.length; length++) {
      expect(verdict(whole.subarray(0, length))).toBe("refused");
    }
  });
});
