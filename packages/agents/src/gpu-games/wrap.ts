/** Games on a GPU with wrappers around them, and which wrappers there are none of. */

import { createVectorEnv, type VectorEnv, VectorWrapper, type WrapperSpec } from "@carom/envs";
import type { Tensor } from "@carom/tensor";
import { AgentError } from "../errors.js";
import { ActionLayer } from "./action-layers.js";
import type { GpuEnv, LayerOptions } from "./env.js";
import { GpuGames, type GpuGamesOptions } from "./gpu-games.js";
import { loadWrapperKernels } from "./kernels.js";
import {
  EpisodicLifeLayer,
  FrameSkipLayer,
  FrameStackLayer,
  OpponentLayer,
  PlainLayer,
  RewardLayer,
  TimeLimitLayer,
} from "./layers.js";
import { NormalizeObservationsLayer, NormalizeReturnsLayer } from "./normalize-layers.js";

/** How to make games on a GPU with wrappers. */
export interface GpuEnvOptions
  extends Omit<GpuGamesOptions, "shows" | "cutAfter" | "layout" | "pixels" | "opponent" | "lives"> {
  /** From the inside out, as for `createVectorEnv`; "pixels" can only be the first. */
  readonly wrappers?: readonly WrapperSpec[];
}

/** Wrappers that a GPU has none of, and why. */
const MISSING: Partial<Record<WrapperSpec["wrapper"], string>> = {
  "no-op-start": "it takes further steps of some games only",
};

/**
 * Games on a GPU with wrappers around them; all that they show is what `createVectorEnv` of @carom/envs shows, to the
 * bit but for running statistics, which are added up in another order.
 *
 * There are: episodic-life (not around an opponent), pixels, opponent (at random; first, and without those that count decisions: time-limit, sticky-actions,
 * action-mask, frame-skip), time-limit, sticky-actions, action-mask (that replaces), frame-skip (of pictures with `max` too),
 * frame-stack, flatten, clip-rewards, scale-rewards, normalize-observations, normalize-returns.
 *
 * @throws AgentError UNSUPPORTED_GAME for other wrappers, and as GpuGames; EnvError INVALID_ARGUMENT for wrong settings
 */
export function createGpuEnv(options: GpuEnvOptions): GpuEnv {
  const { wrappers = [], ...rest } = options;
  const [first, ...others] = wrappers;
  const isPixels = first?.wrapper === "pixels";
  const around = isPixels ? others : wrappers;
  for (const one of around) checkSupported(one);
  checkOrder(around, isPixels);
  const { game, key, variant, maxSteps } = rest;
  const twin = createVectorEnv(game, {
    ...{ count: 1, key, wrappers },
    ...(variant !== undefined && { variant }),
    ...(maxSteps !== undefined && { maxSteps }),
  });
  const games = new GpuGames({
    ...rest,
    cutAfter: cutAfter(around),
    opponent: around[0]?.wrapper === "opponent",
    lives: around.some(({ wrapper }) => wrapper === "episodic-life"),
    ...(isPixels && { shows: "pixels", pixels: first }),
  });
  if (around.length === 0) return games;
  const kernels = loadWrapperKernels(rest.device, rest.cache);
  const layers = layersOf(twin);
  return around.reduce<GpuEnv>((inner, one, i) => {
    const { label, spec, maxSteps } = layers[i];
    return layerOf(one, { inner, kernels, label, spec, maxSteps });
  }, games);
}

/** The wrappers around an env, from the inside out. */
function layersOf(env: VectorEnv): VectorWrapper[] {
  return env instanceof VectorWrapper ? [...layersOf(env.inner), env] : [];
}

function layerOf(spec: WrapperSpec, options: LayerOptions): GpuEnv {
  switch (spec.wrapper) {
    case "time-limit":
      return new TimeLimitLayer(options);
    case "opponent":
      return new OpponentLayer(options);
    case "episodic-life":
      return new EpisodicLifeLayer(options, livesOf(options));
    case "flatten":
      return new PlainLayer(options);
    case "sticky-actions":
      return new ActionLayer(options, spec.probability);
    case "action-mask":
      return new ActionLayer(options);
    case "frame-skip":
      return new FrameSkipLayer(options, spec.frames, spec.max ?? false);
    case "frame-stack":
      return new FrameStackLayer(options, spec.frames);
    case "clip-rewards":
      return new RewardLayer(options, { bound: spec.bound });
    case "scale-rewards":
      return new RewardLayer(options, { factor: spec.factor });
    case "normalize-observations":
      return new NormalizeObservationsLayer(options, spec);
    case "normalize-returns":
      return new NormalizeReturnsLayer(options, spec);
    default:
      throw unsupported(spec.wrapper, "nobody has written it");
  }
}

function livesOf({ inner }: LayerOptions): Tensor {
  const { lives } = inner.core.tensors;
  if (lives === undefined) {
    throw unsupported("episodic-life", "the games were made without");
  }
  return lives;
}

/** The least number of decisions after which a time limit cuts. */
function cutAfter(wrappers: readonly WrapperSpec[]): number {
  let frames = 1;
  let least = Number.POSITIVE_INFINITY;
  for (const one of wrappers) {
    if (one.wrapper === "frame-skip") frames *= one.frames;
    if (one.wrapper === "time-limit") least = Math.min(least, one.steps * frames);
  }
  return least;
}

function checkSupported(spec: WrapperSpec): void {
  const reason = MISSING[spec.wrapper];
  if (reason !== undefined) throw unsupported(spec.wrapper, reason);
  if (spec.wrapper === "action-mask" && spec.illegal === "refuse") {
    throw unsupported('action-mask with illegal "refuse"', "a kernel cannot throw");
  }
}

/**
 * Frame skip takes several steps of what is inside: of games and wrappers of actions. With an opponent a step is not a
 * decision.
 */
function checkOrder(wrappers: readonly WrapperSpec[], isPixels: boolean): void {
  const opponent = wrappers.findIndex(({ wrapper }) => wrapper === "opponent");
  if (opponent > 0) throw unsupported("opponent", "it stands around the games themselves only");
  const counting = wrappers.find(({ wrapper }) => COUNTING.includes(wrapper));
  if (opponent === 0 && counting) {
    throw unsupported(counting.wrapper, "with an opponent a step is not one decision");
  }
  const at = wrappers.findLastIndex(({ wrapper }) => wrapper === "frame-skip");
  if (at < 0) return;
  const skip = wrappers[at];
  if (skip.wrapper === "frame-skip" && skip.max === true && !isPixels) {
    throw unsupported("frame-skip with max", "it is there for pictures only");
  }
  const inside = wrappers.slice(0, at).find(({ wrapper }) => !STEP_BY_STEP.includes(wrapper));
  if (inside) throw unsupported("frame-skip", `it cannot stand around ${inside.wrapper}`);
}

const COUNTING: readonly string[] = [
  "time-limit",
  "sticky-actions",
  "action-mask",
  "frame-skip",
  "episodic-life",
];
const STEP_BY_STEP: readonly string[] = ["sticky-actions", "action-mask", "time-limit", "flatten"];

function unsupported(wrapper: string, reason: string): AgentError {
  return new AgentError(
    "UNSUPPORTED_GAME",
    `the wrapper ${wrapper} is not there for games on a GPU: ${reason}. Leave it out, or play the games on the processor while the network learns on the GPU.`,
  );
}
