/** Chooses the encoder for a game's observations. */
import type { GameSpec } from "@carom/envs";
import type { RandomState } from "@carom/tensor";
import { CnnEncoder, type CnnKind, smallestPicture } from "./cnn.js";
import type { Encoder, EncoderKind, EncoderShape } from "./encoder.js";
import { MlpEncoder } from "./mlp.js";

/** Usual widths of the fully connected layers of each kind. */
const usualWidths: Readonly<Record<Exclude<EncoderKind, "auto">, readonly number[]>> = {
  mlp: [64, 64],
  grid: [128],
  nature: [512],
  impala: [256],
};

/** The encoder that `shape` asks for. @throws AgentError UNSUPPORTED_GAME */
export function createEncoder(game: GameSpec, shape: EncoderShape, random: RandomState): Encoder {
  const spec = shape.scaled === false ? withoutScale(game) : game;
  const kind = shape.encoder === "auto" ? suitingKind(spec) : shape.encoder;
  const { layerNorm } = shape;
  const widths = shape.widths === "auto" ? usualWidths[kind] : shape.widths;
  if (kind === "mlp") {
    const activation = shape.activation === "auto" ? "tanh" : shape.activation;
    return new MlpEncoder(spec, { widths, activation, layerNorm }, random);
  }
  const activation = shape.activation === "auto" ? "relu" : shape.activation;
  return new CnnEncoder(kind, spec, { widths, activation, layerNorm }, random);
}

function withoutScale(spec: GameSpec): GameSpec {
  const { scale: _, ...observation } = spec.observation;
  return { ...spec, observation };
}

/** Convolutions for pictures and boards that are large enough, else fully connected layers. */
function suitingKind({ observation }: GameSpec): "mlp" | CnnKind {
  const [rows, columns] = observation.shape;
  if (observation.shape.length !== 3) return "mlp";
  const fits = (kind: CnnKind): boolean => Math.min(rows, columns) >= smallestPicture(kind);
  if (observation.dtype === "uint8" && fits("nature")) return "nature";
  return fits("grid") ? "grid" : "mlp";
}
