/**
 * Go on a board of 9 x 9 crossings, with area scoring (the rules of Tromp and Taylor, but that suicide
 * is not allowed): surround more of the board than the other does.
 *
 * Players: 0 (black, begins) and 1 (white) in turn.
 * Actions: 0 to 80, the crossings by rows from the top (named A9 to J1, without I, rows numbered from
 * below); 81 pass. Key: P passes. A stone may be put on a free crossing unless its chain would then
 * have no liberty, after captures (suicide), or the whole board would look as it did after any earlier
 * move of the game (positional superko). Chains of the other colour left without liberties are taken off.
 * Observation, [9, 9, 7] zeros and ones as the player to move sees them: own stones, the other's stones,
 * stones whose chain has one liberty, those whose chain has two, the last stone (none after a pass), and
 * two planes that are the same everywhere: 1 if the other has just passed, 1 if white is to move.
 * Reward, to the player who has just moved: 0 until the second pass in a row; then 1 if that player has
 * the larger score, else -1. An action that is not allowed loses at once, -1. The other player's reward
 * is the opposite.
 * Score: one's stones and the free crossings from which only one's stones can be reached; white has 7.5
 * more (komi), so nobody draws. All stones on the board count as alive.
 * Start: an empty board. End: two passes in a row, or a move that is not allowed. Once 400 stones have
 * been played (the usual time limit is 400 decisions), only passing is allowed.
 * Version history: 1, the first.
 */
import {
  assertRunning,
  type Canvas,
  defineGame,
  type Game,
  type GameDefinition,
  type GameSpec,
} from "../../game.js";
import { boardSpec, pointNames } from "../boards/boards.js";
import { BAND, drawGo, onPassButton } from "./draw.js";
import { EDGE, HIGH, KEYS, NEIGHBOURS, PASS, POINTS, SIDE } from "./points.js";

/** What white is given for moving second. */
export const KOMI = 7.5;
/** Stones that can be played in one game: positions of the board that are remembered. */
export const MOST_STONES = 400;
/** Words of `pastBits`. */
const PAST_WORDS = 64;
const PLANES = 7;
const EMPTY = 0;
/** What `board` has off the board: neither empty nor a stone. */
const WALL = 3;
/** No chain: the name that empty crossings and the edge have. */
const NONE = POINTS;

const spec: GameSpec = boardSpec({
  id: "go",
  variant: "9",
  title: "Go 9 x 9",
  actions: [...pointNames(SIDE, "ABCDEFGHJ"), "pass"],
  rows: SIDE,
  columns: SIDE,
  planes: PLANES,
  height: SIDE + BAND,
  maxSteps: MOST_STONES,
  keys: { KeyP: PASS },
});

export class Go implements Game {
  readonly spec: GameSpec = spec;
  terminated = true;
  player = 0;
  /** By rows from the top: 0 empty, 1 black, 2 white; the last entry is the edge. */
  readonly board: Uint8Array = new Uint8Array(POINTS + 1);
  /** The chain of each stone, named by one of its crossings; NONE elsewhere. */
  readonly chain: Uint8Array = new Uint8Array(POINTS + 1);
  /** The next stone of the same chain; the last one is followed by the first. */
  readonly next: Uint8Array = new Uint8Array(POINTS);
  /** Stones and liberties of each chain, by its name. */
  readonly sizes: Uint8Array = new Uint8Array(POINTS);
  readonly liberties: Uint8Array = new Uint8Array(POINTS);
  /** Which colours have lost a stone on each crossing: 1 black, 2 white, 3 both. */
  readonly lost: Uint8Array = new Uint8Array(POINTS);
  /** Zobrist hash of the board. */
  hashLow = 0;
  hashHigh = 0;
  /** The hashes after each stone that was played, the first `stones` of them. */
  readonly pastLow: Int32Array = new Int32Array(MOST_STONES);
  readonly pastHigh: Int32Array = new Int32Array(MOST_STONES);
  /** A bit is set for each of them, by the last 11 bits of its low half: most searches end here. */
  readonly pastBits: Int32Array = new Int32Array(PAST_WORDS);
  stones = 0;
  /** Stones that each player has captured. */
  readonly captured: Uint16Array = new Uint16Array(2);
  /** Passes in a row until now. */
  passes = 0;
  /** Crossing of the last stone; -1 at the start and after a pass. */
  last = -1;
  /** Once two passes have ended the game, whose each crossing is: 1 black's, 2 white's, else nobody's. */
  readonly owner: Uint8Array = new Uint8Array(POINTS + 1);
  /** How many each player owns. */
  readonly area: Uint8Array = new Uint8Array(2);

