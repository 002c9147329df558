/**
 * The stage on the page: which episode it is, its board, and what is known of the moment. Reads a
 * Stage, changes nothing. The timeline and the buttons are in transport-view.ts.
 */
import {
  type ActionSpace,
  actionWidth,
  type Action as GameAction,
  type GameSpec,
} from "@carom/envs";
import type { Surface } from "../draw/surface.js";
import { authorsText } from "../model/branches.js";
import { edgesOf, fitBoard } from "../model/fit.js";
import { compact, duration, grouped, points, signed, stopwatch } from "../model/format.js";
import { policyTitle } from "../model/policy-name.js";
import { PrimitiveList } from "../model/primitives.js";
import { secondsOf } from "../model/progress.js";
import type { Viewport } from "../model/quads.js";
import { isAtEnd } from "../model/transport.js";
import type { Session } from "../session.js";
import type { PlayedOn, Show, Stage } from "../stage.js";
import { h, setAttribute, setText } from "./dom.js";
import type { BoardLayer, BoardPlace, PictureLayer, StandIn } from "./timeline-layer.js";

/** Most actions, or entries of one, that are shown under the board. */
const MOST_CHIPS = 6;

export interface StageView {
  readonly root: HTMLElement;
  /** Brings the text up to date; `redraw` also paints the picture. */
  update(redraw: boolean): void;
}

/** What other parts add on the board, in its picture, in its place, and under it. */
export interface StageParts {
  readonly layers: readonly BoardLayer[];
  readonly pictures: readonly PictureLayer[];
  readonly standIns: readonly StandIn[];
  readonly below: readonly HTMLElement[];
}

export function stageView(
  stage: Stage,
  session: Session,
  surface: Surface,
  { layers, pictures, standIns, below }: StageParts,
): StageView {
  const badge = h("span", { class: "badge" });
  const title = h("h2", { class: "stage-title" });
  const about = h("p", { class: "stage-about" });
  const score = h("output", { class: "score-value" });
  const note = h("p", { class: "stage-note", role: "status" });
  const over = h("div", { class: "board-overlay" }, ...layers.map((layer) => layer.root));
  const host = h("div", { class: "board" }, surface.canvas, over, note);
  const caption = h("p", { class: "stage-caption", role: "status" });
  const facts = momentView();
  surface.canvas.setAttribute("role", "img");
  const scoreBox = h("div", { class: "score" }, h("span", { class: "label" }, "Score"), score);
  const under = h("div", { class: "stage-under" }, ...below);
  const root = h(
    "section",
    { class: "stage", "aria-label": "Episode" },
    h(
      "header",
      { class: "stage-head" },
      h("div", { class: "stage-name" }, h("div", { class: "stage-line" }, badge, title), about),
      scoreBox,
    ),
    host,
    ...standIns.map((one) => one.root),
    caption,
    facts.root,
    under,
  );
  const board = boardFitter({ host, over, surface }, () => update(true));
  const composed = composer(pictures);
  let known: Show | undefined;

  function update(redraw: boolean): void {
    const { show } = stage;
    const standIn = standIns.find((one) => one.isOn);
    for (const one of standIns) one.root.hidden = one !== standIn;
    for (const part of [host, facts.root, scoreBox, under]) part.hidden = standIn !== undefined;
    paintBadge(badge, stage, session);
    badge.hidden = standIn?.hasClock === false;
    setText(title, standIn?.title ?? titleOf(show, stage, session));
    setText(about, standIn?.about ?? aboutOf(stage, session));
    if (standIn) return;
    setText(score, stage.score === undefined ? "\u2013" : points(stage.score));
    setText(note, noteOf(stage, session));
    note.hidden = note.textContent === "";
    setText(caption, captionOf(show));
    caption.hidden = caption.textContent === "";
    surface.canvas.hidden = show === undefined;
    setAttribute(
      surface.canvas,
      "aria-label",
      show ? `${titleOf(show, stage, session)}, the board` : "The board",
    );
    facts.update(stage);
    const viewport = board.place(show, show !== known);
    const moved = redraw || show !== known || viewport !== board.painted;
    known = show;
    if (!show || !viewport) return;
    if (moved || composed.isStale()) {
      board.painted = viewport;
      surface.draw(0, composed.picture(show.film.picture), viewport);
      surface.flush();
    }
    for (const layer of layers) layer.update(placeOf(viewport));
  }

  return { root, update };
}

/** The picture on the stage with what other parts draw into it. */
function composer(layers: readonly PictureLayer[]) {
  const out = new PrimitiveList();
  let drawn = "";
  const state = (): string => layers.map(({ isOn, revision }) => isOn && revision).join(" ");
  const picture = (shown: PrimitiveList): PrimitiveList => {
    drawn = state();
    const on = layers.filter(({ isOn }) => isOn);
    if (on.length === 0) return shown;
    out.copyFrom(shown);
    for (const layer of on) layer.draw(shown, out);
    return out;
  };
  return { picture, isStale: () => drawn !== state() };
}

