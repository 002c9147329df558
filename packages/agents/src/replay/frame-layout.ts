/**
 * How stacks of frames lie in observations, and the way from frames to stacks and back by tensor ops.
 *
 *   observation  [runs, frames, run], oldest frame first   <->   frame [runs, run], one of them
 *
 * A picture or board [H, W, C * frames] consists of H * W runs of C values per frame; in any other stack
 * ([frames, ...] or [frames * O]) frames lie one after another, as one run. `spec.frameShape` tells which.
 * Float observations whose spec says `whole` are kept as bytes.
 *
 * Not here: where frames are kept (frame-store.ts, device-frames.ts).
 */
import type { ObservationSpec } from "@carom/envs";
import { scope, type Tensor } from "@carom/tensor";
import { AgentError } from "../errors.js";

/** Most frames of a stack: ages of slots are bytes. */
const MOST_FRAMES = 256;

/** Where the frames of an observation lie. */
export interface FrameLayout {
  /** Shape of an observation, stack included. */
  readonly shape: readonly number[];
  /** Frames in a stack. */
  readonly frames: number;
  /** Values of a frame, F. */
  readonly size: number;
  /** Values of a frame that lie together. */
  readonly run: number;
  /** How many such pieces a frame has. */
  readonly runs: number;
  /** Type that frames are kept in. */
  readonly dtype: "uint8" | "float32";
  /** Whether float32 observations are kept as bytes. */
  readonly narrows: boolean;
}

/**
 * The layout of an env's observations.
 *
 * @param spec of the observations, stacks included.
 * @throws AgentError BAD_VALUE when they are no stacks of `frames`.
 */
export function frameLayout(spec: ObservationSpec, frames: number): FrameLayout {
  const { shape } = spec;
  const run = runLength(spec, frames);
  const runs = spec.size / frames / run;
  const isBytes = spec.dtype === "uint8";
  const narrows = !isBytes && spec.whole === true;
  const dtype = isBytes || narrows ? "uint8" : "float32";
  return { shape, frames, size: run * runs, run, runs, dtype, narrows };
}

/**
 * Frames `[B * frames, F]`, the oldest of each stack first, as observations `[B, ...shape]`: uint8 where
 * the env's are, else float32.
 */
export function joinFrames(layout: FrameLayout, values: Tensor): Tensor {
  const { shape, frames, run, runs, narrows } = layout;
  const batch = values.shape[0] / frames;
  return scope(() => {
    let joined = values;
    if (frames > 1 && runs > 1) {
      const stacks = values.reshape([batch, frames, runs, run]).permute([0, 2, 1, 3]);
      // [B, runs, frames, run], dense at once: a cast that reads bytes by strides takes ten times as long
      joined = stacks.contiguous();
    }
    if (narrows) joined = joined.cast("float32");
    return joined.reshape([batch, ...shape]); // [B, ...shape]
  });
}

/** The newest frames of observations `[B, O]` as the env shows them: `[B, F]`, as they are kept. */
export function newestFrames(layout: FrameLayout, observations: Tensor): Tensor {
  const { frames, run, runs, size, dtype } = layout;
  const [batch] = observations.shape;
  return scope(() => {
    const stacks = observations.reshape([batch, runs, frames, run]);
    const newest = stacks.slice(null, null, frames - 1); // [B, runs, run]
    const kept = newest.dtype === dtype ? newest.contiguous() : newest.cast(dtype);
    return kept.reshape([batch, size]); // [B, F]
  });
}

/** How many values of one frame lie together. @throws AgentError BAD_VALUE */
function runLength({ shape, size, frameShape }: ObservationSpec, frames: number): number {
  if (frames === 1) return size;
  const frame = frameShape ?? guessFrame(shape, frames);
  const values = frame.reduce((product, length) => product * length, 1);
  const run = frame.length === 3 ? frame[2] : values;
  if (values * frames === size && Number.isInteger(run) && frames <= MOST_FRAMES) return run;
  throw new AgentError(
    "BAD_VALUE",
    `replay: the observations are no stacks (got ${frames} frames of shape [${frame}] for [${shape}], expected at most ${MOST_FRAMES} that fill it)`,
  );
}

/** Without `frameShape`, three sizes are taken for a picture whose channels are stacked. */
function guessFrame(shape: readonly number[], frames: number): number[] {
  if (shape.length === 3) return [shape[0], shape[1], shape[2] / frames];
  return [shape.reduce((product, length) => product * length, 1) / frames];
}
