/** The settings of curiosity (random network distillation), for algorithms that learn from rollouts. */
import type { SchemaOf } from "../config.js";

/** Curiosity's part of a configuration; {@link curiositySchema} documents every key. */
export interface CuriosityConfig {
  readonly curiosity: number;
  readonly curiosityGamma: number;
  readonly curiosityLearningRate: number;
}

/** Settings of curiosity. */
export const curiositySchema: SchemaOf<CuriosityConfig> = {
  curiosity: {
    type: "number",
    default: 0,
    min: 0,
    max: 1000,
    unit: "",
    doc: "Weight of the advantages of reaching what is new, by random network distillation; 0 turns it off.",
  },
  curiosityGamma: {
    type: "number",
    default: 0.99,
    min: 0,
    max: 1,
    unit: "per decision",
    doc: "Discount of curiosity's own rewards, which go on past the ends of episodes.",
  },
  curiosityLearningRate: {
    type: "number",
    default: 3e-3,
    min: 0,
    max: 1,
    unit: "",
    doc: "Step size of what curiosity learns: the predictor and its own value.",
  },
};
