/** What `carom export` puts into a page: player, episode, the run's own game, and the policy that played. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { decodeReplay } from "@carom/envs";
import { isGymId } from "@carom/gym";
import type { RunReader } from "@carom/runs";
import type { EpisodeEntry, PolicyEntry } from "@carom/runs/formats";
import type { PolicyPart, ReplayPageParts } from "@carom/viewer/share";
import { CliError } from "./errors.js";
import { kilobytes } from "./format.js";
import { playingAgain } from "./playing-again.js";

const pageLimit = 5000;

export interface PageWishes {
  /** Decision that the page opens at. */
  readonly step: number;
  readonly wantsPolicy: boolean;
}

/** The page, and what is to be said of its policy, as the end of a line. */
export async function pageOf(
  run: RunReader,
  entry: EpisodeEntry,
  replay: Uint8Array,
  { step, wantsPolicy }: PageWishes,
): Promise<{ readonly file: string; readonly about: string }> {
  const { replayPage } = await import("@carom/viewer/share");
  const { id, game } = run.facts();
  const code = run.gameFile();
  const parts: ReplayPageParts = {
    ...{ title: decodeReplay(replay).pictures?.title ?? game, replay, step, run: id, entry },
    ...(code === undefined ? {} : { game: code }),
  };
  const make = async (all: ReplayPageParts) => replayPage(await playerCode(all), all);
  const alone = await make(parts);
  if (!wantsPolicy) return { file: alone, about: ", without a policy" };
  const policy = await policyOf(run, entry, replay);
  if (typeof policy === "string") return { file: alone, about: `, without a policy: ${policy}` };
  const file = await make({ ...parts, policy });
  const size = kilobytes(alone.length);
  return { file, about: ` with the policy of step ${policy.steps} (${size} without)` };
}

/** The newest policy from before the episode's end; a reason where there is none that could be asked. */
async function policyOf(
  run: RunReader,
  entry: EpisodeEntry,
  replay: Uint8Array,
): Promise<PolicyPart | string> {
  const { ofAge } = await import("@carom/viewer/share");
  const { game, algo, config } = run.facts();
  const kept = keptPolicies(run);
  const newest = ofAge(kept, entry.steps);
  if (!newest) return "the run has kept none";
  if (isGymId(game)) return "its game runs in Python";
  try {
    const player = await playingAgain(run, decodeReplay(replay));
    if (!player) return "its game has changed since, the page shows recorded pictures";
  } catch (error) {
    return messageOf(error);
  }
  const { id, steps } = newest;
  try {
    return { bytes: run.policy(id), steps, algo, config };
  } catch (error) {
    return messageOf(error); // a training drops policies to make room
  }
}

/** Whatever is wrong with a policy or its game, the page plays without. */
function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** All policies that are kept, oldest first. */
function keptPolicies(run: RunReader): PolicyEntry[] {
  const all: PolicyEntry[] = [];
  for (let since = 0; ; ) {
    const { policies, next } = run.policies(since, pageLimit);
    all.push(...policies);
    if (next <= since) return all.sort((a, b) => a.steps - b.steps);
    since = next;
  }
}

async function playerCode(parts: ReplayPageParts): Promise<string> {
  const { playerFile } = await import("@carom/viewer/share");
  const name = `../../../apps/viewer/dist/${playerFile(parts)}`;
  const path = fileURLToPath(new URL(name, import.meta.url));
  if (existsSync(path)) return readFileSync(path, "utf8");
  throw new CliError(
    "VIEWER_NOT_BUILT",
    "the viewer is not built here; build it with `pnpm build`",
  );
}
