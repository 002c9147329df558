/**
 * The grid of live games: one canvas for all boards, and over each board a button with its name, so that boards can be reached
 * by keyboard and read by a screen reader.
 */
import type { Surface } from "../draw/surface.js";
import { edgesOf, fitBoard, gridLayout } from "../model/fit.js";
import { points, times } from "../model/format.js";
import type { LiveBoard } from "../model/live-board.js";
import { trainingPace } from "../model/progress.js";
import type { Viewport } from "../model/quads.js";
import type { Session } from "../session.js";
import { h, setAttribute, setText } from "./dom.js";
import { icon, swapIcon } from "./icons.js";
import { keep, kept } from "./settings.js";
import { pixelRatio } from "./stage-view.js";

/** Numbers of boards to choose from. */
const COUNTS: readonly number[] = [4, 9, 16, 36, 64];
const USUAL = 16;
/** From this many boards on: 30 pictures a second, no blending, no captions. */
const MANY = 36;
const GAP = 8;
const CAPTION = 18;
/** Below this width of a board, CSS pixels, its caption is only a number. */
const NARROW = 72;

export interface GridView {
  readonly root: HTMLElement;
  /** Boards that the reader wants to see. */
  readonly wanted: () => number;
  /** Lets time pass on the boards and paints them. */
  tick(seconds: number, smooth: boolean): void;
  /** Holds the boards or lets them go on. */
  toggle(): void;
  /** True while boards are moving. */
  readonly isMoving: () => boolean;
}

interface Cell {
  readonly root: HTMLButtonElement;
  readonly score: HTMLElement;
  viewport: Viewport | undefined;
  painted: boolean;
}

/** What boards are laid out on. */
interface Ground {
  readonly host: HTMLElement;
  readonly surface: Surface;
  /** Boards to make room for. */
  readonly count: number;
  readonly board: { readonly width: number; readonly height: number };
}

export interface GridOptions {
  readonly session: Session;
  readonly surface: Surface;
  /** True: boards stand until the reader lets them move. */
  readonly held: boolean;
  onOpen(board: LiveBoard): void;
  /** The number of boards or their motion changed. */
  onChange(): void;
}

export function gridView(options: GridOptions): GridView {
  const { session, surface, onChange } = options;
  const state = { count: usualCount(), held: options.held, debt: 0, stale: true, revision: -1 };
  const host = h("div", { class: "grid" }, surface.canvas);
  const pace = h("p", { class: "hint" });
  const cells: Cell[] = [];
  surface.canvas.setAttribute("aria-hidden", "true");
  const counts = countChoice(state.count, (count) => {
    state.count = count;
    state.stale = true;
    keep("boards", String(count));
    onChange();
  });
  const holdIcon = icon("pause");
  const hold = h(
    "button",
    { class: "round small", type: "button", onclick: () => toggle() },
    holdIcon,
  );
  const root = h(
    "section",
    { class: "live", "aria-label": "Live games" },
    h("header", { class: "panel-head" }, h("h2", {}, "Live games"), counts, hold),
    pace,
    host,
  );
  new ResizeObserver(() => {
    state.stale = true;
    onChange();
  }).observe(root);

  function toggle(): void {
    state.held = !state.held;
    showHold();
    onChange();
  }

  function showHold(): void {
    swapIcon(holdIcon, state.held ? "play" : "pause");
    const name = state.held ? "Let the boards move" : "Hold the boards";
    setAttribute(hold, "aria-label", name);
    setAttribute(hold, "title", `${name} (G)`);
  }

  function tick(seconds: number, smooth: boolean): void {
    const boards = [...session.boards.values()];
    setText(pace, paceOf(session, boards.length, state.held));
    if (session.revision.boards !== state.revision || state.stale) lay(boards);
    state.debt += state.held ? 0 : seconds;
    if (boards.length >= MANY && state.debt < 1 / 31) return;
    const passed = state.debt;
    state.debt = 0;
    for (const [i, board] of boards.entries()) {
      const cell = cells[i];
      if (!cell) continue;
      const changed = passed > 0 && board.advance(passed, smooth && boards.length < MANY);
      if (changed || !cell.painted) paint(i, board, cell);
    }
    surface.flush();
  }

  function paint(i: number, board: LiveBoard, cell: Cell): void {
    if (!cell.viewport || !board.picture) return;
    surface.draw(i, board.picture, cell.viewport);
    cell.painted = true;
    setText(cell.score, points(board.score));
  }

  function lay(boards: readonly LiveBoard[]): void {
    const { spec } = session;
    state.revision = session.revision.boards;
    state.stale = false;
    while (cells.length > boards.length) cells.pop()?.root.remove();
    while (cells.length < boards.length) cells.push(makeCell(boards[cells.length], host, options));
    root.classList.toggle("empty", boards.length === 0);
    if (!spec || boards.length === 0) return;
    const count = Math.min(state.count, boards.length);
    arrange(cells, boards, { host, surface, count, board: spec.board });
  }

  showHold();
  const wanted = () => state.count;
  const isMoving = () => !state.held && session.boards.size > 0;
  return { root, wanted, tick, toggle, isMoving };
}

