/**
 * The way between an episode that came alone and what a person played from it: a row of buttons, once there
 * is a branch. The tree of a run's branches is branches-view.ts.
 */
import type { Branches } from "../branches.js";
import type { Branch } from "../model/branches.js";
import type { Session } from "../session.js";
import type { Stage } from "../stage.js";
import { h, setAttribute } from "./dom.js";

export interface BranchBar {
  readonly root: HTMLElement;
  update(): void;
  /** From the episode to the newest branch, from a branch to the episode. */
  next(): void;
}

export function branchBar(branches: Branches, stage: Stage, session: Session): BranchBar {
  const root = h("nav", { class: "branch-bar", "aria-label": "Episode and branches" });
  let drawn = -1;
  const onStage = (): Branch | undefined =>
    stage.show?.kind === "recorded" ? stage.show.branch : undefined;
  /** To the moment at which the branch on the stage left. */
  const toEpisode = () => {
    const [entry] = session.episodes;
    if (entry) void stage.open(entry, "paused", onStage()?.at ?? 0);
  };
  const toBranch = (branch: Branch) => stage.openBranch(branch, "paused", branch.at);
  const button = (text: string, onclick: () => void) =>
    h("button", { class: "toggle", type: "button", "aria-pressed": "false", onclick }, text);
  const update = () => {
    const { list, revision } = branches;
    root.hidden = list.length === 0 || stage.show?.kind === "live";
    if (drawn !== revision) {
      drawn = revision;
      const rows = list.map((branch) => button(branch.name, () => toBranch(branch)));
      root.replaceChildren(button("The episode", toEpisode), ...rows);
    }
    if (root.hidden) return;
    const shown = onStage();
    const place = shown ? 1 + list.findIndex(({ id }) => id === shown.id) : 0;
    for (const [i, one] of [...root.children].entries()) {
      setAttribute(one, "aria-pressed", String(i === place));
    }
  };
  const next = () => {
    const newest = branches.list.at(-1);
    if (onStage()) toEpisode();
    else if (newest) toBranch(newest);
  };
  return { root, update, next };
}
