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
  /** Tells the kinds of action apart. */
  readonly kind: "discrete";
  /** What each action does, in the order of the indices; 2 to 256 of them. */
  readonly names: readonly string[];
}

/** `size` real numbers, entry i in [low[i], high[i]]; `step` takes a Float32Array. */
export interface BoxActions {
  /** Tells the kinds of action apart. */
  readonly kind: "box";
  /** How many numbers an action has. */
  readonly size: number;
  /** The smallest value of each entry. */
  readonly low: readonly number[];
  /** The largest value of each entry. */
  readonly high: readonly number[];
  /** What each entry steers, for people. */
  readonly names?: readonly string[];
}

/** Several choices at once, entry i out of sizes[i]; `step` takes an Int32Array. */
export interface MultiDiscreteActions {
  /** Tells the kinds of action apart. */
  readonly kind: "multi-discrete";
  /** How many choices each entry has, 2 to 256. */
  readonly sizes: readonly number[];
  /** What each entry chooses, for people. */
  readonly names?: readonly string[];
}

/** `size` switches that are 0 or 1; `step` takes an Int32Array. */
export interface MultiBinaryActions {
  /** Tells the kinds of action apart. */
  readonly kind: "multi-binary";
  /** How many switches an action has. */
  readonly size: number;
  /** What each switch does, for people. */
  readonly names?: readonly string[];
}

/** What a game can take as an action. */
export type ActionSpace = DiscreteActions | BoxActions | MultiDiscreteActions | MultiBinaryActions;

/**
 * One action: an index for discrete ones, else one number per entry (Float32Array for a box,
 * Int32Array for the others).
 */
export type Action = number | Float32Array | Int32Array;

/** The numbers a game shows to a policy. */
export interface ObservationSpec {
  /** How many values `observe` writes. */
  readonly size: number;
  /** The same as a shape; its product is `size`. Three sizes are [rows, columns, channels]. */
  readonly shape: readonly number[];
  /**
   * Type of the values (default "float32"). Games write float32; "uint8" is for pictures, whose 0 to
   * 255 encoders read as 0 to 1.
   */
  readonly dtype?: "float32" | "uint8";
  /** Whether all values are whole numbers from 0 to 255, so a replay may keep bytes (default false). */
  readonly whole?: boolean;
  /**
   * Where an observation is a stack of frames, oldest first, the shape of one: those of three sizes lie
   * along the last dimension of `shape`, others one after another.
   */
  readonly frameShape?: readonly number[];
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
  readonly actions: ActionSpace;
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
  /** How many take turns (default 1); see `Game.player`. */
  readonly players?: number;
  /**
   * How a person plays: the action of each key, by `KeyboardEvent.code` ("ArrowLeft", "Space",
   * "KeyW"). For vector actions one number per entry; keys held together add up within the bounds.
   */
  readonly keys?: Readonly<Record<string, number | readonly number[]>>;
  /**
   * The action while no key is held (default 0, or all zeros); "last" where it is the one before,
   * as for a snake that crawls on.
   */
  readonly idle?: number | readonly number[] | "last";
  /** Where it is true, a decision waits for a key or a click instead of the clock. */
  readonly waits?: boolean;
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
  /**
   * For games of several players: whose turn it is, from 0. `step` then returns the reward of the
   * player who has just moved; in games of two, the other's is its opposite.
   */
  player?: number;
  /** Lives or balls left, where losing one does not end the episode. */
  readonly lives?: number;
  /**
   * Plays one decision and returns its reward (raw: clamping is the trainer's business). The type of
   * the action follows `spec.actions`; a vector belongs to the caller and is only read.
   */
  step(action: Action): number;
  /** Writes `spec.observation.size` values into `out` from index `at`; touches nothing else. */
  observe(out: Float32Array, at: number): void;
  /** Paints the present state; changes nothing. */
  draw(canvas: Canvas): void;
  /**
   * For games where some discrete actions are not always allowed: writes 1 for each action that is,
   * 0 for the others, `spec.actions.names.length` values. At least one is while the episode lasts.
   */
  legal?(out: Uint8Array): void;
  /** The action that a click on the board means, in board units; -1 for none. */
  actionAt?(x: number, y: number): number;
  /** Takes over the whole state of another game of the same spec: what tree searches do often. */
  copyFrom?(other: Game): void;
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
  /**
   * Given where games do not run in this process but, say, in Python: the spec of a variant.
   * `create` then throws EnvError UNSUPPORTED, and episodes cannot be played again.
   */
  readonly remote?: (variant: string) => GameSpec;
}

/**
 * A reward as the first player counts it, so that the rewards of both add up to the score of a game
 * for two: what the second player wins, the first has lost.
 * @param mover the game's `player` before the step
 */
export function forFirstPlayer(mover: number | undefined, reward: number): number {
  return mover === 1 ? 0 - reward : reward;
}

/** The spec of a game's variant. Throws EnvError UNKNOWN_VARIANT. */
export function specOf(definition: GameDefinition, variant?: string): GameSpec {
  const chosen = variant ?? definition.defaultVariant;
  return definition.remote?.(chosen) ?? definition.create(chosen).spec;
}

/**
 * A definition from the class alone, for a game with one variant: id, title and variant are those of
 * its spec.
 */
export function defineGame(create: () => Game): GameDefinition {
  const { id, title, variant } = create().spec;
  const facts = { id, title, variants: [variant], defaultVariant: variant };
  return {
    ...facts,
    create(wanted?: string): Game {
      chooseVariant(facts, wanted);
      return create();
    },
  };
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
  definition: Pick<GameDefinition, "id" | "variants" | "defaultVariant">,
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
