/**
 * An episode's own pictures as a game: a stand-in for one whose rules have changed or that is not
 * there any more, so that everything that plays replays can show what was recorded. Between two
 * pictures it stands still; rewards come with the picture that counts them.
 */
import { EnvError } from "../errors.js";
import { type Canvas, defineGame, type Game, type GameDefinition, type GameSpec } from "../game.js";
import type { Replay } from "../replay.js";
import { type Drawing, drawAgain } from "./drawing.js";
import { drawingsOf, pictureAt, type ReplayPictures } from "./pictures.js";

/** Throws EnvError UNSUPPORTED for a replay without pictures, REPLAY_CORRUPT for damaged ones. */
export function recordedGame(replay: Replay): GameDefinition {
  const { pictures } = replay;
  if (!pictures) {
    throw new EnvError("UNSUPPORTED", "replay: it has no pictures of its own");
  }
  const drawings = drawingsOf(pictures);
  return defineGame(() => new RecordedGame(replay, pictures, drawings));
}

class RecordedGame implements Game {
  readonly spec: GameSpec;
  /** Never: the episode ends where its actions do. */
  terminated = false;
  /** Decisions played. */
  private at = 0;
  readonly #pictures: ReplayPictures;
  readonly #drawings: readonly Drawing[];
  readonly #length: number;

  constructor(replay: Replay, pictures: ReplayPictures, drawings: readonly Drawing[]) {
    const { game: id, variant, version, length } = replay;
    const { title, actions, board, decisionsPerSecond } = pictures;
    this.spec = {
      ...{ id, variant, version, title, actions, board, decisionsPerSecond },
      observation: { size: 0, shape: [0] },
      maxSteps: length,
    };
    this.#pictures = pictures;
    this.#drawings = drawings;
    this.#length = length;
  }

  seed(): void {
    // What was recorded does not depend on it.
  }

  reset(): void {
    this.at = 0;
  }

  step(): number {
    const { returns } = this.#pictures;
    const before = returns[this.picture];
    this.at = Math.min(this.at + 1, this.#length);
    return returns[this.picture] - before;
  }

  observe(): void {
    // Pictures show nothing to a policy.
  }

  draw(canvas: Canvas): void {
    drawAgain(this.#drawings[this.picture], canvas);
  }

  private get picture(): number {
    return pictureAt(this.at, this.#length, this.#pictures.every);
  }
}
