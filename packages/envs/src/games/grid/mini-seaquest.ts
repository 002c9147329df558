/**
 * Seaquest on a grid: a submarine shoots fish and submarines, gathers divers and has to come up for
 * air.
 *
 * Actions: 0 stay, 1 left, 2 up, 3 right, 4 down, 5 fire (once in five decisions). The submarine faces
 * where it last went, left or right, keeps to rows 0 (the surface) to 8, and shoots where it faces.
 * Observation, 10 x 10 cells with 10 values each: the submarine's front, its back, its shots, the cell behind each
 * thing that moves, the enemies' shots, fish, enemy submarines, oxygen (row 9 from the left, 10 cells
 * when full), divers on board (row 9, from column 8 to the left), divers.
 * Reward: 1 for each enemy shot, and for each cell of oxygen when it surfaces with six divers.
 * Start: at the surface, column 5, facing left, full of oxygen, nobody else.
 * Oxygen lasts for 200 decisions below the surface. Coming to the surface fills it and costs a diver,
 * or all six for the reward; six is also the most that there is room for.
 * Every 20th decision an enemy enters at a side in a row of 1 to 8, a submarine once in three, unless
 * one in that row goes the other way; every 30th a diver. Divers move a cell every 6th decision,
 * enemies, too; enemy submarines shoot every 11th. Shots move a cell per decision. With each
 * surfacing the time between enemies shortens by one, down to 1, with every second one also the time
 * between their moves, down to every 3rd decision.
 * End: an enemy or its shot reaches the submarine's front, the oxygen is used up, or it surfaces
 * without a diver.
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
  id: "mini-seaquest",
  title: "Mini Seaquest",
  variants: ["classic"],
  defaultVariant: "classic",
} as const;

const spec: GameSpec = gridSpec({
  ...facts,
  variant: facts.defaultVariant,
  actions: ["stay", "left", "up", "right", "down", "fire"],
  planes: [
    "front",
    "back",
    "shot",
    "trail",
    "enemy shot",
    "fish",
    "enemy submarine",
    "oxygen",
    "divers on board",
    "diver",
  ],
  maxSteps: 5000,
  keys: {
    ArrowLeft: 1,
    KeyA: 1,
    ArrowUp: 2,
    KeyW: 2,
    ArrowRight: 3,
    KeyD: 3,
    ArrowDown: 4,
    KeyS: 4,
    Space: 5,
  },
});

const PLANES = 10;
const LAST = SIDE - 1;
/** The lowest row of the sea; below it are the gauges. */
const DEEPEST = 8;
/** What a slot holds. */
const FREE = 0;
const SHOT = 1;
const ENEMY_SHOT = 2;
const FISH = 3;
const SUBMARINE = 4;
const DIVER = 5;
/** Which plane shows a thing, by what it is; plane 3 shows where enemies and divers come from. */
const PLANE_OF = Uint8Array.of(0, 2, 4, 5, 6, 9);
const TRAIL = 3;
/** Slots: more than there can be things, even at the highest pace. */
const SLOTS = 72;
const MOST_OXYGEN = 200;
const MOST_DIVERS = 6;
const COOL_DOWN = 5;
const ENEMY_SHOT_TIME = 10;
const FIRST_SPAWN_TIME = 20;
const FIRST_MOVE_TIME = 5;
const SHORTEST_MOVE_TIME = 2;
const DIVER_SPAWN_TIME = 30;
const DIVER_MOVE_TIME = 5;

