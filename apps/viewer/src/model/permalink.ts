/**
 * The part of the address after `#`: which run, which episode, which decision, which overlays.
 * Opening such an address shows it, paused.
 */

/** A moment of a kept episode. */
export interface Moment {
  readonly episode: string;
  readonly step: number;
  /** Id of the run; undefined in addresses that name none: any run will do. */
  readonly run?: string;
  /** Names of the overlays that are on, as the page knows them. */
  readonly overlays?: readonly string[];
}

/** Most overlays of an address. */
const MOST_OVERLAYS = 16;

/**
 * The moment named by a fragment such as `#run=pong-1&ep=12&t=300&overlay=values,arrow`; undefined if
 * it names none.
 */
export function momentOf(fragment: string): Moment | undefined {
  const values = new URLSearchParams(fragment.replace(/^#/, ""));
  const episode = values.get("ep") ?? "";
  const step = Number(values.get("t") ?? 0);
  if (!/^[0-9]{1,15}$/.test(episode) || !Number.isSafeInteger(step) || step < 0) return undefined;
  const run = values.get("run") ?? "";
  const names = (values.get("overlay") ?? "").split(",");
  const overlays = names.filter((name) => /^[a-z][a-z-]{0,31}$/.test(name)).slice(0, MOST_OVERLAYS);
  return {
    ...{ episode, step },
    ...(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(run) ? { run } : {}),
    ...(overlays.length > 0 ? { overlays } : {}),
  };
}

/** The fragment that names a moment. */
export function fragmentOf({ episode, step, run, overlays = [] }: Moment): string {
  const parts = run === undefined ? [] : [`run=${run}`];
  parts.push(`ep=${episode}`, `t=${step}`);
  if (overlays.length > 0) parts.push(`overlay=${overlays.join(",")}`);
  return `#${parts.join("&")}`;
}
