/**
 * Boards side by side: under each its name, its return so far and what it does now. The mark on the
 * timeline is the first decision at which they differ.
 */
import type { Action, GameSpec } from "@carom/envs";
import type { Surface } from "../draw/surface.js";
import { titlesOf } from "../model/episodes.js";
import { compact, grouped, points } from "../model/format.js";
import { policyKey } from "../policy/protocol.js";
import type { Session } from "../session.js";
import { type Member, MOST_BOARDS, type SideBySide } from "../side-by-side.js";
import type { RecordedShow, Stage } from "../stage.js";
import { BoardsView } from "./boards-view.js";
import { h, setAttribute, setText } from "./dom.js";
import { nameOf } from "./insight-view.js";
import { closeButton, policyName, type ToolView, textButton } from "./time-view.js";
import type { StandIn, TimelineLayer } from "./timeline-layer.js";

export interface SideBySideView extends StandIn, ToolView {}

interface SideBySideParts {
  readonly sideBySide: SideBySide;
  readonly session: Session;
  readonly stage: Stage;
  readonly open: () => Promise<Surface>;
  readonly wake: () => void;
  readonly signal: AbortSignal;
}

export function sideBySideView(parts: SideBySideParts): SideBySideView {
  const { sideBySide, session, stage, open, wake, signal } = parts;
  const boards = new BoardsView(open, wake, signal);
  const tools = toolsOf(sideBySide);
  const root = h("div", { class: "stand-in side-by-side", hidden: true }, boards.root, tools.root);
  let captions: readonly Caption[] = [];
  let known = "";
  const update = () => {
    if (!sideBySide.on) return;
    const state = `${sideBySide.revision} ${session.revision.policies} ${session.revision.episodes}`;
    if (state !== known) {
      known = state;
      const { members } = sideBySide;
      const isSame = captions.length === members.length;
      if (!isSame) captions = members.map((_, i) => captionOf(i, sideBySide, session));
      for (const [i, caption] of captions.entries()) caption.list(members[i]);
      tools.update();
    }
    const { position } = stage.state;
    const items = sideBySide.members.map(({ show }, i) => ({
      film: show?.film,
      position: Math.min(position, show?.replay.length ?? 0),
      caption: captions[i].root,
    }));
    const isDifferent = sideBySide.difference === stage.step;
    for (const [i, member] of sideBySide.members.entries()) {
      captions[i].update(member, stage.step, isDifferent);
    }
    const { spec } = session;
    if (spec) boards.update(items, spec.board, stage.smooth);
  };
  return {
    ...{ root, update, hasClock: true },
    get isOn() {
      return sideBySide.on;
    },
    get title() {
      return `${sideBySide.members.length} boards, one clock`;
    },
    get about() {
      return `seed ${sideBySide.seed} \u00b7 policies choose their best actions`;
    },
  };
}

interface Caption {
  readonly root: HTMLElement;
  /** Lists what may be on the board. */
  list(member: Member): void;
  update(member: Member, step: number, isDifferent: boolean): void;
}

function captionOf(index: number, sideBySide: SideBySide, session: Session): Caption {
  const label = `What is on board ${index + 1}`;
  const choice = h("select", { class: "boards-choice", "aria-label": label });
  choice.addEventListener("change", () => sideBySide.change(index, choice.value));
  const score = h("output", { class: "figure strong", title: "Return so far" });
  const total = h("span", { class: "figure quiet", title: "Return of the whole episode" });
  const action = h("span", { class: "boards-action" });
  const state = h("span", { class: "quiet" });
  const remove = closeButton(`Take board ${index + 1} away`, () => sideBySide.remove(index));
  const root = h(
    "div",
    { class: "boards-caption", role: "group", "aria-label": `Board ${index + 1}` },
    h("div", { class: "boards-line" }, choice, remove),
    h("div", { class: "boards-line" }, score, total, action, state),
  );
  const list = ({ id }: Member) => {
    choice.replaceChildren(...optionsOf(session, id));
    choice.value = id;
    remove.hidden = sideBySide.members.length <= 2;
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
    setText(state, problem ?? (show ? over : "playing\u2026"));
  };
  return { root, list, update };
}

function optionsOf(session: Session, current: string): HTMLElement[] {
  const { policies, episodes } = session;
  const ages = policies.map((policy) => ({
    id: `policy ${policyKey(policy)}`,
    text: `Policy, ${policyName(policy)}`,
  }));
  const titles = titlesOf(episodes);
  const kept = episodes.filter(({ id }) => titles.has(id) || current === `episode ${id}`);
  const played = kept.map(({ id, episode, steps }) => {
    const title = titles.get(id) ?? `at step ${compact(steps)}`;
    return { id: `episode ${id}`, text: `Episode ${grouped(episode + 1)}, ${title}` };
  });
  const group = (label: string, all: readonly { id: string; text: string }[]) =>
    h("optgroup", { label }, ...all.map(({ id, text }) => h("option", { value: id }, text)));
  return [group("Policies, on this seed", ages), group("Episodes of the training", played)];
}

function actionText(show: RecordedShow, step: number): string {
  return actionName(show.player.game.spec, show.action(step));
}

/** An action for people: its name, or its numbers. */
function actionName({ actions }: GameSpec, action: Action): string {
  if (typeof action === "number") return nameOf(actions, action);
  const digits = action instanceof Float32Array ? 2 : 0;
  return [...action].map((entry) => entry.toFixed(digits)).join(", ");
}

function toolsOf(sideBySide: SideBySide) {
  const more = textButton("Add a board", () => sideBySide.add());
  const jump = textButton("First difference", () => sideBySide.jump());
  const where = h("span", { class: "quiet figure", role: "status" });
  const seed = textButton("New seed", () => sideBySide.reseed());
  const close = closeButton("Close the boards (C)", () => sideBySide.toggle());
  const right = h("div", { class: "tool-tools" }, more, seed, close);
  const root = h("div", { class: "tool-head" }, jump, where, right);
  const update = () => {
    const { members, difference, isComplete } = sideBySide;
    more.disabled = members.length >= MOST_BOARDS;
    jump.disabled = difference === undefined;
    const seeds = new Set(members.flatMap(({ show }) => show?.replay.seed ?? []));
    const none = seeds.size > 1 ? "not one seed" : "they do the same as long as all last";
    const found = difference === undefined ? none : `at decision ${grouped(difference)}`;
    setText(where, isComplete ? found : "");
  };
  return { root, update };
}

/** The first difference on the timeline. */
export function differenceMark(sideBySide: SideBySide, stage: Stage): TimelineLayer {
  const mark = h("i", { class: "mark", "data-kind": "surprise" });
  const root = h("div", { class: "marks", "aria-hidden": "true" });
  const update = () => {
    const { on, difference } = sideBySide;
    const isShown = on && difference !== undefined && stage.state.length > 0;
    if (isShown !== root.contains(mark)) root.replaceChildren(...(isShown ? [mark] : []));
    if (!isShown) return;
    mark.style.setProperty("--at", (difference / stage.state.length).toFixed(5));
  };
  return { root, update };
}
