/**
 * The part of the address after `#`: which episode and which decision. Opening such an address
 * shows it, paused.
 */

/** A moment of a kept episode. */
export interface Moment {
  readonly episode: string;
  readonly step: number;
}

/** The moment named by a fragment such as `#ep=12&t=300`; undefined if it names none. */
export function momentOf(fragment: string): Moment | undefined {
  const values = new URLSearchParams(fragment.replace(/^#/, ""));
  const episode = values.get("ep") ?? "";
  const step = Number(values.get("t") ?? 0);
  if (!/^[0-9]{1,15}$/.test(episode) || !Number.isSafeInteger(step) || step < 0) return undefined;
  return { episode, step };
}

/** The fragment that names a moment. */
export function fragmentOf(moment: Moment): string {
  return `#ep=${moment.episode}&t=${moment.step}`;
}
