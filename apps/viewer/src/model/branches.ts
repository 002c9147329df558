/**
 * Branches: episodes that a person played on from some decision of another one. A branch is a whole
 * episode (seed and all actions), so it plays by itself, whatever becomes of its parent. This file
 * makes them, compares them with their parents and orders them as a tree. Not here: keeping them
 * (net/branch-store.ts), playing them (takeover.ts).
 */
import { actionReader, forFirstPlayer, type Game } from "@carom/envs";

/** Who made the decisions. */
export type Author = "person" | "agent";

/** From which decision on somebody played. */
export interface Passage {
  readonly from: number;
  readonly by: Author;
}

/** What a branch left: a kept episode, another branch, or an episode that was being played. */
export interface ParentRef {
  readonly kind: "episode" | "branch" | "live";
  /** Unique among those of its kind. */
  readonly id: string;
  /** How people call it: "Episode 13". */
  readonly title: string;
}

/** The environment's episode that the whole tree grew from. */
export interface RootFacts {
  readonly env: number;
  readonly episode: number;
  readonly seed: number;
  /** Env steps of the run when it ended; those of the moment for one that was being played. */
  readonly steps: number;
}

/** How a branch did against its parent; undefined where the parent is not known so far. */
export interface Comparison {
  /** Difference of the returns at the last decision that both have. */
  readonly sameMoment: number | undefined;
  /** Difference of the returns of both episodes as a whole. */
  readonly atEnd: number | undefined;
}

export interface Branch {
  readonly id: string;
  readonly name: string;
  readonly parent: ParentRef;
  readonly root: RootFacts;
  /** Decisions that it has in common with its parent. */
  readonly at: number;
  readonly length: number;
  readonly return: number;
  readonly terminated: boolean;
  readonly passages: readonly Passage[];
  readonly comparison: Comparison;
  /** ISO 8601 date and time. */
  readonly createdAt: string;
  /** The episode in the replay container of @carom/envs. */
  readonly replay: Uint8Array;
}

/** More passages than these are not told one by one. */
const MOST_PASSAGES = 4;

/** A line of the tree: an origin, which is no branch, or a branch under what it left. */
export type TreeRow =
  | { readonly kind: "origin"; readonly parent: ParentRef; readonly depth: 0 }
  | { readonly kind: "branch"; readonly branch: Branch; readonly depth: number };

/**
 * The tree as rows from top to bottom: origins with the newest branch first, under each its
 * branches by the decision at which they left.
 */
export function treeRows(branches: readonly Branch[]): readonly TreeRow[] {
  const byId = new Map(branches.map((branch) => [branch.id, branch]));
  const children = new Map<string, Branch[]>();
  const origins = new Map<string, ParentRef>();
  for (const branch of [...branches].sort(newestFirst)) {
    const key = keyOf(branch.parent);
    children.set(key, [...(children.get(key) ?? []), branch]);
    const origin = originOf(branch, byId);
    if (!origins.has(keyOf(origin))) origins.set(keyOf(origin), origin);
  }
  const below = (key: string, depth: number): TreeRow[] =>
    [...(children.get(key) ?? [])]
      .sort(byPlace)
      .flatMap((branch) => [
        { kind: "branch", branch, depth },
        ...below(`branch:${branch.id}`, depth + 1),
      ]);
  return [...origins].flatMap(([key, parent]) => [
    { kind: "origin", parent, depth: 0 },
    ...below(key, 1),
  ]);
}

/**
 * The list without a branch. What left it hangs on its parent from then on, where it leaves it at
 * the earlier of both decisions; how it compares with that one is not known.
 */
export function without(branches: readonly Branch[], id: string): readonly Branch[] {
  const gone = branches.find((branch) => branch.id === id);
  if (!gone) return branches;
  const unknown: Comparison = { sameMoment: undefined, atEnd: undefined };
  return branches
    .filter((branch) => branch !== gone)
    .map((branch) => {
      if (branch.parent.kind !== "branch" || branch.parent.id !== id) return branch;
      const at = Math.min(branch.at, gone.at);
      return { ...branch, parent: gone.parent, at, comparison: unknown };
    });
}

/** The list with a branch under another name. */
export function renamed(branches: readonly Branch[], id: string, name: string): readonly Branch[] {
  const wanted = name.trim();
  if (wanted === "") return branches;
  return branches.map((branch) => (branch.id === id ? { ...branch, name: wanted } : branch));
}

/** The returns of a branch against those of its parent, both by decision. */
export function compared(own: ArrayLike<number>, parent: ArrayLike<number>): Comparison {
  const common = Math.min(own.length, parent.length) - 1;
  if (common < 0) return { sameMoment: undefined, atEnd: undefined };
  return {
    sameMoment: own[common] - parent[common],
    atEnd: own[own.length - 1] - parent[parent.length - 1],
  };
}

/** The return after each decision, 0 first, of an episode given as bytes of actions. */
export function returnsOf(game: Game, seed: number, actions: Uint8Array, width: number): number[] {
  const read = actionReader(game.spec.actions);
  const returns = [0];
  game.seed(seed);
  game.reset();
  for (let at = 0; at + width <= actions.length && !game.terminated; at += width) {
    const mover = game.player;
    returns.push(returns[returns.length - 1] + forFirstPlayer(mover, game.step(read(actions, at))));
  }
  return returns;
}

/** "You from 812, then the agent from 900". */
export function authorsText(passages: readonly Passage[]): string {
  const [first] = passages;
  if (passages.length > MOST_PASSAGES) return `You and the agent by turns from ${first.from}`;
  const text = passages
    .map(({ from, by }) => `${by === "person" ? "you" : "the agent"} from ${from}`)
    .join(", then ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A file's name for a branch, of letters, digits, dots and hyphens. */
export function fileNameOf(game: string, branch: Branch): string {
  const name = branch.name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  return `${game.replace(/[^a-z0-9-]+/gi, "-")}-${name || "branch"}.replay`;
}

/** What the branches above a branch left in the end. */
function originOf({ parent }: Branch, byId: ReadonlyMap<string, Branch>): ParentRef {
  const above = parent.kind === "branch" ? byId.get(parent.id) : undefined;
  return above ? originOf(above, byId) : parent;
}

function keyOf({ kind, id }: ParentRef): string {
  return `${kind}:${id}`;
}

function newestFirst(a: Branch, b: Branch): number {
  return b.createdAt.localeCompare(a.createdAt);
}

function byPlace(a: Branch, b: Branch): number {
  return a.at - b.at || a.createdAt.localeCompare(b.createdAt);
}
