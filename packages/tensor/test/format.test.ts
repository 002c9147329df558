import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import * as T from "../src/index.js";
import { deviceNamed, nativeDevice, referenceDevice, testedDevices } from "./support/devices.js";

const device = () => referenceDevice();
const shown = (values: T.NestedNumbers[] | number, options: T.TensorOptions = {}) =>
  `\n${T.tensor(values, { device: device(), ...options })}`;

describe("toString", () => {
  test("aligns numbers, with as many decimals as all of them need, four at most", () => {
    T.scope(() => {
      expect(
        shown([
          [1.5, -2],
          [300, 1 / 3],
        ]),
      ).toMatchInlineSnapshot(`
        "
        Tensor float32 [2,2] reference
        [[  1.5000,  -2.0000],
         [300.0000,   0.3333]]"
      `);
      expect(shown([1, -20, 3])).toMatchInlineSnapshot(`
        "
        Tensor float32 [3] reference
        [  1., -20.,   3.]"
      `);
      expect(shown([0.5, 0.25])).toMatchInlineSnapshot(`
        "
        Tensor float32 [2] reference
        [0.50, 0.25]"
      `);
      expect(shown(7)).toMatchInlineSnapshot(`
        "
        Tensor float32 [] reference
        7."
      `);
      expect(shown([])).toMatchInlineSnapshot(`
        "
        Tensor float32 [0] reference
        []"
      `);
    });
  });

  test("turns scientific where sizes differ too much", () => {
    T.scope(() => {
      expect(shown([1e-6, 2, -300])).toMatchInlineSnapshot(`
        "
        Tensor float32 [3] reference
        [ 1e-6,  2e+0, -3e+2]"
      `);
      expect(shown([1e10, 0])).toMatchInlineSnapshot(`
        "
        Tensor float32 [2] reference
        [1e+10,  0e+0]"
      `);
    });
  });

  test("shows what is no number, integers and truth values", () => {
    T.scope(() => {
      expect(shown([Number.NaN, Infinity, -Infinity, 1.5])).toMatchInlineSnapshot(`
        "
        Tensor float32 [4] reference
        [      NaN,  Infinity, -Infinity,       1.5]"
      `);
      expect(
        shown(
          [
            [1, -200],
            [30, 4],
          ],
          { dtype: "int32" },
        ),
      ).toMatchInlineSnapshot(`
        "
        Tensor int32 [2,2] reference
        [[   1, -200],
         [  30,    4]]"
      `);
      expect(shown([1, 0], { dtype: "bool" })).toMatchInlineSnapshot(`
        "
        Tensor bool [2] reference
        [ true, false]"
      `);
      expect(shown([1, 200], { dtype: "uint8" })).toMatchInlineSnapshot(`
        "
        Tensor uint8 [2] reference
        [  1, 200]"
      `);
      expect(shown([0.1], { dtype: "float64" })).toMatchInlineSnapshot(`
        "
        Tensor float64 [1] reference
        [0.1]"
      `);
    });
  });

  test("sets matrices of a stack apart and breaks long rows", () => {
    T.scope(() => {
      expect(
        `\n${T.arange(0, 8, 1, { device: device() }).reshape([2, 2, 2])}`,
      ).toMatchInlineSnapshot(`
        "
        Tensor float32 [2,2,2] reference
        [[[0., 1.],
          [2., 3.]],

         [[4., 5.],
          [6., 7.]]]"
      `);
      expect(
        `\n${T.arange(0, 60, 1, { device: device(), dtype: "int32" })}`,
      ).toMatchInlineSnapshot(`
        "
        Tensor int32 [60] reference
        [ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
         22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
         44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59]"
      `);
    });
  });

  test("shows the edges of what has more than 1000 elements", () => {
    T.scope(() => {
      const x = T.arange(0, 1200, 1, { device: device(), dtype: "int32" });
      expect(`\n${x}`).toMatchInlineSnapshot(`
        "
        Tensor int32 [1200] reference
        [   0,    1,    2, ..., 1197, 1198, 1199]"
      `);
      expect(`\n${x.reshape([300, 4])}`).toMatchInlineSnapshot(`
        "
        Tensor int32 [300,4] reference
        [[   0,    1,    2,    3],
         [   4,    5,    6,    7],
         [   8,    9,   10,   11],
         ...,
         [1188, 1189, 1190, 1191],
         [1192, 1193, 1194, 1195],
         [1196, 1197, 1198, 1199]]"
      `);
      expect(`\n${x.reshape([4, 300]).transpose()}`).toMatchInlineSnapshot(`
        "
        Tensor int32 [300,4] reference
        [[   0,  300,  600,  900],
         [   1,  301,  601,  901],
         [   2,  302,  602,  902],
         ...,
         [ 297,  597,  897, 1197],
         [ 298,  598,  898, 1198],
         [ 299,  599,  899, 1199]]"
      `);
      expect(String(x.slice([0, 1000])).length).toBeGreaterThan(3000);
    });
  });

  test("is the same on the native core, and frees what it needed", () => {
    T.scope(() => {
      const [truth, native] = [referenceDevice(), nativeDevice()].map((on) => {
        const x = T.arange(0, 3000, 1, { device: on }).div(7).reshape([30, 100]);
        const live = T.liveTensors(on);
        const text = String(x).replace(on.name, "");
        expect(T.liveTensors(on)).toBe(live);
        return text;
      });
      expect(native).toBe(truth);
    });
  });

  test("reads no values where there are none to read", () => {
    T.scope(() => {
      const x = T.ones([2], { device: device() });
      const gone = T.ones([3], { device: device() });
      gone.dispose();
      expect(String(gone)).toBe("Tensor float32 [3] reference (disposed)");
      const texts: string[] = [];
      T.capture(device(), () => void texts.push(String(x))).dispose();
      expect(texts).toEqual(["Tensor float32 [2] reference (recording)"]);
    });
  });
});

