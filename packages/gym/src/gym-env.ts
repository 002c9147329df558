/**
 * Gymnasium's environments as a vector env: `count` of them in one Python process, which plays them
 * in a loop while this thread waits (link.ts).
 *
 * When that process ends, whatever the reason, it is started again: the episodes that were running
 * are truncated by the next step of their envs, at the last observation there is, and training goes
 * on. Environments in Python cannot be saved either, so `restore` ends running episodes in the same
 * way. What is too much throws: a sixth end in a row without a single step between them, or ten
 * faulty episodes of one env in a row.
 */
import {
  ActionViews,
  actionArray,
  actionWidth,
  type CurrentEpisode,
  EnvError,
  type EpisodeRecord,
  type Fault,
  FaultKeeper,
  type GameSpec,
  type Key,
  type ObservationArray,
  type VectorEnv,
  type VectorEnvState,
} from "@carom/envs";
import {
  FAULT,
  type InputBlock,
  inputBlock,
  type OutputBlock,
  outputBlock,
  TERMINATED,
  TRUNCATED,
} from "./blocks.js";
import { type GymOptions, linkOptions } from "./definition.js";
import { Episodes } from "./episodes.js";
import { GymError } from "./errors.js";
import { captureGym, restoreGym } from "./gym-state.js";
import { specOfHello } from "./hello.js";
import { Link, LinkDied, type LinkOptions, type PythonFault } from "./link.js";

/** How to make a GymVectorEnv. */
export interface GymVectorEnvOptions extends GymOptions {
  /** Name of the environment: "gym:CartPole-v1". */
  readonly id: string;
  /** Number of environments. */
  readonly count: number;
  /** Where all seeds come from. */
  readonly key: Key;
  /** Called within the step for every episode that ends. */
  readonly onEpisode?: ((episode: EpisodeRecord) => void) | undefined;
  /** Called once for every env whose episode is lost by a fault. */
  readonly onFault?: ((fault: Fault) => void) | undefined;
  /** "throw": a fault throws instead (default "truncate"). */
  readonly faults?: "throw" | "truncate" | undefined;
  /** Number of the first env in the key tree (default 0). */
  readonly firstEnv?: number | undefined;
}

/** Processes that may end in a row without a single step between them. */
export const MOST_RESTARTS = 5;

/** `count` environments of Gymnasium that step together. */
export class GymVectorEnv implements VectorEnv {
  readonly autoreset = "same-step";
  readonly count: number;
  readonly spec: GameSpec;
  readonly maxSteps: number;
  readonly key: Key;
  readonly firstEnv: number;
  readonly observations: ObservationArray;
  readonly actions: Float32Array | Int32Array;
  readonly rewards: Float32Array;
  readonly terminated: Uint8Array;
  readonly truncated: Uint8Array;
  readonly finalObservations: ObservationArray;
  readonly episodeReturn: Float64Array;
  readonly episodeLength: Int32Array;

  /** @internal */ readonly episodes: Episodes;
  private readonly options: GymVectorEnvOptions;
  private readonly linkOptions: LinkOptions;
  private readonly input: InputBlock;
  private readonly output: OutputBlock;
  private readonly taken: ActionViews;
  private readonly rowBytes: number;
  private readonly bytes: { readonly observations: Uint8Array; readonly finals: Uint8Array };
  /** `[count]`: 1 where Python no longer plays the running episode: the next step truncates it. */
  private readonly lost: Uint8Array;
  private readonly faults: FaultKeeper;
  private link: Link;
  private death: LinkDied | undefined; // why episodes are lost; none after `restore`
  private restarts = 0; // since the last step
  private state: "new" | "playing" | "disposed" = "new";

