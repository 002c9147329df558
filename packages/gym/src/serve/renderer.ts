/**
 * Pictures of the games that a vector env is playing: a second game follows each one that is asked
 * for, by its seed and its decisions, and is painted. What is not asked for costs nothing.
 */
import {
  type ActionReader,
  actionReader,
  type Game,
  type GameDefinition,
  PixelCanvas,
  type VectorEnv,
} from "@carom/envs";

/** One picture. */
export interface Picture {
  /** Pixels from left to right. */
  readonly width: number;
  /** Pixels from top to bottom. */
  readonly height: number;
  /** `[height, width, 3]`: red, green, blue. */
  readonly pixels: Uint8Array;
}

const LONGER_SIDE = 400; // pixels

interface Follower {
  readonly game: Game;
  episode: number;
  seed: number;
  length: number;
}

/** Paints the games of `env`. */
export class Renderer {
  private readonly env: VectorEnv;
  private readonly definition: GameDefinition;
  private readonly width: number;
  private readonly height: number;
  private readonly followers: (Follower | undefined)[] = [];
  private canvas: PixelCanvas | undefined;
  private read: ActionReader | undefined;

  constructor(definition: GameDefinition, env: VectorEnv) {
    this.definition = definition;
    this.env = env;
    const { width, height } = env.spec.board;
    const scale = LONGER_SIDE / Math.max(width, height);
    this.width = Math.max(1, Math.round(width * scale));
    this.height = Math.max(1, Math.round(height * scale));
  }

  /** The game `index` as it is now. Throws EnvError UNSUPPORTED where its games run elsewhere. */
  picture(index: number): Picture {
    const { width, height } = this;
    const { game } = this.follow(index);
    this.canvas ??= new PixelCanvas(game.spec.board, { width, height, color: "rgb" });
    const pixels = new Uint8Array(3 * width * height);
    this.canvas.begin(pixels, 0);
    game.draw(this.canvas);
    return { width, height, pixels };
  }

  private follow(index: number): Follower {
    const { seed, episode, actions, length } = this.env.current(index);
    let follower = this.followers[index];
    const goesOn =
      follower?.seed === seed && follower.episode === episode && follower.length <= length;
    if (!follower || !goesOn) {
      const game = follower?.game ?? this.definition.create(this.env.spec.variant);
      game.seed(seed);
      game.reset();
      follower = { game, episode, seed, length: 0 };
      this.followers[index] = follower;
    }
    const { game } = follower;
    this.read ??= actionReader(game.spec.actions);
    const bytes = length > 0 ? actions.length / length : 0;
    for (; follower.length < length; follower.length++) {
      game.step(this.read(actions, follower.length * bytes));
    }
    return follower;
  }
}
