/**
 * Random play of vector envs for the tests of this package, and everything that a step showed. The
 * actions of an env follow from its number alone, whatever other envs there are.
 */
import { key } from "../key.js";
import { nextBelow, seedRandom } from "../random.js";
import { actionWidth, sampleAction } from "../spaces.js";
import type { VectorEnv } from "../vector-env.js";

/** Draws actions for the envs of a vector env; allowed ones where it has masks. */
export class RandomPlay {
  private readonly env: VectorEnv;
  private readonly isBlind: boolean;
  private readonly randoms: readonly Uint32Array[];

  /** @param isBlind whether it does not look at masks */
  constructor(env: VectorEnv, isBlind = false) {
    this.env = env;
    this.isBlind = isBlind;
    this.randoms = Array.from({ length: env.count }, (_, i) => {
      const random = new Uint32Array(4);
      seedRandom(
        random,
        key(1)
          .child("play", env.firstEnv + i)
          .toSeed(),
      );
      return random;
    });
  }

  /** Writes an action for each env. */
  choose(): void {
    for (let i = 0; i < this.env.count; i++) this.chooseFor(i);
  }

  /** Writes an action for one env. */
  chooseFor(i: number): void {
    const { env } = this;
    const { actions } = env.spec;
    const random = this.randoms[i];
    if (!this.isBlind && env.masks && actions.kind === "discrete") {
      const { length } = actions.names;
      const allowed = Array.from(env.masks.subarray(i * length, (i + 1) * length).entries())
        .filter(([, isAllowed]) => isAllowed === 1)
        .map(([action]) => action);
      env.actions[i] = allowed[nextBelow(random, allowed.length)];
      return;
    }
    const action = sampleAction(actions, random);
    env.actions.set(typeof action === "number" ? [action] : action, i * actionWidth(actions));
  }

  /** Chooses and steps. */
  play(steps: number): void {
    for (let step = 0; step < steps; step++) {
      this.choose();
      this.env.step();
    }
  }
}

/** What the last step of an env showed. */
export interface Shown {
  readonly observation: string;
  readonly reward: number;
  readonly terminated: number;
  readonly truncated: number;
  /** Where the episode has ended: its last observation, return and length. */
  readonly final: readonly (string | number)[];
  readonly mask: readonly number[];
  readonly episode: number;
}

/** What the last step of env `i` showed. */
export function look(env: VectorEnv, i: number): Shown {
  const { size } = env.spec.observation;
  const ended = env.terminated[i] !== 0 || env.truncated[i] !== 0;
  const final = [env.episodeReturn[i], env.episodeLength[i]];
  const width = (env.masks?.length ?? 0) / env.count;
  return {
    observation: digest(env.observations.subarray(i * size, (i + 1) * size)),
    reward: env.rewards[i],
    terminated: env.terminated[i],
    truncated: env.truncated[i],
    final: ended
      ? [digest(env.finalObservations.subarray(i * size, (i + 1) * size)), ...final]
      : [],
    mask: Array.from(env.masks?.subarray(i * width, (i + 1) * width) ?? []),
    episode: env.current(i).episode,
  };
}

/** The first values and a hash of all of them: rows are long, and comparing lists is slow. */
function digest(values: Float32Array | Uint8Array): string {
  const bytes = new Uint8Array(values.slice().buffer);
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return `${Array.from(values.subarray(0, 3)).join(" ")} ... #${hash >>> 0}`;
}

/** What the last step of every env showed. */
export function lookAll(env: VectorEnv): Shown[] {
  return Array.from({ length: env.count }, (_, i) => look(env, i));
}
