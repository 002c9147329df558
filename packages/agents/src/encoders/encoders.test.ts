import { findGame, type GameSpec, type ObservationSpec } from "@carom/envs";
import { RandomState, scope, tensor, zeros } from "@carom/tensor";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, describe, expect, test } from "vitest";
import { createEncoder } from "./create.js";
import type { Encoder, EncoderShape } from "./encoder.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

const AUTO: EncoderShape = { encoder: "auto", widths: "auto", activation: "auto" };

function specWith(observation: ObservationSpec): GameSpec {
  return { ...findGame("catch").create().spec, observation };
}

function pictures(size: number, channels: number): GameSpec {
  const shape = [size, size, channels];
  return specWith({ size: size * size * channels, shape, dtype: "uint8" });
}

function encoder(spec: GameSpec, shape: Partial<EncoderShape> = {}): Encoder {
  return createEncoder(spec, { ...AUTO, ...shape }, new RandomState([1, 2], { device }));
}

/** Name and shape of every weight. */
function weights(one: Encoder): string[] {
  return Array.from(
    one.parameters(),
    ([name, { tensor: values }]) => `${name} [${values.shape}]`,
  ).filter((text) => text.includes("weight"));
}

describe("the choice by observations", () => {
  test("numbers in a row: fully connected layers", () => {
    const one = encoder(findGame("cartpole").create().spec);
    expect(weights(one)).toEqual(["0.weight [64,4]", "1.weight [64,64]"]);
    expect(one.size).toBe(64);
  });

  test("numbers are divided by what is typical of them, or left as they are", () => {
    const { spec } = findGame("cartpole").create(); // typical: 2.4, 2, 0.2, 2
    const raw = tensor([[1.2, 1, 0.1, 4]], { device });
    const prepared = (scaled: boolean): number[] =>
      Array.from(encoder(spec, { scaled }).prepare(raw).toTypedArray(), Number);
    expect(prepared(true).map((one) => Math.round(one * 1e6) / 1e6)).toEqual([0.5, 0.5, 0.5, 2]);
    expect(prepared(false)).toEqual([1.2, 1, 0.1, 4].map(Math.fround));
  });

  test("boards: one convolution, whose features are 3x3 patches, and a layer of 128", () => {
    const one = encoder(findGame("mini-breakout").create().spec);
    expect(weights(one)).toEqual(["conv.0.weight [16,4,3,3]", "dense.0.weight [128,1024]"]);
  });

  test("pictures of 84 x 84 x 4: the network of Mnih et al. 2015", () => {
    const one = encoder(pictures(84, 4));
    expect(weights(one)).toEqual([
      "conv.0.weight [32,4,8,8]",
      "conv.1.weight [64,32,4,4]",
      "conv.2.weight [64,64,3,3]",
      "dense.0.weight [512,3136]",
    ]);
    expect([one.storage, one.size]).toEqual(["uint8", 512]);
  });

  test("on demand: the residual network of Espeholt et al. 2018, 15 convolutions and a layer of 256", () => {
    const one = encoder(pictures(84, 4), { encoder: "impala" });
    expect(weights(one)).toHaveLength(16);
    expect(weights(one).at(-1)).toBe("dense.0.weight [256,3872]");
  });

  test("a convolution asked for where there is no picture is refused", () => {
    const spec = findGame("cartpole").create().spec;
    expect(() => encoder(spec, { encoder: "nature" })).toThrowErrorMatchingInlineSnapshot(
      `[AgentError: encoder nature: observations do not fit (got [4], expected [rows, columns, channels] with at least 36 rows and columns)]`,
    );
  });
});

test("[B29] bytes are read as 0 to 1, by both kinds of network, once", () => {
  scope(() => {
    for (const kind of ["mlp", "grid", "impala"] as const) {
      const size = 12;
      const bytes = Uint8Array.from({ length: size * size }, (_, i) => (i * 37) % 256);
      const asBytes = encoder(pictures(size, 1), { encoder: kind });
      const floats = specWith({ size: size * size, shape: [size, size, 1] });
      const asFloats = encoder(floats, { encoder: kind });
      const shape = [1, size * size];
      const seen = asBytes.forward(asBytes.prepare(tensor(bytes, { shape, device })));
      const scaled = Float32Array.from(bytes, (byte) => byte / 255);
      const expected = asFloats.forward(asFloats.prepare(tensor(scaled, { shape, device })));
      const wanted = expected.toTypedArray();
      seen.toTypedArray().forEach((value, i) => {
        expect(value, kind).toBeCloseTo(wanted[i], 4);
      });
    }
  });
});

test("[B29] rows, columns and channels are told apart", () => {
  scope(() => {
    const one = encoder(specWith({ size: 5 * 4 * 2, shape: [5, 4, 2] }), { widths: [] });
    const convolution = one.parameters().get("conv.0.weight");
    if (convolution === undefined) throw new Error("no convolution");
    // A filter that sees only the second channel of the upper right of its 3x3 patch.
    const filter = new Float32Array(convolution.tensor.size);
    filter[1 * 9 + 0 * 3 + 2] = 1;
    convolution.tensor.write(filter);
    const picture = new Float32Array(5 * 4 * 2);
    picture[(0 * 4 + 3) * 2 + 1] = 7; // row 0, column 3, channel 1
    const shape = [1, picture.length];
    const features = one.forward(one.prepare(tensor(picture, { shape, device }))).toTypedArray();
    // Patches are 3 x 2 places; the one at row 0, column 1 has row 0, column 3 in its upper right.
    const lit = Array.from(features.keys()).filter((i) => features[i] !== 0);
    expect(lit).toEqual([(0 * 2 + 1) * 16 + 0]);
    expect(features[lit[0]]).toBe(7);
  });
});

test("floats are divided by the magnitude that the game declares", () => {
  scope(() => {
    const one = encoder(specWith({ size: 2, shape: [2], scale: [2, 10] }), { widths: [] });
    const observation = tensor(Float32Array.of(2, 5), { shape: [1, 2], device });
    expect([...one.prepare(observation).toTypedArray()]).toEqual([1, 0.5]);
    expect(one.prepare(zeros([0, 2], { device })).shape).toEqual([0, 2]);
  });
});
