/**
 * Which charts there can be: what algorithms and trainers measure, under the names that people use,
 * and everything else under its own. Pure.
 */
import { bytes, compact, percent, significant } from "./format.js";

/** One chart's metric. */
export interface ChartSpec {
  /** Name of the metric. */
  readonly key: string;
  readonly title: string;
  readonly text: (value: number) => string;
  /** The large chart has labels along x and marks of kept episodes. */
  readonly large: boolean;
  /** Whether it is shown until the reader chooses. */
  readonly usual: boolean;
}

const signedText = (value: number) =>
  value < 0 ? `\u2212${significant(-value)}` : significant(value);

const known: readonly ChartSpec[] = [
  { key: "score", title: "Score", text: compact, large: true, usual: true },
  usual("policyLoss", "Policy loss"),
  usual("valueLoss", "Value loss"),
  usual("entropy", "Entropy"),
  usual("approxKl", "KL divergence"),
  usual("qLoss", "Q loss"),
  usual("qMean", "Mean Q"),
  usual("temperature", "Temperature"),
  usual("epsilon", "Epsilon"),
  usual("curiosityReward", "Curiosity reward"),
  usual("explainedVariance", "Explained variance"),
  usual("gradNorm", "Gradient norm"),
  { ...usual("episodeLength", "Episode length"), text: compact },
  { ...usual("stepsPerSecond", "Steps per second"), text: compact },
  { ...other("best", "Best score"), text: compact },
  other("clipFraction", "Clip fraction"),
  other("learningRate", "Learning rate"),
  { ...other("episodes", "Episodes"), text: compact },
  { ...other("seconds", "Training time, s"), text: compact },
  { ...other("timeGame", "Time in the game"), text: percent },
  { ...other("timePolicy", "Time in the policy"), text: percent },
  { ...other("timeLearn", "Time learning"), text: percent },
  { ...other("memoryProcess", "Process memory"), text: bytes },
  { ...other("memoryHeap", "Heap of the trainer"), text: bytes },
  { ...other("memoryArrays", "Arrays of the trainer"), text: bytes },
  { ...other("diskFree", "Disk free"), text: bytes },
  { ...other("faults", "Failed games"), text: compact },
];

/** Charts for the names that a run has measured: known ones first, in their order. */
export function chartSpecs(names: readonly string[]): readonly ChartSpec[] {
  const present = new Set(names);
  const keys = new Set(known.map(({ key }) => key));
  const further = names.filter((name) => !keys.has(name)).map((name) => other(name, titleOf(name)));
  return [...known.filter(({ key }) => present.has(key)), ...further];
}

/** "targetEntropy" as "Target entropy". */
function titleOf(name: string): string {
  const words = name.replace(/([a-z0-9])([A-Z])/g, "$1 $2").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function usual(key: string, title: string): ChartSpec {
  return { key, title, text: signedText, large: false, usual: true };
}

function other(key: string, title: string): ChartSpec {
  return { ...usual(key, title), usual: false };
}
