/**
 * What stands under one of the boards side by side: the run and what of it is on the board, how that run
 * differs from the page's, its return so far, and what it does now.
 */
import type { Action, GameSpec } from "@carom/envs";
import type { RunFacts } from "@carom/runs/formats";
import { differences } from "../model/differences.js";
import { titlesOf } from "../model/episodes.js";
import { compact, grouped, points } from "../model/format.js";
import { policyName } from "../model/policy-name.js";
import type { OtherRun } from "../other-policies.js";
import type { KeptPolicy } from "../policy/protocol.js";
import type { Session } from "../session.js";
import { idOf, type Member, type SideBySide } from "../side-by-side.js";
import type { RecordedShow } from "../stage.js";
import { CAPTION } from "./boards-view.js";
import { h, setAttribute, setText } from "./dom.js";
import { nameOf } from "./insight-view.js";
import { closeButton } from "./time-view.js";

/** Height of a caption in CSS pixels where there are runs to choose from: one line more. */
export const CAPTION_AMONG_RUNS = CAPTION + 24;

export interface Caption {
  readonly root: HTMLElement;
  /** Lists what may be on the board. */
  list(member: Member): void;
  update(member: Member, step: number, isDifferent: boolean): void;
}

export function captionOf(index: number, sideBySide: SideBySide, session: Session): Caption {
  const runs = runChoice(index, sideBySide, session);
  const label = `What is on board ${index + 1}`;
  const choice = h("select", { class: "boards-choice", "aria-label": label });
  choice.addEventListener("change", () => sideBySide.change(index, choice.value));
  const score = h("output", { class: "figure strong", title: "Return so far" });
  const total = h("span", { class: "figure quiet", title: "Return of the whole episode" });
  const action = h("span", { class: "boards-action" });
  const state = h("span", { class: "quiet" });
  const remove = closeButton(`Take board ${index + 1} away`, () => sideBySide.remove(index));
  const first = h("div", { class: "boards-line" });
  const second = h("div", { class: "boards-line" });
  const root = h(
    "div",
    { class: "boards-caption", role: "group" },
    ...[first, second, h("div", { class: "boards-line" }, score, total, action, state)],
  );
  const list = (member: Member) => {
    const { id } = member;
    const isAlone = sideBySide.others.runs.length === 0;
    if (second.hidden !== isAlone || !first.firstChild) {
      first.replaceChildren(...(isAlone ? [choice] : [runs.choice]), remove);
      second.replaceChildren(...(isAlone ? [] : [choice, runs.about]));
      second.hidden = isAlone;
    }
    fill(choice, optionsOf(member, sideBySide, session), id);
    runs.list(member);
    remove.hidden = sideBySide.members.length <= 2;
    setAttribute(
      root,
      "aria-label",
      `Board ${index + 1}: ${memberName(member, sideBySide, session)}`,
    );
  };
  const update = ({ show, problem }: Member, step: number, isDifferent: boolean) => {
    const isOver = show !== undefined && step >= show.replay.length;
    const at = show ? Math.min(step, show.replay.length) : 0;
    const isKnown = show !== undefined && at <= show.analysis.done;
    setText(score, isKnown ? points(show.analysis.returns[at]) : "\u2013");
    setText(total, show ? `of ${points(show.replay.return)}` : "");
    setText(action, show && !isOver ? actionText(show, step) : "");
    action.hidden = action.textContent === "";
    setAttribute(action, "data-differs", isDifferent ? "" : undefined);
    const over = isOver ? `over at ${grouped(show.replay.length)}` : "";
    const word = problem ?? (show ? over : "playing\u2026");
    setText(state, word);
    setAttribute(state, "title", problem);
  };
  return { root, list, update };
}

/** What a show's decision is called. */
export function actionText(show: RecordedShow, step: number): string {
  return actionName(show.player.game.spec, show.action(step));
}

/** What is on a board, with its run where boards of several are there. */
export function memberName(
  { id, run }: Member,
  sideBySide: SideBySide,
  { facts, episodes }: Session,
): string {
  const policy = sideBySide.policyOf(id);
  const isMixed = sideBySide.members.some((one) => one.run !== undefined);
  const own = isMixed && facts ? { run: facts } : {};
  if (policy) return policyName({ ...own, ...policy });
  const entry = episodes.find((one) => `episode ${one.id}` === id);
  if (entry)
    return `${isMixed && facts ? `${facts.id}, ` : ""}episode ${grouped(entry.episode + 1)}`;
  return run ?? "nothing yet";
}