export class MiniSeaquest implements Game {
  readonly spec: GameSpec = spec;
  terminated = true;
  /** The submarine's front; `facing` is 1 for right, -1 for left. */
  x = 0;
  y = 0;
  facing = -1;
  oxygen = 0;
  /** Divers on board. */
  divers = 0;
  /** False while it has been below since it last surfaced. */
  surfaced = true;
  /** Decisions until it can fire. */
  coolDown = 0;
  /** Decisions between two enemies and between two of an enemy's moves; surfacings so far. */
  spawnTime = 0;
  moveTime = 0;
  surfacings = 0;
  /** Decisions until the next enemy and the next diver enter. */
  spawnWait = 0;
  diverWait = 0;
  /** Of each thing that moves: what it is, where, its direction, decisions until it moves and shoots. */
  readonly kind: Uint8Array = new Uint8Array(SLOTS);
  readonly thingX: Int8Array = new Int8Array(SLOTS);
  readonly thingY: Int8Array = new Int8Array(SLOTS);
  readonly direction: Int8Array = new Int8Array(SLOTS);
  readonly moveWait: Int8Array = new Int8Array(SLOTS);
  readonly shotWait: Int8Array = new Int8Array(SLOTS);
  readonly random: Uint32Array = new Uint32Array(4);

  seed(seed: number): void {
    seedRandom(this.random, seed);
  }

  reset(): void {
    this.terminated = false;
    this.x = 5;
    this.y = 0;
    this.facing = -1;
    this.oxygen = MOST_OXYGEN;
    this.divers = 0;
    this.surfaced = true;
    this.coolDown = 0;
    this.spawnTime = FIRST_SPAWN_TIME;
    this.moveTime = FIRST_MOVE_TIME;
    this.surfacings = 0;
    this.spawnWait = FIRST_SPAWN_TIME;
    this.diverWait = DIVER_SPAWN_TIME;
    this.kind.fill(FREE);
    this.thingX.fill(0);
    this.thingY.fill(0);
    this.direction.fill(0);
    this.moveWait.fill(0);
    this.shotWait.fill(0);
  }

  step(action: number): number {
    assertRunning(this.terminated);
    this.arrive();
    this.steer(action);
    let reward = 0;
    for (let slot = 0; slot < SLOTS; slot++) if (this.kind[slot] === SHOT) reward += this.fly(slot);
    for (let slot = 0; slot < SLOTS; slot++) if (this.kind[slot] === DIVER) this.swim(slot);
    for (let slot = 0; slot < SLOTS; slot++) {
      if (this.kind[slot] === SUBMARINE) reward += this.hunt(slot);
      if (this.kind[slot] === SUBMARINE) this.fireFrom(slot);
    }
    for (let slot = 0; slot < SLOTS; slot++) if (this.kind[slot] === ENEMY_SHOT) this.pass(slot);
    for (let slot = 0; slot < SLOTS; slot++) {
      if (this.kind[slot] === FISH) reward += this.hunt(slot);
    }
    this.spawnWait -= 1;
    this.diverWait -= 1;
    if (this.coolDown > 0) this.coolDown -= 1;
    if (!this.terminated) reward += this.breathe();
    return reward;
  }

  observe(out: Float32Array, at: number): void {
    out.fill(0, at, at + PLANES * CELLS);
    mark(out, at, this.x, this.y);
    mark(out, at + 1, this.x - this.facing, this.y);
    for (let slot = 0; slot < SLOTS; slot++) {
      const kind = this.kind[slot];
      if (kind === FREE) continue;
      mark(out, at + PLANE_OF[kind], this.thingX[slot], this.thingY[slot]);
      const behind = this.thingX[slot] - this.direction[slot];
      if (kind >= FISH) mark(out, at + TRAIL, behind, this.thingY[slot]);
    }
    for (let x = 0; x < this.gauge(); x++) mark(out, at + 7, x, LAST);
    for (let i = 0; i < this.divers; i++) mark(out, at + 8, DEEPEST - i, LAST);
  }

  draw(canvas: Canvas): void {
    canvas.background(0x0b2a4a);
    canvas.rect(0, 0, SIDE, 1, 0x6cc3d5, 0.35);
    canvas.rect(0, LAST, SIDE, 1, 0x171b27);
    for (let slot = 0; slot < SLOTS; slot++) this.drawThing(canvas, slot);
    drawCell(canvas, this.x - this.facing, this.y, 0x5ad1ff, 0.5);
    drawCell(canvas, this.x, this.y, 0x5ad1ff);
    const width = (5.8 * this.oxygen) / MOST_OXYGEN;
    if (width > 0) canvas.rect(0.1, LAST + 0.3, width, 0.4, 0xf2c14e);
    for (let i = 0; i < this.divers; i++) {
      canvas.circle(9.6 - 0.6 * i, LAST + 0.5, 0.25, 0xb07cff);
    }
  }

