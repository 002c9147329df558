/** What a user should know of a game of their own before a run of it begins or goes on. */
import { existsSync } from "node:fs";
import { checkGame } from "@carom/envs";
import { CliError } from "../errors.js";
import type { Subject } from "../subject.js";
import { hashOfFile, shortPath } from "./bundle.js";
import type { GameModule } from "./source.js";

/** Random decisions of the check; enough to find what is wrong everywhere, and soon over. */
const steps = 2000;
/**
 * Without these there is no run to speak of: a spec that fits the game (G1), a state that can be
 * saved (G2), and episodes that a seed and actions repeat (G3), which is what boards, replays and
 * resuming are made of.
 */
const needed = ["G1", "G2", "G3"];

/**
 * Checks a game of one's own before it is trained on: a warning for each rule that it breaks.
 *
 * @throws CliError BROKEN_GAME for a rule that a run cannot do without
 */
export function precheck({ game, module, variant }: Subject): string[] {
  if (module === null) return [];
  const { results } = checkGame(game, { variant, steps });
  const failed = results.filter(({ outcome }) => outcome === "failed");
  const fatal = failed.find(({ id }) => needed.includes(id));
  if (fatal !== undefined) {
    const { id, title, detail } = fatal;
    throw new CliError(
      "BROKEN_GAME",
      `${module.path} cannot be trained on: [${id}] ${title}: ${detail}`,
    );
  }
  const more = `(\`carom check ${module.path}\` says more)`;
  return failed.map(
    ({ id, title, detail }) => `warning: the game breaks rule ${id}, ${title}: ${detail} ${more}`,
  );
}

/** Says where a run goes on with other code than the user's files hold by now. */
export function changedSources(module: GameModule | null): string[] {
  const changed = (module?.sources ?? [])
    .filter(({ path, sha256 }) => existsSync(path) && hashOfFile(path) !== sha256)
    .map(({ path }) => shortPath(path));
  if (changed.length === 0) return [];
  const have = changed.length === 1 ? "has" : "have";
  const files = changed.join(", ");
  return [`${files} ${have} changed since the run began: it goes on with its own copy of the game`];
}
