/**
 * My game. Coins fall down a field of 7 columns and 8 rows, one at a time, one row per decision; the
 * basket in the bottom row catches those that it stands under. A game to begin with: change its rules
 * until it is yours.
 *
 * Actions: 0 left, 1 stay, 2 right; the basket stops at the edge.
 * Observation, 3 numbers: basket's column / 6, coin's column / 6, coin's row / 7.
 * Reward: 1 for each coin caught. Start: basket in the middle. End: after 10 coins.
 * Version history: 1, the first.
 */
import {
  assertRunning,
  type Canvas,
  defineGame,
  type Game,
  type GameSpec,
  nextBelow,
  seedRandom,
} from "@carom/envs";

const COLUMNS = 7;
const ROWS = 8;
const COINS = 10;

/** What trainers, the viewer and people need to know of the game. */
const spec: GameSpec = {
  id: "my-game",
  variant: "classic",
  version: 1,
  title: "My game",
  actions: { kind: "discrete", names: ["left", "stay", "right"] },
  observation: {
    size: 3,
    shape: [3],
    names: ["basket x", "coin x", "coin y"],
    low: [0, 0, 0],
    high: [1, 1, 1],
  },
  board: { width: COLUMNS, height: ROWS },
  decisionsPerSecond: 8,
  maxSteps: 100,
  maxScore: COINS,
  keys: { ArrowLeft: 0, ArrowRight: 2 },
  idle: 1,
};

export class MyGame implements Game {
  readonly spec: GameSpec = spec;
  terminated = true;
  /** Columns and row, from the top left. */
  basketX = 0;
  coinX = 0;
  coinY = 0;
  /** Coins that have landed, and those of them that were caught. */
  landed = 0;
  caught = 0;
  readonly random: Uint32Array = new Uint32Array(4);

  seed(seed: number): void {
    seedRandom(this.random, seed);
  }

  reset(): void {
    this.terminated = false;
    this.basketX = 3;
    this.landed = 0;
    this.caught = 0;
    this.dropCoin();
  }

  step(action: number): number {
    assertRunning(this.terminated);
    this.basketX = Math.max(0, Math.min(COLUMNS - 1, this.basketX + action - 1));
    this.coinY += 1;
    if (this.coinY < ROWS - 1) return 0;
    const reward = this.coinX === this.basketX ? 1 : 0;
    this.caught += reward;
    this.landed += 1;
    this.terminated = this.landed === COINS;
    if (!this.terminated) this.dropCoin();
    return reward;
  }

  observe(out: Float32Array, at: number): void {
    out[at] = this.basketX / (COLUMNS - 1);
    out[at + 1] = this.coinX / (COLUMNS - 1);
    out[at + 2] = this.coinY / (ROWS - 1);
  }

  draw(canvas: Canvas): void {
    canvas.background(0x171b27);
    canvas.digits(0.2, 0.2, 0.8, this.caught, 0x39415a);
    canvas.circle(this.coinX + 0.5, this.coinY + 0.5, 0.35, 0xf5c24a);
    canvas.rect(this.basketX + 0.1, ROWS - 0.5, 0.8, 0.5, 0x5ad1ff);
  }

  /** A new coin in the top row. */
  private dropCoin(): void {
    this.coinX = nextBelow(this.random, COLUMNS);
    this.coinY = 0;
  }
}

export default defineGame(() => new MyGame());