  /** Starts Python. Throws GymError. */
  constructor(options: GymVectorEnvOptions) {
    const { id, count, key } = options;
    this.options = options;
    this.linkOptions = linkOptions(id, count, options);
    this.link = Link.start(this.linkOptions);
    const { hello } = this.link;
    this.spec = specOfHello(id, hello);
    this.count = count;
    this.key = key;
    this.firstEnv = options.firstEnv ?? 0;
    this.maxSteps = this.spec.maxSteps;
    this.episodes = new Episodes(this.spec, count, key, this.firstEnv);
    this.input = inputBlock(this.spec, count, hello.layout);
    this.output = outputBlock(count, hello.layout);
    this.output.lives.fill(hello.lives);

    const { actions, observation } = this.spec;
    const numbers = count * actionWidth(actions);
    this.actions = actionArray(actions, numbers, new SharedArrayBuffer(4 * numbers));
    this.taken = new ActionViews(id, actions, count, this.firstEnv, this.input.actions);
    const isPicture = observation.dtype === "uint8";
    this.rowBytes = (isPicture ? 1 : 4) * observation.size;
    const buffers = [0, 1].map(() => new SharedArrayBuffer(count * this.rowBytes));
    const rows = (buffer: SharedArrayBuffer) =>
      isPicture ? new Uint8Array(buffer) : new Float32Array(buffer);
    this.observations = rows(buffers[0]);
    this.finalObservations = rows(buffers[1]);
    this.bytes = { observations: new Uint8Array(buffers[0]), finals: new Uint8Array(buffers[1]) };
    this.rewards = new Float32Array(count);
    this.terminated = new Uint8Array(count);
    this.truncated = new Uint8Array(count);
    this.episodeReturn = new Float64Array(count);
    this.episodeLength = new Int32Array(count);
    this.lost = new Uint8Array(count);
    const { faults = "truncate", onFault } = options;
    this.faults = new FaultKeeper(id, count, { faults, ...(onFault && { onFault }) });
  }

  reset(): void {
    this.assertOpen();
    this.rewards.fill(0);
    this.terminated.fill(0);
    this.truncated.fill(0);
    for (let env = 0; env < this.count; env++) this.input.seeds[env] = this.episodes.seedOf(env, 0);
    this.begin(0, this.count);
    for (let env = 0; env < this.count; env++) this.began(env, 0);
    this.state = "playing";
  }

  step(): void {
    this.stepRange(0, this.count);
  }

  stepRange(from: number, to: number, observe = true): void {
    this.assertPlaying();
    if (!(from >= 0 && from <= to && to <= this.count)) {
      const text = `stepRange: [${from}, ${to}) is outside [0, ${this.count})`;
      throw new EnvError("INVALID_ARGUMENT", `${this.spec.id}: ${text}`);
    }
    if (from === to) return;
    for (let env = from; env < to; env++) this.taken.take(this.actions, env);
    const { input, lost } = this;
    const faults = this.exchange(from, to, () => input.modes.set(lost.subarray(from, to), from));
    this.keepLost(from, to);
    if (observe) this.readRows(from, to);
    for (let env = from; env < to; env++) {
      if (lost[env] !== 0) this.settleLost(env, observe);
      else this.settle(env, observe, faults);
    }
  }

  cut(env: number): void {
    this.assertPlaying();
    this.truncated[env] = 1;
    this.copyFinal(env);
    if (this.lost[env] !== 0 && this.death) this.report(env, this.death.kind, this.death.message);
    this.begin(env, env + 1);
    this.finish(env, false);
  }

  restart(env: number, episode: number): void {
    this.assertOpen();
    this.state = "playing";
    this.input.seeds[env] = this.episodes.seedOf(env, episode);
    this.begin(env, env + 1);
    this.began(env, episode);
  }

  turn(_env: number): undefined {
    return undefined;
  }

  lives(env: number): number | undefined {
    const lives = this.output.lives[env];
    return lives < 0 ? undefined : lives;
  }

  current(env: number): CurrentEpisode {
    return this.episodes.current(env);
  }

  /** The running episodes as far as they are known here; what Python holds of them is not. */
  save(): VectorEnvState {
    return captureGym(this);
  }

  /**
   * Goes on from a saved state: the episodes that were running are truncated by the next step,
   * which starts those after them. Throws EnvError STATE_MISMATCH.
   */
  restore(state: VectorEnvState): void {
    this.assertOpen();
    restoreGym(this, state);
    for (let env = 0; env < this.count; env++) {
      this.input.seeds[env] = this.episodes.seedOf(env, this.episodes.numbers[env] + 1);
    }
    this.lost.fill(1);
    this.death = undefined;
    this.state = "playing";
  }

  dispose(): void {
    this.state = "disposed";
    this.link.close();
  }

  /** Id of the Python process, for people and tests. */
  get pid(): number | undefined {
    return this.link.pid;
  }

  /**
   * Lets Python play the envs [from, to); where its process ends, does it again with another one.
   * @param arm sets their `modes`, before each try
   */
  private exchange(from: number, to: number, arm: () => void): readonly PythonFault[] {
    for (;;) {
      arm();
      const { input, output, link } = this;
      try {
        link.write(input.bytes, 0);
        const faults = link.play(from, to);
        link.read(output.bytes, output.at);
        if (input.modes.subarray(from, to).includes(0)) this.restarts = 0;
        return faults;
      } catch (error) {
        if (!(error instanceof LinkDied)) throw error;
        this.revive(error);
      }
    }
  }