/** Places the cells in the host and gives the canvas the host's size. All boards have the size that suits their edges. */
function arrange(cells: readonly Cell[], boards: readonly LiveBoard[], stage: Ground): void {
  const { host, surface, count, board } = stage;
  const many = count >= MANY;
  const caption = many ? 0 : CAPTION;
  const gap = many ? GAP / 2 : GAP;
  const ratio = pixelRatio();
  const space = { width: host.clientWidth, height: roomFor(host) };
  const { columns, rows, cellWidth, cellHeight } = gridLayout(count, board, space, gap, caption);
  const room = { width: cellWidth * ratio, height: (cellHeight - caption) * ratio };
  const picture = boards.find((one) => one.picture)?.picture;
  const fit = fitBoard(board, room, picture ? edgesOf(picture) : { x: [], y: [] });
  const size = {
    width: Math.round(board.width * fit.scale),
    height: Math.round(board.height * fit.scale),
  };
  const stepX = Math.floor(
    size.width + spread(space.width * ratio, size.width, columns, gap * ratio),
  );
  const stepY = Math.floor(size.height + (caption + gap) * ratio);
  for (const [i, cell] of cells.entries()) {
    const x = (i % columns) * stepX;
    const y = Math.floor(i / columns) * stepY;
    cell.viewport = { x, y, width: board.width, height: board.height, ...fit };
    cell.painted = false;
    const { style } = cell.root;
    style.left = `${x / ratio}px`;
    style.top = `${y / ratio}px`;
    style.width = `${size.width / ratio}px`;
    style.height = `${size.height / ratio}px`;
  }
  host.classList.toggle("many", many);
  host.classList.toggle("narrow", size.width / ratio < NARROW);
  host.style.setProperty("--caption", `${caption}px`);
  const total = {
    width: Math.round(space.width * ratio),
    height: rows * stepY - Math.floor(gap * ratio),
  };
  host.style.height = `${total.height / ratio}px`;
  surface.canvas.style.width = `${total.width / ratio}px`;
  surface.canvas.style.height = `${total.height / ratio}px`;
  surface.resize(total.width, total.height);
}

/** Space between columns that spreads them over the width, but not farther apart than looks like one grid. */
function spread(total: number, width: number, columns: number, gap: number): number {
  if (columns < 2) return gap;
  return Math.min(gap * 4, (total - columns * width) / (columns - 1));
}

/** Height that the boards may take: what the panel's own limit leaves. */
function roomFor(host: HTMLElement): number {
  const limit = Number.parseFloat(getComputedStyle(host).getPropertyValue("--grid-room"));
  const share = Number.isFinite(limit) ? limit : 0.5;
  return Math.max(160, Math.round(window.innerHeight * share));
}

function makeCell(board: LiveBoard, host: HTMLElement, options: GridOptions): Cell {
  const score = h("span", { class: "cell-score" }, "0");
  const name = `Game ${board.env + 1}`;
  const root = h(
    "button",
    {
      class: "cell",
      type: "button",
      "aria-label": `${name}: put it on the stage`,
      onclick: () => options.onOpen(board),
    },
    h(
      "span",
      { class: "cell-caption" },
      h("span", {}, h("i", {}, "Game "), String(board.env + 1)),
      score,
    ),
  );
  host.append(root);
  return { root, score, viewport: undefined, painted: false };
}

function countChoice(initial: number, choose: (count: number) => void): HTMLElement {
  const buttons = COUNTS.map((count) =>
    h("button", { type: "button", "aria-pressed": String(count === initial) }, String(count)),
  );
  for (const [i, button] of buttons.entries()) {
    button.addEventListener("click", () => {
      for (const other of buttons) setAttribute(other, "aria-pressed", String(other === button));
      choose(COUNTS[i]);
    });
  }
  return h(
    "div",
    { class: "choices", role: "group", "aria-label": "Number of live games" },
    ...buttons,
  );
}

function usualCount(): number {
  const chosen = Number(kept("boards"));
  return COUNTS.includes(chosen) ? chosen : USUAL;
}

/** Says how the watching compares with the training. */
function paceOf(session: Session, boards: number, held: boolean): string {
  const { facts, spec, metrics, feedRate } = session;
  if (facts && facts.status !== "running") {
    return boards > 0 ? "The training is over. These are its last games." : "The training is over.";
  }
  if (boards === 0) return facts ? "Waiting for the trainer\u2019s first games." : "";
  const watch = held ? "Held." : "Watching at 1\u00d7.";
  const pace = (facts && trainingPace(metrics, facts.config)) ?? feedRate.perBoard;
  if (!pace || !spec) return watch;
  const ratio = pace / spec.decisionsPerSecond;
  if (ratio < 1.5) return `${watch} Training plays each game about as fast.`;
  return `${watch} Training plays each game ${times(ratio)} faster.`;
}
