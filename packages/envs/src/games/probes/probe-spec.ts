/** What all probe games share: how their facts become a spec, and the picture they are drawn on. */
import type { ActionSpace, Canvas, GameSpec, ObservationSpec } from "../../game.js";

/** In what a probe differs from the others. */
export interface ProbeFacts {
  /** What follows "probe:" in the id. */
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** Which of its rule sets this is (default: classic). */
  readonly variant?: string;
  /** What `step` takes. */
  readonly actions: ActionSpace;
  /** What `observe` writes. */
  readonly observation: ObservationSpec;
  /** The time limit, in decisions (default 10). */
  readonly maxSteps?: number;
  /** The best return of an episode. */
  readonly maxScore: number;
}

/** Actions 0 and 1. */
export const TWO_ACTIONS: ActionSpace = { kind: "discrete", names: ["zero", "one"] };

/** The spec of a probe. */
export function probeSpec(facts: ProbeFacts): GameSpec {
  const { name, title, variant = "classic", actions, observation, maxSteps = 10, maxScore } = facts;
  return {
    id: `probe:${name}`,
    variant,
    version: 1,
    title,
    actions,
    observation,
    board: { width: 4, height: 4 },
    decisionsPerSecond: 2,
    maxSteps,
    maxScore,
  };
}

/** Observations of `size` numbers, all between the same bounds. */
export function numbers(size: number, low: number, high: number): ObservationSpec {
  return {
    size,
    shape: [size],
    low: new Array<number>(size).fill(low),
    high: new Array<number>(size).fill(high),
  };
}

/** A square for the cue, green above 0, red below, grey at 0, over the decisions played so far. */
export function drawProbe(canvas: Canvas, cue: number, time: number): void {
  canvas.background(0x171b27);
  canvas.rect(1, 1, 2, 2, cue > 0 ? 0x6fcf6a : cue < 0 ? 0xf2545b : 0x48506a);
  canvas.digits(1, 3.2, 0.6, time, 0xe8ecf4);
}