  /** There is no chance in this game. */
  seed(_seed: number): void {}

  reset(): void {
    this.terminated = false;
    this.player = 0;
    this.board.fill(EMPTY);
    this.board[EDGE] = WALL;
    this.chain.fill(NONE);
    this.next.fill(0);
    this.sizes.fill(0);
    this.liberties.fill(0);
    this.lost.fill(0);
    this.hashLow = 0;
    this.hashHigh = 0;
    this.pastLow.fill(0);
    this.pastHigh.fill(0);
    this.pastBits.fill(0);
    this.stones = 0;
    this.captured.fill(0);
    this.passes = 0;
    this.last = -1;
    this.owner.fill(0);
    this.area.fill(0);
  }

  step(action: number): number {
    assertRunning(this.terminated);
    const mover = this.player;
    if (action === PASS) {
      this.passes += 1;
      this.last = -1;
      this.terminated = this.passes === 2;
    } else if (this.isLegal(action)) {
      this.place(action);
      this.passes = 0;
      this.last = action;
    } else {
      this.player = 1 - mover;
      this.terminated = true;
      return -1;
    }
    this.player = 1 - mover;
    if (!this.terminated) return 0;
    this.score();
    return this.area[0] > this.area[1] + KOMI === (mover === 0) ? 1 : -1;
  }

  legal(out: Uint8Array): void {
    for (let point = 0; point < POINTS; point++) {
      out[point] = !this.terminated && this.isLegal(point) ? 1 : 0;
    }
    out[PASS] = this.terminated ? 0 : 1;
  }

  observe(out: Float32Array, at: number): void {
    const own = this.player + 1;
    let to = at;
    for (let point = 0; point < POINTS; point++) {
      const stone = this.board[point];
      const liberties = stone === EMPTY ? 0 : this.liberties[this.chain[point]];
      out[to] = stone === own ? 1 : 0;
      out[to + 1] = stone === 3 - own ? 1 : 0;
      out[to + 2] = liberties === 1 ? 1 : 0;
      out[to + 3] = liberties === 2 ? 1 : 0;
      out[to + 4] = point === this.last ? 1 : 0;
      out[to + 5] = this.passes === 1 ? 1 : 0;
      out[to + 6] = this.player;
      to += PLANES;
    }
  }

  copyFrom(other: Go): void {
    this.terminated = other.terminated;
    this.player = other.player;
    this.board.set(other.board);
    this.chain.set(other.chain);
    this.next.set(other.next);
    this.sizes.set(other.sizes);
    this.liberties.set(other.liberties);
    this.lost.set(other.lost);
    this.hashLow = other.hashLow;
    this.hashHigh = other.hashHigh;
    this.pastLow.set(other.pastLow);
    this.pastHigh.set(other.pastHigh);
    this.pastBits.set(other.pastBits);
    this.stones = other.stones;
    this.captured.set(other.captured);
    this.passes = other.passes;
    this.last = other.last;
    this.owner.set(other.owner);
    this.area.set(other.area);
  }

