/**
 * The kept episodes of a run as a list to choose from: which there are, in which order, and which
 * comes next.
 */
import type { EpisodeEntry } from "@carom/runs/formats";

export type { EpisodeEntry };

/** Orders of the list. */
export type Order = "newest" | "best" | "worst" | "longest" | "first";

export const ORDERS: readonly Order[] = ["newest", "best", "worst", "longest", "first"];

/**
 * Adds a page of the index; an episode that is already known is replaced (its reason may have
 * changed).
 */
export function merged(
  known: readonly EpisodeEntry[],
  page: readonly EpisodeEntry[],
): readonly EpisodeEntry[] {
  if (page.length === 0) return known;
  const byId = new Map(known.map((entry) => [entry.id, entry]));
  for (const entry of page) byId.set(entry.id, entry);
  return [...byId.values()];
}

/** The list in an order; ties go to the newer episode (to the older one for "first"). */
export function ordered(entries: readonly EpisodeEntry[], order: Order): readonly EpisodeEntry[] {
  const compare = COMPARE[order];
  return [...entries].sort((a, b) => compare(a, b) || (order === "first" ? age(a, b) : age(b, a)));
}

const COMPARE: Readonly<Record<Order, (a: EpisodeEntry, b: EpisodeEntry) => number>> = {
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

function extreme(
  entries: readonly EpisodeEntry[],
  compare: (a: EpisodeEntry, b: EpisodeEntry) => number,
): EpisodeEntry | undefined {
  let found: EpisodeEntry | undefined;
  for (const entry of entries) if (!found || compare(entry, found) > 0) found = entry;
  return found;
}
