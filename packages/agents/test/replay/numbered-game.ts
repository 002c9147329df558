/**
 * A game for the tests of replay memories: no two frames are alike, so every stack tells where it is from,
 * and episodes have random lengths.
 */
import {
  type Action,
  type ActionSpace,
  assertRunning,
  type Canvas,
  type Game,
  type GameSpec,
  key,
  LocalVectorEnv,
  nextBelow,
  nextFloat,
  type ObservationArray,
  sampleAction,
  seedRandom,
  type VectorEnv,
  wrapAll,
} from "@carom/envs";

/** Decisions after which an episode is cut. */
export const LIMIT = 7;

/** What the frames are kept as. */
export type FrameKind = "float" | "whole" | "bytes";

/** What the game looks like. */
export interface NumberedOptions {
  readonly shape: readonly number[];
  readonly frames: FrameKind;
  readonly actions: ActionSpace;
}

/**
 * Each frame holds the decisions of its episode and random bytes drawn anew for it; each decision ends the
 * episode with probability 1/6. Rewards are random.
 */
export class NumberedGame implements Game {
  readonly spec: GameSpec;
  terminated = true;
  time = 0;
  readonly random: Uint32Array = new Uint32Array(4);
  readonly frame: Uint8Array;

  constructor({ shape, frames, actions }: NumberedOptions) {
    const size = shape.reduce((product, length) => product * length, 1);
    this.frame = new Uint8Array(size);
    this.spec = {
      id: "numbered",
      variant: "classic",
      version: 1,
      title: "Numbered",
      actions,
      observation: { size, shape, ...(frames === "whole" && { whole: true }) },
      board: { width: 1, height: 1 },
      decisionsPerSecond: 1,
      maxSteps: LIMIT,
    };
  }

  seed(seed: number): void {
    seedRandom(this.random, seed);
  }

  reset(): void {
    this.terminated = false;
    this.time = 0;
    this.show();
  }

  step(_action: Action): number {
    assertRunning(this.terminated);
    this.time += 1;
    this.terminated = nextBelow(this.random, 6) === 0;
    this.show();
    return 2 * nextFloat(this.random) - 1;
  }

  observe(out: ObservationArray, at: number): void {
    out.set(this.frame, at);
  }

  draw(canvas: Canvas): void {
    canvas.background(0);
  }

  private show(): void {
    this.frame[0] = this.time;
    for (let i = 1; i < this.frame.length; i++) this.frame[i] = nextBelow(this.random, 256);
  }
}

/** An env of such games, whose observations are stacks. */
export function numberedEnv(
  options: NumberedOptions & { readonly count: number; readonly stack: number },
): VectorEnv {
  const { count, stack, frames } = options;
  const env = new LocalVectorEnv(() => new NumberedGame(options), {
    count,
    key: key(3).child("numbered"),
    ...(frames === "bytes" && {
      observer: (spec) => ({
        spec: { ...spec.observation, dtype: "uint8" },
        observe: (game, out, at) => (game as NumberedGame).observe(out, at),
      }),
    }),
  });
  return stack > 1 ? wrapAll(env, [{ wrapper: "frame-stack", frames: stack }]) : env;
}

/** Writes a random action of every game into `env.actions`. */
export function chooseActions(env: VectorEnv, random: Uint32Array): void {
  const width = env.actions.length / env.count;
  for (let game = 0; game < env.count; game++) {
    const action = sampleAction(env.spec.actions, random);
    if (typeof action === "number") env.actions[game] = action;
    else env.actions.set(action, game * width);
  }
}
