/**
 * Convolutional encoders over pictures and boards [rows, columns, channels]:
 *
 *   nature   8x8/4 32, 4x4/2 64, 3x3/1 64, dense 512 (Mnih et al. 2015)
 *   impala   three stages of 16, 32, 32 channels with two residual blocks each, dense 256 (Espeholt et
 *            al. 2018)
 *   grid     3x3/1 16, dense 128 (Young and Tian 2019)
 *
 * All are followed by a ReLU and by fully connected layers. Bytes are kept as bytes and read as 0 to 1 by
 * the first convolution. Features are flattened channels-last, as they lie in memory.
 */
import type { GameSpec } from "@carom/envs";
import {
  Conv2d,
  impalaStage,
  type Layer,
  orthogonalInit,
  type Parameter,
  parametersOf,
  Sequential,
  zerosInit,
} from "@carom/nn";
import {
  type Conv2dOptions,
  type RandomState,
  relu,
  scope,
  type Tensor,
  zeros,
} from "@carom/tensor";
import { AgentError } from "../errors.js";
import type { Encoder, LayerOutput } from "./encoder.js";
import { type DenseShape, denseLayers, outputsOf } from "./mlp.js";
import { NormalizedLayer } from "./normalized.js";
import { type Scaling, scalingOf } from "./scaling.js";

/** What convolutions are made from. */
interface ConvolutionOptions {
  readonly channels: number;
  readonly random: RandomState;
  /** Factor of the pictures' values. */
  readonly inputScale: number;
  /** Whether the sums are normalised before the activation. */
  readonly layerNorm: boolean;
}

/** The kinds: their convolutions, and the smallest picture they take. */
const kinds: Readonly<
  Record<CnnKind, { smallest: number; convolutions: (options: ConvolutionOptions) => Layer }>
> = {
  nature: { smallest: 36, convolutions: natureConvolutions },
  impala: { smallest: 8, convolutions: impalaConvolutions },
  grid: { smallest: 3, convolutions: gridConvolutions },
};

/** Which convolutions. */
export type CnnKind = "nature" | "impala" | "grid";

/** Smallest number of rows and columns that a kind takes. */
export function smallestPicture(kind: CnnKind): number {
  return kinds[kind].smallest;
}

/** Convolutions and fully connected layers; parameters `conv.0.weight`, `dense.0.weight` and so on. */
export class CnnEncoder implements Encoder {
  readonly size: number;
  readonly storage: "float32" | "uint8";
  private readonly picture: readonly [rows: number, columns: number, channels: number];
  private readonly convolutions: Layer;
  private readonly dense: readonly Layer[];
  private readonly scaling: Scaling | undefined;

  /** @throws AgentError UNSUPPORTED_GAME where observations are no pictures, or too small ones */
  constructor(kind: CnnKind, spec: GameSpec, shape: DenseShape, random: RandomState) {
    const { dtype, shape: sizes } = spec.observation;
    const { smallest, convolutions } = kinds[kind];
    this.picture = pictureOf(kind, sizes, smallest);
    this.storage = dtype === "uint8" ? "uint8" : "float32";
    const inputScale = dtype === "uint8" ? 1 / 255 : 1;
    const { layerNorm = false } = shape;
    this.convolutions = convolutions({ channels: this.picture[2], random, inputScale, layerNorm });
    const features = this.countFeatures(random.tensor.device);
    this.dense = denseLayers(features, shape, random);
    this.size = shape.widths.at(-1) ?? features;
    this.scaling =
      dtype === "uint8" ? undefined : scalingOf(spec.observation, random.tensor.device);
  }

  prepare(observation: Tensor): Tensor {
    return this.scaling === undefined ? observation : this.scaling.apply(observation);
  }

  forward(prepared: Tensor): Tensor {
    let features = this.convolve(prepared);
    for (const layer of this.dense) features = layer.forward(features);
    return features;
  }

  layerOutputs(prepared: Tensor): readonly LayerOutput[] {
    const convolved = this.convolve(prepared);
    return [{ name: "convolutions", output: convolved }, ...outputsOf(this.dense, convolved)];
  }

  parameters(): ReadonlyMap<string, Parameter> {
    const dense = Object.fromEntries(this.dense.map((layer, i) => [`dense.${i}`, layer]));
    return parametersOf({ conv: this.convolutions, ...dense });
  }

  dispose(): void {
    this.scaling?.dispose();
  }

  /** `[B, O]` to the flattened, rectified outcome of the convolutions. */
  private convolve(prepared: Tensor): Tensor {
    const batch = prepared.shape[0];
    const images = prepared.reshape([batch, ...this.picture]).permute([0, 3, 1, 2]); // [B, C, H, W]
    const outcome = this.convolutions.forward(images).permute([0, 2, 3, 1]); // [B, P, Q, C]
    return outcome.reshape([batch, outcome.size / batch]);
  }

  private countFeatures(device: Tensor["device"]): number {
    const [rows, columns, channels] = this.picture;
    return scope(() => {
      const shape = [1, rows * columns * channels];
      return this.convolve(zeros(shape, { device, dtype: this.storage })).size;
    });
  }
}

function pictureOf(
  kind: CnnKind,
  sizes: readonly number[],
  smallest: number,
): readonly [number, number, number] {
  const [rows, columns, channels] = sizes;
  if (sizes.length === 3 && rows >= smallest && columns >= smallest) {
    return [rows, columns, channels];
  }
  throw new AgentError(
    "UNSUPPORTED_GAME",
    `encoder ${kind}: observations do not fit (got [${sizes}], expected [rows, columns, channels] with at least ${smallest} rows and columns)`,
  );
}

function natureConvolutions(options: ConvolutionOptions): Layer {
  const { channels, inputScale } = options;
  return new Sequential([
    convolution(options, channels, 32, 8, { stride: 4, inputScale }),
    convolution(options, 32, 64, 4, { stride: 2 }),
    convolution(options, 64, 64, 3),
  ]);
}

function impalaConvolutions({ channels, random, inputScale }: ConvolutionOptions): Layer {
  const first = inputScale === 1 ? [] : [(x: Tensor) => x.cast("float32").mul(inputScale)];
  return new Sequential([
    ...first,
    impalaStage(channels, 16, random),
    impalaStage(16, 32, random),
    impalaStage(32, 32, random),
    relu,
  ]);
}

function gridConvolutions(options: ConvolutionOptions): Layer {
  const { channels, inputScale } = options;
  return new Sequential([convolution(options, channels, 16, 3, { inputScale })]);
}

/** A rectified convolution, its sums normalised if asked for. */
function convolution(
  { random, layerNorm }: ConvolutionOptions,
  inputs: number,
  outputs: number,
  kernel: number,
  how: Pick<Conv2dOptions, "stride" | "inputScale"> = {},
): Layer {
  const init = { random, weightInit: orthogonalInit(Math.SQRT2), biasInit: zerosInit, ...how };
  if (!layerNorm) return new Conv2d(inputs, outputs, kernel, { ...init, activation: "relu" });
  const layer = new Conv2d(inputs, outputs, kernel, init);
  return new NormalizedLayer(layer, outputs, "relu", random.tensor.device);
}
