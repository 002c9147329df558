/**
 * Human against agent on the page: the person's board on the left, the agent's on the right, keys under
 * them, and at the end who won, and which age of the policy the person plays like. Brings keys and
 * clicks to the controls.
 */
import type { Surface } from "../draw/surface.js";
import type { Duel, DuelResult } from "../duel.js";
import { percent, points } from "../model/format.js";
import { policyName, whosePolicy } from "../model/policy-name.js";
import { meanOf, ratingOf } from "../model/rating.js";
import { policyKey } from "../policy/protocol.js";
import { SEEDS } from "../ratings.js";
import type { Session } from "../session.js";
import type { Stage } from "../stage.js";
import { BoardsView } from "./boards-view.js";
import { h, setAttribute, setText } from "./dom.js";
import { targetOf } from "./key-focus.js";
import { closeButton, type ToolView, textButton } from "./time-view.js";
import type { StandIn } from "./timeline-layer.js";

export interface DuelView extends StandIn, ToolView {
  /** Takes a key that belongs to the duel; false if it means something else. */
  onKey(event: KeyboardEvent): boolean;
}

/** Results that are listed. */
const LISTED = 4;

interface DuelParts {
  readonly duel: Duel;
  readonly session: Session;
  readonly stage: Stage;
  readonly open: () => Promise<Surface>;
  readonly wake: () => void;
  readonly signal: AbortSignal;
}

export function duelView({ duel, session, stage, open, wake, signal }: DuelParts): DuelView {
  const boards = new BoardsView(open, wake, signal);
  boards.root.tabIndex = -1;
  setAttribute(boards.root, "role", "application");
  setAttribute(boards.root, "aria-label", "The boards: yours and the agent\u2019s");
  const mine = mineCaption(duel);
  const theirs = theirCaption(duel, session);
  const countdown = h("output", { class: "duel-count", "aria-live": "assertive", hidden: true });
  const mark = h("i", { class: "duel-mark", "aria-hidden": "true", hidden: true });
  const host = h("div", { class: "duel-host" }, boards.root, mark, countdown);
  const foot = footView(duel);
  const card = cardView(duel);
  const root = h("div", { class: "stand-in duel", hidden: true }, host, card.root, foot.root);
  connect(duel, boards, signal);
  let wasPlaying = false;
  const update = () => {
    const { spec } = session;
    if (!duel.on || !spec) return;
    const { person, agent, position } = duel;
    const myPlace = Math.min(position, person?.episode.length ?? 0);
    const theirPlace = Math.min(position, agent?.replay.length ?? 0);
    const items = [
      { film: person?.film, position: myPlace, caption: mine.root },
      { film: agent?.film, position: theirPlace, caption: theirs.root },
    ];
    host.hidden = duel.phase === "waiting" && Boolean(duel.problem);
    boards.update(items, spec.board, stage.smooth);
    mine.update();
    theirs.update();
    foot.update();
    card.update();
    countdown.hidden = duel.phase !== "countdown";
    setText(countdown, String(Math.max(1, Math.ceil(duel.countdown))));
    paintMark(mark, duel, boards);
    if (duel.isPlaying && !wasPlaying) boards.root.focus({ preventScroll: true });
    wasPlaying = duel.isPlaying;
  };
  return {
    ...{ root, update, hasClock: false },
    onKey: (event) => onKey(event, duel),
    get isOn() {
      return duel.on;
    },
    get title() {
      return "You against the agent";
    },
    get about() {
      return `the same seed for both, ${duel.seed}`;
    },
  };
}

function onKey(event: KeyboardEvent, duel: Duel): boolean {
  if (!duel.on || event.ctrlKey || event.metaKey || event.altKey) return false;
  const isButton = targetOf(event)?.matches("button") === true;
  const controls = duel.isPlaying ? duel.person?.controls : undefined;
  if (event.key === "Escape") duel.close();
  else if (controls?.owns(event.code) && !(isButton && event.key === "Enter")) {
    if (!event.repeat) controls.press(event.code);
  } else if (event.key === "Enter" && duel.phase === "over" && !isButton) duel.again();
  else return false;
  event.preventDefault();
  return true;
}

/** Keys that come up, the keyboard that goes elsewhere, and clicks on the person's board. */
function connect(duel: Duel, boards: BoardsView, signal: AbortSignal): void {
  document.addEventListener("keyup", ({ code }) => duel.person?.controls.release(code), { signal });
  window.addEventListener("blur", () => duel.person?.controls.releaseAll(), { signal });
  boards.root.addEventListener("pointerdown", ({ button, clientX, clientY }) => {
    const place = boards.placeOf(0);
    if (button !== 0 || !place || !duel.isPlaying) return;
    const { left, top } = boards.root.getBoundingClientRect();
    const { x, y, unit } = place;
    duel.person?.controls.click((clientX - left - x) / unit, (clientY - top - y) / unit);
  });
}

/** The cell under the cursor, on boards that are played by one. */
function paintMark(mark: HTMLElement, duel: Duel, boards: BoardsView): void {
  const controls = duel.person?.controls;
  const place = boards.placeOf(0);
  mark.hidden = !duel.isPlaying || !controls?.map.cursor || !place;
  if (mark.hidden || !controls || !place) return;
  const { x, y, unit } = place;
  mark.style.left = `${x + (controls.cursor.x - 0.5) * unit}px`;
  mark.style.top = `${y + (controls.cursor.y - 0.5) * unit}px`;
  mark.style.width = `${unit}px`;
  mark.style.height = `${unit}px`;
}

