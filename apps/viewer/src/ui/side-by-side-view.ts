/**
 * Boards side by side, each with its caption (board-caption.ts), and below them where they first differ.
 * That is the mark on the timeline, too.
 */
import type { Surface } from "../draw/surface.js";
import { grouped } from "../model/format.js";
import { MOST_BOARDS } from "../model/permalink.js";
import type { Session } from "../session.js";
import type { SideBySide } from "../side-by-side.js";
import type { Stage } from "../stage.js";
import {
  actionText,
  CAPTION_AMONG_RUNS,
  type Caption,
  captionOf,
  memberName,
} from "./board-caption.js";
import { BoardsView, CAPTION } from "./boards-view.js";
import { differencesTable } from "./differences-table.js";
import { h, setText } from "./dom.js";
import { popover } from "./popover.js";
import { closeButton, type ToolView, textButton } from "./time-view.js";
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
  const tools = toolsOf(sideBySide, session);
  const root = h("div", { class: "stand-in side-by-side", hidden: true }, boards.root, tools.root);
  let captions: readonly Caption[] = [];
  let known = "";
  const update = () => {
    if (!sideBySide.on) return;
    const { policies, episodes } = session.revision;
    const { others } = sideBySide;
    const state = `${sideBySide.revision} ${others.revision} ${policies} ${episodes}`;
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
    const caption = others.runs.length === 0 ? CAPTION : CAPTION_AMONG_RUNS;
    if (spec) boards.update(items, spec.board, stage.smooth, caption);
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

function toolsOf(sideBySide: SideBySide, session: Session) {
  const more = textButton("Add a board", () => sideBySide.add());
  const jump = textButton("First difference", () => sideBySide.jump());
  const where = h("p", { class: "quiet figure boards-where", role: "status" });
  const seed = textButton("New seed", () => sideBySide.reseed());
  const close = closeButton("Close the boards (C)", () => sideBySide.toggle());
  const settings = settingsOf(sideBySide, session);
  const right = h("div", { class: "tool-tools" }, settings.root, more, seed, close);
  const root = h("div", { class: "tool-head" }, jump, where, right);
  const update = () => {
    const { members, difference, isComplete } = sideBySide;
    more.disabled = members.length >= MOST_BOARDS;
    jump.disabled = difference === undefined;
    settings.update();
    const seeds = new Set(members.flatMap(({ show }) => show?.replay.seed ?? []));
    const none = seeds.size > 1 ? "not one seed" : "they do the same as long as all last";
    const found = difference === undefined ? none : differenceText(difference, sideBySide, session);
    setText(where, isComplete ? found : "");
    where.title = where.textContent ?? "";
  };
  return { root, update };
}

/** Where boards first differ, and which does what there. */
function differenceText(at: number, sideBySide: SideBySide, session: Session): string {
  const doing = new Map<string, string[]>();
  for (const member of sideBySide.members) {
    const { show } = member;
    if (!show || at >= show.replay.length) continue;
    const action = actionText(show, at);
    const names = doing.get(action) ?? [];
    doing.set(action, [...names, memberName(member, sideBySide, session)]);
  }
  const parts = [...doing].map(([action, names]) => `${action}: ${names.join(" and ")}`);
  return [`at decision ${grouped(at)}`, ...parts].join(" \u00b7 ");
}

/** How the runs on the boards differ, as a table that opens; hidden where there is only one run. */
function settingsOf(sideBySide: SideBySide, session: Session) {
  const panel = h("div", { tabindex: 0 }); // what scrolls must be reached by keyboard
  let listed = "";
  const fill = () => {
    const { facts } = session;
    const ids = new Set(sideBySide.members.map(({ run }) => run));
    const others = sideBySide.others.runs.filter((one) => ids.has(one.facts.id));
    const beside = others.map((one) => ({ name: one.facts.id, facts: one.facts }));
    const own = facts ? [{ name: "this run", facts }] : [];
    const all = [...own, ...beside];
    const names = all.map((one) => `${one.facts.id} ${one.facts.startedAt}`).join();
    if (names === listed) return; // and stays scrolled to where it is
    listed = names;
    const table = differencesTable(all);
    panel.replaceChildren(h("div", { class: "differences" }, table));
  };
  const { root, close } = popover("How the runs differ", "compare", panel, fill);
  const update = () => {
    root.hidden = sideBySide.members.every(({ run }) => run === undefined);
    if (root.hidden) close();
    else if (!panel.hidden) fill();
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
