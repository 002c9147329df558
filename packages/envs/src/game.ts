/**
 * The game contract: what a game is to trainers, vector environments, replays and viewers.
 *
 * A game is one deterministic class whose fields are numbers, booleans and typed arrays (`spec`
 * excepted): the same class runs in Node, in a browser and, translated, on a GPU, with the same
 * bits. So an episode is {game, variant, version, seed, actions}, and everything else about it can
 * be computed again.
 *
 * Not here: time limits, frame stacks, reward clamping (they wrap a game) and the games themselves
 * (games/).
 */
import { EnvError } from "./errors.js";

/** One choice out of `names.length`; the action is its index. */
export interface DiscreteActions {
  /** Tells the two kinds of action apart. */
  readonly kind: "discrete";
  /** What each action does, in the order of the indices; 2 to 256 of them. */
  readonly names: readonly string[];
}

/** `size` real numbers, each in [low, high]. */
export interface BoxActions {
  /** Tells the two kinds of action apart. */
  readonly kind: "box";
  /** How many numbers an action has. */
  readonly size: number;
  /** The smallest value of each. */
  readonly low: number;
  /** The largest value of each. */
  readonly high: number;
}

/** The numbers a game shows to a policy. */
export interface ObservationSpec {
  /** How many float32 values `observe` writes. */
  readonly size: number;
  /** The same as a shape; its product is `size`. */
  readonly shape: readonly number[];
  /** What each entry is, for people. */
  readonly names?: readonly string[];
  /** The typical magnitude of each entry (default 1): encoders divide by it. */
  readonly scale?: readonly number[];
  /** The smallest value of each entry (default: no bound). */
  readonly low?: readonly number[];
  /** The largest value of each entry (default: no bound). */
  readonly high?: readonly number[];
}

/** Size of a board, in its own units. */
export interface BoardSize {
  /** From left to right. */
  readonly width: number;
  /** From top to bottom. */
  readonly height: number;
}

/** What a game is, in facts that never change while it runs. */
export interface GameSpec {
  /** The name under which the registry knows the game. */
  readonly id: string;
  /** Which of the game's rule sets this is. */
  readonly variant: string;
  /** Raised by every change of rules; old replays play only on their own version. */
  readonly version: number;
  /** The game's name for people. */
  readonly title: string;
  /** What `step` takes. */
  readonly actions: DiscreteActions | BoxActions;
  /** What `observe` writes. */
  readonly observation: ObservationSpec;
  /** Size of what `draw` paints, in board units. */
  readonly board: BoardSize;
  /** How many `step`s make one second when a person watches or plays. */
  readonly decisionsPerSecond: number;
  /** The usual time limit, in decisions; wrappers cut the episode there (truncation). */
  readonly maxSteps: number;
  /** The best return that an episode can have, where there is one. */
  readonly maxScore?: number;
}

/**
 * One game. Order of use: `seed`, `reset`, then `step` until `terminated`, then `reset` again. All
 * fields but `spec` are numbers, booleans or typed arrays of fixed length, and only the game's own
 * methods write them.
 */
export interface Game {
  /** What the game is. */
  readonly spec: GameSpec;
  /** True once the rules have ended the episode; `step` then throws until `reset`. */
  terminated: boolean;
  /**
   * Seeds the game's own generator (a non-negative safe integer); takes effect from the next
   * `reset`.
   */
  seed(seed: number): void;
  /** Starts a new episode. */
  reset(): void;
  /** Plays one decision and returns its reward (raw: clamping is the trainer's business). */
  step(action: number): number;
  /** Writes `spec.observation.size` values into `out` from index `at`; touches nothing else. */
  observe(out: Float32Array, at: number): void;
  /** Paints the present state; changes nothing. */
  draw(canvas: Canvas): void;
}

/**
 * What a game paints on: filled shapes in board units, y downwards, colours 0xRRGGBB, alpha 0 to 1
 * (default 1).
 */
export interface Canvas {
  /** Fills the whole board. */
  background(color: number): void;
  /** A rectangle; (x, y) is its top left corner. */
  rect(x: number, y: number, width: number, height: number, color: number, alpha?: number): void;
  /** A disc around (x, y). */
  circle(x: number, y: number, radius: number, color: number, alpha?: number): void;
  /** A straight stroke of the given width, its ends cut flat. */
  line(x1: number, y1: number, x2: number, y2: number, width: number, color: number): void;
  /** A non-negative integer; (x, y) is the top left corner and `height` the height of a digit. */
  digits(x: number, y: number, height: number, value: number, color: number): void;
}

/** A game as the registry lists it: how to make one. */
export interface GameDefinition {
  /** The name under which the registry knows the game. */
  readonly id: string;
  /** The game's name for people. */
  readonly title: string;
  /** Its rule sets, by name. */
  readonly variants: readonly string[];
  /** The one that `create` makes when none is named. */
  readonly defaultVariant: string;
  /** A new game, not yet seeded. Throws EnvError UNKNOWN_VARIANT. */
  create(variant?: string): Game;
}

/** Throws EnvError EPISODE_OVER if the episode has ended: the first line of every game's `step`. */
export function assertRunning(terminated: boolean): void {
  if (terminated)
    throw new EnvError(
      "EPISODE_OVER",
      "step: the episode has ended (call reset() before the next step)",
    );
}

/**
 * The variant asked for, checked against the definition's list. Throws EnvError UNKNOWN_VARIANT.
 */
export function chooseVariant(
  definition: Omit<GameDefinition, "create">,
  variant: string | undefined,
): string {
  const chosen = variant ?? definition.defaultVariant;
  if (definition.variants.includes(chosen)) return chosen;
  const known = definition.variants.join(", ");
  throw new EnvError(
    "UNKNOWN_VARIANT",
    `${definition.id}: no such variant (got "${chosen}", expected one of ${known})`,
  );
}
