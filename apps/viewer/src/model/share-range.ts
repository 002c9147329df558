/** Which part of an episode is exported, and what it will be. */

/** The whole episode, or so many seconds to both sides of the present decision. */
export type RangeChoice = "whole" | "around";

/** Seconds to each side. */
const AROUND = 5;

/** First and last decision of a choice. */
export function rangeOf(
  choice: RangeChoice,
  { step, length, rate }: { step: number; length: number; rate: number },
): { from: number; to: number } {
  if (choice === "whole") return { from: 0, to: length };
  const reach = Math.round(AROUND * rate);
  return { from: Math.max(0, step - reach), to: Math.min(length, step + reach) };
}

/**
 * Name of a file of an episode: letters, digits, dots and dashes, safe on every system.
 * @param what what of the run it is: "Episode 5", "Branch 1"
 */
export function fileName(run: string, what: string, ending: string): string {
  const name = `${run}-${what.toLowerCase()}`.replace(/[^A-Za-z0-9._-]+/g, "-");
  return `${name.slice(0, 120).replace(/-$/, "")}.${ending}`;
}
