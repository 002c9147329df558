/**
 * The kept episodes of a run as a list to choose from: which there are, in which order, and which
 * comes next.
 */
import type { EpisodeEntry, EpisodeReason } from "@carom/runs/formats";

export type { EpisodeEntry, EpisodeReason };

/** Orders of the list. */
export type Order = "newest" | "best" | "worst" | "median" | "longest" | "first";

export const ORDERS: readonly Order[] = ["newest", "best", "worst", "median", "longest", "first"];

/** Episodes that a page holds at most; of more, the newest, the first and the best. */
export const HELD = 200_000;

/** What the list is narrowed to; undefined does not narrow. */
export interface EpisodeFilter {
  readonly minReturn?: number | undefined;
  readonly maxReturn?: number | undefined;
  /** In decisions. */
  readonly minLength?: number | undefined;
  readonly maxLength?: number | undefined;
  readonly reason?: EpisodeReason | undefined;
  /** Digits that the seed contains. */
  readonly seed?: string | undefined;
}

/**
 * Adds a page of the index; an episode that is already known is replaced (its reason may have
 * changed).
 */
export function merged(
  known: readonly EpisodeEntry[],
  page: readonly EpisodeEntry[],
): readonly EpisodeEntry[] {
  if (page.length === 0) return known;
  const last = known.at(-1);
  const isAfter = last === undefined || page.every(({ id }) => Number(id) > Number(last.id));
  if (isAfter) return [...known, ...page];
  const byId = new Map(known.map((entry) => [entry.id, entry]));
  for (const entry of page) byId.set(entry.id, entry);
  return [...byId.values()];
}

/** Keeps a list within what a page can hold. */
export function bounded(
  entries: readonly EpisodeEntry[],
  most: number = HELD,
): readonly EpisodeEntry[] {
  if (entries.length <= most) return entries;
  const top = best(entries);
  const spared = new Set([entries[0], ...(top ? [top] : [])]);
  const rest = entries.filter((entry) => !spared.has(entry)).slice(spared.size - most);
  return [...spared, ...rest];
}

/** The entries that pass a filter, in their order. */
export function filtered(
  entries: readonly EpisodeEntry[],
  filter: EpisodeFilter,
): readonly EpisodeEntry[] {
  const { minReturn = Number.NEGATIVE_INFINITY, maxReturn = Number.POSITIVE_INFINITY } = filter;
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY, reason, seed = "" } = filter;
  return entries.filter(
    (entry) =>
      entry.return >= minReturn &&
      entry.return <= maxReturn &&
      entry.length >= minLength &&
      entry.length <= maxLength &&
      (reason === undefined || entry.reason === reason) &&
      (seed === "" || String(entry.seed).includes(seed)),
  );
}

/** The middle one of the returns; of an even number the lower of the two. */
function medianReturn(entries: readonly EpisodeEntry[]): number {
  const returns = Float64Array.from(entries, (entry) => entry.return).sort();
  return returns[(returns.length - 1) >> 1] ?? 0;
}

/**
 * The list in an order; ties go to the newer episode (to the older one for "first"). "median" begins
 * with the most ordinary return.
 */
export function ordered(entries: readonly EpisodeEntry[], order: Order): readonly EpisodeEntry[] {
  const middle = order === "median" ? medianReturn(entries) : 0;
  const compare =
    order === "median"
      ? (a: EpisodeEntry, b: EpisodeEntry) =>
          Math.abs(a.return - middle) - Math.abs(b.return - middle)
      : COMPARE[order];
  return [...entries].sort((a, b) => compare(a, b) || (order === "first" ? age(a, b) : age(b, a)));
}

const COMPARE: Readonly<
  Record<Exclude<Order, "median">, (a: EpisodeEntry, b: EpisodeEntry) => number>
> = {
  newest: () => 0,
  first: () => 0,
  best: (a, b) => b.return - a.return,
  worst: (a, b) => a.return - b.return,
  longest: (a, b) => b.length - a.length,
};

/** Negative if `a` ended before `b`. */
function age(a: EpisodeEntry, b: EpisodeEntry): number {
  return a.steps - b.steps || Number(a.id) - Number(b.id);
}

/** The episode of the training that ended last. */
export function newest(entries: readonly EpisodeEntry[]): EpisodeEntry | undefined {
  return extreme(entries.filter(isTrained), age);
}

/** Whether the training played it; what a person played and chose to keep is no measure of that. */
function isTrained({ reason }: EpisodeEntry): boolean {
  return reason !== "chosen";
}

/** The episode of the training with the highest return; of several, the newest. */
export function best(entries: readonly EpisodeEntry[]): EpisodeEntry | undefined {
  return extreme(entries.filter(isTrained), (a, b) => a.return - b.return || age(a, b));
}

/**
 * What the list calls an episode besides its reason: holds of the whole list, not of the moment it
 * was kept.
 */
export function titlesOf(all: readonly EpisodeEntry[]): ReadonlyMap<string, string> {
  const titles = new Map<string, string>();
  for (const entry of all) if (!isTrained(entry)) titles.set(entry.id, "chosen");
  const entries = all.filter(isTrained);
  const name = (entry: EpisodeEntry | undefined, title: string) => {
    if (entry && !titles.has(entry.id)) titles.set(entry.id, title);
  };
  name(best(entries), "best");
  name(newest(entries), "newest");
  name(
    extreme(entries, (a, b) => age(b, a)),
    "first",
  );
  name(
    extreme(entries, (a, b) => b.return - a.return || age(a, b)),
    "worst",
  );
  name(
    extreme(entries, (a, b) => a.length - b.length || age(a, b)),
    "longest",
  );
  return titles;
}

/**
 * The neighbour of `id` in a list, `by` places on; stays inside the list; the first one if `id` is
 * not in it.
 */
export function neighbour(
  list: readonly EpisodeEntry[],
  id: string | undefined,
  by: number,
): EpisodeEntry | undefined {
  const at = list.findIndex((entry) => entry.id === id);
  if (at === -1) return list[0];
  return list[Math.min(Math.max(0, at + by), list.length - 1)];
}

/** The episode that ended nearest to an env step of the run. */
export function nearestEpisode(
  entries: readonly EpisodeEntry[],
  steps: number,
): EpisodeEntry | undefined {
  return extreme(entries, (a, b) => Math.abs(b.steps - steps) - Math.abs(a.steps - steps));
}

/** The one of some env steps that is nearest to a step; undefined if there are none. */
export function nearestStep(all: readonly number[], steps: number): number | undefined {
  let nearest: number | undefined;
  for (const one of all) {
    if (nearest === undefined || Math.abs(one - steps) < Math.abs(nearest - steps)) nearest = one;
  }
  return nearest;
}

function extreme(
  entries: readonly EpisodeEntry[],
  compare: (a: EpisodeEntry, b: EpisodeEntry) => number,
): EpisodeEntry | undefined {
  let found: EpisodeEntry | undefined;
  for (const entry of entries) if (!found || compare(entry, found) > 0) found = entry;
  return found;
}
