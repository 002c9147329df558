import { describe, expect, test } from "vitest";
import { decodeJson, encodeJson, FormatError } from "../../src/formats/index.js";

describe("json", () => {
  test("[J1] values come back as they were, NaN, infinities and -0 included", () => {
    const value = { a: [1, -0, Number.NaN], b: { c: Number.NEGATIVE_INFINITY, d: null }, e: "é\n" };
    const back = decodeJson(encodeJson(value));
    expect(back).toEqual(value);
    expect(Object.is((back as typeof value).a[1], -0)).toBe(true);
  });

  test("[J1] every float64 comes back bit by bit", () => {
    const values = [Number.MIN_VALUE, Number.MAX_VALUE, 0.1 + 0.2, 1 / 3, 2 ** 53 - 1, -1e-300];
    expect(decodeJson(encodeJson(values))).toEqual(values);
  });

  test("[J2] what JSON cannot carry is refused with its place", () => {
    const cases: [unknown, string][] = [
      [{ a: [1, { b: () => 1 }] }, "value.a[1].b"],
      [{ a: new Float32Array(2) }, "Float32Array"],
      [{ a: new Date(0) }, "Date"],
      [{ a: 1n }, "bigint"],
      [[undefined], "value[0]"],
      [{ $number: "NaN" }, "reserved"],
    ];
    for (const [value, words] of cases) {
      expect(() => encodeJson(value as object)).toThrow(words);
      expect(() => encodeJson(value as object)).toThrow(FormatError);
    }
  });

  test("[J2] undefined properties are left out", () => {
    expect(encodeJson({ a: undefined, b: 1 })).toBe('{"b":1}');
  });

  test("[J3] objects have no prototype, and __proto__ is refused", () => {
    const back = decodeJson('{"constructor": {"a": 1}, "toString": 2}') as object;
    expect(Object.getPrototypeOf(back)).toBe(null);
    expect(() => decodeJson('{"__proto__": {"polluted": true}}')).toThrow(FormatError);
    expect(() => decodeJson('{"a": [{"__proto__": 1}]}')).toThrow(FormatError);
    expect(() => decodeJson('{"\\u005f_proto__": 1}')).toThrow(FormatError);
    expect("polluted" in {}).toBe(false);
  });

  test("[J4] nesting is bounded before anything walks it", () => {
    for (const depth of [100, 100_000]) {
      expect(() => decodeJson("[".repeat(depth))).toThrow("deeper");
      expect(() => decodeJson('{"a":'.repeat(depth))).toThrow("deeper");
    }
    expect(decodeJson(`${"[".repeat(60)}${"]".repeat(60)}`)).toBeInstanceOf(Array);
    expect(decodeJson(JSON.stringify("[".repeat(1000)))).toHaveLength(1000);
    expect(decodeJson(JSON.stringify(`\\"${"{".repeat(1000)}`))).toHaveLength(1002);
  });

  test("[J5] what is not JSON is a FormatError", () => {
    for (const text of ["", "{", "nul", '{"a":1', '{"$number":"7"}', "\u0000"]) {
      expect(() => decodeJson(text)).toThrow(FormatError);
    }
  });
});