function placeOf({ width, height, scale }: Viewport): BoardPlace {
  const unit = scale / pixelRatio();
  return { width: width * unit, height: height * unit, unit };
}

/** What is fitted into the room that is left for the board. */
interface Fitted {
  readonly host: HTMLElement;
  /** Lies on the canvas. */
  readonly over: HTMLElement;
  readonly surface: Surface;
}

/** Keeps the canvas as large as fits, on whole pixels, centred. */
function boardFitter({ host, over, surface }: Fitted, onResize: () => void) {
  let space = { width: 0, height: 0 };
  let stale = true;
  let viewport: Viewport | undefined;
  const place = (show: Show | undefined, changed: boolean): Viewport | undefined => {
    if (!show || space.width === 0) return viewport;
    if (!stale && !changed) return viewport;
    stale = false;
    const { board } = show.player.game.spec;
    const ratio = pixelRatio();
    const room = { width: space.width * ratio, height: space.height * ratio };
    const fit = fitBoard(board, room, edgesOf(show.film.picture));
    const width = Math.round(board.width * fit.scale);
    const height = Math.round(board.height * fit.scale);
    viewport = { x: 0, y: 0, width: board.width, height: board.height, ...fit };
    surface.resize(width, height);
    const size = { width: width / ratio, height: height / ratio };
    for (const element of [surface.canvas, over]) centre(element, host, size);
    return viewport;
  };
  new ResizeObserver(([entry]) => {
    space = { width: entry.contentRect.width, height: entry.contentRect.height };
    stale = true;
    onResize();
  }).observe(host);
  return { place, painted: undefined as Viewport | undefined };
}

/** Device pixels per CSS pixel, at most 2: more cannot be seen and costs four times as much. */
export function pixelRatio(): number {
  return Math.min(window.devicePixelRatio || 1, 2);
}

/** Centres an element in its host, on a whole pixel of the page. */
function centre(
  element: HTMLElement,
  host: HTMLElement,
  size: { width: number; height: number },
): void {
  const { left, top } = host.getBoundingClientRect();
  const { clientWidth, clientHeight } = host;
  const x = Math.round(left + (clientWidth - size.width) / 2) - left;
  const y = Math.round(top + (clientHeight - size.height) / 2) - top;
  const { style } = element;
  style.width = `${size.width}px`;
  style.height = `${size.height}px`;
  style.left = `${x}px`;
  style.top = `${y}px`;
}

function paintBadge(badge: HTMLElement, stage: Stage, session: Session): void {
  const { mode } = stage.state;
  const played = stage.show?.kind === "live" ? stage.show.played : undefined;
  const special = mode === "paused" ? undefined : played ? "played" : bestOf(stage);
  setAttribute(badge, "data-mode", special ?? mode);
  setAttribute(badge, "title", undefined);
  if (special === "played") {
    setText(badge, played?.by === "agent" ? "Agent plays on" : "You play");
    return;
  }
  if (special === "best") {
    setText(badge, "Live \u00b7 the best");
    return;
  }
  if (mode !== "live") {
    const ended = isAtEnd(stage.state) && stage.show?.kind === "recorded";
    setText(badge, mode === "paused" ? "Paused" : ended ? "Ended" : "Playing");
    return;
  }
  const { show } = stage;
  const behind = show?.kind === "recorded" ? session.steps - show.entry.steps : 0;
  const seconds = secondsOf(behind, session.metrics);
  const steps = behind > 0 ? `${compact(behind)} steps behind` : "";
  if (steps !== "") setAttribute(badge, "title", steps);
  const isTimed = seconds !== undefined && seconds >= 1;
  const text = isTimed ? `${duration(seconds)} behind` : steps;
  setText(badge, text === "" ? "Live" : `Live \u00b7 ${text}`);
}

/** "best" while the best live game is followed. */
function bestOf(stage: Stage): "best" | undefined {
  return stage.bestFollowed ? "best" : undefined;
}

function titleOf(show: Show | undefined, stage: Stage, { problem }: Session): string {
  if (!show) return problem === undefined ? "No episode yet" : "No episodes";
  const name = showTitle(show);
  const isCut = show.kind === "live" && !show.played && !stage.canFollow;
  return isCut ? `${name}, so far` : name;
}

/** How people call what is on the stage. */
export function showTitle(show: Show): string {
  if (show.kind === "live" && show.played) return `On from ${show.played.title}`;
  if (show.kind === "recorded" && show.branch) return show.branch.name;
  if (show.kind === "recorded" && show.performer) return policyTitle(show.performer);
  if (show.kind === "recorded" && show.name !== undefined) return show.name;
  const episode = show.kind === "recorded" ? show.entry : show.episode;
  return `Episode ${grouped(episode.episode + 1)}`;
}

