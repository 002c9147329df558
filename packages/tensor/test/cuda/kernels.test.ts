/** Kernels of one's own: compiled when the program runs, launched eagerly and in recordings. */
import { afterAll, describe, expect, test } from "vitest";
import * as T from "../../src/index.js";

const source = `
struct Scaling {
  const float* x;
  float* y;
  long long count;
  double factor;
};
extern "C" __global__ void scale(Scaling s) {
  const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (i < s.count) s.y[i] = (float)(s.x[i] * s.factor);
}
extern "C" __global__ void reverse(Scaling s) {
  __shared__ float tile[64];
  tile[threadIdx.x] = s.y[threadIdx.x];
  __syncthreads();
  s.y[threadIdx.x] = tile[63 - threadIdx.x];
}
`;

describe("kernels of one's own", () => {
  const device = T.openDevice("cuda");
  const code = T.compileKernels(device, source, "scaling");
  const kernels = new T.Kernels(device, code);
  afterAll(() => device.dispose());

  const scaleBy = (x: T.Tensor, y: T.Tensor, factor: number): void => {
    const members = [{ reads: x }, { writes: y }, { integer: x.size }, { float64: factor }];
    kernels.launch("scale", { blocks: Math.ceil(x.size / 64), threads: 64 }, members);
  };

  test("run eagerly, on views that are dense", () => {
    T.scope(() => {
      const x = T.arange(0, 200, 1, { device, dtype: "float32" });
      const y = T.zeros([4, 50], { device });
      scaleBy(x.slice([100, 150]), y.slice(2), 0.5);
      expect(y.slice(2).toArray()).toEqual(Array.from({ length: 50 }, (_, i) => (100 + i) / 2));
      expect(y.slice(1).sum().item()).toBe(0);
    });
  });

  test("run in recordings, in their place among the ops", () => {
    T.scope(() => {
      const x = T.ones([64], { device });
      const y = T.zeros([64], { device });
      using recording = T.capture(device, () => {
        const doubled = x.cumsum(0);
        scaleBy(doubled, y, 2);
        const turn = [{ reads: x }, { writes: y }, { integer: 64 }, { float64: 0 }];
        kernels.launch("reverse", { blocks: 1, threads: 64 }, turn);
        return y.add(1);
      });
      expect(recording.ops().map(({ op }) => op)).toContain("customKernel");
      x.fill(3);
      recording.replay();
      expect(recording.outputs.slice([0, 3]).toArray()).toEqual([385, 379, 373]);
    });
  });

  test("loads its code again", () => {
    T.scope(() => {
      const again = new T.Kernels(device, Uint8Array.from(code));
      const [x, y] = [T.ones([3], { device }), T.zeros([3], { device })];
      const members = [{ reads: x }, { writes: y }, { integer: 3 }, { float64: -7 }];
      again.launch("scale", { blocks: 1, threads: 32 }, members);
      expect(y.toArray()).toEqual([-7, -7, -7]);
    });
  });

  test("are refused with the reason", () => {
    T.scope(() => {
      const [x, y] = [T.ones([8, 8], { device }), T.zeros([8, 8], { device })];
      const grid = { blocks: 1, threads: 64 };
      expect(() => T.compileKernels(device, "int main( {", "nonsense")).toThrow(
        expect.objectContaining({
          code: "INVALID_ARGUMENT",
          message: expect.stringMatching(/nonsense/),
        }),
      );
      expect(() => kernels.launch("other", grid, [])).toThrow(/no kernel of the name other/);
      expect(() => scaleBy(x, y.transpose(), 1)).toThrow(T.ShapeError);
      expect(() => kernels.launch("scale", { ...grid, threads: 2048 }, [])).toThrow(/threads/);
      using reference = T.openDevice("reference");
      expect(() => T.compileKernels(reference, source, "scaling")).toThrow(/only a GPU/);
      expect(() => scaleBy(T.ones([2], { device: reference }), y, 1)).toThrow(/another device/);
      using cpu = T.openDevice("cpu");
      expect(() => T.compileKernels(cpu, source, "scaling")).toThrow(
        /scaling cannot be compiled: only a GPU/,
      );
    });
  });
});