function mineCaption(duel: Duel) {
  const score = h("output", { class: "figure strong duel-score", "aria-label": "Your score" });
  const root = h(
    "div",
    { class: "boards-caption", role: "group", "aria-label": "You" },
    h("div", { class: "boards-line" }, h("span", { class: "strong duel-you" }, "You"), score),
  );
  return { root, update: () => setText(score, points(duel.personScore)) };
}

function theirCaption(duel: Duel, session: Session) {
  const choice = h("select", { class: "boards-choice", "aria-label": "The agent\u2019s age" });
  choice.addEventListener("change", () => {
    const policy = session.policies.find((one) => policyKey(one) === choice.value);
    if (policy) duel.choose(policy);
    choice.blur(); // the keyboard is the game's
  });
  const score = h("output", {
    class: "figure strong duel-score",
    "aria-label": "The agent\u2019s score",
  });
  const root = h(
    "div",
    { class: "boards-caption", role: "group", "aria-label": "The agent" },
    h("div", { class: "boards-line" }, choice, score),
  );
  let listed = -1;
  const update = () => {
    if (listed !== session.revision.policies) {
      listed = session.revision.policies;
      const options = session.policies
        .toReversed()
        .map((policy) => h("option", { value: policyKey(policy) }, `Agent, ${policyName(policy)}`));
      choice.replaceChildren(...options);
    }
    if (duel.policy) choice.value = policyKey(duel.policy);
    choice.disabled = duel.isPlaying;
    setText(score, duel.agentScore === undefined ? "\u2013" : points(duel.agentScore));
  };
  return { root, update };
}

/** The keys while playing, what is waited for, and the way out. */
function footView(duel: Duel) {
  const hints = h("ul", { class: "duel-hints", "aria-label": "Keys of the game" });
  const note = h("p", { class: "hint", role: "status" });
  const close = closeButton("Give up (Esc)", () => duel.close());
  const root = h(
    "div",
    { class: "tool-head" },
    hints,
    note,
    h("div", { class: "tool-tools" }, close),
  );
  let listed: unknown;
  const update = () => {
    const controls = duel.person?.controls;
    if (controls !== listed) {
      listed = controls;
      const rows = (controls?.map.hints ?? []).map(({ keys, text }) =>
        h("li", {}, ...keys.map((one) => h("kbd", {}, one)), h("span", {}, text)),
      );
      hints.replaceChildren(...rows);
    }
    hints.hidden = !duel.isPlaying;
    root.hidden = duel.phase === "over";
    const waits = duel.phase === "waiting" ? "The agent plays its episode\u2026" : "";
    setText(note, duel.phase === "waiting" ? (duel.problem ?? waits) : "");
    note.hidden = note.textContent === "";
  };
  return { root, update };
}

/** Who won, what the play is like, what came before, and what is next. */
function cardView(duel: Duel) {
  const title = h("h3", { class: "duel-title", role: "status" });
  const rating = h("p", { class: "duel-rating" });
  const basis = h("p", { class: "hint" });
  const list = h("ul", { class: "duel-results", "aria-label": "Duels so far" });
  const next = textButton("Play again", () => duel.again());
  const rematch = textButton("Same seed again", () => duel.again(true));
  const close = textButton("Close", () => duel.close());
  const buttons = h("div", { class: "duel-buttons" }, next, rematch, close);
  const about = h("div", { class: "duel-about" }, title, rating, basis, buttons);
  const label = { class: "duel-card", "aria-label": "How it ended", hidden: true };
  const root = h("section", label, about, list);
  let known = "";
  const update = () => {
    const isOver = duel.phase === "over";
    const state = `${isOver} ${duel.results.length} ${duel.ratings.revision}`;
    if (state === known) return;
    const opened = isOver && root.hidden;
    known = state;
    root.hidden = !isOver;
    const [last] = duel.results;
    if (!isOver || !last) return;
    setText(title, verdictOf(last));
    setText(rating, ratingText(duel));
    const { done, all } = duel.ratings.progress;
    const count = duel.results.length;
    const of = count === 1 ? "your return" : `your mean return of ${count} duels`;
    const far = done < all ? ` So far ${done} of ${all} episodes are played.` : "";
    setText(basis, `By ${of}, against the mean of every kept policy on ${SEEDS} seeds.${far}`);
    list.replaceChildren(...duel.results.slice(0, LISTED).map(resultItem));
    if (opened) next.focus({ preventScroll: true });
  };
  return { root, update };
}

function verdictOf({ person, agent }: DuelResult): string {
  if (person === agent) return "Level";
  const by = points(Math.abs(person - agent));
  return person > agent ? `You win by ${by}` : `The agent wins by ${by}`;
}

function ratingText({ results, ratings }: Duel): string {
  const rating = ratingOf(meanOf(results.map(({ person }) => person)), ratings.ages);
  if (!rating) return "Rating your play\u2026";
  if (rating.beyond === "above") return "You play better than every kept policy.";
  if (rating.beyond === "below") return "Every kept policy plays better than you, even the first.";
  const like = whosePolicy({ steps: rating.like });
  return `You play like the ${like}: better than ${percent(rating.percentile)} of the policies.`;
}

function resultItem({ person, agent, steps, seed }: DuelResult): HTMLElement {
  const outcome = person === agent ? "level" : person > agent ? "won" : "lost";
  return h(
    "li",
    { title: `seed ${seed}` },
    h("span", { class: "strong" }, outcome),
    h("span", { class: "figure" }, `${points(person)} : ${points(agent)}`),
    h("span", { class: "quiet" }, policyName({ steps })),
  );
}