function aboutOf({ show, step }: Stage, session: Session): string {
  const waits = session.facts !== undefined && session.problem === undefined;
  if (!show) return waits ? "The first one that ends is shown here." : "";
  const { env, seed } = show.kind === "recorded" ? show.entry : show.episode;
  if (show.kind === "recorded" && show.performer) return `seed ${seed} \u00b7 played in this page`;
  const where = `game ${env + 1} \u00b7 seed ${seed}`;
  if (show.kind === "live") {
    return show.played ? rivalText(show.played, step) : `${where} \u00b7 being played now`;
  }
  if (show.branch) {
    const { parent, passages } = show.branch;
    return `left ${parent.title} \u00b7 ${authorsText(passages)}`;
  }
  if (show.name !== undefined) return `seed ${seed}`;
  return show.entry.steps === 0
    ? where
    : `${where} \u00b7 ended at step ${compact(show.entry.steps)}`;
}

/** What the episode that was left had by the same decision. */
function rivalText({ title, returns }: PlayedOn, step: number): string {
  const last = returns.length - 1;
  const then = points(returns[Math.min(step, last)]);
  return step > last ? `${title} was over with ${then}` : `${title} had ${then} here`;
}

function noteOf(stage: Stage, session: Session): string {
  const { show } = stage;
  if (stage.problem !== undefined) return stage.problem;
  if (captionOf(show) !== "") return "";
  if (session.problem !== undefined) return session.problem;
  if (!show) return session.facts ? "Waiting for the first episode" : "";
  if (show.kind === "recorded" && show.analysis.mismatch !== undefined) {
    return `This page plays the episode differently from decision ${show.analysis.mismatch} on: the game's rules have changed since it was recorded.`;
  }
  return "";
}

/** Why recorded pictures are shown instead of the game, if they are. */
function captionOf(show: Show | undefined): string {
  if (show?.kind !== "recorded" || show.instead === undefined) return "";
  const every = show.replay.pictures?.every ?? 0;
  return `${show.instead} Shown is what was recorded: a picture every ${every} decisions.`;
}

/** A chip for each discrete action, or for each entry of a vector; none where they are too many. */
function chipsOf(space: ActionSpace): readonly string[] {
  const unnamed = () => Array.from({ length: actionWidth(space) }, (_, i) => String(i + 1));
  const names = space.names ?? unnamed();
  return names.length <= MOST_CHIPS ? names : [];
}

/** Lights the chip of a discrete action; writes an entry of a vector after its name. */
function paintChip(chip: Element, i: number, action: GameAction | undefined, name: string): void {
  const entry = typeof action === "object" ? action[i] : undefined;
  const isOn = entry === undefined ? i === action : entry !== 0;
  setAttribute(chip, "data-on", isOn ? "" : undefined);
  const value = action instanceof Float32Array ? action[i].toFixed(2) : entry;
  setText(chip, value === undefined ? name : `${name} ${value}`);
}

/** The line under the board: place, time, reward, action. */
function momentView() {
  const step = h("output", { class: "figure" });
  const time = h("output", { class: "figure" });
  const reward = h("output", { class: "figure reward" });
  const actions = h("span", { class: "actions", "aria-label": "Action" });
  let known: GameSpec | undefined;
  let names: readonly string[] = [];
  const root = h(
    "div",
    { class: "moment" },
    h("span", { class: "pairing" }, h("span", { class: "label" }, "Decision"), step),
    h("span", { class: "pairing" }, h("span", { class: "label" }, "Time"), time),
    h("span", { class: "pairing" }, h("span", { class: "label" }, "Reward"), reward),
    actions,
  );
  const listActions = (show: Show | undefined) => {
    const spec = show?.player.game.spec;
    if (spec === known) return;
    known = spec;
    names = spec ? chipsOf(spec.actions) : [];
    actions.replaceChildren(...names.map((name) => h("span", {}, name)));
  };
  const update = (stage: Stage) => {
    const { length, rate } = stage.state;
    listActions(stage.show);
    setText(step, `${grouped(stage.step)} / ${grouped(length)}`);
    setText(time, `${stopwatch(stage.state.position / rate)} / ${stopwatch(length / rate)}`);
    setText(reward, stage.reward === undefined ? "\u2013" : signed(stage.reward));
    setAttribute(reward, "data-sign", String(Math.sign(stage.reward ?? 0)));
    const { action } = stage;
    for (const [i, chip] of [...actions.children].entries()) paintChip(chip, i, action, names[i]);
  };
  return { root, update };
}
