import { describe, expect, test } from "vitest";
import * as T from "../src/index.js";
import { deviceNamed, referenceDevice, testedDevices } from "./support/devices.js";

describe.each(testedDevices)("creating and reading on %s", (name) => {
  const device = () => deviceNamed(name);

  test("tensor copies numbers, nested arrays and typed arrays", () => {
    T.scope(() => {
      const on = { device: device() };
      expect(T.tensor(3, on).toArray()).toBe(3);
      expect(T.tensor([], on).shape).toEqual([0]);
      expect(
        T.tensor(
          [
            [1, 2],
            [3, 4],
          ],
          on,
        ).toArray(),
      ).toEqual([
        [1, 2],
        [3, 4],
      ]);
      const source = Int32Array.of(1, 2, 3, 4);
      const x = T.tensor(source, { ...on, shape: [2, 2] });
      source.fill(0);
      expect([x.dtype, x.toArray()]).toEqual([
        "int32",
        [
          [1, 2],
          [3, 4],
        ],
      ]);
      expect(T.tensor([0, 2, -1], { ...on, dtype: "bool" }).toArray()).toEqual([0, 1, 1]);
      expect(T.tensor(Float64Array.of(0.5), { ...on, dtype: "float32" }).dtype).toBe("float32");
    });
  });

  test.each(["float32", "float64", "int32", "uint8", "bool"] as const)(
    "%s round-trips through write and read",
    (dtype) => {
      T.scope(() => {
        const x = T.zeros([2, 2], { device: device(), dtype });
        expect(x.toArray()).toEqual([
          [0, 0],
          [0, 0],
        ]);
        const values = x.toTypedArray();
        values.set([1, 0, 1, 1]);
        x.write(values);
        const target = x.toTypedArray().fill(0);
        x.read(target);
        expect([...target]).toEqual([1, 0, 1, 1]);
        expect(x.slice(1).toArray()).toEqual([1, 1]);
        expect(x.slice(0, 1).item()).toBe(0);
      });
    },
  );

  test("zeros, ones, full and arange", () => {
    T.scope(() => {
      const on = { device: device() };
      expect(T.zeros([2], on).toArray()).toEqual([0, 0]);
      expect(T.ones([1, 2], on).toArray()).toEqual([[1, 1]]);
      expect(T.full([2], -3, { ...on, dtype: "int32" }).toArray()).toEqual([-3, -3]);
      expect(T.arange(3, undefined, 1, on).toArray()).toEqual([0, 1, 2]);
      expect(T.arange(5, 0, -2, { ...on, dtype: "int32" }).toArray()).toEqual([5, 3, 1]);
      expect(T.arange(2, 2, 1, on).toArray()).toEqual([]);
    });
  });

  test("filling converts the value to the dtype", () => {
    T.scope(() => {
      const on = { device: device() };
      expect(T.full([2], 2, { ...on, dtype: "bool" }).toArray()).toEqual([1, 1]);
      expect(T.full([1], 255, { ...on, dtype: "uint8" }).toArray()).toEqual([255]);
      expect(T.full([1], -7, { ...on, dtype: "int32" }).toArray()).toEqual([-7]);
      expect(T.full([1], 0.1, { ...on, dtype: "float64" }).toArray()).toEqual([0.1]);
    });
  });

  test("fromShared sees what JavaScript writes and JavaScript sees what ops write", () => {
    T.scope(() => {
      const shared = new Int32Array(new SharedArrayBuffer(16), 4, 2);
      const x = T.fromShared(shared, [2, 1], { device: device() });
      shared[1] = 7;
      expect(x.toArray()).toEqual([[0], [7]]);
      x.fill(5);
      expect([...shared]).toEqual([5, 5]);
    });
  });
});

test("creation and reading explain what does not fit", () => {
  T.scope(() => {
    const device = referenceDevice();
    const x = T.zeros([2, 2], { device });
    expect(() => T.tensor([[1, 2], [3]], { device })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: tensor: nested arrays are ragged (got 1 entries, expected 2 at depth 1)]`,
    );
    expect(() => T.tensor([[1], 2], { device })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: tensor: nested arrays are ragged (got a number, expected 1 at depth 1)]`,
    );
    expect(() => T.tensor([1, 2, 3], { shape: [2], device })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: tensor: data does not fit the shape (got 3 values, expected 2 for [2])]`,
    );
    expect(() => T.zeros([-1], { device })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: full: sizes must be non-negative integers (got [-1], expected e.g. [2,3])]`,
    );
    expect(() => T.arange(0, 1, 0, { device })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: arange: no such range (got 0..1 by 0)]`,
    );
    expect(() => x.item()).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: item: needs exactly one element (got shape [2,2], expected [])]`,
    );
    expect(() => x.read(new Float32Array(3))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: read: wrong array length (got 3, expected 4 for [2,2])]`,
    );
    expect(() => x.write(new Float64Array(4))).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: write: wrong array type (got float64, expected float32)]`,
    );
    expect(() => x.copyFrom(T.zeros([3], { device }))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: copyFrom: shape does not broadcast (got [3], expected [2,2])]`,
    );
    expect(() => x.cast("float16" as T.DType)).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: cast: no such dtype (got float16, expected one of float32, float64, int32, uint8, bool)]`,
    );
    const plain = new Float32Array(2);
    expect(() => T.fromShared(plain, [2], { device })).toThrowErrorMatchingInlineSnapshot(
      `[DeviceError: fromShared: the array must lie over a SharedArrayBuffer]`,
    );
    const shared = new Float32Array(new SharedArrayBuffer(8));
    expect(() => T.fromShared(shared, [3], { device })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: fromShared: the array does not fit the shape (got 2 elements, expected 3 for [3])]`,
    );
  });
});

test("errors carry a stable code and the op's name", () => {
  T.scope(() => {
    const x = T.zeros([2], { device: referenceDevice() });
    const caught = (() => {
      try {
        x.add(T.zeros([3], { device: referenceDevice() }));
        return undefined;
      } catch (error) {
        return error;
      }
    })();
    expect(caught).toBeInstanceOf(T.ShapeError);
    expect(caught).toBeInstanceOf(T.TensorError);
    expect(caught).toMatchObject({ code: "SHAPE_MISMATCH", op: "add", name: "ShapeError" });
  });
});