test("console.log and util.inspect show the same", () => {
  T.scope(() => {
    const x = T.tensor([1, 2.5], { device: device() });
    expect(inspect(x)).toBe(String(x));
    expect(inspect({ x })).toContain("[1.0, 2.5]");
  });
});

describe("values of every dtype come back as they went in", () => {
  const samples = {
    float32: [Math.fround(0.1), -0, Infinity, 2 ** -149],
    float64: [0.1, 1e300, -5e-324],
    int32: [-(2 ** 31), 0, 2 ** 31 - 1],
    uint8: [0, 1, 255],
    bool: [0, 1, 1],
  } as const;

  test.each(testedDevices)("on %s", (name) => {
    const on = deviceNamed(name);
    for (const [dtype, values] of Object.entries(samples) as [T.DType, readonly number[]][]) {
      T.scope(() => {
        const x = T.tensor([...values], { dtype, device: on });
        expect(x.toArray()).toEqual(values);
        expect([...x.toTypedArray()]).toEqual(values);
        expect([...x.flip().toTypedArray()]).toEqual([...values].reverse());
        expect(values.map((_, i) => x.slice(i).item())).toEqual(values);
        const target = x.toTypedArray().fill(0);
        x.read(target);
        expect([...target]).toEqual(values);
        x.flip().write(target);
        expect(x.toArray()).toEqual([...values].reverse());
      });
    }
  });
});

describe.each(testedDevices)("memory shared with JavaScript on %s", (name) => {
  const on = () => deviceNamed(name);
  const arrays = {
    float32: (buffer: SharedArrayBuffer) => new Float32Array(buffer, 8, 3),
    float64: (buffer: SharedArrayBuffer) => new Float64Array(buffer, 8, 3),
    int32: (buffer: SharedArrayBuffer) => new Int32Array(buffer, 8, 3),
    uint8: (buffer: SharedArrayBuffer) => new Uint8Array(buffer, 8, 3),
  } as const;

  test.each(Object.keys(arrays) as (keyof typeof arrays)[])(
    "%s: seen by both sides without a copy, at an offset",
    (dtype) => {
      T.scope(() => {
        const view = arrays[dtype](new SharedArrayBuffer(64));
        const x = T.fromShared(view, [3, 1], { device: on() });
        expect(x.dtype).toBe(dtype);
        view.set([1, 2, 3]);
        expect(x.toArray()).toEqual([[1], [2], [3]]);
        x.slice([1, 2]).fill(9);
        expect([...view]).toEqual([1, 9, 3]);
        x.flip().write(view.slice().fill(5, 0, 1));
        expect([...view]).toEqual([3, 9, 5]);
      });
    },
  );

  test("a float at an odd place in the buffer is read as it is", () => {
    T.scope(() => {
      const view = new Float32Array(new SharedArrayBuffer(400), 4, 37);
      view.forEach((_, i) => {
        view[i] = i;
      });
      const x = T.fromShared(view, [37], { device: on() });
      expect(x.mul(2).sum().item()).toBe(36 * 37);
    });
  });

  test("the memory outlives the array that named it, and the tensor's end leaves it alone", () => {
    T.scope(() => {
      const buffer = new SharedArrayBuffer(16);
      const make = () => T.fromShared(new Float32Array(buffer), [4], { device: on() });
      const x = make();
      const y = make();
      x.fill(3);
      x.dispose();
      expect(y.toArray()).toEqual([3, 3, 3, 3]);
      y.dispose();
      expect([...new Float32Array(buffer)]).toEqual([3, 3, 3, 3]);
    });
  });

  test("typed arrays are copied once, without conversion where dtypes agree", () => {
    T.scope(() => {
      const source = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
      const x = T.tensor(source, { device: on() });
      source[0] = 9;
      expect(x.toArray()).toEqual([2, 3]);
      const bytes = T.tensor(Uint8Array.of(0, 2), { device: on(), dtype: "bool" });
      expect(bytes.toArray()).toEqual([0, 1]);
    });
  });
});
