/**
 * Plays the class itself at random and hashes everything it shows, step for step as the translated
 * program does (cpp/oracle.h): where the hashes agree, the translation is exact.
 */
import {
  type ActionSpace,
  actionArray,
  actionWidth,
  type Game,
  PixelCanvas,
  type PixelOptions,
  type TypedArray,
} from "@carom/envs";
import type { Layout } from "../layout.js";

/** How to play. */
export interface PlaySettings {
  /** Seed of the actions and of the games. */
  readonly seed: number;
  /** Random decisions. */
  readonly steps: number;
  /** Steps between two hashes. */
  readonly chunk: number;
  /** Steps between two pictures; 0 for none. */
  readonly pixelEvery: number;
  /** Decisions after which an episode is cut. */
  readonly maxSteps: number;
}

/** The hashes after each chunk, and those that play on to the end if `keep` says so. */
export type ChunkListener = (chunk: number, a: number, b: number) => boolean;

/** Plays a game; ends early where the listener returns false. */
export function playClass(
  create: () => Game,
  layout: Layout,
  pixels: PixelOptions,
  settings: PlaySettings,
  listener: ChunkListener,
): void {
  const player = new Player(create, layout, pixels, settings.seed);
  let length = 0;
  player.begin();
  for (let step = 1; step <= settings.steps; step++) {
    player.step();
    const isPictured = settings.pixelEvery > 0 && step % settings.pixelEvery === 0;
    if (isPictured) player.hashPicture();
    length += 1;
    if (player.game.terminated || length >= settings.maxSteps) {
      player.begin();
      player.hashShown();
      length = 0;
    }
    if (step % settings.chunk !== 0 && step !== settings.steps) continue;
    const { hash } = player;
    if (!listener(Math.ceil(step / settings.chunk) - 1, hash.a >>> 0, hash.b >>> 0)) return;
  }
}

/** Two running hashes of 32 bits. */
class Hash {
  a = 0x2545f491;
  b = 0x9e3779b9 | 0;
  private readonly doubles = new Float64Array(1);
  private readonly words = new Uint32Array(this.doubles.buffer);

  word(w: number): void {
    this.a = Math.imul(this.a ^ w, 0x85ebca6b);
    this.a ^= this.a >>> 13;
    this.b = Math.imul(this.b + w, 0xc2b2ae35);
    this.b ^= this.b >>> 16;
  }

  number(x: number): void {
    this.doubles[0] = Number.isNaN(x) ? Number.NaN : x;
    this.word(this.words[0]);
    this.word(this.words[1]);
  }

  integers(values: ArrayLike<number>): void {
    for (let i = 0; i < values.length; i++) this.word(values[i]);
  }

  floats(values: Float32Array, bits: Int32Array): void {
    for (let i = 0; i < values.length; i++) {
      this.word(Number.isNaN(values[i]) ? 0x7fc00000 : bits[i]);
    }
  }

  numbers(values: Float64Array): void {
    for (let i = 0; i < values.length; i++) this.number(values[i]);
  }
}

type Fields = Record<string, number | boolean | TypedArray>;

/** One game and what is hashed of it. */
class Player {
  readonly game: Game;
  readonly hash: Hash = new Hash();
  private readonly copy: Game | undefined;
  private readonly layout: Layout;
  private readonly actions: ActionSpace;
  private readonly row: Float32Array;
  private readonly rowBits: Int32Array;
  private readonly mask: Uint8Array;
  private readonly bytes: Uint8Array;
  private readonly canvas: PixelCanvas;
  private words: number;

  constructor(create: () => Game, layout: Layout, pixels: PixelOptions, seed: number) {
    this.game = create();
    this.copy = this.game.copyFrom ? create() : undefined;
    this.layout = layout;
    const { actions, observation, board } = this.game.spec;
    this.actions = actions;
    this.row = new Float32Array(observation.size);
    this.rowBits = new Int32Array(this.row.buffer);
    this.mask = new Uint8Array(actions.kind === "discrete" ? actions.names.length : 0);
    this.canvas = new PixelCanvas(board, pixels);
    const { width = 84, height = 84, color = "gray" } = pixels;
    this.bytes = new Uint8Array(width * height * (color === "gray" ? 1 : 3));
    this.words = seed | 1;
  }

  begin(): void {
    const low = this.nextWord();
    const high = this.nextWord() & 0x1fffff;
    this.game.seed(high * 4294967296 + low);
    this.game.reset();
  }

  step(): void {
    this.hash.number(this.randomStep());
    this.hashShown();
  }

  hashShown(): void {
    const { game, hash, copy, mask } = this;
    game.observe(this.row, 0);
    hash.floats(this.row, this.rowBits);
    if (game.legal) {
      game.legal(mask);
      hash.integers(mask);
    }
    if (copy) {
      copy.copyFrom?.(game);
      this.hashState(copy);
    }
    this.hashState(game);
  }

  hashPicture(): void {
    this.canvas.begin(this.bytes, 0);
    this.game.draw(this.canvas);
    this.hash.integers(this.bytes);
  }

  private hashState(game: Game): void {
    const fields = game as Game & Fields;
    for (const { name } of this.layout.columns) {
      const value = fields[name];
      if (typeof value === "number") this.hash.number(value);
      else if (typeof value === "boolean") this.hash.word(value ? 1 : 0);
      else if (value instanceof Float64Array) this.hash.numbers(value);
      else if (value instanceof Float32Array) this.hash.floats(value, bitsOf(value));
      else this.hash.integers(value);
    }
  }

  private randomStep(): number {
    const { game, actions, mask } = this;
    if (actions.kind !== "discrete") return game.step(this.randomVector());
    const word = this.nextWord();
    if (game.legal && (word & 15) !== 0) {
      game.legal(mask);
      let legal = 0;
      for (const one of mask) legal += one;
      let left = (word >>> 4) % (legal === 0 ? 1 : legal);
      for (let i = 0; i < mask.length; i++) {
        if (mask[i] === 1 && left-- === 0) return game.step(i);
      }
    }
    return game.step((word >>> 4) % actions.names.length);
  }

  private randomVector(): Float32Array | Int32Array {
    const { actions } = this;
    const action = actionArray(actions, actionWidth(actions));
    for (let i = 0; i < action.length; i++) {
      const word = this.nextWord();
      if (actions.kind === "box") {
        const [low, high] = [Math.fround(actions.low[i]), Math.fround(actions.high[i])];
        action[i] = low + (high - low) * (word * 2.3283064365386963e-10);
      } else action[i] = word % (actions.kind === "multi-discrete" ? actions.sizes[i] : 2);
    }
    return action;
  }

  private nextWord(): number {
    let x = this.words;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.words = x;
    return x >>> 0;
  }
}

function bitsOf(values: Float32Array): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.length);
}