  /** The crossing next to a place of the board, where a stone may be put; the button below passes. */
  actionAt(x: number, y: number): number {
    if (this.terminated || x < 0 || y < 0 || x >= SIDE) return -1;
    if (y >= SIDE) return onPassButton(x, y) ? PASS : -1;
    const point = Math.floor(y) * SIDE + Math.floor(x);
    return this.isLegal(point) ? point : -1;
  }

  draw(canvas: Canvas): void {
    drawGo(this, canvas);
  }

  /** Whether the player to move may put a stone on `point`. */
  private isLegal(point: number): boolean {
    if (this.board[point] !== EMPTY || this.stones === MOST_STONES) return false;
    return this.hasLiberty(point) && !this.repeats(point);
  }

  /**
   * Whether a stone on the empty `point` would have a liberty: beside it is an empty crossing, a chain
   * of its colour with another liberty, or one of the other colour that is captured by it.
   */
  private hasLiberty(point: number): boolean {
    const own = this.player + 1;
    for (let i = 4 * point; i < 4 * point + 4; i++) {
      const stone = this.board[NEIGHBOURS[i]];
      if (stone === EMPTY) return true;
      if (stone === WALL) continue;
      const inAtari = this.liberties[this.chain[NEIGHBOURS[i]]] === 1;
      if (inAtari !== (stone === own)) return true;
    }
    return false;
  }

  /**
   * Whether a stone on the empty `point` would bring back an earlier position. That one had a stone of
   * this colour on `point`, which is gone: so nothing can come back where no stone of this colour was
   * ever captured. This spares nearly every move the search, captures or not; and a move without
   * captures can repeat (a stone may be taken, and its place be filled again later), so that looking
   * at captures only would not do. The start, an empty board, cannot come back at all.
   */
  private repeats(point: number): boolean {
    const own = this.player + 1;
    if ((this.lost[point] & own) === 0) return false;
    const key = this.player * POINTS + point;
    let low = this.hashLow ^ KEYS[key];
    let high = this.hashHigh ^ KEYS[HIGH + key];
    for (let i = 0; i < 4; i++) {
      const beside = NEIGHBOURS[4 * point + i];
      if (this.board[beside] !== 3 - own || this.liberties[this.chain[beside]] !== 1) continue;
      if (!this.firstOfChain(point, i)) continue;
      const others = (1 - this.player) * POINTS;
      let stone = beside;
      do {
        low ^= KEYS[others + stone];
        high ^= KEYS[HIGH + others + stone];
        stone = this.next[stone];
      } while (stone !== beside);
    }
    if (((this.pastBits[(low >>> 5) % PAST_WORDS] >> (low & 31)) & 1) === 0) return false;
    for (let i = this.stones - 1; i >= 0; i--) {
      if (this.pastLow[i] === low && this.pastHigh[i] === high) return true;
    }
    return false;
  }

  /** Whether no neighbour of `point` before its `i`-th belongs to the same chain as that one. */
  private firstOfChain(point: number, i: number): boolean {
    const name = this.chain[NEIGHBOURS[4 * point + i]];
    for (let j = 4 * point; j < 4 * point + i; j++) {
      if (this.chain[NEIGHBOURS[j]] === name) return false;
    }
    return true;
  }

  /** Puts a stone where it is allowed, joins it to its chains and takes off what it captures. */
  private place(point: number): void {
    const own = this.player + 1;
    this.addStone(point);
    for (let i = 4 * point; i < 4 * point + 4; i++) {
      const beside = NEIGHBOURS[i];
      const stone = this.board[beside];
      if (stone === own) this.join(this.chain[point], this.chain[beside]);
      else if (stone === 3 - own && this.liberties[this.chain[beside]] === 0) this.capture(beside);
    }
    this.pastLow[this.stones] = this.hashLow;
    this.pastHigh[this.stones] = this.hashHigh;
    this.pastBits[(this.hashLow >>> 5) % PAST_WORDS] |= 1 << (this.hashLow & 31);
    this.stones += 1;
  }