  private drawThing(canvas: Canvas, slot: number): void {
    const kind = this.kind[slot];
    const x = this.thingX[slot];
    const y = this.thingY[slot];
    if (kind === SHOT) canvas.rect(x + 0.2, y + 0.4, 0.6, 0.2, 0xffffff);
    if (kind === ENEMY_SHOT) canvas.rect(x + 0.2, y + 0.4, 0.6, 0.2, 0xd1495b);
    if (kind === DIVER) canvas.circle(x + 0.5, y + 0.5, 0.3, 0xb07cff);
    if (kind !== FISH && kind !== SUBMARINE) return;
    const color = kind === FISH ? 0x4cc38a : 0xd1495b;
    const behind = x - this.direction[slot];
    if (behind >= 0 && behind < SIDE) drawCell(canvas, behind, y, color, 0.3);
    drawCell(canvas, x, y, color);
  }

  /** Enemies and divers enter when it is time. */
  private arrive(): void {
    if (this.spawnWait === 0) {
      this.spawnWait = this.spawnTime;
      this.enter(nextBelow(this.random, 3) === 0 ? SUBMARINE : FISH);
    }
    if (this.diverWait === 0) {
      this.diverWait = DIVER_SPAWN_TIME;
      this.enter(DIVER);
    }
  }

  /** Something enters at a side; an enemy does not where one in its row goes the other way. */
  private enter(kind: number): void {
    const direction = nextBelow(this.random, 2) === 1 ? 1 : -1;
    const row = 1 + nextBelow(this.random, DEEPEST);
    for (let slot = 0; slot < SLOTS && kind !== DIVER; slot++) {
      if (this.kind[slot] !== FISH && this.kind[slot] !== SUBMARINE) continue;
      if (this.thingY[slot] === row && this.direction[slot] !== direction) return;
    }
    this.add(kind, direction === 1 ? 0 : LAST, row, direction);
  }

  /** A new thing in a free slot. */
  private add(kind: number, x: number, y: number, direction: number): void {
    let slot = 0;
    while (slot < SLOTS && this.kind[slot] !== FREE) slot += 1;
    if (slot === SLOTS) return;
    this.kind[slot] = kind;
    this.thingX[slot] = x;
    this.thingY[slot] = y;
    this.direction[slot] = direction;
    this.moveWait[slot] = kind === DIVER ? DIVER_MOVE_TIME : this.moveTime;
    this.shotWait[slot] = ENEMY_SHOT_TIME;
  }

  private steer(action: number): void {
    if (action === 1 || action === 3) {
      this.facing = action === 1 ? -1 : 1;
      this.x = Math.max(0, Math.min(LAST, this.x + this.facing));
    }
    if (action === 2) this.y = Math.max(0, this.y - 1);
    if (action === 4) this.y = Math.min(DEEPEST, this.y + 1);
    if (action !== 5 || this.coolDown > 0) return;
    this.coolDown = COOL_DOWN;
    this.add(SHOT, this.x, this.y, this.facing);
  }

  /** Moves a thing by a cell; beyond the edge it is gone. Returns whether it is still there. */
  private advance(slot: number): boolean {
    this.thingX[slot] += this.direction[slot];
    if (this.thingX[slot] >= 0 && this.thingX[slot] < SIDE) return true;
    this.kind[slot] = FREE;
    return false;
  }

  /** One of the submarine's shots moves; 1 if it hits. */
  private fly(slot: number): number {
    return this.advance(slot) && (this.strike(slot, FISH) || this.strike(slot, SUBMARINE)) ? 1 : 0;
  }

