/** The keyboard: which key does what. One table for the handler and for the help. */
import type { Action } from "./transport.js";

/** What a key asks for, beyond playback. */
export type Command =
  | Action
  | { readonly type: "episode"; readonly by: 1 | -1 }
  | { readonly type: "help" }
  | { readonly type: "theme" }
  | { readonly type: "boards" }
  | { readonly type: "overlay"; readonly name: OverlayName }
  | { readonly type: "highlight"; readonly by: 1 | -1 }
  | { readonly type: "export" };

/** What can be laid over the episode on the stage. */
export type OverlayName = "choices" | "value" | "rewards" | "next" | "saliency" | "activity";

/** A line of the table. */
export interface Binding {
  /** `KeyboardEvent.key` values, lower case for letters; "shift+n" where Shift makes a difference. */
  readonly keys: readonly string[];
  /** How the keys are written in the help. */
  readonly label: readonly string[];
  readonly text: string;
  readonly commands: readonly Command[];
}

const TWO_SECONDS = 2;
const TEN_SECONDS = 10;

/** Key `keys[i]` gives `commands[i]`, the last command for all further keys. */
export const bindings: readonly Binding[] = [
  {
    keys: [" ", "k"],
    label: ["Space", "K"],
    text: "play or pause",
    commands: [{ type: "toggle" }],
  },
  {
    keys: ["arrowleft", "arrowright"],
    label: ["←", "→"],
    text: "2 seconds back, on",
    commands: [nudge(-TWO_SECONDS), nudge(TWO_SECONDS)],
  },
  {
    keys: ["j", "l"],
    label: ["J", "L"],
    text: "10 seconds back, on",
    commands: [nudge(-TEN_SECONDS), nudge(TEN_SECONDS)],
  },
  {
    keys: [",", "."],
    label: [",", "."],
    text: "one decision back, on",
    commands: [
      { type: "frame", by: -1 },
      { type: "frame", by: 1 },
    ],
  },
  {
    keys: ["arrowup", "arrowdown"],
    label: ["↑", "↓"],
    text: "faster, slower",
    commands: [
      { type: "notch", by: 1 },
      { type: "notch", by: -1 },
    ],
  },
  {
    keys: digitKeys(),
    label: ["0", "…", "9"],
    text: "0 % … 90 % of the episode",
    commands: tenths(),
  },
  { keys: ["home"], label: ["Home"], text: "start of the episode", commands: [{ type: "home" }] },
  { keys: ["end"], label: ["End"], text: "back to live", commands: [{ type: "live" }] },
  {
    keys: ["[", "]"],
    label: ["[", "]"],
    text: "previous, next episode in the list",
    commands: [
      { type: "episode", by: -1 },
      { type: "episode", by: 1 },
    ],
  },
  {
    keys: ["q", "w"],
    label: ["Q", "W"],
    text: "what the policy weighs, its value",
    commands: [
      { type: "overlay", name: "choices" },
      { type: "overlay", name: "value" },
    ],
  },
  {
    keys: ["e", "r"],
    label: ["E", "R"],
    text: "rewards on the board, the next action",
    commands: [
      { type: "overlay", name: "rewards" },
      { type: "overlay", name: "next" },
    ],
  },
  {
    keys: ["s", "a"],
    label: ["S", "A"],
    text: "what matters to the policy, its layers",
    commands: [
      { type: "overlay", name: "saliency" },
      { type: "overlay", name: "activity" },
    ],
  },
  {
    keys: ["n", "shift+n"],
    label: ["N", "⇧N"],
    text: "next, previous highlight",
    commands: [
      { type: "highlight", by: 1 },
      { type: "highlight", by: -1 },
    ],
  },
  { keys: ["g"], label: ["G"], text: "live games: move or hold", commands: [{ type: "boards" }] },
  { keys: ["x"], label: ["X"], text: "share: link, file, film", commands: [{ type: "export" }] },
  { keys: ["t"], label: ["T"], text: "light or dark", commands: [{ type: "theme" }] },
  { keys: ["?"], label: ["?"], text: "this help", commands: [{ type: "help" }] },
];

const byKey = new Map<string, Command>(
  bindings.flatMap(({ keys, commands }) =>
    keys.map((key, i) => [key, commands[Math.min(i, commands.length - 1)]] as const),
  ),
);

/** What is known of a key press; a KeyboardEvent is one. */
export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

/**
 * The command of a key press; undefined if the key means nothing here or belongs to the browser.
 */
export function commandOf(press: KeyPress): Command | undefined {
  if (press.ctrlKey || press.metaKey || press.altKey) return undefined;
  const key = press.key.toLowerCase();
  return (press.shiftKey ? byKey.get(`shift+${key}`) : undefined) ?? byKey.get(key);
}

function nudge(seconds: number): Command {
  return { type: "nudge", seconds };
}

function digitKeys(): string[] {
  return Array.from({ length: 10 }, (_, digit) => String(digit));
}

function tenths(): Command[] {
  return digitKeys().map((_, digit) => ({ type: "share", share: digit / 10 }));
}