  /** A chain of one stone; the chains around it lose a liberty. */
  private addStone(point: number): void {
    this.board[point] = this.player + 1;
    this.toggle(this.player, point);
    let free = 0;
    for (let i = 0; i < 4; i++) {
      const beside = NEIGHBOURS[4 * point + i];
      const name = this.chain[beside];
      if (this.board[beside] === EMPTY) free += 1;
      else if (name !== NONE && this.firstOfChain(point, i)) this.liberties[name] -= 1;
    }
    this.chain[point] = point;
    this.next[point] = point;
    this.sizes[point] = 1;
    this.liberties[point] = free;
  }

  /** Makes one chain of two, which may be the same: the smaller one moves over, stone by stone. */
  private join(one: number, other: number): void {
    if (one === other) return;
    const large = this.sizes[one] < this.sizes[other] ? other : one;
    const small = large === one ? other : one;
    let stone = small;
    do {
      for (let i = 4 * stone; i < 4 * stone + 4; i++) {
        const free = NEIGHBOURS[i];
        if (this.board[free] === EMPTY && !this.touches(free, large)) this.liberties[large] += 1;
      }
      this.chain[stone] = large;
      stone = this.next[stone];
    } while (stone !== small);
    const after = this.next[large];
    this.next[large] = this.next[small];
    this.next[small] = after;
    this.sizes[large] += this.sizes[small];
    this.sizes[small] = 0;
    this.liberties[small] = 0;
  }

  private touches(point: number, name: number): boolean {
    for (let i = 4 * point; i < 4 * point + 4; i++) {
      if (this.chain[NEIGHBOURS[i]] === name) return true;
    }
    return false;
  }

  /** Takes off the chain of the other colour that `first` belongs to; the mover's gain liberties. */
  private capture(first: number): void {
    const other = 1 - this.player;
    const name = this.chain[first];
    let stone = first;
    do {
      this.board[stone] = EMPTY;
      this.chain[stone] = NONE;
      this.lost[stone] |= other + 1;
      this.toggle(other, stone);
      for (let i = 0; i < 4; i++) {
        const beside = NEIGHBOURS[4 * stone + i];
        if (this.board[beside] !== this.player + 1 || !this.firstOfChain(stone, i)) continue;
        this.liberties[this.chain[beside]] += 1;
      }
      stone = this.next[stone];
    } while (stone !== first);
    this.captured[this.player] += this.sizes[name];
    this.sizes[name] = 0;
  }

  /** Enters a stone that comes or goes into the hash. */
  private toggle(player: number, point: number): void {
    this.hashLow ^= KEYS[player * POINTS + point];
    this.hashHigh ^= KEYS[HIGH + player * POINTS + point];
  }

  /**
   * Whose each crossing is: colours spread from the stones over empty crossings until nothing changes,
   * forwards and backwards through the board in turn. Where both arrive (3) it is nobody's.
   */
  private score(): void {
    this.owner.set(this.board);
    this.owner[EDGE] = EMPTY;
    let changed = true;
    for (let sweep = 0; changed; sweep++) {
      changed = false;
      for (let i = 0; i < POINTS; i++) {
        const point = sweep % 2 === 0 ? i : POINTS - 1 - i;
        if (this.board[point] === EMPTY && this.spreadTo(point)) changed = true;
      }
    }
    for (let point = 0; point < POINTS; point++) {
      const owner = this.owner[point];
      if (owner === 1 || owner === 2) this.area[owner - 1] += 1;
    }
  }

  /** Lets the neighbours' colours reach an empty crossing; whether that changed anything. */
  private spreadTo(point: number): boolean {
    let reached = this.owner[point];
    for (let i = 4 * point; i < 4 * point + 4; i++) reached |= this.owner[NEIGHBOURS[i]];
    if (reached === this.owner[point]) return false;
    this.owner[point] = reached;
    return true;
  }
}

/** Go on 9 x 9. */
export const go: GameDefinition = defineGame(() => new Go());
