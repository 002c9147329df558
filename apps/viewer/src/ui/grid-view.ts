/**
 * The grid of live games: one canvas for all boards, and over each board a button with its name, so
 * that boards can be reached by keyboard and read by a screen reader.
 */
import type { Surface } from "../draw/surface.js";
import { edgesOf, fitBoard, gridLayout } from "../model/fit.js";
import { points, times } from "../model/format.js";
import type { LiveBoard } from "../model/live-board.js";
import { trainingPace } from "../model/progress.js";
import type { Viewport } from "../model/quads.js";
import type { Session } from "../session.js";
import { choices } from "./choices.js";
import { h, setAttribute, setText } from "./dom.js";
import { icon, swapIcon } from "./icons.js";
import { keep, kept } from "./settings.js";
import { pixelRatio } from "./stage-view.js";

/** Numbers of boards to choose from. */
const COUNTS: readonly number[] = [1, 4, 16, 64];
const USUAL = 16;
/** From this many boards on: 30 pictures a second, no blending, no captions. */
const MANY = 36;
const MANY_PAUSE = 1 / 31;
const GAP = 8;
const CAPTION = 18;
/** Below this width of a board, CSS pixels, its caption is only a number. */
const NARROW = 72;

interface Cell {
  readonly board: LiveBoard;
  readonly root: HTMLElement;
  readonly face: HTMLButtonElement;
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
  /** Whether the stage follows the best game. */
  isBestFollowed(): boolean;
  /** The reader wants the stage to follow the best game, or no longer. */
  onFollowBest(): void;
  /** Whether a board's episode is on the stage. */
  isOnStage(board: LiveBoard): boolean;
  onOpen(board: LiveBoard): void;
  /** The number of boards or their motion changed. */
  onChange(): void;
}

export class GridView {
  readonly root: HTMLElement;
  private readonly options: GridOptions;
  private readonly host: HTMLElement;
  private readonly pace = h("p", { class: "hint" });
  private readonly holdIcon = icon("pause");
  private readonly hold: HTMLButtonElement;
  private readonly follow: HTMLButtonElement;
  private cells: Cell[] = [];
  private count = usualCount();
  private held: boolean;
  /** Seconds that the boards have not been moved by yet. */
  private debt = 0;
  private stale = true;
  private revision = -1;

  constructor(options: GridOptions) {
    this.options = options;
    this.held = options.held;
    const { canvas } = options.surface;
    canvas.setAttribute("aria-hidden", "true");
    this.host = h("div", { class: "grid" }, canvas);
    const kind = { class: "round small", type: "button", onclick: () => this.toggle() };
    this.hold = h("button", kind, this.holdIcon);
    const counts = countChoice(this.count, (count) => this.choose(count));
    const name = "Follow the best game";
    const follows = { "aria-label": name, title: `${name} (F)`, "aria-pressed": "false" };
    const onclick = () => options.onFollowBest();
    this.follow = h("button", { ...kind, ...follows, onclick }, icon("best"));
    const title = h("h2", {}, "Live games");
    const head = h("header", { class: "panel-head" }, title, counts, this.follow, this.hold);
    const about = { class: "live", "aria-label": "Live games" };
    this.root = h("section", about, head, this.pace, this.host);
    this.showHold();
    new ResizeObserver(() => {
      this.stale = true;
      options.onChange();
    }).observe(this.root);
  }

  /** Boards that the reader wants to see. */
  get wanted(): number {
    return this.count;
  }

  /** True while boards are moving. */
  get isMoving(): boolean {
    return !this.held && this.options.session.boards.size > 0;
  }

  /** Holds the boards or lets them go on. */
  toggle(): void {
    this.held = !this.held;
    this.showHold();
    this.options.onChange();
  }

  /** Lets time pass on the boards and paints them. */
  tick(seconds: number, smooth: boolean): void {
    const { session, surface } = this.options;
    const boards = [...session.boards.values()];
    setText(this.pace, paceOf(session, boards.length, this.held));
    setAttribute(this.follow, "aria-pressed", String(this.options.isBestFollowed()));
    if (session.revision.boards !== this.revision || this.stale) this.lay(boards);
    this.debt += this.held ? 0 : seconds;
    const many = boards.length >= MANY;
    if (many && this.debt < MANY_PAUSE) return;
    const passed = this.debt;
    this.debt = 0;
    for (const [i, cell] of this.cells.entries()) {
      const isOn = this.options.isOnStage(cell.board);
      setAttribute(cell.face, "aria-current", isOn ? "true" : undefined);
      const changed = passed > 0 && cell.board.advance(passed, smooth && !many);
      if (changed || !cell.painted) this.paint(i, cell);
    }
    surface.flush();
  }

