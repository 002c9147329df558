/**
 * What stands between observations and everything that an agent computes: an encoder makes rows of
 * features out of them. Which one is chosen from the observation space, or named by the configuration,
 * or made by the user (`TrainerOptions.createEncoder`). The kinds lie beside this file.
 * Legend: B batch, O observation size, F features.
 */
import type { GameSpec } from "@carom/envs";
import type { Layer } from "@carom/nn";
import type { RandomState, Tensor } from "@carom/tensor";
import type { LayerActivity } from "../agent.js";

/** Observations to features. */
export interface Encoder extends Layer {
  /** Width of the features, F. */
  readonly size: number;
  /** Type in which prepared observations are kept. */
  readonly storage: "float32" | "uint8";
  /**
   * Observations as an env gives them, `[B, O]`, in the form in which rollouts keep them: floats divided
   * by their typical magnitude, bytes as they are or as 0 to 1.
   */
  prepare(observation: Tensor): Tensor;
  /** Prepared observations `[B, O]` to features `[B, F]`. */
  forward(prepared: Tensor): Tensor;
  /** What each layer gives for prepared observations, in order, the features last; for looking at. */
  layerOutputs?(prepared: Tensor): readonly LayerOutput[];
  /** Frees what is not a parameter. */
  dispose(): void;
}

/** What one layer of a network gives. */
export interface LayerOutput {
  /** Its name for people, e.g. "hidden 1". */
  readonly name: string;
  /** `[B, width]` */
  readonly output: Tensor;
}

/** The first row of what layers give. */
export function firstRows(layers: readonly LayerOutput[]): LayerActivity[] {
  return layers.map(({ name, output }) => {
    const width = output.size / output.shape[0];
    return { name, values: Float32Array.from(output.toTypedArray().subarray(0, width)) };
  });
}

/** Makes an encoder of one's own for observations as `spec` says; `random` gives values and device. */
export type EncoderFactory = (spec: GameSpec, random: RandomState) => Encoder;

/** Shape of an encoder, beside what the observations decide. */
export interface EncoderShape {
  /** Which kind; "auto" chooses by the observations. */
  readonly encoder: EncoderKind;
  /** Widths of the fully connected layers; "auto" for the kind's usual ones. */
  readonly widths: readonly number[] | "auto";
  /** Activation of all layers; "auto" for the kind's usual one. */
  readonly activation: "auto" | "tanh" | "relu";
  /**
   * Whether every hidden layer's sums are normalised before its activation (default false); of "impala"
   * the fully connected ones only.
   */
  readonly layerNorm?: boolean | undefined;
  /** Whether floats are divided by `ObservationSpec.scale` (default true); bytes always are by 255. */
  readonly scaled?: boolean | undefined;
}

/** Names of the kinds. */
export const encoderKinds = ["auto", "mlp", "grid", "nature", "impala"] as const;

/** One of {@link encoderKinds}. */
export type EncoderKind = (typeof encoderKinds)[number];
