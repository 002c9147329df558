/**
 * The one error class of the agent library. `code` is stable and meant for programs;
 * `message` is one sentence that names what was got and what was expected.
 */

/** Stable identifiers of what can go wrong when an agent is configured, restored or run. */
export type AgentErrorCode =
  | "UNKNOWN_ALGORITHM"
  | "UNKNOWN_KEY"
  | "BAD_VALUE"
  | "OUT_OF_RANGE"
  | "UNSUPPORTED_GAME"
  | "FOREIGN_STATE"
  | "NOT_FINITE"
  | "BUSY"
  | "DISPOSED"
  | "FAILED";

/** An error of the agent library; see {@link AgentErrorCode} for the codes. */
export class AgentError extends Error {
  /** What went wrong, for programs. */
  readonly code: AgentErrorCode;

  constructor(code: AgentErrorCode, message: string) {
    super(message);
    this.name = "AgentError";
    this.code = code;
  }
}

/** The candidate with the smallest edit distance to `word`, if that is small enough to be a slip. */
export function nearestName(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** ` (did you mean "x"?)` or nothing, ready to be appended to a sentence. */
export function suggestion(word: string, candidates: readonly string[]): string {
  const nearest = nearestName(word, candidates);
  return nearest === undefined ? "" : ` (did you mean "${nearest}"?)`;
}

/** Levenshtein distance by the two-row recurrence. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(previous[j] + 1, current[j - 1] + 1, substitution));
    }
    previous = current;
  }
  return previous[b.length];
}
