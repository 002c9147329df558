/**
 * A game that begins with a given seed and whose first decisions are given: whatever stands around it
 * (frame skip, stacks, pixels) sees the episode that was recorded. After the script it plays what it is
 * told. Not here: who decides (assess.ts, play.ts).
 */
import {
  type Action,
  type ActionReader,
  actionArray,
  actionBytes,
  actionReader,
  actionWidth,
  actionWriter,
  forFirstPlayer,
  type Game,
  type GameDefinition,
} from "@carom/envs";

/** What the episode begins with. */
export interface ScriptOptions {
  readonly seed: number;
  readonly actions: Uint8Array;
  /** Decisions in `actions`. */
  readonly length: number;
}

/** One scripted game and what has happened in it. */
export class ScriptedGame {
  /** For an env of one game. */
  readonly definition: GameDefinition;
  /** Decisions played so far in the first episode. */
  length = 0;
  /** True once the first episode has ended; what follows is another one. */
  over = false;
  /** True if its game ended it, false if a limit did. */
  terminated = false;
  private readonly script: ScriptOptions;
  private readonly log: number[] = [];
  private readonly rewardLog: number[] = [];
  private readonly read: ActionReader;
  private readonly bytes: number;
  private episodes = 0;

  constructor(definition: GameDefinition, variant: string, script: ScriptOptions) {
    const { actions } = definition.create(variant).spec;
    this.script = script;
    this.read = actionReader(actions);
    this.bytes = actionBytes(actions);
    this.definition = { ...definition, create: (asked) => this.prepare(definition.create(asked)) };
  }

  /** The script's next decision as an env takes it; undefined after the script. */
  get next(): Action | undefined {
    const { script, length, bytes } = this;
    return length < script.length ? this.read(script.actions, length * bytes) : undefined;
  }

  /** All decisions played in the first episode, as bytes. */
  get actions(): Uint8Array {
    return Uint8Array.from(this.log);
  }

  /** Reward of each decision, for the first player. */
  get rewards(): Float32Array {
    return Float32Array.from(this.rewardLog);
  }

  private prepare(game: Game): Game {
    const { seed, reset, step } = game;
    const { spec } = game;
    const write = actionWriter(spec.actions);
    const width = actionWidth(spec.actions);
    const row = actionArray(spec.actions, width);
    const stored = new Uint8Array(this.bytes);
    const own = {
      seed: (given: number) => {
        seed.call(game, this.episodes++ === 0 ? this.script.seed : given);
      },
      reset: () => {
        if (this.length > 0) this.over = true;
        reset.call(game);
      },
      step: (told: Action) => {
        const action = this.over ? told : (this.next ?? told);
        const mover = game.player;
        if (!this.over) {
          if (typeof action === "number") row[0] = action;
          else row.set(action);
          write(row, 0, stored, 0);
          this.log.push(...stored);
        }
        const reward = step.call(game, action);
        if (this.over) return reward;
        this.rewardLog.push(forFirstPlayer(mover, reward));
        this.length++;
        this.terminated = game.terminated;
        this.over = game.terminated;
        return reward;
      },
    };
    // Hidden from whatever looks at a game's fields: its state is what it was.
    for (const [name, value] of Object.entries(own)) Object.defineProperty(game, name, { value });
    return game;
  }
}
