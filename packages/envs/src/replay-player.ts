/**
 * Plays a replay by simulating it: any decision can be reached at once, because the player keeps
 * copies of the game's state along the way (a keyframe every 256 decisions).
 *
 * Not here: drawing, clocks and buttons; a viewer calls `seek` and draws `game`.
 */
import { forFirstPlayer, type Game, type GameDefinition } from "./game.js";
import { CHECKSUM_EVERY, type Replay, startReplay } from "./replay.js";
import { type ActionReader, actionReader } from "./spaces.js";
import { applyState, captureState, checksum, type GameState } from "./state.js";

/** Decisions from one keyframe to the next. */
const KEYFRAME_EVERY = 256;

/**
 * Whether a replay still re-simulates; `firstMismatch` is the first decision before which the state
 * differs, else -1.
 */
export interface ReplayCheck {
  /** Whether every checksum agrees. */
  readonly ok: boolean;
  /** First decision before which the state differs; -1 if none. */
  readonly firstMismatch: number;
}

interface Keyframe {
  readonly state: GameState;
  readonly total: number;
}

/** Plays a replay forwards, backwards and to any decision by simulating it again. */
export class ReplayPlayer {
  /** The episode that is played. */
  readonly replay: Replay;
  /** The game in the state before decision `step`: read and draw it, but do not step it. */
  readonly game: Game;
  private readonly definition: GameDefinition;
  private readonly read: ActionReader;
  private readonly keyframes: Keyframe[] = [];
  private position = 0;
  private sum = 0;

  /**
   * Throws EnvError REPLAY_FOREIGN if the replay is not of this game or of another version of it,
   * UNSUPPORTED where the game does not run in this process.
   */
  constructor(replay: Replay, definition: GameDefinition) {
    this.replay = replay;
    this.definition = definition;
    this.game = startReplay(replay, definition);
    this.read = actionReader(this.game.spec.actions);
    this.keyframes.push({ state: captureState(this.game), total: 0 });
  }

  /** Decisions in the replay. */
  get length(): number {
    return this.replay.length;
  }

  /** The decision that comes next: 0 at the start, `length` at the end. */
  get step(): number {
    return this.position;
  }

  /** Sum of the rewards up to here. */
  get total(): number {
    return this.sum;
  }

  /** Plays one decision and returns its reward; 0 at the end of the replay. */
  advance(): number {
    if (this.position >= this.length || this.game.terminated) return 0;
    const { actions, width } = this.replay;
    const mover = this.game.player;
    const own = this.game.step(this.read(actions, this.position * width));
    const reward = forFirstPlayer(mover, own);
    this.position += 1;
    this.sum += reward;
    if (this.position === this.keyframes.length * KEYFRAME_EVERY) {
      this.keyframes.push({ state: captureState(this.game), total: this.sum });
    }
    return reward;
  }

  /** Goes to the state before decision `step`, kept within 0 and `length`. */
  seek(step: number): void {
    const target = Math.max(0, Math.min(this.length, Math.floor(step)));
    const nearest = Math.min(Math.floor(target / KEYFRAME_EVERY), this.keyframes.length - 1);
    if (target < this.position || nearest * KEYFRAME_EVERY > this.position) {
      const { state, total } = this.keyframes[nearest];
      applyState(this.game, state);
      this.position = nearest * KEYFRAME_EVERY;
      this.sum = total;
    }
    while (this.position < target && !this.game.terminated) this.advance();
  }

  /** Simulates the whole replay beside this player and compares the checksums. */
  verify(): ReplayCheck {
    const { actions, width, checksums, length } = this.replay;
    const game = startReplay(this.replay, this.definition);
    for (let step = 0; step < length; step++) {
      const due = step % CHECKSUM_EVERY === 0;
      const wrong = due && checksum(game) !== checksums[step / CHECKSUM_EVERY];
      if (wrong || game.terminated) return { ok: false, firstMismatch: step };
      game.step(this.read(actions, step * width));
    }
    const ok = checksum(game) === checksums[checksums.length - 1];
    return { ok, firstMismatch: ok ? -1 : length };
  }
}
