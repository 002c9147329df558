/**
 * The usual preprocessing of Atari games (Mnih et al. 2015, methods; Machado et al. 2018), as
 * options. Python does the work (python/carom_gym_server.py), on frames of the emulator.
 *
 * Not here: clipping rewards, which is the learner's, and a life as an episode, for which
 * `episodicLife` of @carom/envs goes around the env.
 */
import { GymError } from "./errors.js";

/** How the pictures of an Atari game become observations `[size, size, stack]` of bytes. */
export interface AtariOptions {
  /** An episode begins with 1 to this many frames of doing nothing (default 30; 0: with none). */
  readonly noops?: number;
  /** Frames that one decision lasts (default 4); of the last two the maximum is seen. */
  readonly frameSkip?: number;
  /** Height and width of the observation in pixels (default 84). */
  readonly size?: number;
  /** How many of the latest pictures one observation holds, oldest first (default 4). */
  readonly stack?: number;
  /**
   * Press FIRE at the start and after a lost life, in games that have it as action 1 (default
   * true).
   */
  readonly fireReset?: boolean;
  /** Probability that a frame repeats the action before instead of the chosen one (default 0). */
  readonly sticky?: number;
}

/** Whether the environment is one of the Arcade Learning Environment, by its id. */
export function isAtari(id: string): boolean {
  return id.startsWith("ALE/");
}

/** Every option, checked. Throws GymError INVALID_ARGUMENT. */
export function atariOptions(options: AtariOptions): Required<AtariOptions> {
  const all = {
    noops: options.noops ?? 30,
    frameSkip: options.frameSkip ?? 4,
    size: options.size ?? 84,
    stack: options.stack ?? 4,
    fireReset: options.fireReset ?? true,
    sticky: options.sticky ?? 0,
  };
  assertWhole("noops", all.noops, 0, 10_000);
  assertWhole("frameSkip", all.frameSkip, 1, 1000);
  assertWhole("size", all.size, 1, 160); // screens are 160 wide; they only ever get smaller
  assertWhole("stack", all.stack, 1, 64);
  if (!(all.sticky >= 0 && all.sticky <= 1)) throw invalid("sticky", all.sticky, "0 to 1");
  return all;
}

function assertWhole(name: string, value: number, low: number, high: number): void {
  if (Number.isInteger(value) && value >= low && value <= high) return;
  throw invalid(name, value, `a whole number from ${low} to ${high}`);
}

function invalid(name: string, got: unknown, expected: string): GymError {
  return new GymError(
    "INVALID_ARGUMENT",
    `atari.${name}: wrong (got ${got}, expected ${expected})`,
  );
}
