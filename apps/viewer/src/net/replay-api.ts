/**
 * What a run's server would say if the run had a single episode, which is at hand: so an episode
 * alone needs no other page than a run does.
 */
import type { GameDefinition, Replay } from "@carom/envs";
import type { EpisodeEntry, PolicyEntry, RunFacts } from "@carom/runs/formats";
import type { PolicyPart } from "../share/page-parts.js";
import { type Api, ApiError } from "./api.js";

/** An episode that came by itself, not from a run's server. */
export interface LooseReplay {
  readonly bytes: Uint8Array;
  readonly replay: Replay;
  /** What its run said of it; undefined if it is known from the replay alone. */
  readonly entry?: EpisodeEntry;
  /** How people call it, where it is no episode of the training. */
  readonly name?: string;
  /** Id of the run. */
  readonly run?: string;
  /** Address of its game as a module. */
  readonly gameAddress?: string;
  /** Its game, where the page around has it. */
  readonly definition?: GameDefinition;
  /** The policy that played it. */
  readonly policy?: PolicyPart;
}

/** What is known of the run of an episode that came alone. */
export function looseFacts(
  { replay, run, gameAddress, policy }: LooseReplay,
  id: string,
): RunFacts {
  const { game, variant, version } = replay;
  return {
    ...{ id: run ?? id, game, variant, gameVersion: version, seed: 0 },
    ...{ algo: policy?.algo ?? "", config: policy?.config ?? {} },
    ...{ device: "", threads: 0, totalSteps: 0, versions: {}, status: "finished" },
    ...{ steps: 0, startedAt: "" },
    ...(gameAddress === undefined ? {} : { gameFile: { bytes: 0, sha256: "", sources: [] } }),
  };
}

/** The index line of an episode that came alone. */
export function looseEntry({ replay, entry }: LooseReplay): EpisodeEntry {
  const { seed, length } = replay;
  return (
    entry ?? {
      ...{ id: "0", env: 0, episode: 0, seed, length, return: replay.return },
      ...{ terminated: true, steps: 0, reason: "chosen" },
    }
  );
}

/** The index of the policies of an episode that came alone: one, or none. */
function loosePolicies({ policy }: LooseReplay): readonly PolicyEntry[] {
  if (!policy) return [];
  const { bytes, steps } = policy;
  return [{ id: "0", steps, score: null, bytes: bytes.length, crc: 0 }];
}

/** @param current the episode that is at hand now */
export function replayApi(current: () => LooseReplay): Api {
  const nothing = () => Promise.reject(new ApiError("An episode alone has no run.", 0));
  return {
    get definition() {
      return current().definition;
    },
    get episodeName() {
      return current().name;
    },
    liveAddress: "",
    run: nothing,
    metrics: async () => ({ from: 0, next: 0, rows: [] }),
    episodes: async (since) => {
      const episodes = since === 0 ? [looseEntry(current())] : [];
      return { from: Math.min(since, 1), next: 1, episodes };
    },
    events: async (since) => ({ from: since, next: since, events: [] }),
    control: nothing,
    runs: async () => [],
    metricsOf: nothing,
    policiesOf: nothing,
    policyOf: nothing,
    checkpoints: async () => [],
    replay: async () => current().bytes,
    policies: async (since) => {
      const policies = since === 0 ? loosePolicies(current()) : [];
      return { from: Math.min(since, 1), next: 1, policies };
    },
    policy: async () => {
      const { policy } = current();
      return policy ? policy.bytes.slice() : nothing(); // a worker may take the copy
    },
    takesDemonstrations: async () => false,
    keepDemonstration: nothing,
    game: nothing,
    file: nothing,
    gameAddress: () => current().gameAddress ?? "",
  };
}
