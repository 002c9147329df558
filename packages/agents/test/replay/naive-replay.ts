/**
 * The slow, obvious replay memory: every step is an object that holds copies of all it needs, nothing is
 * ever thrown away, and an n-step transition is put together by walking from step to step.
 */
import type { VectorEnv } from "@carom/envs";

/** One step of one game. */
export interface NaiveStep {
  readonly observation: readonly number[];
  readonly action: readonly number[];
  readonly reward: number;
  readonly terminated: boolean;
  readonly truncated: boolean;
  /** What came of it: the final observation where the episode ended. */
  readonly nextObservation: readonly number[];
  /** Steps of its episode before it. */
  readonly time: number;
  /** Slots that its game had used up before it, in a memory that keeps one per frame. */
  readonly slot: number;
}

/** An n-step transition. */
export interface NaiveTransition {
  readonly observation: readonly number[];
  readonly action: readonly number[];
  readonly reward: number;
  readonly discount: number;
  /** Undefined after termination. */
  readonly nextObservation: readonly number[] | undefined;
}

/** All steps of all games. */
export class NaiveReplay {
  /** Per game. */
  readonly games: NaiveStep[][];
  private readonly used: number[]; // slots per game
  private readonly times: number[];
  private begun: { observation: number[]; action: number[] }[] = [];

  constructor(count: number) {
    this.games = Array.from({ length: count }, () => []);
    this.used = new Array<number>(count).fill(0);
    this.times = new Array<number>(count).fill(0);
  }

  begin(env: VectorEnv): void {
    this.begun = this.games.map((_, game) => ({
      observation: rowOf(env.observations, game, env.count),
      action: rowOf(env.actions, game, env.count),
    }));
  }

  finish(env: VectorEnv): void {
    for (const [game, steps] of this.games.entries()) {
      const [terminated, truncated] = [env.terminated[game] === 1, env.truncated[game] === 1];
      const source = terminated || truncated ? env.finalObservations : env.observations;
      steps.push({
        ...this.begun[game],
        reward: env.rewards[game],
        terminated,
        truncated,
        nextObservation: rowOf(source, game, env.count),
        time: this.times[game],
        slot: this.used[game],
      });
      this.times[game] = terminated || truncated ? 0 : this.times[game] + 1;
      this.used[game] += truncated ? 2 : 1; // a cut episode's final observation has a slot as well
    }
  }

  /**
   * What a memory of `slots` slots per game must offer: every step whose window of n steps is complete
   * (or ended by the episode), but for those of whose stack a frame has been overwritten.
   */
  transitions(slots: number, nStep: number, frames: number, gamma: number): NaiveTransition[] {
    return this.games.flatMap((steps, game) =>
      steps.flatMap((step, i) => {
        const oldest = step.slot - Math.min(frames - 1, step.time);
        const isThere = oldest > this.used[game] - slots; // the head has a slot as well
        const transition = isThere ? transitionFrom(steps, i, nStep, gamma) : undefined;
        return transition ? [transition] : [];
      }),
    );
  }
}

/** The n-step transition that begins with step `i`; undefined where its window is not complete. */
function transitionFrom(
  steps: readonly NaiveStep[],
  i: number,
  nStep: number,
  gamma: number,
): NaiveTransition | undefined {
  const { observation, action } = steps[i];
  let reward = 0;
  for (let k = 0; k < nStep; k++) {
    const step = steps[i + k];
    if (step === undefined) return undefined;
    reward += gamma ** k * step.reward;
    const { terminated, truncated, nextObservation } = step;
    if (terminated) {
      return { observation, action, reward, discount: 0, nextObservation: undefined };
    }
    if (truncated || k === nStep - 1) {
      return { observation, action, reward, discount: gamma ** (k + 1), nextObservation };
    }
  }
  return undefined;
}

function rowOf(rows: ArrayLike<number>, row: number, count: number): number[] {
  const size = rows.length / count;
  return Array.from({ length: size }, (_, i) => rows[row * size + i]);
}