  /** Starts another process; no episode goes on in it. */
  private revive(death: LinkDied): void {
    const before = this.link.hello;
    this.link.close();
    this.restarts += 1;
    if (this.restarts > MOST_RESTARTS) {
      const text = `${death.message}, ${this.restarts} times in a row`;
      throw new GymError("CHILD_DIED", `${this.spec.id}: ${text}`);
    }
    this.death = death;
    this.lost.fill(1);
    this.link = Link.start(this.linkOptions);
    if (JSON.stringify(this.link.hello) === JSON.stringify(before)) return;
    const text = "the environment has changed while it was being played";
    throw new GymError("ENV_FAULTY", `${this.spec.id}: ${text}`);
  }

  /** Starts episodes of the envs [from, to) from their next seeds, and reads the observations. */
  private begin(from: number, to: number): void {
    this.exchange(from, to, () => this.input.modes.fill(1, from, to));
    this.lost.fill(0, from, to);
    this.readRows(from, to);
  }

  /** An episode of `env` has begun in Python. */
  private began(env: number, number: number): void {
    this.episodes.begin(env, number);
    this.input.seeds[env] = this.episodes.seedOf(env, number + 1);
  }

  /** What a step of one env left. */
  private settle(env: number, observe: boolean, faults: readonly PythonFault[]): void {
    const { output, episodes } = this;
    const flags = output.flags[env];
    if ((flags & FAULT) !== 0) {
      const fault = faults.find((one) => one.env === env);
      this.report(env, fault?.kind ?? "threw", fault?.message ?? "");
    } else episodes.add(env, this.input.actions, output.rewards[env]);
    this.rewards[env] = output.rewards[env];
    this.terminated[env] = (flags & TERMINATED) !== 0 ? 1 : 0;
    this.truncated[env] = (flags & TRUNCATED) !== 0 ? 1 : 0;
    if (flags === 0) return;
    this.readFinal(env);
    if (!observe) this.readRows(env, env + 1);
    if ((flags & FAULT) === 0) this.faults.passed(env);
    this.finish(env, (flags & TERMINATED) !== 0);
  }

  /** Ends the episode of one env that was lost; its next one has begun. */
  private settleLost(env: number, observe: boolean): void {
    this.lost[env] = 0;
    this.rewards[env] = 0;
    this.terminated[env] = 0;
    this.truncated[env] = 1;
    if (!observe) this.readRows(env, env + 1);
    if (this.death) this.report(env, this.death.kind, this.death.message);
    this.finish(env, false);
  }

  /** The record of the episode, and the numbers of the next one, which has begun. */
  private finish(env: number, terminated: boolean): void {
    const { episodes, options } = this;
    this.episodeReturn[env] = episodes.returns[env];
    this.episodeLength[env] = episodes.lengths[env];
    const record = options.onEpisode && episodes.record(env, terminated);
    this.began(env, episodes.numbers[env] + 1);
    if (record) options.onEpisode?.(record);
  }

  private report(env: number, kind: Fault["kind"], message: string): void {
    const width = actionWidth(this.spec.actions);
    const action = Array.from(this.input.actions.subarray(env * width, (env + 1) * width));
    const { seed, episode, length } = this.current(env);
    const place = { env: this.firstEnv + env, episode, seed, step: length, action };
    this.faults.report(env, { ...place, kind, message }, this.death);
  }

  /** Keeps the last observations of lost episodes before those of the next ones are read. */
  private keepLost(from: number, to: number): void {
    for (let env = from; env < to; env++) if (this.lost[env] !== 0) this.copyFinal(env);
  }

  private copyFinal(env: number): void {
    const { bytes, rowBytes } = this;
    const row = bytes.observations.subarray(env * rowBytes, (env + 1) * rowBytes);
    bytes.finals.set(row, env * rowBytes);
  }

  private readRows(from: number, to: number): void {
    const { rowBytes, link } = this;
    const rows = this.bytes.observations.subarray(from * rowBytes, to * rowBytes);
    link.read(rows, link.hello.layout.observations + from * rowBytes);
  }

  private readFinal(env: number): void {
    const { rowBytes, link } = this;
    const row = this.bytes.finals.subarray(env * rowBytes, (env + 1) * rowBytes);
    link.read(row, link.hello.layout.lasts + env * rowBytes);
  }

  private assertOpen(): void {
    if (this.state !== "disposed") return;
    throw new EnvError("INVALID_ARGUMENT", `${this.spec.id}: the env has been disposed of`);
  }

  private assertPlaying(): void {
    this.assertOpen();
    if (this.state === "playing") return;
    throw new EnvError("INVALID_ARGUMENT", `${this.spec.id}: call reset() before the first step`);
  }
}
