/**
 * Of the share dialog: whether the episode's file is to have the policy that played it, and how large it is
 * with and without it.
 */
import { encodeReplay } from "@carom/envs";
import type { PolicyEntry } from "@carom/runs/formats";
import { ageIndex } from "../model/ages.js";
import { compact, fileSize } from "../model/format.js";
import type { Session } from "../session.js";
import { type PolicyPart, withoutSources } from "../share/page-parts.js";
import { replayPageSize } from "../share/replay-page.js";
import type { RecordedShow } from "../stage.js";
import { h, setText } from "./dom.js";

/** Up to so many bytes a file has its policy unless the reader says otherwise. */
const MOST_BYTES = 4e6;

/** Bytes of what all files of the run carry. */
interface Sizes {
  readonly alone: number;
  readonly withPolicy: number;
  readonly game: number;
}

export interface PageChoice {
  /** The sentence beside the button. */
  readonly hint: HTMLElement;
  readonly root: HTMLElement;
  /** The policy that goes into the file. */
  readonly policy: PolicyEntry | undefined;
  /** Finds out how large the parts are, if it is not known. */
  measure(): void;
  update(show: RecordedShow | undefined): void;
}

/** @param changed called when sizes have come */
export function pageChoice(session: Session, changed: () => void): PageChoice {
  let sizes: Sizes | undefined;
  let measured = "";
  let offered: PolicyEntry | undefined;
  /** What the reader chose; undefined until then. */
  let chosen: boolean | undefined;
  const hint = h("p", { class: "hint" });
  const box = h("input", { type: "checkbox" });
  const text = h("span", {});
  const label = h("label", { class: "share-policy" }, box, text);
  const none = h("p", { class: "hint" });
  const root = h("div", { class: "share-choices" }, label, none);
  box.addEventListener("change", () => {
    chosen = box.checked;
    changed();
  });
  const measure = () => {
    const run = session.facts?.id ?? "";
    if (measured === run) return;
    measured = run;
    sizesOf(session).then(
      (found) => {
        sizes = found;
        changed();
      },
      () => {
        measured = ""; // saving says what is wrong
      },
    );
  };
  const update = (show: RecordedShow | undefined) => {
    const why = show ? whyNone(show, session) : "";
    offered = show && why === undefined ? policyOf(show, session) : undefined;
    label.hidden = offered === undefined;
    setText(none, why ?? "");
    none.hidden = none.textContent === "";
    root.hidden = label.hidden && none.hidden;
    const [alone, full] = show ? bytesOf(show, offered, sizes) : [];
    box.checked = offered !== undefined && (chosen ?? (full ?? 0) <= MOST_BYTES);
    const size = box.checked ? full : alone;
    const about = size === undefined ? "" : ` of about ${fileSize(size)}`;
    setText(hint, `One file${about}: a double click plays it, offline.`);
    if (!offered) return;
    const larger = full === undefined ? "" : `: ${fileSize(full)}; without ${fileSize(alone ?? 0)}`;
    setText(text, `With the policy of step ${compact(offered.steps)}${larger}`);
  };
  return {
    ...{ hint, root, measure, update },
    get policy() {
      return box.checked ? offered : undefined;
    },
  };
}

/** Whose episode it is: the newest policy of those that were kept before its end. */
function policyOf(
  { performer, entry }: RecordedShow,
  { policies }: Session,
): PolicyEntry | undefined {
  return performer ?? policies[ageIndex(policies, entry.steps)];
}

/** A kept policy, and what running it takes. */
export async function policyPart(entry: PolicyEntry, session: Session): Promise<PolicyPart> {
  const { algo = "", config = {} } = session.facts ?? {};
  return { bytes: await session.policy(entry), steps: entry.steps, algo, config };
}

/** Why no policy can go into the file; undefined where one can. */
function whyNone(show: RecordedShow, session: Session): string | undefined {
  if (show.instead !== undefined) return "Recorded pictures have no use for a policy.";
  if (policyOf(show, session)) return undefined;
  return session.listedPolicies ? "The run has kept no policy that could go with it." : "";
}

async function sizesOf(session: Session): Promise<Sizes> {
  const [alone, withPolicy, game] = await Promise.all([
    session.player({}),
    session.player({ policy: true }),
    session.gameCode(),
  ]);
  return {
    alone: alone.length,
    withPolicy: withPolicy.length,
    game: game ? withoutSources(game).length : 0,
  };
}

/** Bytes of the file without and with the policy. */
function bytesOf(
  { replay }: RecordedShow,
  policy: PolicyEntry | undefined,
  sizes: Sizes | undefined,
): readonly (number | undefined)[] {
  if (!sizes) return [];
  const carried = [encodeReplay(replay).length, sizes.game];
  const full = policy && replayPageSize(sizes.withPolicy, [...carried, policy.bytes]);
  return [replayPageSize(sizes.alone, carried), full];
}
