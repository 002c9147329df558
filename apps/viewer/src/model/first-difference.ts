/** Where episodes of the same seed part: the first decision at which not all did the same. */

/** An episode's decisions as bytes. */
export interface Decisions {
  readonly actions: Uint8Array;
  readonly length: number;
  /** Bytes per decision. */
  readonly width: number;
}

/**
 * The first decision whose actions are not all equal; undefined where none differ as long as all last,
 * and where fewer than two are compared.
 */
export function firstDifference(episodes: readonly Decisions[]): number | undefined {
  const [first, ...others] = episodes;
  if (!first || others.length === 0) return undefined;
  const { width } = first;
  const end = Math.min(...episodes.map(({ length }) => length)) * width;
  for (let at = 0; at < end; at++) {
    const byte = first.actions[at];
    if (others.some(({ actions }) => actions[at] !== byte)) return Math.floor(at / width);
  }
  return undefined;
}