/** The run of a board, and in a few words how it differs from the page's. */
function runChoice(index: number, sideBySide: SideBySide, session: Session) {
  const choice = h("select", {
    ...{ class: "boards-choice boards-run", "aria-label": `Run of board ${index + 1}` },
  });
  choice.addEventListener("change", () =>
    sideBySide.changeRun(index, choice.value === "" ? undefined : choice.value),
  );
  const about = h("span", { class: "quiet boards-about" });
  const list = ({ run }: Member) => {
    const { runs } = sideBySide.others;
    const { facts } = session;
    fill(choice, runOptions(runs, facts, run), run ?? "");
    const other = runs.find((one) => one.facts.id === run)?.facts;
    const { short, long } = facts ? differenceOf(facts, other) : { short: "", long: undefined };
    setText(about, short);
    setAttribute(about, "title", long);
    setAttribute(choice, "aria-description", short);
  };
  return { choice, about, list };
}

interface Option {
  readonly value: string;
  readonly text: string;
  readonly disabled?: boolean;
}

interface Group {
  readonly label: string;
  readonly options: readonly Option[];
}

/** Lists options anew only where they are others: a list that is open would close. */
function fill(choice: HTMLSelectElement, groups: readonly Group[], value: string): void {
  const state = JSON.stringify(groups);
  if (choice.dataset["listed"] !== state) {
    choice.dataset["listed"] = state;
    const all = groups.filter(({ options }) => options.length > 0);
    choice.replaceChildren(
      ...all.map(({ label, options }) =>
        h("optgroup", { label }, ...options.map(({ text, ...rest }) => h("option", rest, text))),
      ),
    );
  }
  if (choice.value !== value) choice.value = value;
}

function optionsOf(
  { id, run }: Member,
  { others }: SideBySide,
  { policies, episodes }: Session,
): readonly Group[] {
  if (run !== undefined) {
    const offer = others.of(run).policies ?? [];
    const pending = { value: id, text: "Its newest policy" };
    const isPending = id === `newest ${run}`;
    return [
      groupOf(offer),
      { label: "As soon as it is here", options: isPending ? [pending] : [] },
    ];
  }
  const titles = titlesOf(episodes);
  const kept = episodes.filter((one) => titles.has(one.id) || id === `episode ${one.id}`);
  const played = kept.map((one) => {
    const title = titles.get(one.id) ?? `at step ${compact(one.steps)}`;
    return { value: `episode ${one.id}`, text: `Episode ${grouped(one.episode + 1)}, ${title}` };
  });
  return [groupOf(policies), { label: "Episodes of the training", options: played }];
}

function groupOf(policies: readonly KeptPolicy[]): Group {
  const options = policies.map((policy) => ({
    value: idOf(policy),
    text: `Policy, ${policyName({ steps: policy.steps })}`,
  }));
  return { label: "Policies, on this seed", options };
}

/** This run, the others that play the same game, and those that do not, with the reason. */
function runOptions(
  runs: readonly OtherRun[],
  own: RunFacts | undefined,
  chosen: string | undefined,
): readonly Group[] {
  const isThere = chosen === undefined || runs.some(({ facts }) => facts.id === chosen);
  const gone = isThere ? [] : [{ value: chosen, text: chosen, disabled: true }];
  const here = own ? [{ value: "", text: `${own.id}, ${own.algo.toUpperCase()}` }] : [];
  const others = runs.filter(({ whyNot }) => whyNot === undefined);
  const beside = others.map(({ facts: { id, algo } }) => {
    return { value: id, text: `${id}, ${algo.toUpperCase()}` };
  });
  const foreign = runs.flatMap(({ facts: { id }, whyNot }) =>
    whyNot === undefined ? [] : [{ value: id, text: `${id}: ${whyNot}`, disabled: true }],
  );
  return [
    { label: "This run", options: here },
    { label: "Beside it", options: [...beside, ...gone] },
    { label: "Not on the same seed", options: foreign },
  ];
}

/** Seed and how many settings are others; and all of them, a line each. */
function differenceOf(
  own: RunFacts,
  other: RunFacts | undefined,
): { readonly short: string; readonly long: string | undefined } {
  const name = `seed ${(other ?? own).seed}`;
  if (!other) return { short: name, long: undefined };
  const rows = differences([own, other]);
  const lines = rows.map(
    ({ name: setting, values }) => `${setting}: ${values[1]}, not ${values[0]}`,
  );
  const settings = rows.length === 1 ? "1 setting differs" : `${rows.length} settings differ`;
  if (rows.length === 0) return { short: `${name} \u00b7 same settings`, long: undefined };
  return { short: `${name} \u00b7 ${settings}`, long: lines.join("\n") };
}

/** An action for people: its name, or its numbers. */
function actionName({ actions }: GameSpec, action: Action): string {
  if (typeof action === "number") return nameOf(actions, action);
  const digits = action instanceof Float32Array ? 2 : 0;
  return [...action].map((entry) => entry.toFixed(digits)).join(", ");
}
