/**
 * Asterix on a grid: gather treasure, avoid enemies; both come from the sides, faster and faster.
 *
 * Actions: 0 stay, 1 left, 2 up, 3 right, 4 down; the player keeps to rows 1 to 8.
 * Observation, 10 x 10 cells with 4 values each: player, enemies, the cell behind each thing that moves, treasure.
 * Reward: 1 for each treasure touched. Start: the player at (5, 5), nobody else.
 * Every 10th decision something enters a free row at one side, treasure once in three; everything moves
 * a cell every 5th. Every 101st decision both times become shorter, by one and by turns, down to 1.
 * End: the player touches an enemy.
 * Version history: 1, the first.
 */
import {
  assertRunning,
  type Canvas,
  chooseVariant,
  type Game,
  type GameDefinition,
  type GameSpec,
} from "../../game.js";
import { nextBelow, seedRandom } from "../../random.js";
import { CELLS, drawCell, gridSpec, SIDE } from "./board.js";

const facts = {
  id: "mini-asterix",
  title: "Mini Asterix",
  variants: ["classic"],
  defaultVariant: "classic",
} as const;

const spec: GameSpec = gridSpec({
  ...facts,
  variant: facts.defaultVariant,
  actions: ["stay", "left", "up", "right", "down"],
  planes: ["player", "enemy", "trail", "treasure"],
  maxSteps: 5000,
  keys: {
    ArrowUp: 2,
    KeyW: 2,
    ArrowRight: 3,
    KeyD: 3,
    ArrowDown: 4,
    KeyS: 4,
    ArrowLeft: 1,
    KeyA: 1,
  },
});

const ROWS = 8;
const FREE = 0;
const ENEMY = 1;
const TREASURE = 2;
const FIRST_SPAWN_TIME = 10;
const FIRST_MOVE_TIME = 5;
const RAMP_TIME = 100;

export class MiniAsterix implements Game {
  readonly spec: GameSpec = spec;
  terminated = true;
  playerX = 0;
  playerY = 0;
  /** What is in row `slot + 1`, its column and direction. */
  readonly kind: Uint8Array = new Uint8Array(ROWS);
  readonly thingX: Int8Array = new Int8Array(ROWS);
  readonly direction: Int8Array = new Int8Array(ROWS);
  /** Decisions between two arrivals and between two moves, and until the next of each. */
  spawnTime = 0;
  moveTime = 0;
  spawnWait = 0;
  moveWait = 0;
  rampWait = 0;
  ramps = 0;
  readonly random: Uint32Array = new Uint32Array(4);

  seed(seed: number): void {
    seedRandom(this.random, seed);
  }

  reset(): void {
    this.terminated = false;
    this.playerX = 5;
    this.playerY = 5;
    this.kind.fill(FREE);
    this.thingX.fill(0);
    this.direction.fill(1);
    this.spawnTime = FIRST_SPAWN_TIME;
    this.moveTime = FIRST_MOVE_TIME;
    this.spawnWait = this.spawnTime;
    this.moveWait = this.moveTime;
    this.rampWait = RAMP_TIME;
    this.ramps = 0;
  }

  step(action: number): number {
    assertRunning(this.terminated);
    if (this.spawnWait === 0) {
      this.spawn();
      this.spawnWait = this.spawnTime;
    }
    if (action === 1) this.playerX = Math.max(0, this.playerX - 1);
    if (action === 2) this.playerY = Math.max(1, this.playerY - 1);
    if (action === 3) this.playerX = Math.min(SIDE - 1, this.playerX + 1);
    if (action === 4) this.playerY = Math.min(ROWS, this.playerY + 1);
    let reward = this.touch();
    if (this.moveWait === 0) {
      this.moveWait = this.moveTime;
      for (let slot = 0; slot < ROWS; slot++) this.move(slot);
      reward += this.touch();
    }
    this.spawnWait -= 1;
    this.moveWait -= 1;
    this.ramp();
    return reward;
  }

  observe(out: Float32Array, at: number): void {
    out.fill(0, at, at + 4 * CELLS);
    out[at + 4 * (this.playerY * SIDE + this.playerX)] = 1;
    for (let slot = 0; slot < ROWS; slot++) {
      if (this.kind[slot] === FREE) continue;
      const row = at + 4 * (slot + 1) * SIDE;
      const plane = this.kind[slot] === ENEMY ? 1 : 3;
      const behind = this.thingX[slot] - this.direction[slot];
      out[row + 4 * this.thingX[slot] + plane] = 1;
      if (behind >= 0 && behind < SIDE) out[row + 4 * behind + 2] = 1;
    }
  }

  draw(canvas: Canvas): void {
    canvas.background(0x171b27);
    for (let slot = 0; slot < ROWS; slot++) {
      if (this.kind[slot] === FREE) continue;
      const color = this.kind[slot] === ENEMY ? 0xd1495b : 0xf2c14e;
      const behind = this.thingX[slot] - this.direction[slot];
      if (behind >= 0 && behind < SIDE) drawCell(canvas, behind, slot + 1, color, 0.3);
      drawCell(canvas, this.thingX[slot], slot + 1, color);
    }
    canvas.circle(this.playerX + 0.5, this.playerY + 0.5, 0.4, 0x5ad1ff);
  }

  /** What the player touches: treasure is taken, an enemy ends the game. */
  private touch(): number {
    const slot = this.playerY - 1;
    if (this.kind[slot] === FREE || this.thingX[slot] !== this.playerX) return 0;
    if (this.kind[slot] === ENEMY) {
      this.terminated = true;
      return 0;
    }
    this.kind[slot] = FREE;
    return 1;
  }

  private move(slot: number): void {
    this.thingX[slot] += this.direction[slot];
    if (this.thingX[slot] >= 0 && this.thingX[slot] < SIDE) return;
    this.kind[slot] = FREE;
    this.thingX[slot] = 0;
  }

  /** Something enters a free row at random; nothing when all are taken. */
  private spawn(): void {
    const fromLeft = nextBelow(this.random, 2) === 1;
    const isTreasure = nextBelow(this.random, 3) === 0;
    let free = 0;
    for (let slot = 0; slot < ROWS; slot++) if (this.kind[slot] === FREE) free += 1;
    if (free === 0) return;
    let left = nextBelow(this.random, free);
    let slot = 0;
    while (this.kind[slot] !== FREE || left > 0) {
      if (this.kind[slot] === FREE) left -= 1;
      slot += 1;
    }
    this.kind[slot] = isTreasure ? TREASURE : ENEMY;
    this.thingX[slot] = fromLeft ? 0 : SIDE - 1;
    this.direction[slot] = fromLeft ? 1 : -1;
  }

  private ramp(): void {
    if (this.spawnTime === 1 && this.moveTime === 1) return;
    if (this.rampWait >= 0) {
      this.rampWait -= 1;
      return;
    }
    if (this.moveTime > 1 && this.ramps % 2 === 1) this.moveTime -= 1;
    if (this.spawnTime > 1) this.spawnTime -= 1;
    this.ramps += 1;
    this.rampWait = RAMP_TIME;
  }
}

/** Asterix on a grid. */
export const miniAsterix: GameDefinition = {
  ...facts,
  create(variant?: string): Game {
    chooseVariant(facts, variant);
    return new MiniAsterix();
  },
};
