import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import * as T from "../src/index.js";
import { leakCheck } from "../src/testing.js";
import { referenceDevice } from "./support/devices.js";

const device = referenceDevice();
const make = () => T.zeros([2], { device });

describe("scope", () => {
  test("frees what was created inside and keeps what is returned", () => {
    let inner = make();
    inner.dispose();
    const outer = T.scope(() => {
      inner = make();
      return make();
    });
    expect(inner.disposed).toBe(true);
    expect(outer.disposed).toBe(false);
    outer.dispose();
  });

  test("finds returned tensors in arrays, objects, maps, sets and instances", () => {
    class Holder {
      readonly tensor = make();
    }
    const kept = T.scope(() => ({
      list: [make(), [make()]],
      map: new Map([["a", make()]]),
      set: new Set([make()]),
      instance: new Holder(),
      other: new Float32Array(3),
      nothing: null,
    }));
    const all = [...kept.list.flat(), ...kept.map.values(), ...kept.set, kept.instance.tensor];
    expect(all.map((tensor) => tensor.disposed)).toEqual([false, false, false, false, false]);
    for (const tensor of all) tensor.dispose();
  });

  test("survives results that contain themselves", () => {
    interface Ring {
      self?: Ring;
      tensor: T.Tensor;
    }
    const ring = T.scope(() => {
      const made: Ring = { tensor: make() };
      made.self = made;
      return made;
    });
    expect(ring.tensor.disposed).toBe(false);
    ring.tensor.dispose();
    const loop = T.scope(() => {
      const made: unknown[] = [make()];
      made.push(made);
      return made;
    });
    const [tensor] = loop;
    if (tensor instanceof T.Tensor) tensor.dispose();
  });

  test("hands results to the enclosing scope, which frees them", () => {
    let result = make();
    result.dispose();
    T.scope(() => {
      result = T.scope(() => make());
      expect(result.disposed).toBe(false);
    });
    expect(result.disposed).toBe(true);
  });

  test("leaves tensors of enclosing scopes alone", () => {
    T.scope(() => {
      const outside = make();
      T.scope(() => outside.add(1));
      T.scope(() => outside);
      expect(outside.disposed).toBe(false);
    });
  });

  test("frees everything when the function throws", () => {
    let inner = make();
    inner.dispose();
    expect(() =>
      T.scope(() => {
        inner = make();
        throw new Error("stop");
      }),
    ).toThrow("stop");
    expect(inner.disposed).toBe(true);
  });

  test("refuses asynchronous functions", () => {
    expect(() => T.scope(async () => 1)).toThrowErrorMatchingInlineSnapshot(
      `[TensorError: scope: the function must be synchronous (got a promise, expected a value)]`,
    );
  });
});

describe("keep, dispose and using", () => {
  test("keep exempts from all scopes", () => {
    const kept = T.scope(() => T.scope(() => T.keep(make())));
    expect(kept.disposed).toBe(false);
    kept.dispose();
  });

  test("a kept tensor that is not returned lives on", () => {
    let kept = make();
    kept.dispose();
    T.scope(() => {
      kept = T.keep(make());
    });
    expect(kept.disposed).toBe(false);
    kept.dispose();
  });

  test("dispose is idempotent and makes every use an error", () => {
    const x = make();
    x.dispose();
    x.dispose();
    expect(() => x.toArray()).toThrowErrorMatchingInlineSnapshot(
      `[DisposedError: read: the tensor [2] is disposed (its scope ended, or dispose() was called)]`,
    );
    expect(() => x.reshape([2, 1])).toThrow(T.DisposedError);
    expect(() => x.fill(1)).toThrow(T.DisposedError);
    expect(() => x.add(1)).toThrow(T.DisposedError);
    expect(String(x)).toBe("Tensor float32 [2] reference (disposed)");
  });

  test("using disposes at the end of the block", () => {
    let outside: T.Tensor | undefined;
    {
      using x = make();
      outside = x;
      expect(x.disposed).toBe(false);
    }
    expect(outside.disposed).toBe(true);
  });
});

describe("the net below", () => {
  test("frees forgotten tensors that no scope would have freed", async () => {
    setFlagsFromString("--expose-gc");
    const collectGarbage: () => void = runInNewContext("gc");
    const before = T.liveTensors(device);
    const forget = () => {
      for (let i = 0; i < 10; i++) make();
    };
    forget();
    expect(T.liveTensors(device) - before).toBe(10);
    for (let i = 0; i < 50 && T.liveTensors(device) > before; i++) {
      collectGarbage();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(T.liveTensors(device)).toBe(before);
  });
});

describe("counting", () => {
  test("liveTensors counts tensors, views included", () => {
    const before = T.liveTensors(device);
    const x = make();
    const view = x.slice(0);
    expect(T.liveTensors(device) - before).toBe(2);
    x.dispose();
    view.dispose();
    expect(T.liveTensors(device)).toBe(before);
  });

  test("leakCheck names the device that has more tensors than before", () => {
    const check = leakCheck();
    const x = make();
    expect(check()).toEqual(['1 tensor(s) on "reference"']);
    x.dispose();
    expect(check()).toEqual([]);
  });

  test("memory goes back to where it was", () => {
    const { liveBytes } = device.memory();
    T.scope(() => {
      make().add(make()).sum();
    });
    expect(device.memory().liveBytes).toBe(liveBytes);
  });
});

describe("devices", () => {
  test("a disposed device frees its tensors and refuses new ones", () => {
    const own = T.openDevice("reference");
    const x = T.zeros([2], { device: own });
    own.dispose();
    own.dispose();
    expect(() => T.zeros([2], { device: own })).toThrowErrorMatchingInlineSnapshot(
      `[DisposedError: full: the device "reference" is disposed]`,
    );
    expect(() => T.setDefaultDevice(own)).toThrowErrorMatchingInlineSnapshot(
      `[DeviceError: setDefaultDevice: the device is disposed]`,
    );
    x.dispose();
  });

  test("unknown devices are refused by name", () => {
    expect(() => T.openDevice("tpu" as T.DeviceName)).toThrowErrorMatchingInlineSnapshot(
      `[DeviceError: openDevice: no such device (got "tpu", expected "cpu", "cuda", "cuda:<number>" or "reference")]`,
    );
  });

  test("the default device is the one that was set", () => {
    const own = T.openDevice("reference");
    const before = T.defaultDevice();
    T.setDefaultDevice(own);
    expect(T.scope(() => T.zeros([1]).device)).toBe(own);
    T.setDefaultDevice(before);
    own.dispose();
  });

  test("a device says what it computes with", () => {
    expect(device.info()).toEqual({ isa: "none", threads: 1, version: "reference" });
    expect(T.openDevice("reference").threads).toBe(1);
  });
});
