/**
 * Wrappers as data, so that a run can store them, another thread can build them, and a setting can
 * name them; and the usual way to make a vector env.
 */
import { EnvError } from "../errors.js";
import type { Game, GameDefinition } from "../game.js";
import { LocalVectorEnv, type VectorEnvOptions } from "../local-env.js";
import { pixelObserver } from "../pixels/observer.js";
import type { PixelOptions } from "../pixels/options.js";
import type { EpisodeRecord, ObservationArray, VectorEnv } from "../vector-env.js";
import { type ActionMaskOptions, actionMask } from "./action-mask.js";
import { episodicLife } from "./episodic-life.js";
import { flattenObservations } from "./flatten.js";
import { type FrameSkipOptions, frameSkip } from "./frame-skip.js";
import { type FrameStackOptions, frameStack } from "./frame-stack.js";
import { type NoOpStartOptions, noOpStart } from "./no-op-start.js";
import {
  type NormalizeObservationsOptions,
  normalizeObservations,
} from "./normalize-observations.js";
import { type NormalizeReturnsOptions, normalizeReturns } from "./normalize-returns.js";
import { opponent } from "./opponent.js";
import {
  type ClipRewardsOptions,
  clipRewards,
  type ScaleRewardsOptions,
  scaleRewards,
} from "./rewards.js";
import { type StickyActionsOptions, stickyActions } from "./sticky-actions.js";
import { type TimeLimitOptions, timeLimit } from "./time-limit.js";
import {
  type SavedStatistics,
  type StatisticsSource,
  savedStatistics,
  VectorWrapper,
} from "./wrapper.js";

/** A wrapper by its name; its settings stand beside it. */
export interface NamedWrapper<Name extends string> {
  /** Which wrapper it is. */
  readonly wrapper: Name;
}

/** The wrapper `opponent` as data: without functions. */
export interface OpponentSpec extends NamedWrapper<"opponent"> {
  /** Who plays the other side: anyone at random (the default). */
  readonly plays?: "random";
}

/** One wrapper: its name and settings. */
export type WrapperSpec =
  | (NamedWrapper<"pixels"> & PixelOptions)
  | (NamedWrapper<"time-limit"> & TimeLimitOptions)
  | (NamedWrapper<"sticky-actions"> & StickyActionsOptions)
  | (NamedWrapper<"no-op-start"> & NoOpStartOptions)
  | (NamedWrapper<"frame-skip"> & FrameSkipOptions)
  | (NamedWrapper<"frame-stack"> & FrameStackOptions)
  | NamedWrapper<"episodic-life">
  | (NamedWrapper<"action-mask"> & ActionMaskOptions)
  | OpponentSpec
  | NamedWrapper<"flatten">
  | (NamedWrapper<"clip-rewards"> & ClipRewardsOptions)
  | (NamedWrapper<"scale-rewards"> & ScaleRewardsOptions)
  | (NamedWrapper<"normalize-observations"> & NormalizeObservationsOptions)
  | (NamedWrapper<"normalize-returns"> & NormalizeReturnsOptions);

/** How to make a vector env with wrappers. */
export interface WrappedEnvOptions extends Omit<VectorEnvOptions, "observer" | "observations"> {
  /** From the inside out; "pixels" can only be the first. */
  readonly wrappers?: readonly WrapperSpec[];
  /**
   * `[count * O]`: where the outermost observations are to lie, e.g. in a part of a larger array; taken
   * where games, pixels or a frame stack write them, and ignored where another wrapper does.
   */
  readonly observations?: ObservationArray;
}

/**
 * Games in this thread with wrappers around them. Throws EnvError INVALID_ARGUMENT, UNKNOWN_VARIANT,
 * UNSUPPORTED.
 */
