/**
 * Of the share dialog: the episode's file, whether it is to have the policy that played it, and how large it
 * is with and without it.
 */
import { encodeReplay, type Replay } from "@carom/envs";
import { ofAge } from "../model/ages.js";
import { fileSize } from "../model/format.js";
import { policyTitle, whosePolicy } from "../model/policy-name.js";
import type { KeptPolicy } from "../policy/protocol.js";
import type { Session } from "../session.js";
import { type PolicyPart, type ReplayPageParts, withoutSources } from "../share/page-parts.js";
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
  readonly policy: KeptPolicy | undefined;
  /** Finds out how large the parts are, if it is not known. */
  measure(): void;
  update(show: RecordedShow | undefined): void;
}

/** @param changed called when sizes have come */
export function pageChoice(session: Session, changed: () => void): PageChoice {
  let sizes: Sizes | undefined;
  let measured = "";
  let offered: KeptPolicy | undefined;
  const weigh = replayScale();
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
    const [alone, full] = show && sizes ? bytesOf(weigh(show.replay), offered, sizes) : [];
    box.checked = offered !== undefined && (chosen ?? (full ?? offered.bytes) <= MOST_BYTES);
    const size = box.checked ? full : alone;
    const about = size === undefined ? "" : ` of about ${fileSize(size)}`;
    setText(hint, `One file${about}: a double click plays it, offline.`);
    if (!offered) return;
    const larger = full === undefined ? "" : `: ${fileSize(full)}; without ${fileSize(alone ?? 0)}`;
    setText(text, `With the ${whosePolicy(offered)}${larger}`);
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
): KeptPolicy | undefined {
  return performer ?? ofAge(policies, entry.steps);
}

/** Bytes of a kept policy, of the page's run or of one beside it. */
export type PolicyFile = (entry: KeptPolicy) => Promise<Uint8Array>;

/** A kept policy, and what running it takes: its own run's algorithm, which may be another than the page's. */
export async function policyPart(
  entry: KeptPolicy,
  session: Pick<Session, "facts">,
  file: PolicyFile,
): Promise<PolicyPart> {
  const { algo = "", config = {} } = entry.run ?? session.facts ?? {};
  return { bytes: await file(entry), steps: entry.steps, algo, config };
}

/** What the file says of the episode, and of the run that it was played in. */
export function aboutShow(
  show: Pick<RecordedShow, "entry" | "branch" | "performer">,
  { facts }: Pick<Session, "facts">,
): Pick<ReplayPageParts, "entry" | "name" | "run"> {
  const { entry, branch, performer } = show;
  const run = (performer?.run ?? facts)?.id;
  const name = branch?.name ?? (performer && policyTitle({ steps: performer.steps }));
  // What is in no run's index has a name of this page alone; files know those of an index.
  const known = name === undefined ? { entry } : { entry: { ...entry, id: "0" }, name };
  return { ...known, ...(run === undefined ? {} : { run }) };
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

/** Bytes that replays take in the file; the last one is weighed but once. */
function replayScale(): (replay: Replay) => number {
  let last: { readonly replay: Replay; readonly bytes: number } | undefined;
  return (replay) => {
    if (last?.replay !== replay) last = { replay, bytes: encodeReplay(replay).length };
    return last.bytes;
  };
}

/** Bytes of the file without and with the policy. */
function bytesOf(
  replay: number,
  policy: KeptPolicy | undefined,
  sizes: Sizes,
): readonly (number | undefined)[] {
  const carried = [replay, sizes.game];
  const full = policy && replayPageSize(sizes.withPolicy, [...carried, policy.bytes]);
  return [replayPageSize(sizes.alone, carried), full];
}