  /** Takes the thing in the slot and one of this kind in its cell; whether there is one. */
  private strike(slot: number, kind: number): boolean {
    for (let other = 0; other < SLOTS; other++) {
      if (this.kind[other] !== kind || this.thingX[other] !== this.thingX[slot]) continue;
      if (this.thingY[other] !== this.thingY[slot]) continue;
      this.kind[other] = FREE;
      this.kind[slot] = FREE;
      return true;
    }
    return false;
  }

  /** A diver comes on board where there is room, else swims on. */
  private swim(slot: number): void {
    if (this.takeOnBoard(slot)) return;
    if (this.moveWait[slot] > 0) {
      this.moveWait[slot] -= 1;
      return;
    }
    this.moveWait[slot] = DIVER_MOVE_TIME;
    if (this.advance(slot)) this.takeOnBoard(slot);
  }

  private takeOnBoard(slot: number): boolean {
    if (!this.touches(slot) || this.divers === MOST_DIVERS) return false;
    this.kind[slot] = FREE;
    this.divers += 1;
    return true;
  }

  /** An enemy moves when it is time; 1 if it runs into a shot. */
  private hunt(slot: number): number {
    if (this.touches(slot)) this.terminated = true;
    if (this.moveWait[slot] > 0) {
      this.moveWait[slot] -= 1;
      return 0;
    }
    this.moveWait[slot] = this.moveTime;
    if (!this.advance(slot)) return 0;
    if (this.touches(slot)) this.terminated = true;
    return this.strike(slot, SHOT) ? 1 : 0;
  }

  private fireFrom(slot: number): void {
    if (this.shotWait[slot] > 0) {
      this.shotWait[slot] -= 1;
      return;
    }
    this.shotWait[slot] = ENEMY_SHOT_TIME;
    this.add(ENEMY_SHOT, this.thingX[slot], this.thingY[slot], this.direction[slot]);
  }

  /** An enemy's shot moves. */
  private pass(slot: number): void {
    if (this.touches(slot)) this.terminated = true;
    if (this.advance(slot) && this.touches(slot)) this.terminated = true;
  }

  /** Whether the thing is where the submarine's front is. */
  private touches(slot: number): boolean {
    return this.thingX[slot] === this.x && this.thingY[slot] === this.y;
  }

  /** Below, oxygen is used up; coming to the surface takes a diver. Returns the reward. */
  private breathe(): number {
    if (this.y > 0) {
      this.surfaced = false;
      this.oxygen -= 1;
      this.terminated = this.oxygen === 0;
      return 0;
    }
    if (this.surfaced) return 0;
    this.terminated = this.divers === 0;
    return this.terminated ? 0 : this.surface();
  }

  /** Fresh air for a diver, or for all six and a reward; the sea gets livelier. */
  private surface(): number {
    const full = this.divers === MOST_DIVERS;
    const reward = full ? this.gauge() : 0;
    this.divers = full ? 0 : this.divers - 1;
    this.surfaced = true;
    this.oxygen = MOST_OXYGEN;
    this.surfacings += 1;
    if (this.spawnTime > 1) this.spawnTime -= 1;
    if (this.surfacings % 2 === 0 && this.moveTime > SHORTEST_MOVE_TIME) this.moveTime -= 1;
    return reward;
  }

  /** How many cells of the oxygen gauge are lit. */
  private gauge(): number {
    return Math.floor((this.oxygen * SIDE) / MOST_OXYGEN);
  }
}

/** Sets a value of a cell to 1, where it lies on the board; `from` is that value of the first cell. */
function mark(out: Float32Array, from: number, x: number, y: number): void {
  if (x >= 0 && x < SIDE) out[from + PLANES * (y * SIDE + x)] = 1;
}

/** Seaquest on a grid. */
export const miniSeaquest: GameDefinition = {
  ...facts,
  create(variant?: string): Game {
    chooseVariant(facts, variant);
    return new MiniSeaquest();
  },
};
