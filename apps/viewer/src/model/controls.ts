/**
 * A person at the controls: which key does what in a game, and the action that held and tapped keys
 * come to when a decision is due. Keys are what the game declares; where it declares none, digits
 * choose a discrete action and arrows are the axes of a continuous one. On boards that take clicks
 * the arrows move a cursor. Not here: keyboard events (ui/play-view.ts), time (takeover.ts).
 */
import { type Action, type ActionSpace, actionWidth, type Game, type GameSpec } from "@carom/envs";

/** What a key stands for: an action's index, or a number per entry of a vector. */
export type KeyAction = number | readonly number[];

/** One line of the hints: keys as they are written, and what they do. */
export interface Hint {
  readonly keys: readonly string[];
  readonly text: string;
}

/** Keys by `KeyboardEvent.code`, and their hints. */
export interface KeyMap {
  readonly bindings: ReadonlyMap<string, KeyAction>;
  /** True where the arrows move a cursor over the board and Enter plays what is under it. */
  readonly cursor: boolean;
  readonly hints: readonly Hint[];
}

/** Keys for games that declare none, in their order; P and Escape hand back. */
const CHOICE_KEYS: readonly string[] = [
  ...[..."1234567890"].map((digit) => `Digit${digit}`),
  ..."QWERTYUIOASDFGHJKLZXCVBNM".split("").map((letter) => `Key${letter}`),
];
/** Keys of the axes of a continuous action, less and more. */
const AXIS_KEYS: readonly (readonly [string, string])[] = [
  ["ArrowLeft", "ArrowRight"],
  ["ArrowDown", "ArrowUp"],
  ["KeyA", "KeyD"],
  ["KeyS", "KeyW"],
];
/** Steps of the cursor in board units. */
const CURSOR_KEYS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
/** Most hints of actions; more are written as the first and the last. */
const MOST_HINTS = 8;
/** Most keys that a hint writes for one action. */
const KEYS_PER_HINT = 2;

/** The keys of a game. @param against who plays the other side of a game for two, if not the person too */
export function keyMapOf(game: Game, against?: string): KeyMap {
  const { spec } = game;
  const cursor = game.actionAt !== undefined;
  const declared = spec.keys !== undefined;
  const keys = spec.keys ?? (cursor ? {} : usualKeys(spec.actions));
  const bindings = new Map<string, KeyAction>(Object.entries(keys));
  const hints = hintsOf(bindings, spec);
  const moves = { keys: ["\u2190", "\u2191", "\u2192", "\u2193"], text: "move the mark" };
  const plays = { keys: ["Enter"], text: declared ? "play there" : "play there, or click" };
  const text = against === undefined ? "you play both sides" : `against ${against}`;
  const sides = (spec.players ?? 1) > 1 ? [{ keys: [], text }] : [];
  return { bindings, cursor, hints: [...hints, ...(cursor ? [moves, plays] : []), ...sides] };
}

/** What a person's keys come to. One per game that is being played. */
export class Controls {
  readonly map: KeyMap;
  /** Where the cursor is, in board units: the middle of a cell. */
  readonly cursor: { x: number; y: number };
  private readonly spec: GameSpec;
  /** Keys that are down, the newest last. */
  private held: string[] = [];
  /** Keys that went down since the last decision: a short tap counts too. */
  private readonly tapped = new Set<string>();
  private readonly mask: Uint8Array;
  /** A place on the board that was clicked, until the decision. */
  private place: { readonly x: number; readonly y: number } | undefined;

  /** @param against who plays the other side of a game for two, if not the person too */
  constructor(game: Game, against?: string) {
    const { actions, board } = game.spec;
    this.spec = game.spec;
    this.map = keyMapOf(game, against);
    this.cursor = { x: Math.floor(board.width / 2) + 0.5, y: Math.floor(board.height / 2) + 0.5 };
    this.mask = new Uint8Array(actions.kind === "discrete" ? actions.names.length : 0);
  }

  /** Whether a key is one of the game's. */
  owns(code: string): boolean {
    const { bindings, cursor } = this.map;
    return bindings.has(code) || (cursor && (code in CURSOR_KEYS || code === "Enter"));
  }

  /** A key goes down. */
  press(code: string): void {
    if (!this.map.bindings.has(code)) {
      this.steer(code);
      return;
    }
    this.held = [...this.held.filter((one) => one !== code), code];
    this.tapped.add(code);
  }

  /** A key comes up. */
  release(code: string): void {
    this.held = this.held.filter((one) => one !== code);
  }

  /** All keys come up: the page lost the keyboard. */
  releaseAll(): void {
    this.held = [];
    this.tapped.clear();
    this.place = undefined;
  }

  /** A click on the board, in board units. */
  click(x: number, y: number): void {
    this.place = { x, y };
  }

  /**
   * The action of the decision that is due; undefined where the game waits and nothing was chosen.
   * @param game in the state before the decision
   * @param last the action before; undefined at the start
   */
  take(game: Game, last: Action | undefined): Action | undefined {
    const chosen = this.chosen(game);
    this.tapped.clear();
    this.place = undefined;
    if (chosen === undefined) return this.spec.waits ? undefined : this.idle(game, last);
    if (typeof chosen !== "number" || this.isLegal(game, chosen)) return chosen;
    return this.spec.waits ? undefined : this.idle(game, last);
  }

  private steer(code: string): void {
    const { cursor, spec } = this;
    const move = CURSOR_KEYS[code];
    if (!this.map.cursor) return;
    if (code === "Enter") this.place = { ...cursor };
    if (!move) return;
    cursor.x = within(cursor.x + move[0], 0.5, spec.board.width - 0.5);
    cursor.y = within(cursor.y + move[1], 0.5, spec.board.height - 0.5);
  }

