/**
 * The pixel observation: a game's own `draw` as the numbers that a policy sees. The usual picture of
 * deep RL is the default: 84 x 84 bytes of grey. Not here: stacks of frames and skipped frames,
 * which wrap an environment.
 */
import { EnvError } from "../errors.js";
import type { Game, GameSpec, ObservationSpec } from "../game.js";
import { PixelCanvas } from "./canvas.js";
import { type PixelOptions, pixelFormat, pixelSpec } from "./options.js";

/** Turns games of one spec into pictures. */
export interface PixelObserver {
  /** What the pictures are: bytes, [height, width, channels]. */
  readonly spec: ObservationSpec;
  /**
   * Paints the game as it is now into the `spec.size` bytes of `out` from index `at`; touches nothing
   * else. Throws EnvError INVALID_ARGUMENT where they do not fit.
   */
  observe(game: Game, out: Uint8Array, at: number): void;
}

/** An observer for games of this spec. Throws EnvError INVALID_ARGUMENT. */
export function pixelObserver(spec: GameSpec, options: PixelOptions = {}): PixelObserver {
  const canvas = new PixelCanvas(spec.board, options);
  const picture = pixelSpec(pixelFormat(options));
  return {
    spec: picture,
    observe(game: Game, out: Uint8Array, at: number): void {
      if (!(at >= 0 && at + picture.size <= out.length)) {
        throw new EnvError(
          "INVALID_ARGUMENT",
          `pixels: no room for the picture (got ${out.length} bytes, expected ${picture.size} from ${at})`,
        );
      }
      canvas.begin(out, at);
      game.draw(canvas);
    },
  };
}
