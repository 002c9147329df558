/**
 * What the page and its policy worker say to each other, and what answers look like. A question has a
 * number; its answer comes in parts, then "done" or "failed". Arrays travel without copying.
 */
import type { LayerActivity } from "@carom/agents/policy";
import type { PolicyEntry, RunFacts } from "@carom/runs/formats";

/** A policy by the name under which it is cached; see `policyKey`. */
export type PolicyKey = string;

/** A kept policy of the run of the page, or of a run beside it. */
export interface KeptPolicy extends PolicyEntry {
  /** The run beside it; absent for the run of the page. */
  readonly run?: RunFacts;
}

/**
 * The name of a kept policy: its number may come again after a run went back, and a run's name after
 * the run was deleted.
 */
export function policyKey({ id, crc, run }: Pick<KeptPolicy, "id" | "crc" | "run">): PolicyKey {
  return run ? `${id}-${crc}@${run.id}@${run.startedAt}` : `${id}-${crc}`;
}

/** Name of the run beside the page's that a key is of; undefined for the page's. */
export function runOfKey(key: PolicyKey): string | undefined {
  return key.split("@")[1];
}

/** An episode as it was played: what a replay or a live board has. */
export interface Script {
  /** Seed of the game. */
  readonly seed: number;
  /** The game's decisions as bytes. */
  readonly actions: Uint8Array;
  /** How many decisions they are. */
  readonly length: number;
}

/** What a policy thinks at some of its decisions, one after the other. */
export interface Thoughts {
  /** The game's decision at which each was made: they are the same where no frame is skipped. */
  readonly at: Int32Array;
  /**
   * Expected discounted return in the learner's rewards. Of a game for two: for the first player in
   * what is assessed, for the player to move in what is played.
   */
  readonly values: Float32Array;
  /** `[n, A]`; absent where actions are no choices. Actions that are not allowed have 0. */
  readonly probabilities?: Float32Array;
  /** Expected return after each action, `[n, A]`, as the player to move sees it. */
  readonly actionValues?: Float32Array;
  /** `[n, A]`: 1 for every action that the game allows; absent where all are. */
  readonly allowed?: Uint8Array;
}

/** What an assessed episode adds up to. */
export interface Assessed {
  /** Rewards of the learner between decisions: scaled and clipped as its configuration says. */
  readonly rewards: Float32Array;
  /** Their discounted sums from each decision to the end of what was played. */
  readonly returns: Float32Array;
  /** reward + gamma * next value - value, at each decision; NaN at the last of an episode cut short. */
  readonly errors: Float32Array;
  /** What the learner discounts by. */
  readonly gamma: number;
  /** Whether values are in units that only training knows (rewards divided by a running spread). */
  readonly isRescaled: boolean;
}

/** An episode that a policy played. */
export interface Played extends Script {
  /** Reward of each of the game's decisions; of a game for two, for the first player. */
  readonly rewards: Float32Array;
  /** The sum of the rewards. */
  readonly return: number;
  /** True if the game ended, false if a limit did. */
  readonly terminated: boolean;
  /** What the policy thought at its own decisions (those of the script's prefix are left out). */
  readonly thoughts: Thoughts;
}

/** How an episode is to be played. */
export interface PlayOptions {
  readonly seed: number;
  /** The most probable (best) action each time; else as in training. */
  readonly greedy: boolean;
  /** The game's decisions at most (default: the game's limit). */
  readonly maxSteps?: number;
  /** Tells several plays apart that are drawn from the same decision on (default 0). */
  readonly draw?: number;
  /** Of a game for two the policy plays both sides; else its opponent's is played as in an evaluation. */
  readonly bothSides?: boolean;
  /** Decisions that are given: the policy takes over after them. */
  readonly from?: { readonly actions: Uint8Array; readonly length: number };
}

/** What matters in an observation: how much the answer changes when a part of it is hidden. */
export interface Saliency {
  /** Where the parts lie: in rows and columns over the board, or nowhere, as entries of a list. */
  readonly layout: "board" | "things";
  readonly rows: number;
  readonly columns: number;
  /** What the parts are, where they are things; else empty. */
  readonly names: readonly string[];
  /** `[rows * columns]`: by how much the value is higher because of the part. */
  readonly value: Float32Array;
  /** `[rows * columns]`: how much the choice hangs on it, as the total variation of probabilities. */
  readonly choice: Float32Array;
}

/** Answers, by the kind of their questions. */
export interface Answers {
  readonly assess: Assessed;
  readonly play: Played;
  /** undefined where the policy's layers cannot be looked at. */
  readonly layers: readonly LayerActivity[] | undefined;
  /** undefined where the policy remembers. */
  readonly saliency: Saliency | undefined;
}

/** What can be asked of a policy. */
export type Question =
  | { readonly kind: "assess"; readonly policy: PolicyKey; readonly script: Script }
  | { readonly kind: "play"; readonly policy: PolicyKey; readonly options: PlayOptions }
  | {
      readonly kind: "layers" | "saliency";
      readonly policy: PolicyKey;
      readonly script: Script;
      /** The game's decision that is looked at. */
      readonly step: number;
    };

/** An answer to any question. */
export type Result = Answers[keyof Answers];

/** Page to worker. */
export type ToWorker =
  /**
   * The run of the page at `address`, token included, and the module of its game, if there is no server to
   * ask for it; everything known before is forgotten.
   */
  | {
      readonly type: "run";
      readonly run: RunFacts;
      readonly address: string;
      readonly gameCode?: Uint8Array;
    }
  /** A policy; `run` is the one beside the page's that it is of. */
  | {
      readonly type: "load";
      readonly policy: PolicyKey;
      readonly bytes: Uint8Array;
      readonly run?: RunFacts;
    }
  | { readonly type: "ask"; readonly id: number; readonly question: Question }
  | { readonly type: "cancel"; readonly id: number };

/** Worker to page. */
export type FromWorker =
  | { readonly type: "part"; readonly id: number; readonly part: Thoughts }
  | { readonly type: "done"; readonly id: number; readonly result: Result }
  | { readonly type: "failed"; readonly id: number; readonly message: string };
