/** The settings of the optimiser that every algorithm has, and the optimiser that they ask for. */
import { Adam, Muon, type Optimizer, type ParameterBuffer, RMSProp } from "@carom/nn";
import type { SchemaOf } from "./config.js";

/** The optimiser's part of a configuration; {@link optimizerSchema} documents every key. */
export interface OptimizerConfig {
  readonly optimizer: string;
  readonly learningRate: number;
  readonly finalLearningRate: number;
  readonly adamEps: number;
  readonly maxGradNorm: number;
}

/** Settings of the optimiser with an algorithm's own defaults. */
export function optimizerSchema(usual: Partial<OptimizerConfig> = {}): SchemaOf<OptimizerConfig> {
  const learningRate = usual.learningRate ?? 1e-3;
  return {
    optimizer: {
      type: "string",
      default: usual.optimizer ?? "adam",
      choices: ["adam", "rmsprop", "muon"],
      unit: "",
      doc: "Optimiser; muon orthogonalises the steps of weight matrices and takes Adam at a tenth of the rate for the rest.",
    },
    learningRate: {
      type: "number",
      default: learningRate,
      min: 0,
      max: 1,
      unit: "",
      doc: "Step size at the start.",
    },
    finalLearningRate: {
      type: "number",
      default: usual.finalLearningRate ?? learningRate,
      min: 0,
      max: 1,
      unit: "",
      doc: "Step size at the last step; the way there is linear.",
    },
    adamEps: {
      type: "number",
      default: usual.adamEps ?? 1e-8,
      min: 0,
      max: 1,
      unit: "",
      doc: "Epsilon of Adam and RMSProp.",
    },
    maxGradNorm: {
      type: "number",
      default: usual.maxGradNorm ?? 0,
      min: 0,
      unit: "",
      doc: "Bound of the global gradient norm; 0 turns it off.",
    },
  };
}

/** Muon's share of the learning rate for what is not a weight matrix. */
const muonAdamShare = 0.1;

/** The optimiser that a configuration asks for. */
export function createOptimizer(parameters: ParameterBuffer, config: OptimizerConfig): Optimizer {
  const { learningRate: lr, adamEps: eps, maxGradNorm } = config;
  switch (config.optimizer) {
    case "muon": {
      const matrices = ({ name }: { readonly name: string }): boolean =>
        !/^heads|^policy/.test(name);
      return new Muon(parameters, { lr, adamLr: lr * muonAdamShare, eps, maxGradNorm, matrices });
    }
    case "rmsprop":
      return new RMSProp(parameters, { lr, eps, maxGradNorm });
    default:
      return new Adam(parameters, { lr, eps, maxGradNorm });
  }
}

/** Sets the learning rate from the next step on. Not inside a recording. */
export function setLearningRate(optimizer: Optimizer, lr: number): void {
  if (optimizer instanceof Muon) optimizer.configure({ lr, adamLr: lr * muonAdamShare });
  else optimizer.configure({ lr });
}
