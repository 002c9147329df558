/**
 * What every wrapper of a vector env is made from: it forwards all that the wrapper does not change.
 * A wrapper keeps its own array where it changes values, so each layer's arrays stay what they were.
 *
 * Wrappers draw chance from the episode's own key and forget everything at its end, so an episode is
 * the same in every implementation and can be played again from its seed and the actions given to
 * the outermost layer. What spans episodes (running statistics) says so.
 */
import { EnvError } from "../errors.js";
import type { GameSpec } from "../game.js";
import type { Key } from "../key.js";
import { seedRandom } from "../random.js";
import type { ActionArray } from "../spaces.js";
import type { TypedArray } from "../state.js";
import type { CurrentEpisode, ObservationArray, VectorEnv } from "../vector-env.js";
import type { VectorEnvState } from "../vector-state.js";

/** What a wrapper puts in the place of the inner env's; left out, the inner one's is forwarded. */
export interface Replaced {
  readonly spec?: GameSpec;
  readonly maxSteps?: number;
  readonly observations?: ObservationArray;
  readonly finalObservations?: ObservationArray;
  readonly actions?: ActionArray;
  readonly rewards?: Float32Array;
  readonly terminated?: Uint8Array;
  readonly truncated?: Uint8Array;
  readonly episodeReturn?: Float64Array;
  readonly episodeLength?: Int32Array;
  readonly masks?: Uint8Array;
}

/** Running statistics alone, as a saved env has them: what an evaluation takes over of a training. */
export interface SavedStatistics {
  /** What they are the statistics of. */
  readonly facts: {
    /** What stands around the games, from the inside out. */
    readonly wrappers: readonly string[];
  };
  /** The statistics by the names that they have in a saved env. */
  readonly arrays: Readonly<Record<string, TypedArray>>;
}

/** What running statistics can be taken from: they alone, or a whole saved env. */
export type StatisticsSource = SavedStatistics | VectorEnvState;

const ARRAYS = [
  "observations",
  "finalObservations",
  "actions",
  "rewards",
  "terminated",
  "truncated",
  "episodeReturn",
  "episodeLength",
  "masks",
] as const;

/** A vector env around another one. */
export class VectorWrapper implements VectorEnv {
  readonly autoreset = "same-step";
  /** Name and settings, e.g. "frame-skip 4"; equal names restore each other's states. */
  readonly label: string;
  readonly count: number;
  readonly spec: GameSpec;
  readonly maxSteps: number;
  readonly key: Key;
  readonly firstEnv: number;
  readonly observations: ObservationArray;
  readonly actions: ActionArray;
  readonly rewards: Float32Array;
  readonly terminated: Uint8Array;
  readonly truncated: Uint8Array;
  readonly finalObservations: ObservationArray;
  readonly episodeReturn: Float64Array;
  readonly episodeLength: Int32Array;
  readonly masks: Uint8Array | undefined;
  /** The env around which this one stands. */
  readonly inner: VectorEnv;

  constructor(label: string, inner: VectorEnv, replaced: Replaced = {}) {
    this.label = label;
    this.inner = inner;
    this.count = inner.count;
    this.key = inner.key;
    this.firstEnv = inner.firstEnv;
    this.spec = replaced.spec ?? inner.spec;
    this.maxSteps = replaced.maxSteps ?? inner.maxSteps;
    this.observations = replaced.observations ?? inner.observations;
    this.actions = replaced.actions ?? inner.actions;
    this.rewards = replaced.rewards ?? inner.rewards;
    this.terminated = replaced.terminated ?? inner.terminated;
    this.truncated = replaced.truncated ?? inner.truncated;
    this.finalObservations = replaced.finalObservations ?? inner.finalObservations;
    this.episodeReturn = replaced.episodeReturn ?? inner.episodeReturn;
    this.episodeLength = replaced.episodeLength ?? inner.episodeLength;
    this.masks = replaced.masks ?? inner.masks;
  }

  reset(): void {
    this.inner.reset();
    for (const name of ["rewards", "terminated", "truncated"] as const) {
      if (this[name] !== this.inner[name]) this[name].fill(0);
    }
    for (let env = 0; env < this.count; env++) this.began(env);
  }

  step(): void {
    this.stepRange(0, this.count);
  }

  stepRange(from: number, to: number, observe = true): void {
    this.inner.stepRange(from, to, observe);
    for (let env = from; env < to; env++) if (this.hasEnded(env)) this.began(env);
  }

  cut(env: number): void {
    this.inner.cut(env);
    this.began(env);
  }

  restart(env: number, episode: number): void {
    this.inner.restart(env, episode);
    this.began(env);
  }

  turn(env: number): number | undefined {
    return this.inner.turn(env);
  }

  lives(env: number): number | undefined {
    return this.inner.lives(env);
  }

  current(env: number): CurrentEpisode {
    return this.inner.current(env);
  }

  save(): VectorEnvState {
    const { facts, arrays } = this.inner.save();
    const own = this.saved().map(([name, values]) => [`${this.prefix()}${name}`, values.slice()]);
    const wrappers = [...(facts.wrappers ?? []), this.label];
    return { facts: { ...facts, wrappers }, arrays: { ...arrays, ...Object.fromEntries(own) } };
  }

