/**
 * The steps of one complete episode of each game, kept in growing typed arrays and handed out as one
 * batch, episode after episode. Not here: returns and losses.
 */
import type { VectorEnv } from "@carom/envs";

/** Where one episode lies in the batch. */
export interface EpisodeRange {
  readonly from: number;
  readonly to: number;
  /** The last observation of an episode that the time limit cut; absent when the game itself ended. */
  readonly finalObservation: Float32Array | undefined;
}

/** All steps of a batch, flattened: B steps. */
export interface BatchSteps {
  readonly size: number;
  readonly observations: Float32Array; // [B, O]
  readonly actions: Int32Array; // [B]
  readonly rewards: Float32Array; // [B]
}

/** The growing record of one game's episode. */
interface Track {
  observations: Float32Array;
  actions: Int32Array;
  rewards: Float32Array;
  length: number;
  finished: boolean;
  finalObservation: Float32Array | undefined;
}

/** Collects one episode per game. */
export class EpisodeBatch {
  /** Games still in their episode. */
  unfinished = 0;
  private readonly tracks: Track[];
  private readonly observationSize: number;
  private readonly rewardBound: number;

  constructor(games: number, observationSize: number, rewardClip: number) {
    this.observationSize = observationSize;
    this.rewardBound = rewardClip > 0 ? rewardClip : Number.POSITIVE_INFINITY;
    this.tracks = Array.from({ length: games }, () => ({
      observations: new Float32Array(64 * observationSize),
      actions: new Int32Array(64),
      rewards: new Float32Array(64),
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

  /** Steps every unfinished game of `env` with the action it was given and records the step. */
  step(env: VectorEnv): void {
    for (let i = 0; i < this.tracks.length; i++) {
      if (!this.tracks[i].finished) this.stepGame(env, i);
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
    const { size, observationSize } = this;
    const observations = new Float32Array(size * observationSize);
    const actions = new Int32Array(size);
    const rewards = new Float32Array(size);
    let at = 0;
    for (const track of this.tracks) {
      const { length } = track;
      observations.set(
        track.observations.subarray(0, length * observationSize),
        at * observationSize,
      );
      actions.set(track.actions.subarray(0, length), at);
      rewards.set(track.rewards.subarray(0, length), at);
      at += length;
    }
    return { size, observations, actions, rewards };
  }

  private stepGame(env: VectorEnv, i: number): void {
    const track = this.tracks[i];
    const { observationSize: size, rewardBound: bound } = this;
    if (track.length === track.actions.length) grow(track);
    const at = track.length++;
    track.observations.set(env.observations.subarray(i * size, (i + 1) * size), at * size);
    track.actions[at] = env.actions[i];
    env.stepRange(i, i + 1);
    track.rewards[at] = Math.max(-bound, Math.min(bound, env.rewards[i]));
    if (env.terminated[i] === 0 && env.truncated[i] === 0) return;
    track.finished = true;
    this.unfinished--;
    if (env.truncated[i] !== 0) {
      track.finalObservation = Float32Array.from(
        env.finalObservations.subarray(i * size, (i + 1) * size),
      );
    }
  }
}

/** Doubles the room of a track. */
function grow(track: Track): void {
  const { observations, actions, rewards } = track;
  track.observations = new Float32Array(observations.length * 2);
  track.observations.set(observations);
  track.actions = new Int32Array(actions.length * 2);
  track.actions.set(actions);
  track.rewards = new Float32Array(rewards.length * 2);
  track.rewards.set(rewards);
}