export function createVectorEnv(
  game: GameDefinition | (() => Game),
  options: WrappedEnvOptions,
): VectorEnv {
  const { wrappers = [], observations, ...rest } = options;
  const [first, ...others] = wrappers;
  const isPixels = first?.wrapper === "pixels";
  const owner = wrappers.findLastIndex(hasOwnObservations);
  const sides = new Uint8Array(options.count);
  const hasOpponent = wrappers.some(({ wrapper }) => wrapper === "opponent");
  const env = new LocalVectorEnv(game, {
    ...rest,
    ...(hasOpponent && rest.onEpisode && { onEpisode: asLearner(rest, sides) }),
    ...(isPixels && { observer: (spec) => pixelObserver(spec, first) }),
    ...(owner < 0 && observations && { observations }),
  });
  const stack = wrappers[owner];
  return (isPixels ? others : wrappers).reduce((inner, spec) => {
    if (spec.wrapper === "opponent") return opponent(inner, spec, sides);
    const isOwner = spec === stack && spec.wrapper === "frame-stack";
    return isOwner ? frameStack(inner, spec, observations) : wrap(inner, spec);
  }, env as VectorEnv);
}

/** Hands on records with the learner's return instead of the first player's. */
function asLearner(
  { onEpisode, firstEnv = 0 }: Pick<VectorEnvOptions, "onEpisode" | "firstEnv">,
  sides: Uint8Array,
): (record: EpisodeRecord) => void {
  return (record) => {
    const isSecond = sides[record.env - firstEnv] === 1;
    onEpisode?.(isSecond ? { ...record, return: 0 - record.return } : record);
  };
}

/** Puts wrappers around an env, the first one innermost. Throws EnvError INVALID_ARGUMENT. */
export function wrapAll(env: VectorEnv, wrappers: readonly WrapperSpec[]): VectorEnv {
  return wrappers.reduce(wrap, env);
}

/** Whether a wrapper keeps observations of its own, so that those inside are not what is seen. */
function hasOwnObservations(spec: WrapperSpec): boolean {
  const { wrapper } = spec;
  return (
    wrapper === "frame-stack" || (wrapper === "frame-skip" && spec.max === true) || spansEnvs(spec)
  );
}

/** True for wrappers whose state spans all envs, so that they cannot be split among threads. */
export function spansEnvs({ wrapper }: WrapperSpec): boolean {
  return wrapper === "normalize-observations" || wrapper === "normalize-returns";
}

function wrap(env: VectorEnv, spec: WrapperSpec): VectorEnv {
  switch (spec.wrapper) {
    case "pixels":
      throw new EnvError(
        "INVALID_ARGUMENT",
        "wrappers: pixels must be the first, around the games themselves",
      );
    case "time-limit":
      return timeLimit(env, spec);
    case "sticky-actions":
      return stickyActions(env, spec);
    case "no-op-start":
      return noOpStart(env, spec);
    case "frame-skip":
      return frameSkip(env, spec);
    case "frame-stack":
      return frameStack(env, spec);
    case "episodic-life":
      return episodicLife(env);
    case "action-mask":
      return actionMask(env, spec);
    case "opponent":
      return opponent(env, spec);
    case "flatten":
      return flattenObservations(env);
    case "clip-rewards":
      return clipRewards(env, spec);
    case "scale-rewards":
      return scaleRewards(env, spec);
    case "normalize-observations":
      return normalizeObservations(env, spec);
    case "normalize-returns":
      return normalizeReturns(env, spec);
    default:
      return unknown(spec);
  }
}

function unknown(spec: never): never {
  throw new EnvError(
    "INVALID_ARGUMENT",
    `wrappers: no such wrapper (got "${String((spec as WrapperSpec).wrapper)}")`,
  );
}

/** The running statistics of an env alone, for `loadStatistics`; copies of a few rows. */
export function saveStatistics(env: VectorEnv): SavedStatistics {
  return savedStatistics(env);
}

/**
 * Takes the running statistics of a saved env over into an env with the same normalising wrappers,
 * wherever they stand; everything else stays as it is. Throws EnvError STATE_MISMATCH where the state
 * has none for a wrapper.
 */
export function loadStatistics(env: VectorEnv, state: StatisticsSource): void {
  for (let layer = env; layer instanceof VectorWrapper; layer = layer.inner) {
    layer.loadStatistics(state);
  }
}
