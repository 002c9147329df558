/** The settings of the encoder that every algorithm has. */
import { type ConfigField, parseWidths, type SchemaOf } from "./config.js";
import { type EncoderKind, type EncoderShape, encoderKinds } from "./encoders/encoder.js";

/** The encoder's part of a configuration; {@link networkSchema} documents every key. */
export interface NetworkConfig {
  readonly encoder: string;
  readonly hidden: string;
  readonly activation: string;
  readonly scaleObservations: boolean;
}

/** Settings of the encoder. */
export const networkSchema: SchemaOf<NetworkConfig> = {
  encoder: {
    type: "string",
    default: "auto",
    choices: encoderKinds,
    unit: "",
    doc: "Network that reads observations: mlp, or convolutions for boards (grid) and pictures (nature, impala); auto chooses by the observations.",
  },
  hidden: {
    type: "string",
    default: "auto",
    unit: "widths",
    doc: 'Widths of the fully connected layers, like "64,64", or none; auto: 64,64 for mlp, 128 for grid, 512 for nature, 256 for impala.',
  },
  activation: {
    type: "string",
    default: "auto",
    choices: ["auto", "tanh", "relu"],
    unit: "",
    doc: "Activation of the layers; auto: tanh for mlp, relu for convolutions.",
  },
  scaleObservations: {
    type: "boolean",
    default: true,
    unit: "",
    doc: "Whether numbers are divided by the magnitudes that the game names as typical of them.",
  },
};

/** The encoder that a configuration of `algo` asks for. @throws AgentError BAD_VALUE */
export function encoderShape(algo: string, config: NetworkConfig): EncoderShape {
  const { encoder, hidden, activation, scaleObservations } = config;
  return {
    encoder: encoderKinds.find((kind): kind is EncoderKind => kind === encoder) ?? "auto",
    widths: hidden === "auto" ? "auto" : widthsOf(algo, "hidden", hidden),
    activation: activation === "relu" || activation === "tanh" ? activation : "auto",
    scaled: scaleObservations,
  };
}

/** A list of widths, which may be "none". @throws AgentError BAD_VALUE */
function widthsOf(algo: string, key: string, text: string): number[] {
  return text === "none" ? [] : parseWidths(algo, key, text);
}

/** Settings of the memory that recurrent policies have. */
export interface MemoryConfig {
  readonly memory: string;
  readonly memorySize: number;
  readonly memoryHidden: string;
}

/** Settings of a recurrent core between encoder and heads. */
export const memorySchema: SchemaOf<MemoryConfig> = {
  memory: {
    type: "string",
    default: "none",
    choices: ["none", "gru", "lstm", "mingru"],
    unit: "",
    doc: "Recurrent layer between encoder and heads, which lets the policy remember.",
  } satisfies ConfigField,
  memorySize: {
    type: "integer",
    default: 64,
    min: 1,
    max: 8192,
    unit: "units",
    doc: "Units of the recurrent layer.",
  },
  memoryHidden: {
    type: "string",
    default: "none",
    unit: "widths",
    doc: 'Widths of fully connected layers between the recurrent layer and the heads, like "64", or none.',
  },
};

/** Widths of the layers after the memory. @throws AgentError BAD_VALUE */
export function memoryWidths(algo: string, { memoryHidden }: MemoryConfig): number[] {
  return widthsOf(algo, "memoryHidden", memoryHidden);
}
