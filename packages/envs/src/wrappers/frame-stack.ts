/**
 * Frame stack: an observation is the last `frames` ones, oldest first. Pictures and boards
 * `[H, W, C]` become `[H, W, C * frames]`, other observations `[frames, ...]`. The stack lives in the
 * buffer of observations itself: each step moves it by one frame in place and writes the new frame
 * where the oldest was. An episode begins with `frames` copies of its first observation.
 */
import type { GameSpec, ObservationSpec } from "../game.js";
import { assertRows } from "../local-env.js";
import type { ObservationArray, VectorEnv } from "../vector-env.js";
import { invalidSetting, sameRows, VectorWrapper } from "./wrapper.js";

/** How many frames. */
export interface FrameStackOptions {
  /** Observations in a stack, at least 1. */
  readonly frames: number;
}

/**
 * Shows the last `frames` observations. Throws EnvError INVALID_ARGUMENT.
 * @param rows `[count * O]`: where the stacks are to lie (default: memory of their own)
 */
export function frameStack(
  env: VectorEnv,
  { frames }: FrameStackOptions,
  rows?: ObservationArray,
): VectorWrapper {
  if (!Number.isInteger(frames) || frames < 1) {
    throw invalidSetting("frame-stack", `frames must be a positive integer (got ${frames})`);
  }
  return new FrameStack(env, frames, rows);
}

class FrameStack extends VectorWrapper {
  private readonly frames: number;
  private readonly runs: number; // pieces of a frame that lie together: pixels, or 1
  private readonly run: number; // values of a piece
  private readonly words: Uint32Array | undefined; // observations, where a pixel's stack is one word

  constructor(inner: VectorEnv, frames: number, rows: ObservationArray | undefined) {
    const spec = stackedSpec(inner.spec, frames);
    const length = inner.count * spec.observation.size;
    super(`frame-stack ${frames}`, inner, {
      spec,
      observations: rows ?? sameRows(inner.observations, length),
      finalObservations: sameRows(inner.observations, length),
    });
    assertRows(this.observations, this.finalObservations);
    this.frames = frames;
    const { shape, size } = inner.spec.observation;
    this.run = isPicture(inner.spec.observation) ? shape[2] : size;
    this.runs = size / this.run;
    const isWord = this.observations instanceof Uint8Array && frames === 4 && this.run === 1;
    const { buffer, byteOffset } = this.observations;
    this.words = isWord ? new Uint32Array(buffer, byteOffset, inner.count * size) : undefined;
  }

  override stepRange(from: number, to: number): void {
    const { inner } = this;
    inner.stepRange(from, to, true);
    for (let env = from; env < to; env++) {
      if (this.hasEnded(env)) this.end(env);
      else this.push(env, inner.observations);
    }
  }

  override cut(env: number): void {
    this.inner.cut(env);
    this.endAtPresent(env);
  }

  protected override began(env: number): void {
    const { frames, run, runs, observations } = this;
    const from = this.inner.observations;
    for (let piece = 0; piece < runs; piece++) {
      const source = (env * runs + piece) * run;
      for (let frame = 0; frame < frames; frame++) {
        const at = ((env * runs + piece) * frames + frame) * run;
        for (let i = 0; i < run; i++) observations[at + i] = from[source + i];
      }
    }
  }

  /** The last stack of the episode with its last frame, then the next episode's first. */
  private end(env: number): void {
    this.push(env, this.inner.finalObservations);
    this.endAtPresent(env);
  }

  private endAtPresent(env: number): void {
    const { size } = this.spec.observation;
    const row = this.observations.subarray(env * size, (env + 1) * size);
    this.finalObservations.set(row, env * size);
    this.began(env);
  }

  /** Moves the stack of `env` by one frame and writes the newest one. */
  private push(env: number, from: ObservationArray): void {
    const { frames, run, runs, observations, words } = this;
    if (words) {
      const at = env * runs;
      for (let i = at; i < at + runs; i++) words[i] = (words[i] >>> 8) | (from[i] << 24);
      return;
    }
    const stack = frames * run;
    for (let piece = env * runs; piece < (env + 1) * runs; piece++) {
      const at = piece * stack;
      if (runs === 1) observations.copyWithin(at, at + run, at + stack);
      else for (let i = at; i < at + stack - run; i++) observations[i] = observations[i + run];
      for (let i = 0; i < run; i++) observations[at + stack - run + i] = from[piece * run + i];
    }
  }
}

function isPicture({ shape }: ObservationSpec): boolean {
  return shape.length === 3;
}

/** The spec of stacks: shape and what is known of each entry. */
function stackedSpec(spec: GameSpec, frames: number): GameSpec {
  const { shape, size, names, scale, low, high, dtype, whole } = spec.observation;
  const picture = isPicture(spec.observation);
  const repeat = (values: readonly number[]): readonly number[] =>
    picture
      ? repeatPieces(values, shape[2], frames)
      : Array.from({ length: frames }, () => values).flat();
  const aged = (name: string, age: number): string => (age === 0 ? name : `${name}, ${age} ago`);
  const observation: ObservationSpec = {
    size: size * frames,
    shape: picture ? [shape[0], shape[1], shape[2] * frames] : [frames, ...shape],
    ...(dtype && { dtype }),
    ...(whole && { whole }),
    frameShape: shape,
    ...(names &&
      !picture && {
        names: Array.from({ length: frames }, (_, i) =>
          names.map((name) => aged(name, frames - 1 - i)),
        ).flat(),
      }),
    ...(scale && { scale: repeat(scale) }),
    ...(low && { low: repeat(low) }),
    ...(high && { high: repeat(high) }),
  };
  return { ...spec, observation };
}

function repeatPieces(values: readonly number[], run: number, frames: number): number[] {
  const repeated: number[] = [];
  for (let at = 0; at < values.length; at += run) {
    for (let frame = 0; frame < frames; frame++) repeated.push(...values.slice(at, at + run));
  }
  return repeated;
}
