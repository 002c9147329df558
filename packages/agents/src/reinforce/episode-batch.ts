/**
 * The steps of one complete episode of each game, kept in growing typed arrays and handed out as one
 * batch, episode after episode. Not here: returns and losses.
 */
import type { ActionArray, ObservationArray, VectorEnv } from "@carom/envs";

/** Where one episode lies in the batch. */
export interface EpisodeRange {
  readonly from: number;
  readonly to: number;
  /** The last observation of an episode that the time limit cut; absent when the game itself ended. */
  readonly finalObservation: ObservationArray | undefined;
}

/** All steps of a batch, flattened: B steps. */
export interface BatchSteps {
  readonly size: number;
  readonly observations: ObservationArray; // [B, O]
  readonly actions: ActionArray; // [B] or [B, A]
  readonly masks: Uint8Array; // [B, P], empty where all actions are always allowed
  readonly rewards: Float32Array; // [B]
}

/** The growing record of one game's episode. */
interface Track {
  observations: ObservationArray;
  actions: ActionArray;
  masks: Uint8Array;
  rewards: Float32Array;
  length: number;
  finished: boolean;
  finalObservation: ObservationArray | undefined;
}

/** Collects one episode per game. */
export class EpisodeBatch {
  /** Games still in their episode. */
  unfinished = 0;
  private readonly env: VectorEnv;
  private readonly tracks: Track[];
  private readonly rewardBound: number;

  constructor(env: VectorEnv, rewardClip: number) {
    this.env = env;
    this.rewardBound = rewardClip > 0 ? rewardClip : Number.POSITIVE_INFINITY;
    this.tracks = Array.from({ length: env.count }, () => ({
      observations: emptyLike(env.observations),
      actions: emptyLike(env.actions),
      masks: new Uint8Array(0),
      rewards: new Float32Array(0),
      length: 0,
      finished: false,
      finalObservation: undefined,
    }));
    this.clear();
  }

  /** Steps collected. */
  get size(): number {
    return this.tracks.reduce((sum, track) => sum + track.length, 0);
  }

  /** Forgets all steps. */
  clear(): void {
    this.unfinished = this.tracks.length;
    for (const track of this.tracks) {
      track.length = 0;
      track.finished = false;
      track.finalObservation = undefined;
    }
  }

  /**
   * Steps every unfinished game with the action it was given and records the step.
   * @param chosen actions as the learner keeps them, one row per game, as `env.actions`
   */
  step(chosen: ActionArray): void {
    for (let i = 0; i < this.tracks.length; i++) {
      if (!this.tracks[i].finished) this.stepGame(i, chosen);
    }
  }

  /** Where each episode lies in `steps()`. */
  episodes(): EpisodeRange[] {
    let from = 0;
    return this.tracks.map(({ length, finalObservation }) => {
      const range = { from, to: from + length, finalObservation };
      from += length;
      return range;
    });
  }

  /** The batch, episode after episode. */
  steps(): BatchSteps {
    const { size, env } = this;
    const observations = joined(env.observations, this.parts("observations"));
    const actions = joined(env.actions, this.parts("actions"));
    const masks = joined(new Uint8Array(0), this.parts("masks"));
    const rewards = joined(new Float32Array(0), this.parts("rewards"));
    return { size, observations, actions, masks, rewards };
  }

  private parts(name: "observations" | "actions" | "masks" | "rewards"): Rows[] {
    const { env } = this;
    const width = {
      observations: env.observations.length / env.count,
      actions: env.actions.length / env.count,
      masks: (env.masks?.length ?? 0) / env.count,
      rewards: 1,
    }[name];
    return this.tracks.map((track) => track[name].subarray(0, track.length * width));
  }

  private stepGame(i: number, chosen: ActionArray): void {
    const { env, rewardBound: bound } = this;
    const track = this.tracks[i];
    const at = track.length++;
    const row = <T extends Rows>(rows: T): T => {
      const width = rows.length / env.count;
      return rows.subarray(i * width, (i + 1) * width) as T;
    };
    track.observations = stored(track.observations, at, row(env.observations));
    track.actions = stored(track.actions, at, row(chosen));
    if (env.masks !== undefined) track.masks = stored(track.masks, at, row(env.masks));
    env.stepRange(i, i + 1);
    const reward = Math.max(-bound, Math.min(bound, env.rewards[i]));
    track.rewards = stored(track.rewards, at, Float32Array.of(reward));
    if (env.terminated[i] === 0 && env.truncated[i] === 0) return;
    track.finished = true;
    this.unfinished--;
    if (env.truncated[i] !== 0) track.finalObservation = row(env.finalObservations).slice();
  }
}

/** What tracks are made of. */
type Rows = Float32Array | Int32Array | Uint8Array;

/** An empty array of the same kind. */
function emptyLike<T extends Rows>(rows: T): T {
  return sized(rows, 0);
}

/** A zeroed array of the same kind. */
function sized<T extends Rows>(like: T, length: number): T {
  const type = like.constructor as new (length: number) => T;
  return new type(length);
}

/** `rows` with `row` as row `at`; an array of twice the size where there is no room. */
function stored<T extends Rows>(rows: T, at: number, row: T): T {
  const end = (at + 1) * row.length;
  let room = rows;
  if (end > rows.length) {
    room = sized(rows, 2 * end);
    room.set(rows);
  }
  room.set(row, at * row.length);
  return room;
}

/** All parts, one after the other, in an array of the kind of `like`. */
function joined<T extends Rows>(like: T, parts: readonly Rows[]): T {
  const whole = sized(
    like,
    parts.reduce((sum, part) => sum + part.length, 0),
  );
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
