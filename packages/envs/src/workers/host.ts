/**
 * The games of one thread: a vector env per block, whose rows are copied into the shared ones after
 * each command. Knows nothing of waiting and waking (thread.ts).
 */
import { EnvError } from "../errors.js";
import type { GameDefinition } from "../game.js";
import { keyFromWords } from "../key.js";
import { actionWidth } from "../spaces.js";
import type { VectorEnv } from "../vector-env.js";
import { createVectorEnv } from "../wrappers/wrap.js";
import {
  type Block,
  code,
  type MainMessage,
  type Rebuild,
  type Rebuilt,
  type ThreadMessage,
  type ThreadPlan,
  word,
} from "./protocol.js";

interface HostedBlock extends Block {
  readonly env: VectorEnv;
}

/** Carries out commands on the games of one thread. */
export class Host {
  private readonly plan: ThreadPlan;
  private readonly blocks: readonly HostedBlock[];
  private readonly post: (message: ThreadMessage) => void;
  private readonly width: number;
  /** While episodes are played again nothing is reported a second time. */
  private isQuiet = false;

  constructor(plan: ThreadPlan, game: GameDefinition, post: (message: ThreadMessage) => void) {
    this.plan = plan;
    this.post = post;
    this.blocks = plan.blocks.map((block) => ({ ...block, env: this.createBlock(game, block) }));
    this.width = actionWidth(this.blocks[0].env.spec.actions);
  }

  /** Carries out the command in the control words. Throws EnvError. */
  carryOut(receive: () => MainMessage): void {
    const { control } = this.plan;
    const [from, to] = [control[word.from], control[word.to]];
    switch (control[word.code]) {
      case code.reset:
        for (const block of this.enter(0, Number.POSITIVE_INFINITY)) {
          block.env.reset();
          this.show(block, block.from, block.to);
        }
        break;
      case code.step:
        this.step(from, to, control[word.observe] !== 0);
        break;
      case code.cut:
        this.blockOf(from).env.cut(from - this.blockOf(from).from);
        this.show(this.blockOf(from), from, from + 1);
        break;
      case code.restart:
        this.blockOf(from).env.restart(from - this.blockOf(from).from, to);
        this.show(this.blockOf(from), from, from + 1);
        break;
      case code.current:
        this.postCurrent(from);
        break;
      case code.save:
        this.post({ kind: "saved", states: this.blocks.map(({ env }) => env.save()) });
        break;
      case code.restore:
        this.restore(receive());
        break;
      case code.rebuild:
        this.rebuild(receive());
        break;
    }
  }

  private createBlock(game: GameDefinition, { from, to }: Block): VectorEnv {
    const { variant, maxSteps, key, wrappers, checkObservations, faults, control } = this.plan;
    const { observations } = this.plan.rows;
    const size = observations.length / this.plan.count;
    return createVectorEnv(game, {
      observations: observations.subarray(from * size, to * size),
      count: to - from,
      firstEnv: from,
      key: keyFromWords(key),
      wrappers,
      checkObservations,
      faults,
      ...(variant !== undefined && { variant }),
      ...(maxSteps !== undefined && { maxSteps }),
      ...(this.plan.wantsRecords && {
        onEpisode: (record) => {
          if (!this.isQuiet) this.post({ kind: "episode", record });
        },
      }),
      onFault: (fault) => {
        if (!this.isQuiet) this.post({ kind: "fault", fault });
      },
      progress: control.subarray(word.game, word.game + 1),
    });
  }

  /** The blocks that overlap [from, to), each marked as the one being played. */
  private *enter(from: number, to: number): Generator<HostedBlock> {
    for (const block of this.blocks) {
      if (block.to <= from || block.from >= to) continue;
      this.plan.control[word.block] = block.from;
      yield block;
    }
  }

  private blockOf(env: number): HostedBlock {
    for (const block of this.enter(env, env + 1)) return block;
    throw new EnvError("INVALID_ARGUMENT", `VectorEnv: no env ${env} in this thread`);
  }

  private step(from: number, to: number, observe: boolean): void {
    const { width } = this;
    const { actions } = this.plan.rows;
    for (const block of this.enter(from, to)) {
      const first = Math.max(from, block.from);
      const last = Math.min(to, block.to);
      const given = actions.subarray(first * width, last * width);
      block.env.actions.set(given, (first - block.from) * width);
      block.env.stepRange(first - block.from, last - block.from, observe);
      this.show(block, first, last);
    }
  }

