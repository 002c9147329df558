/** What a person takes over: a decision of the episode on the stage, and what is to be known of it for the branch. */
import { actionBytes } from "@carom/envs";
import type { ParentRef, RootFacts } from "./model/branches.js";
import { policyTitle } from "./model/policy-name.js";
import type { KeptPolicy } from "./policy/protocol.js";
import type { Session } from "./session.js";
import type { Show, Stage } from "./stage.js";

/** What is played from: a decision of an episode. */
export interface Start {
  readonly show: Show;
  readonly seed: number;
  readonly step: number;
  readonly actions: Uint8Array;
  readonly parent: ParentRef;
  readonly root: RootFacts;
  /** The policy that played it in the page, if one did. */
  readonly performer?: KeptPolicy;
  /** Bytes of the parent's actions, as far as they are known by now, and how many one takes. */
  parentActions(): { readonly bytes: Uint8Array; readonly width: number };
}

/** The decision on the stage as a start; undefined while there is none. */
export function startOf({ show, step }: Stage, session: Session): Start | undefined {
  if (!show) return undefined;
  if (show.kind === "recorded") {
    const { replay, entry, branch, performer } = show;
    const age = performer && policyTitle(performer);
    const title = branch ? branch.name : (age ?? `Episode ${entry.episode + 1}`);
    const left = branch ? "branch" : performer ? "live" : "episode"; // only kept ones can be had again
    const { env, episode, seed, steps } = branch?.root ?? entry;
    return {
      ...{ show, step, seed: replay.seed },
      actions: replay.actions.slice(0, step * replay.width),
      parent: { kind: left, id: branch?.id ?? entry.id, title },
      root: { env, episode, seed, steps },
      ...(performer && { performer }),
      parentActions: () => ({ bytes: replay.actions, width: replay.width }),
    };
  }
  const { env, episode, seed } = show.episode;
  const title = `Episode ${episode + 1}`;
  return {
    ...{ show, step, seed, actions: show.episode.bytes(step) },
    parent: { kind: "live", id: `${env}:${episode}`, title },
    root: { env, episode, seed, steps: session.steps },
    parentActions: () => ({
      bytes: show.episode.bytes(),
      width: actionBytes(show.player.game.spec.actions),
    }),
  };
}
