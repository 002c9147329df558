/**
 * Space Invaders on a grid: a cannon against waves of aliens.
 *
 * Actions: 0 stay, 1 left, 2 right, 3 fire (once in five decisions).
 * Observation, 10 x 10 cells with 6 values each: cannon, aliens, aliens that move left, aliens that move right, the
 * cannon's shots, the aliens' shots. Shots move a cell per decision.
 * Reward: 1 for each alien shot. Start: cannon at column 5 of row 9, 24 aliens in rows 0 to 3, columns
 * 2 to 7, on their way left. They move a cell sideways every 12th decision (or as many as there are
 * aliens, if fewer); at the edge they come down a row and turn. Every 10th decision the lowest alien
 * of the column nearest to the cannon shoots. A cleared wave is followed by one that moves more often, every 6th decision
 * at most.
 * End: a shot or an alien reaches the cannon, or an alien would leave the bottom row.
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
import { CELLS, drawCell, gridSpec, SIDE } from "./board.js";

const facts = {
  id: "mini-invaders",
  title: "Mini Invaders",
  variants: ["classic"],
  defaultVariant: "classic",
} as const;

const spec: GameSpec = gridSpec({
  ...facts,
  variant: facts.defaultVariant,
  actions: ["stay", "left", "right", "fire"],
  planes: ["cannon", "alien", "alien left", "alien right", "shot", "alien shot"],
  maxSteps: 5000,
  keys: { ArrowLeft: 1, KeyA: 1, ArrowRight: 2, KeyD: 2, Space: 3 },
});

const BOTTOM = SIDE - 1;
const COOL_DOWN = 5;
const FIRST_MOVE_TIME = 12;
const SHORTEST_MOVE_TIME = 6;
const SHOT_TIME = 10;

export class MiniInvaders implements Game {
  readonly spec: GameSpec = spec;
  terminated = true;
  cannonX = 0;
  /** By rows, 1 where there is one. */
  readonly aliens: Uint8Array = new Uint8Array(CELLS);
  readonly shots: Uint8Array = new Uint8Array(CELLS);
  readonly alienShots: Uint8Array = new Uint8Array(CELLS);
  direction = -1;
  /** Decisions between two moves of a full wave. */
  moveTime = 0;
  /** Decisions until the aliens move, until one shoots, until the cannon can fire. */
  moveWait = 0;
  shotWait = 0;
  coolDown = 0;

  /** Nothing is left to chance. */
  seed(_seed: number): void {}

  reset(): void {
    this.terminated = false;
    this.cannonX = 5;
    this.shots.fill(0);
    this.alienShots.fill(0);
    this.direction = -1;
    this.moveTime = FIRST_MOVE_TIME;
    this.moveWait = FIRST_MOVE_TIME;
    this.shotWait = SHOT_TIME;
    this.coolDown = 0;
    this.newWave();
  }

  step(action: number): number {
    assertRunning(this.terminated);
    if (action === 3 && this.coolDown === 0) {
      this.shots[BOTTOM * SIDE + this.cannonX] = 1;
      this.coolDown = COOL_DOWN;
    }
    if (action === 1) this.cannonX = Math.max(0, this.cannonX - 1);
    if (action === 2) this.cannonX = Math.min(BOTTOM, this.cannonX + 1);
    const cannon = BOTTOM * SIDE + this.cannonX;
    shift(this.shots, -SIDE);
    shift(this.alienShots, SIDE);
    if (this.alienShots[cannon] === 1 || this.aliens[cannon] === 1) this.terminated = true;
    if (this.moveWait === 0) this.moveAliens();
    if (this.aliens[cannon] === 1) this.terminated = true;
    if (this.shotWait === 0) {
      this.shotWait = SHOT_TIME;
      this.alienShoots();
    }
    const reward = this.hitAliens();
    if (this.coolDown > 0) this.coolDown -= 1;
    this.moveWait -= 1;
    this.shotWait -= 1;
    if (this.countAliens() === 0) {
      if (this.moveTime > SHORTEST_MOVE_TIME) this.moveTime -= 1;
      this.newWave();
    }
    return reward;
  }

  observe(out: Float32Array, at: number): void {
    out.fill(0, at, at + 6 * CELLS);
    out[at + 6 * (BOTTOM * SIDE + this.cannonX)] = 1;
    const plane = this.direction < 0 ? 2 : 3;
    for (let cell = 0; cell < CELLS; cell++) {
      out[at + 6 * cell + 1] = this.aliens[cell];
      out[at + 6 * cell + plane] = this.aliens[cell];
      out[at + 6 * cell + 4] = this.shots[cell];
      out[at + 6 * cell + 5] = this.alienShots[cell];
    }
  }

  draw(canvas: Canvas): void {
    canvas.background(0x171b27);
    for (let cell = 0; cell < CELLS; cell++) {
      const x = cell % SIDE;
      const y = Math.floor(cell / SIDE);
      if (this.aliens[cell] === 1) drawCell(canvas, x, y, 0x4cc38a);
      if (this.shots[cell] === 1) canvas.rect(x + 0.4, y + 0.2, 0.2, 0.6, 0xffffff);
      if (this.alienShots[cell] === 1) canvas.rect(x + 0.4, y + 0.2, 0.2, 0.6, 0xd1495b);
    }
    drawCell(canvas, this.cannonX, BOTTOM, 0x5ad1ff);
  }

  private moveAliens(): void {
    this.moveWait = Math.min(this.countAliens(), this.moveTime);
    const edge = this.direction < 0 ? 0 : BOTTOM;
    let atEdge = false;
    for (let row = 0; row < SIDE; row++) if (this.aliens[row * SIDE + edge] === 1) atEdge = true;
    if (!atEdge) {
      shift(this.aliens, this.direction);
      return;
    }
    this.direction = -this.direction;
    for (let x = 0; x < SIDE; x++) {
      if (this.aliens[BOTTOM * SIDE + x] === 1) this.terminated = true;
    }
    shift(this.aliens, SIDE);
  }

  /** The lowest alien of the column nearest to the cannon (of two the left one) shoots. */
  private alienShoots(): void {
    for (let distance = 0; distance < SIDE; distance++) {
      if (this.shootFrom(this.cannonX - distance)) return;
      if (this.shootFrom(this.cannonX + distance)) return;
    }
  }

  private shootFrom(x: number): boolean {
    if (x < 0 || x >= SIDE) return false;
    for (let row = BOTTOM; row >= 0; row--) {
      if (this.aliens[row * SIDE + x] === 0) continue;
      this.alienShots[row * SIDE + x] = 1;
      return true;
    }
    return false;
  }

  private hitAliens(): number {
    let hits = 0;
    for (let cell = 0; cell < CELLS; cell++) {
      if (this.aliens[cell] === 0 || this.shots[cell] === 0) continue;
      this.aliens[cell] = 0;
      this.shots[cell] = 0;
      hits += 1;
    }
    return hits;
  }

  private countAliens(): number {
    let count = 0;
    for (let cell = 0; cell < CELLS; cell++) count += this.aliens[cell];
    return count;
  }

  private newWave(): void {
    this.aliens.fill(0);
    for (let row = 0; row < 4; row++) this.aliens.fill(1, row * SIDE + 2, row * SIDE + 8);
  }
}

/** Moves all cells on by so many places (back where negative); what enters is empty. */
function shift(cells: Uint8Array, places: number): void {
  if (places > 0) {
    for (let cell = CELLS - 1; cell >= 0; cell--) {
      cells[cell] = cell >= places ? cells[cell - places] : 0;
    }
  } else {
    for (let cell = 0; cell < CELLS; cell++) {
      cells[cell] = cell < CELLS + places ? cells[cell - places] : 0;
    }
  }
}

/** Space Invaders on a grid. */
export const miniInvaders: GameDefinition = {
  ...facts,
  create(variant?: string): Game {
    chooseVariant(facts, variant);
    return new MiniInvaders();
  },
};