  private chosen(game: Game): Action | undefined {
    const { place, spec } = this;
    const at = place ? game.actionAt?.(place.x, place.y) : undefined;
    if (at !== undefined && at >= 0) return at;
    // Where the game waits, a key that stays down is one choice, not one per decision.
    const codes = spec.waits ? [...this.tapped] : [...new Set([...this.tapped, ...this.held])];
    if (codes.length === 0) return undefined;
    if (spec.actions.kind !== "discrete") return this.sum(codes);
    const newest = (spec.waits ? undefined : this.held.at(-1)) ?? codes.at(-1);
    const action = this.map.bindings.get(newest ?? "");
    return typeof action === "number" ? action : undefined;
  }

  /** Keys held together add up within the bounds. */
  private sum(codes: readonly string[]): Action {
    const total = new Array<number>(actionWidth(this.spec.actions)).fill(0);
    for (const code of codes) {
      const entries = this.map.bindings.get(code);
      for (let i = 0; i < total.length; i++) {
        total[i] += typeof entries === "object" ? (entries[i] ?? 0) : 0;
      }
    }
    return vector(this.spec.actions, total);
  }

  private idle(game: Game, last: Action | undefined): Action {
    const { idle = 0, actions } = this.spec;
    const width = actionWidth(actions);
    if (actions.kind !== "discrete") {
      if (idle === "last" && typeof last === "object") return last.slice();
      return vector(actions, typeof idle === "object" ? idle : new Array<number>(width).fill(0));
    }
    const wish = idle === "last" ? Number(last ?? 0) : Number(idle);
    if (this.isLegal(game, wish)) return wish;
    return Math.max(0, this.mask.indexOf(1));
  }

  private isLegal(game: Game, action: number): boolean {
    if (!game.legal) return true;
    game.legal(this.mask);
    return this.mask[action] === 1;
  }
}

/** A vector of the space's type, each entry within its bounds. */
function vector(space: ActionSpace, entries: readonly number[]): Float32Array | Int32Array {
  switch (space.kind) {
    case "box":
      return Float32Array.from(entries, (entry, i) => within(entry, space.low[i], space.high[i]));
    case "multi-discrete":
      return Int32Array.from(entries, (entry, i) => within(entry, 0, space.sizes[i] - 1));
    default:
      return Int32Array.from(entries, (entry) => within(entry, 0, 1));
  }
}

/** The keys of a game that declares none. */
function usualKeys(space: ActionSpace): Readonly<Record<string, KeyAction>> {
  if (space.kind === "discrete") {
    return Object.fromEntries(space.names.flatMap((_, i) => pairOf(CHOICE_KEYS[i], i)));
  }
  const width = actionWidth(space);
  const only = (i: number, value: number) =>
    Array.from({ length: width }, (_, entry) => (entry === i ? value : 0));
  if (space.kind === "box") {
    return Object.fromEntries(
      AXIS_KEYS.slice(0, width).flatMap(([less, more], i) => [
        ...pairOf(less, only(i, Number.isFinite(space.low[i]) ? space.low[i] : -1)),
        ...pairOf(more, only(i, Number.isFinite(space.high[i]) ? space.high[i] : 1)),
      ]),
    );
  }
  const choices = Array.from({ length: width }, (_, i) => {
    const size = space.kind === "multi-discrete" ? space.sizes[i] : 2;
    return Array.from({ length: size - 1 }, (_, value) => only(i, value + 1));
  }).flat();
  return Object.fromEntries(choices.flatMap((entries, i) => pairOf(CHOICE_KEYS[i], entries)));
}

/** Nothing where the keys have run out. */
function pairOf(
  code: string | undefined,
  action: KeyAction,
): readonly (readonly [string, KeyAction])[] {
  return code === undefined ? [] : [[code, action]];
}

/** A line per action with its keys. */
function hintsOf(bindings: ReadonlyMap<string, KeyAction>, { actions }: GameSpec): Hint[] {
  const byAction = new Map<string, string[]>();
  for (const [code, action] of bindings) {
    const text = nameOf(action, actions);
    const known = byAction.get(text) ?? [];
    if (known.length < KEYS_PER_HINT) known.push(keyLabel(code));
    byAction.set(text, known);
  }
  const hints = [...byAction].map(([text, keys]) => ({ keys, text }));
  if (hints.length <= MOST_HINTS) return hints;
  const [first, last] = [hints[0], hints[hints.length - 1]];
  const keys = [first.keys[0], "\u2026", last.keys[0]];
  return [{ keys, text: `${first.text} \u2026 ${last.text}` }];
}

function nameOf(action: KeyAction, space: ActionSpace): string {
  if (typeof action === "number") {
    return space.kind === "discrete" ? (space.names[action] ?? String(action)) : String(action);
  }
  const parts = action.flatMap((value, i) => {
    if (value === 0) return [];
    const name = (space.kind === "discrete" ? undefined : space.names?.[i]) ?? `entry ${i + 1}`;
    return [space.kind === "box" ? `${name} ${value > 0 ? "+" : "\u2212"}` : `${name} ${value}`];
  });
  return parts.join(", ");
}

const LABELS: Readonly<Record<string, string>> = {
  ArrowLeft: "\u2190",
  ArrowRight: "\u2192",
  ArrowUp: "\u2191",
  ArrowDown: "\u2193",
};

/** How a key is written: "ArrowLeft" as an arrow, "KeyA" as A, "Digit1" as 1. */
export function keyLabel(code: string): string {
  return LABELS[code] ?? code.replace(/^(Key|Digit)/, "").replace(/^Numpad/, "Num ");
}

function within(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
