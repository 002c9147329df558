/**
 * The part of the address after `#`: which run, which episode, which decision, which overlays, and what is on boards side
 * by side. Opening such an address shows it, paused.
 */

/** Boards side by side: the seed that policies play, and what is on each board ("policy 3-1234", "episode 12"). */
export interface BoardsMoment {
  readonly seed: number;
  readonly on: readonly string[];
}

/** A moment of a kept episode. */
export interface Moment {
  readonly episode: string;
  readonly step: number;
  /** Id of the run; undefined in addresses that name none: any run will do. */
  readonly run?: string;
  /** Names of the overlays that are on, as the page knows them. */
  readonly overlays?: readonly string[];
  /** Boards side by side, where there are some; `step` is theirs. */
  readonly boards?: BoardsMoment;
}

/** Most overlays of an address. */
const MOST_OVERLAYS = 16;
/** How many boards there are side by side. */
export const LEAST_BOARDS = 2;
export const MOST_BOARDS = 4;
/** Stands for the space in the name of what is on a board. */
const SPACE = "~";

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
  const boards = boardsOf(values);
  return {
    ...{ episode, step },
    ...(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(run) ? { run } : {}),
    ...(overlays.length > 0 ? { overlays } : {}),
    ...(boards === undefined ? {} : { boards }),
  };
}

function boardsOf(values: URLSearchParams): BoardsMoment | undefined {
  const digits = values.get("seed") ?? "";
  const seed = /^[0-9]{1,16}$/.test(digits) ? Number(digits) : Number.NaN;
  const names = (values.get("boards") ?? "").split(",").slice(0, MOST_BOARDS);
  const isNamed = names.every((name) =>
    /^(policy|episode|newest)~[A-Za-z0-9@._:+-]{1,200}$/.test(name),
  );
  if (!isNamed || names.length < LEAST_BOARDS || !Number.isSafeInteger(seed)) return undefined;
  return { seed, on: names.map((name) => name.replace(SPACE, " ")) };
}

/** The fragment that names a moment. */
export function fragmentOf({ episode, step, run, overlays = [], boards }: Moment): string {
  const parts = run === undefined ? [] : [`run=${run}`];
  parts.push(`ep=${episode}`, `t=${step}`);
  if (overlays.length > 0) parts.push(`overlay=${overlays.join(",")}`);
  if (boards !== undefined) {
    const names = boards.on.map((name) => encodeURIComponent(name.replace(" ", SPACE)));
    parts.push(`seed=${boards.seed}`, `boards=${names.join(",")}`);
  }
  return `#${parts.join("&")}`;
}
