/** The native core behind the adapter: threads, instruction sets, errors. */
import { describe, expect, test } from "vitest";
import { translated } from "../src/backends/native/errors.js";
import * as T from "../src/index.js";
import { nativeDevice, referenceDevice } from "./support/devices.js";
import { expectClose } from "./support/test-op.js";

/** Gradients of a network large enough for several threads. */
function networkGradients(device: T.Device): T.NestedNumbers[] {
  using random = new T.RandomState(4, { device });
  return T.scope(() => {
    const x = random.normal([333, 70]);
    const [w1, b1] = [random.normal([65, 70]).mul(0.1), random.normal([65])];
    const w2 = random.normal([5, 65]).mul(0.1);
    const loss = () => {
      const hidden = T.linear(x, w1, b1, { activation: "tanh" });
      return T.linear(hidden, w2).logSoftmax().slice(null, 0).mean();
    };
    return T.grad(loss, [w1, b1, w2]).map((grad) => grad.toArray());
  });
}

describe("every instruction set and number of threads", () => {
  const isas = (["portable", "avx2", "avx512"] as const).filter((isa) => {
    try {
      T.openDevice("cpu", { isa }).dispose();
      return true;
    } catch (error) {
      // A processor without it says so; anything else is a failure.
      if (error instanceof T.DeviceError && /isa|processor|support/i.test(error.message))
        return false;
      throw error;
    }
  });
  const table = isas.flatMap((isa) => [1, 2, 3].map((threads) => ({ isa, threads })));

  test.each(table)("$isa with $threads computes what the reference computes", (options) => {
    const device = T.openDevice("cpu", options);
    expect(device.threads).toBe(options.threads);
    expect(device.info()).toMatchObject({ isa: options.isa, threads: options.threads });
    const wanted = networkGradients(referenceDevice());
    expectClose(networkGradients(device), wanted, { rtol: 1e-4, atol: 1e-5 });
    expect(networkGradients(device)).toEqual(networkGradients(device));
    device.dispose();
  });
});

describe("errors of the core", () => {
  const native = (code: string, message: string, op: string): Error =>
    Object.assign(new Error(message), { code, op });

  test("become this package's classes, with op and message once", () => {
    const error = translated(native("SHAPE_MISMATCH", "add: shapes differ", "add"));
    expect(error).toBeInstanceOf(T.ShapeError);
    expect(error).toMatchObject({
      code: "SHAPE_MISMATCH",
      op: "add",
      message: "add: shapes differ",
    });
    expect(translated(native("DTYPE_MISMATCH", "x", "f"))).toBeInstanceOf(T.DtypeError);
    expect(translated(native("RECORDING", "x", "f"))).toBeInstanceOf(T.CaptureError);
    expect(translated(native("STALE_HANDLE", "x", "f"))).toMatchObject({ code: "STALE_HANDLE" });
    expect(translated(native("INTERNAL", "x", ""))).toMatchObject({ message: "native: x" });
  });

  test("that are unknown stay as they are", () => {
    const strange = native("ENOENT", "x", "f");
    expect(translated(strange)).toBe(strange);
    expect(translated("text")).toBe("text");
  });

  test("what takes float32 alone is refused by name, not computed wrongly", () => {
    T.scope(() => {
      const x = T.ones([2, 2], { device: nativeDevice(), dtype: "float64" });
      expect(() => T.linear(x, x)).toThrow(T.DtypeError);
    });
  });
});

describe("where there is no Node", () => {
  test("the native core says what to use instead, the reference works", () => {
    const { process } = globalThis;
    Object.defineProperty(globalThis, "process", {
      value: undefined,
      configurable: true,
      writable: true,
    });
    let message = "";
    let sum = 0;
    try {
      const device = T.openDevice("reference");
      sum = T.scope(() => T.tensor([1, 2], { device }).sum().item());
      device.dispose();
      T.openDevice("cpu");
    } catch (error) {
      message = String(error);
    } finally {
      globalThis.process = process;
    }
    expect(sum).toBe(3);
    expect(message).toMatchInlineSnapshot(
      `"DeviceError: openDevice: the native core needs Node.js 20.19 or later (use openDevice("reference") in a browser)"`,
    );
  });
});