  restore(state: VectorEnvState): void {
    const wrappers = state.facts.wrappers ?? [];
    if (wrappers[wrappers.length - 1] !== this.label) {
      const got = wrappers[wrappers.length - 1] ?? "none";
      throw mismatch(`another wrapper (got ${got}, expected ${this.label})`);
    }
    const saved = this.saved().map(([name, own]) => {
      const values = state.arrays[`${this.prefix()}${name}`];
      if (values?.constructor !== own.constructor || values.length !== own.length) {
        const text = `got ${describe(values)}, expected ${describe(own)}`;
        throw mismatch(`another array "${this.prefix()}${name}" (${text})`);
      }
      return [own, values] as const;
    });
    this.inner.restore({
      ...state,
      facts: { ...state.facts, wrappers: wrappers.slice(0, -1) },
    });
    for (const [own, values] of saved) own.set(values);
  }

  dispose(): void {
    this.inner.dispose();
  }

  /** The running statistics of this wrapper and of those inside. */
  saveStatistics(): SavedStatistics {
    const inside = savedStatistics(this.inner);
    const own = Object.entries(this.statistics()).map(([name, values]) => [
      `${this.prefix()}${name}`,
      values.slice(),
    ]);
    return {
      facts: { wrappers: [...inside.facts.wrappers, this.label] },
      arrays: { ...inside.arrays, ...Object.fromEntries(own) },
    };
  }

  /** Takes over the running statistics of the wrapper with the same label in a saved env. */
  loadStatistics(state: StatisticsSource): void {
    const statistics = Object.entries(this.statistics());
    if (statistics.length === 0) return;
    const layer = (state.facts.wrappers ?? []).indexOf(this.label) + 1;
    for (const [name, own] of statistics) {
      const values = layer > 0 ? state.arrays[`wrapper${layer}.${name}`] : undefined;
      if (values?.length !== own.length) {
        throw mismatch(`no statistics of a wrapper "${this.label}" with ${own.length} entries`);
      }
      own.set(values);
    }
  }

  /** The arrays that hold statistics over episodes, by their names in `ownState`. */
  protected statistics(): Readonly<Record<string, TypedArray>> {
    return {};
  }

  /** Called when an episode of `env` has begun: its first observation is there. */
  protected began(_env: number): void {}

  /** Whether the last step inside ended the episode of `env` there. */
  protected hasEnded(env: number): boolean {
    return this.inner.terminated[env] !== 0 || this.inner.truncated[env] !== 0;
  }

  /** Hands the actions of these envs in, where the wrapper has its own array of them. */
  protected passActions(from: number, to: number): void {
    const { inner, actions, count } = this;
    const width = actions.length / count;
    for (let i = from * width; i < to * width; i++) inner.actions[i] = actions[i];
  }

  /**
   * The arrays that make up the wrapper's state besides the public ones, by name; `restore` writes
   * into them.
   */
  protected ownState(): Readonly<Record<string, TypedArray>> {
    return {};
  }

  /**
   * A generator of four words for this wrapper's chance in the episode that `env` is playing; another
   * one for each of the parts that a wrapper inside makes of one episode of the game.
   */
  protected seedEpisode(env: number, words: Uint32Array): void {
    const { episode, length } = this.inner.current(env);
    const branch = this.key
      .child("env", this.firstEnv + env)
      .child("episode", episode)
      .child(this.prefix(), length);
    seedRandom(words, branch.toSeed());
  }

  /** The arrays that are the wrapper's own, by name. */
  private saved(): (readonly [string, TypedArray])[] {
    const replaced = ARRAYS.map((name) => [name, this[name]] as const).filter(
      (entry): entry is [(typeof ARRAYS)[number], NonNullable<(typeof entry)[1]>] =>
        entry[1] !== undefined && entry[1] !== this.inner[entry[0]],
    );
    return [...replaced, ...Object.entries(this.ownState())];
  }

  /** Tells this layer's arrays from those of the layers inside. */
  private prefix(): string {
    return `wrapper${depthOf(this)}.`;
  }
}

/** The running statistics of an env; wrappers that stand elsewhere have none and only count. */
export function savedStatistics(env: VectorEnv): SavedStatistics {
  if (env instanceof VectorWrapper) return env.saveStatistics();
  return { facts: { wrappers: new Array<string>(env.layers ?? 0).fill("") }, arrays: {} };
}

/** How many wrappers there are from `env` inwards, itself included. */
function depthOf(env: VectorEnv): number {
  return env instanceof VectorWrapper ? 1 + depthOf(env.inner) : (env.layers ?? 0);
}

function describe(values: TypedArray | undefined): string {
  return values ? `${values.constructor.name} [${values.length}]` : "none";
}

function mismatch(what: string): EnvError {
  return new EnvError("STATE_MISMATCH", `VectorEnv.restore: the state has ${what}`);
}

/** An array of the same type and length. */
export function sameRows<T extends ObservationArray | ActionArray>(values: T, length?: number): T {
  const type = values.constructor as new (buffer: ArrayBufferLike) => T;
  const bytes = (length ?? values.length) * values.BYTES_PER_ELEMENT;
  return new type(
    typeof SharedArrayBuffer === "undefined"
      ? new ArrayBuffer(bytes)
      : new SharedArrayBuffer(bytes),
  );
}

/** A setting that is wrong. */
export function invalidSetting(wrapper: string, what: string): EnvError {
  return new EnvError("INVALID_ARGUMENT", `${wrapper}: ${what}`);
}
