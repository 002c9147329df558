/**
 * The keyboard: which key does what. One table for the handler, the help and the command palette.
 */
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
  | { readonly type: "export" }
  | { readonly type: "takeover" }
  | { readonly type: "branches" }
  | { readonly type: "follow-best" }
  | { readonly type: "describe" }
  | { readonly type: "palette" }
  | { readonly type: "tool"; readonly name: ToolName }
  | { readonly type: "age"; readonly by: 1 | -1 };

/** What can be done with the policies that a run keeps. */
export type ToolName = "time" | "compare" | "why" | "duel";

/** What can be laid over the episode on the stage. */
export type OverlayName = "choices" | "value" | "rewards" | "next" | "saliency" | "activity";

/** A line of the table. */
export interface Binding {
  /**
   * `KeyboardEvent.key` values, lower case for letters; "shift+n" where Shift makes a difference,
   * "mod+k" for K with Ctrl or Cmd.
   */
  readonly keys: readonly string[];
  /** How the keys are written in the help. */
  readonly label: readonly string[];
  readonly text: string;
  readonly commands: readonly Command[];
  /** What the palette calls each command, where `text` tells of several. */
  readonly names?: readonly string[];
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
    names: ["2 seconds back", "2 seconds on"],
  },
  {
    keys: ["j", "l"],
    label: ["J", "L"],
    text: "10 seconds back, on",
    commands: [nudge(-TEN_SECONDS), nudge(TEN_SECONDS)],
    names: ["10 seconds back", "10 seconds on"],
  },
  {
    keys: [",", "."],
    label: [",", "."],
    text: "one decision back, on",
    commands: [
      { type: "frame", by: -1 },
      { type: "frame", by: 1 },
    ],
    names: ["one decision back", "one decision on"],
  },
  {
    keys: ["arrowup", "arrowdown"],
    label: ["↑", "↓"],
    text: "faster, slower",
    commands: [
      { type: "notch", by: 1 },
      { type: "notch", by: -1 },
    ],
    names: ["faster", "slower"],
  },
  {
    keys: digitKeys(),
    label: ["0", "…", "9"],
    text: "0 % … 90 % of the episode",
    commands: tenths(),
    names: digitKeys().map((digit) => `go to ${Number(digit) * 10} % of the episode`),
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
    names: ["previous episode in the list", "next episode in the list"],
  },
  {
    keys: ["p"],
    label: ["P"],
    text: "take over and play, hand back",
    commands: [{ type: "takeover" }],
  },
  { keys: ["b"], label: ["B"], text: "branches", commands: [{ type: "branches" }] },
  {
    keys: ["f"],
    label: ["F"],
    text: "follow the best live game",
    commands: [{ type: "follow-best" }],
  },
  {
    keys: ["q", "w"],
    label: ["Q", "W"],
    text: "what the policy weighs, its value",
    commands: [
      { type: "overlay", name: "choices" },
      { type: "overlay", name: "value" },
    ],
    names: ["what the policy weighs", "the policy's value over time"],
  },
  {
    keys: ["e", "r"],
    label: ["E", "R"],
    text: "rewards on the board, the next action",
    commands: [
      { type: "overlay", name: "rewards" },
      { type: "overlay", name: "next" },
    ],
    names: ["rewards on the board", "the next action on the board"],
  },
  {
    keys: ["s", "a"],
    label: ["S", "A"],
    text: "what matters to the policy, its layers",
    commands: [
      { type: "overlay", name: "saliency" },
      { type: "overlay", name: "activity" },
    ],
    names: ["what matters to the policy", "activity of the policy's layers"],
  },
  {
    keys: ["n", "shift+n"],
    label: ["N", "⇧N"],
    text: "next, previous highlight",
    commands: [
      { type: "highlight", by: 1 },
      { type: "highlight", by: -1 },
    ],
    names: ["next highlight", "previous highlight"],
  },
  {
    keys: ["m", "shift+arrowleft", "shift+arrowright"],
    label: ["M", "⇧←", "⇧→"],
    text: "time machine; older, newer policy",
    commands: [
      { type: "tool", name: "time" },
      { type: "age", by: -1 },
      { type: "age", by: 1 },
    ],
    names: ["time machine", "older policy", "newer policy"],
  },
  {
    keys: ["c"],
    label: ["C"],
    text: "compare policies, same seed",
    commands: [{ type: "tool", name: "compare" }],
  },
  {
    keys: ["y"],
    label: ["Y"],
    text: "why this action, and what if",
    commands: [{ type: "tool", name: "why" }],
  },
  {
    keys: ["h"],
    label: ["H"],
    text: "play against the agent",
    commands: [{ type: "tool", name: "duel" }],
  },
  { keys: ["g"], label: ["G"], text: "live games: move or hold", commands: [{ type: "boards" }] },
  { keys: ["x"], label: ["X"], text: "share: link, file, film", commands: [{ type: "export" }] },
  { keys: ["t"], label: ["T"], text: "light or dark", commands: [{ type: "theme" }] },
  {
    keys: ["d"],
    label: ["D"],
    text: "describe the game to screen readers",
    commands: [{ type: "describe" }],
  },
  {
    keys: ["mod+k"],
    label: ["Ctrl K"],
    text: "all commands and episodes",
    commands: [{ type: "palette" }],
  },
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
  if (press.altKey) return undefined;
  const key = press.key.toLowerCase();
  if (press.ctrlKey || press.metaKey) return byKey.get(`mod+${key}`);
  return (press.shiftKey ? byKey.get(`shift+${key}`) : undefined) ?? byKey.get(key);
}

/** A command as the palette lists it. */
export interface NamedCommand {
  readonly name: string;
  /** How its key is written. */
  readonly key: string;
  readonly command: Command;
}

/** Every command by its name, with its key. */
export function namedCommands(): readonly NamedCommand[] {
  return bindings.flatMap(({ keys, label, text, commands, names }) =>
    commands.map((command, i) => {
      const isWritten = label.length === commands.length || commands.length === 1;
      const key = (isWritten ? label[i] : undefined) ?? keys[i];
      return { name: names?.[i] ?? text, key, command };
    }),
  );
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
