/**
 * The command palette's list: what can be asked for, and which of it a few typed letters mean. Not
 * here: what an item does (ui/palette-view.ts is given it).
 */

/** What can be chosen. */
export interface PaletteItem {
  readonly title: string;
  /** More that is searched and shown: a seed, a return. */
  readonly detail?: string;
  /** How its key is written. */
  readonly key?: string;
  run(): void;
}

/** Most items that are shown at a time. */
const SHOWN = 60;
/** What a letter is worth: as the first of a word, after the letter before, and anywhere. */
const WORTH = { start: 8, next: 5, any: 1 } as const;
/** What every letter that is skipped before the first hit costs; at most so many count. */
const SKIP_COST = 0.1;
const MOST_SKIPS = 20;

/** An item with its texts in lower case, made once: there may be a hundred thousand episodes. */
export interface IndexedItem {
  readonly item: PaletteItem;
  readonly title: string;
  readonly detail: string;
}

/** Makes items ready for `matching`. */
export function indexed(items: readonly PaletteItem[]): readonly IndexedItem[] {
  return items.map((item) => ({
    ...{ item, title: item.title.toLowerCase(), detail: (item.detail ?? "").toLowerCase() },
  }));
}

/** The items that `query` means, the best first; the first ones, in their order, for an empty one. */
export function matching(items: readonly IndexedItem[], query: string): readonly PaletteItem[] {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  if (words.length === 0) return items.slice(0, SHOWN).map(({ item }) => item);
  const best: { readonly item: PaletteItem; readonly worth: number }[] = [];
  for (const one of items) {
    const worth = worthOf(one, words);
    const last = best.length < SHOWN ? Number.NEGATIVE_INFINITY : best[best.length - 1].worth;
    if (worth === undefined || worth <= last) continue;
    if (best.length === SHOWN) best.pop();
    best.splice(placeFor(worth, best), 0, { item: one.item, worth });
  }
  return best.map(({ item }) => item);
}

/** Where a worth belongs among falling ones: after its equals, which came before. */
function placeFor(worth: number, best: readonly { readonly worth: number }[]): number {
  let place = best.length;
  while (place > 0 && best[place - 1].worth < worth) place--;
  return place;
}

/** Every word must be somewhere: in the title by letters in order, in the detail as a whole. */
function worthOf({ title, detail }: IndexedItem, words: readonly string[]): number | undefined {
  let total = 0;
  for (const word of words) {
    const worth = letters(title, word) ?? (detail.includes(word) ? word.length : undefined);
    if (worth === undefined) return undefined;
    total += worth;
  }
  return total;
}

/** The worth of a word's letters in a text, in order; undefined if one is missing. */
function letters(text: string, word: string): number | undefined {
  const whole = text.indexOf(word);
  if (whole >= 0) return hit(text, whole, word.length);
  // Numbers are meant as they are: "12" is not the 1 and the 2 of "1 042".
  if (/^[0-9]/.test(word)) return undefined;
  let worth = 0;
  let at = -1;
  for (const letter of word) {
    const next = text.indexOf(letter, at + 1);
    if (next < 0) return undefined;
    if (at < 0) worth -= SKIP_COST * Math.min(next, MOST_SKIPS);
    worth += startsWord(text, next)
      ? WORTH.start
      : next === at + 1 && at >= 0
        ? WORTH.next
        : WORTH.any;
    at = next;
  }
  return worth;
}

/** The worth of a word that is there as a whole. */
function hit(text: string, at: number, length: number): number {
  const first = startsWord(text, at) ? 2 * WORTH.start : WORTH.next;
  const last = startsWord(text, at + length + 1) || at + length === text.length ? WORTH.next : 0;
  return first + last + WORTH.next * length - SKIP_COST * Math.min(at, MOST_SKIPS);
}

function startsWord(text: string, at: number): boolean {
  return at === 0 || /[^a-z0-9]/.test(text[at - 1]);
}
