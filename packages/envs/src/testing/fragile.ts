/**
 * Games that break when they are told to, and vector envs of them that are watched, for the tests of
 * how faults are survived.
 */
import type { Game } from "../game.js";
import { Catch } from "../games/catch/catch.js";
import { key } from "../key.js";
import { LocalVectorEnv, type VectorEnvOptions } from "../local-env.js";
import type { EpisodeRecord, Fault } from "../vector-env.js";

/** Decisions of an episode of Catch. */
export const CATCH_LENGTH = 9;

/** How many envs there are, and the one that breaks. */
export const COUNT = 3;
export const BAD = 1;

/** Seed of an episode of the envs that `startWatched` makes. */
export function seedOf(env: number, episode: number): number {
  return key(5).child("env", env).child("episode", episode).toSeed();
}

/** An env with all that it told. */
export interface Watched {
  readonly env: LocalVectorEnv;
  readonly records: EpisodeRecord[];
  readonly faults: Fault[];
}

/** A vector env, started, whose faults are survived unless `options` say otherwise. */
export function startWatched(game: () => Game, options: Partial<VectorEnvOptions> = {}): Watched {
  const records: EpisodeRecord[] = [];
  const faults: Fault[] = [];
  const env = new LocalVectorEnv(game, {
    count: COUNT,
    key: key(5),
    faults: "truncate",
    onEpisode: (record) => records.push(record),
    onFault: (fault) => faults.push(fault),
    ...options,
  });
  env.reset();
  return { env, records, faults };
}

/** What an action throws. */
export function errorOf(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** Where a game breaks. */
export interface Break {
  /**
   * What fails: a method throws, the reward or an entry of the observation is no number, a game cannot
   * be made.
   */
  readonly where: "step" | "reset" | "observe" | "reward" | "entry" | "constructor";
  /** Seeds of the episodes in which it does. */
  readonly seeds: readonly number[];
  /** Decisions played before it does (default 0). */
  readonly after?: number;
  /** What is thrown (default: an Error "broken"), or given as reward or entry (default: NaN). */
  readonly value?: unknown;
}

/** A maker of games that break as planned; "constructor" fails where the last seed is in the plan. */
export function fragile(plan: Break): () => Game {
  const { where, seeds, after = 0, value } = plan;
  let isDoomed = false; // the episode that was begun last, in any of the games
  const number = (): number => (typeof value === "number" ? value : Number.NaN);
  const breakDown = (): never => {
    throw value ?? new Error("broken");
  };

  return () => {
    if (where === "constructor" && isDoomed) breakDown();
    return new (class extends Catch {
      isBad = false;

      override seed(seed: number): void {
        super.seed(seed);
        this.isBad = seeds.includes(seed);
        isDoomed = this.isBad;
      }

      override reset(): void {
        super.reset();
        if (where === "reset" && this.isBad) breakDown();
      }

      override step(action: number): number {
        const isNow = this.isBad && this.ballY === after;
        if (isNow && (where === "step" || where === "constructor")) breakDown();
        const reward = super.step(action);
        return isNow && where === "reward" ? number() : reward;
      }

      override observe(out: Float32Array, at: number): void {
        super.observe(out, at);
        if (!this.isBad || this.ballY !== after) return;
        if (where === "observe") breakDown();
        if (where === "entry") out[at + 7] = number();
      }
    })();
  };
}