  private postCurrent(env: number): void {
    const block = this.blockOf(env);
    const current = block.env.current(env - block.from);
    this.post({ kind: "current", current: { ...current, actions: current.actions.slice() } });
  }

  private restore(message: MainMessage): void {
    if (message.kind !== "restore") return;
    for (const [i, block] of this.blocks.entries()) {
      block.env.restore(message.states[i]);
      this.show(block, block.from, block.to);
    }
  }

  /** Copies rows of games [from, to) into the shared ones. */
  private show(block: HostedBlock, from: number, to: number): void {
    const { rows, control } = this.plan;
    const { env } = block;
    const isFresh = control[word.code] !== code.step; // an episode can have begun without an end
    const first = from - block.from;
    const last = to - block.from;
    const { size } = env.spec.observation;
    if (env.observations.buffer !== rows.observations.buffer) {
      rows.observations.set(env.observations.subarray(first * size, last * size), from * size);
    }
    rows.rewards.set(env.rewards.subarray(first, last), from);
    rows.terminated.set(env.terminated.subarray(first, last), from);
    rows.truncated.set(env.truncated.subarray(first, last), from);
    if (rows.masks && env.masks) {
      const width = env.masks.length / env.count;
      rows.masks.set(env.masks.subarray(first * width, last * width), from * width);
    }
    for (let i = first; i < last; i++) {
      if (rows.lives) rows.lives[block.from + i] = env.lives(i) ?? 0;
      if (rows.turns) rows.turns[block.from + i] = env.turn(i) ?? 0;
      const hasEnded = env.terminated[i] !== 0 || env.truncated[i] !== 0;
      if (hasEnded) this.showEnd(block, i);
      else if (isFresh) rows.episodes[block.from + i] = env.current(i).episode;
    }
  }

  private showEnd({ env, from }: HostedBlock, i: number): void {
    const { rows } = this.plan;
    const { size } = env.spec.observation;
    const row = env.finalObservations.subarray(i * size, (i + 1) * size);
    rows.finalObservations.set(row, (from + i) * size);
    rows.episodeReturn[from + i] = env.episodeReturn[i];
    rows.episodeLength[from + i] = env.episodeLength[i];
    rows.episodes[from + i] = env.current(i).episode;
  }

  /** Brings every game to where it was in the thread that is gone, and finishes its step. */
  private rebuild(message: MainMessage): void {
    if (message.kind !== "rebuild") return;
    for (const episode of message.rebuild.episodes) this.rebuildOne(episode, message.rebuild);
  }

  private rebuildOne(rebuilt: Rebuilt, { step }: Rebuild): void {
    const { env, cut } = rebuilt;
    const block = this.blockOf(env);
    this.isQuiet = true;
    const isBack = this.playAgain(block, rebuilt);
    this.isQuiet = false;
    if (!isBack) this.skipEpisode(block, rebuilt);
    else if (cut) {
      block.env.cut(env - block.from);
      this.markCut(block, env);
    } else if (!step) this.show(block, env, env + 1);
    else if (env >= step.from && env < step.to) this.step(env, env + 1, true);
  }

  /** Plays an episode up to where it was; false if that cannot be done. */
  private playAgain({ env, from }: HostedBlock, rebuilt: Rebuilt): boolean {
    const { width } = this;
    const { control } = this.plan;
    const { actions, steps, episode } = rebuilt;
    if (!actions) return false;
    const i = rebuilt.env - from;
    env.restart(i, episode);
    for (let step = 0; step < steps; step++) {
      Atomics.add(control, word.ticks, 1);
      env.actions.set(actions.subarray(step * width, (step + 1) * width), i * width);
      env.stepRange(i, i + 1, true);
      if (env.current(i).episode !== episode) return false;
    }
    return env.current(i).episode === episode;
  }

  /** The episode cannot be played on: the next one begins, after the last observation there was. */
  private skipEpisode(block: HostedBlock, { env, episode }: Rebuilt): void {
    const { rows } = this.plan;
    const { size } = block.env.spec.observation;
    const row = rows.observations.slice(env * size, (env + 1) * size);
    block.env.restart(env - block.from, episode + 1);
    this.markCut(block, env);
    rows.finalObservations.set(row, env * size);
  }

  private markCut(block: HostedBlock, env: number): void {
    const { rows } = this.plan;
    this.show(block, env, env + 1);
    this.showEnd(block, env - block.from);
    rows.rewards[env] = 0;
    rows.terminated[env] = 0;
    rows.truncated[env] = 1;
  }
}