  private paint(i: number, cell: Cell): void {
    const { board, viewport } = cell;
    if (!viewport || !board.picture) return;
    this.options.surface.draw(i, board.picture, viewport);
    cell.painted = true;
    setText(cell.score, points(board.score));
  }

  private choose(count: number): void {
    this.count = count;
    this.stale = true;
    keep("boards", String(count));
    this.options.onChange();
  }

  private showHold(): void {
    swapIcon(this.holdIcon, this.held ? "play" : "pause");
    const name = this.held ? "Let the boards move" : "Hold the boards";
    setAttribute(this.hold, "aria-label", name);
    setAttribute(this.hold, "title", `${name} (G)`);
  }

  /** Makes a cell for every board, keeping those that have one, and arranges them. */
  private lay(boards: readonly LiveBoard[]): void {
    const { session, surface, onOpen } = this.options;
    const { spec } = session;
    if (this.root.clientWidth === 0) return; // it has no room now
    this.revision = session.revision.boards;
    this.stale = false;
    const known = new Map(this.cells.map((cell) => [cell.board, cell]));
    this.cells = boards.map((board) => known.get(board) ?? makeCell(board, onOpen));
    const canvas = surface.canvas;
    const roots = [canvas, ...this.cells.map((cell) => cell.root)];
    // Putting a cell where it is already would take the focus from it.
    const isSame = roots.length === this.host.children.length;
    if (!isSame || roots.some((root, i) => root !== this.host.children[i])) {
      this.host.replaceChildren(...roots);
    }
    this.root.classList.toggle("empty", boards.length === 0);
    if (!spec || boards.length === 0) return;
    const count = Math.min(this.count, boards.length);
    arrange(this.cells, { host: this.host, surface, count, board: spec.board });
  }
}

/**
 * Places the cells in the host and gives the canvas the host's size. All boards have the size that
 * suits their edges.
 */
function arrange(cells: readonly Cell[], { host, surface, count, board }: Ground): void {
  const many = count >= MANY;
  const caption = many ? 0 : CAPTION;
  const gap = many ? GAP / 2 : GAP;
  const ratio = pixelRatio();
  const space = { width: host.clientWidth, height: roomFor(host) };
  const { columns, rows, cellWidth, cellHeight } = gridLayout(count, board, space, gap, caption);
  const room = { width: cellWidth * ratio, height: (cellHeight - caption) * ratio };
  const picture = cells.find((cell) => cell.board.picture)?.board.picture;
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

/**
 * Space between columns that spreads them over the width, but not farther apart than looks like one
 * grid.
 */
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

function makeCell(board: LiveBoard, open: (board: LiveBoard) => void): Cell {
  const score = h("span", { class: "cell-score" }, "0");
  const number = String(board.env + 1);
  const name = h("span", {}, h("i", {}, "Game "), number);
  const label = `Game ${number}: put it on the stage`;
  const face = h("button", {
    ...{ class: "cell-face", type: "button", "aria-label": label },
    onclick: () => open(board),
  });
  const root = h("div", { class: "cell" }, face, h("span", { class: "cell-caption" }, name, score));
  return { board, root, face, score, viewport: undefined, painted: false };
}

function countChoice(initial: number, choose: (count: number) => void): HTMLElement {
  const items = COUNTS.map((count) => ({ value: count, text: String(count) }));
  return choices({ label: "Number of live games", items, choose, initial }).root;
}

function usualCount(): number {
  const chosen = Number(kept("boards"));
  return COUNTS.includes(chosen) ? chosen : USUAL;
}

/** Says how the watching compares with the training. */
function paceOf(session: Session, boards: number, held: boolean): string {
  const { facts, spec, metrics, feedRate } = session;
  if (facts?.status === "paused") return "The training stands still.";
  if (facts && !session.isUnderWay) {
    return boards > 0 ? "The training is over. These are its last games." : "The training is over.";
  }
  if (session.problem !== undefined) return "Its games cannot be shown here.";
  if (boards === 0) return facts ? "Waiting for the trainer\u2019s first games." : "";
  const watch = held ? "Held." : "Watching at 1\u00d7.";
  const pace = (facts && trainingPace(metrics, facts.config)) ?? feedRate.perBoard;
  if (!pace || !spec) return watch;
  const ratio = pace / spec.decisionsPerSecond;
  if (ratio < 1.5) return `${watch} Training plays each game about as fast.`;
  return `${watch} Training plays each game ${times(ratio)} faster.`;
}
