/**
 * What the command palette offers at the moment: the commands of the keyboard, the speeds, the
 * panels, and every episode and branch.
 */
import type { Branches } from "./branches.js";
import { type EpisodeEntry, ORDERS, ordered } from "./model/episodes.js";
import { compact, grouped, points, times } from "./model/format.js";
import { type Command, namedCommands } from "./model/keys.js";
import type { PaletteItem } from "./model/palette.js";
import { SPEEDS } from "./model/transport.js";
import type { Session } from "./session.js";
import type { Stage } from "./stage.js";

/** Most episodes that are offered, the newest: the palette opens at once, however many there are. */
const MOST_EPISODES = 20_000;

/** What the items do their work with. */
export interface PaletteContext {
  readonly session: Session;
  readonly branches: Branches;
  readonly stage: Stage;
  send(command: Command): void;
  open(entry: EpisodeEntry): void;
  /** Shows a panel by its title. */
  show(title: string): void;
}

export function paletteItems(context: PaletteContext): readonly PaletteItem[] {
  const { send, show, session, branches, stage } = context;
  const commands = namedCommands()
    .filter(({ command }) => command.type !== "palette")
    .map(({ name, key, command }) => ({ title: name, key, run: () => send(command) }));
  const speeds = SPEEDS.map((speed) => ({
    title: `speed ${times(speed)}`,
    run: () => send({ type: "speed", speed }),
  }));
  const panels = ["Episodes", "Run"].map((title) => ({
    title: `show ${title.toLowerCase()}`,
    run: () => show(title),
  }));
  const kept = branches.list.map((branch) => ({
    title: branch.name,
    detail: `branch of ${branch.parent.title}, return ${points(branch.return)}`,
    run: () => stage.openBranch(branch, "playing"),
  }));
  return [
    ...commands,
    ...extremes(context),
    ...speeds,
    ...panels,
    ...kept,
    ...episodes(session, context),
  ];
}

/** "open the best episode" and the like; which one that is shows when it is asked for. */
function extremes({ session, open }: PaletteContext): readonly PaletteItem[] {
  if (session.episodes.length === 0) return [];
  return ORDERS.map((order) => ({
    title: `open the ${order} episode`,
    run: () => {
      const [entry] = ordered(session.episodes, order);
      if (entry) open(entry);
    },
  }));
}

function episodes(
  { episodes: entries }: Session,
  { open }: PaletteContext,
): readonly PaletteItem[] {
  const newest = entries.slice(-MOST_EPISODES).reverse();
  return newest.map((entry) => ({
    title: `Episode ${grouped(entry.episode + 1)}, game ${entry.env + 1}`,
    detail: `return ${points(entry.return)}, step ${compact(entry.steps)}, seed ${entry.seed}`,
    run: () => open(entry),
  }));
}
