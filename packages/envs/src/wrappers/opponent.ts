/**
 * A game of two as a game of one: somebody else plays the other side. A step is the learner's move
 * and the answer to it; its reward is the learner's less the opponent's. Sides are drawn anew for every
 * episode, so the learner sees both. `episodeReturn` is the learner's; records hold the moves of
 * both, and their return is the learner's too where `createVectorEnv` made the env.
 *
 * An episode that is cut inside after the learner's own move ends with the row that the other player
 * would have seen; the wrapper time-limit, put outside, cuts after the answer.
 */
import { nextBelow } from "../random.js";
import type { TypedArray } from "../state.js";
import type { ObservationArray, VectorEnv } from "../vector-env.js";
import { drawAllowed } from "./action-mask.js";
import { EndKeeper } from "./kept-ends.js";
import { invalidSetting, type VectorWrapper } from "./wrapper.js";

/** Chooses a move: `observation` is the row of the player to move, `mask` its allowed actions. */
export type Opponent = (observation: ObservationArray, mask: Uint8Array) => number;

/** Who plays the other side. */
export interface OpponentOptions {
  /** "random" (default): allowed moves, each equally likely. */
  readonly plays?: "random" | Opponent;
}

/**
 * Plays the other side of a game of two. Throws EnvError INVALID_ARGUMENT for other games.
 * @param sides `[count]`: where the learner's side is kept, 0 or 1 (default: memory of its own)
 */
export function opponent(
  env: VectorEnv,
  options: OpponentOptions = {},
  sides: Uint8Array = new Uint8Array(env.count),
): VectorWrapper {
  const { plays = "random" } = options;
  if (env.spec.players !== 2 || env.turn(0) === undefined || !env.masks) {
    throw invalidSetting("opponent", `${env.spec.id} is not a game for two`);
  }
  if (plays !== "random" && typeof plays !== "function") {
    const got = `got "${String(plays)}", expected "random" or a function`;
    throw invalidSetting("opponent", `plays is nobody known (${got})`);
  }
  return new OpponentWrapper(env, env.masks, plays, sides);
}

class OpponentWrapper extends EndKeeper {
  private readonly plays: "random" | Opponent;
  private readonly allowed: Uint8Array; // [count, A]
  private readonly sides: Uint8Array; // the learner's player
  private readonly randoms: Uint32Array; // [count, 4]
  private readonly returns: Float64Array; // the learner's, of the running episodes
  private readonly owed: Float64Array; // of the opponent's first moves, for the learner's first reward

  constructor(
    inner: VectorEnv,
    allowed: Uint8Array,
    plays: "random" | Opponent,
    sides: Uint8Array,
  ) {
    const { players: _players, ...spec } = inner.spec;
    super(`opponent ${typeof plays === "string" ? plays : "custom"}`, inner, { spec });
    this.plays = plays;
    this.allowed = allowed;
    this.sides = sides;
    this.randoms = new Uint32Array(4 * inner.count);
    this.returns = new Float64Array(inner.count);
    this.owed = new Float64Array(inner.count);
  }

  override stepRange(from: number, to: number): void {
    const { inner, owed, returns, sides } = this;
    this.passActions(from, to);
    inner.stepRange(from, to, true);
    for (let env = from; env < to; env++) {
      let reward = owed[env] + inner.rewards[env];
      owed[env] = 0;
      while (!this.hasEnded(env) && inner.turn(env) !== sides[env]) {
        this.answer(env);
        reward -= inner.rewards[env];
      }
      returns[env] += reward;
      if (this.keep(env, reward)) this.began(env);
    }
  }

  override turn(): undefined {
    return undefined;
  }

  /** An episode that ends with the opponent's first moves is over, and the next one begins. */
  protected override began(env: number): void {
    while (!this.open(env));
  }

  protected override returnOf(env: number): number {
    return this.returns[env];
  }

  protected override ownState(): Record<string, TypedArray> {
    const { sides, randoms, returns, owed } = this;
    return { sides, randoms, returns, owed };
  }

  /**
   * Draws the learner's side; the opponent moves first where that is the other one. False if the
   * episode ended before it was the learner's turn.
   */
  private open(env: number): boolean {
    const { inner, sides, owed } = this;
    const random = this.randomOf(env);
    this.seedEpisode(env, random);
    sides[env] = nextBelow(random, 2);
    this.returns[env] = 0;
    owed[env] = 0;
    while (inner.turn(env) !== sides[env]) {
      this.answer(env);
      owed[env] -= inner.rewards[env];
      if (this.hasEnded(env)) return false;
    }
    return true;
  }

  /** One move of the opponent. */
  private answer(env: number): void {
    const { inner, allowed, plays } = this;
    const width = allowed.length / this.count;
    const mask = allowed.subarray(env * width, (env + 1) * width);
    const { size } = inner.spec.observation;
    const row = inner.observations.subarray(env * size, (env + 1) * size);
    inner.actions[env] =
      plays === "random" ? drawAllowed(mask, this.randomOf(env)) : plays(row, mask);
    inner.stepRange(env, env + 1, true);
  }

  private randomOf(env: number): Uint32Array {
    return this.randoms.subarray(4 * env, 4 * env + 4);
  }
}
