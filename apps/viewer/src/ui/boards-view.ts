/**
 * A few boards side by side on one canvas, each with a caption of its own under it. Whoever shows them
 * says which, and where each stands; the canvas is made when it is first needed.
 */
import type { BoardSize } from "@carom/envs";
import type { Surface } from "../draw/surface.js";
import type { Film } from "../model/film.js";
import { edgesOf, fitBoard, gridLayout } from "../model/fit.js";
import type { Viewport } from "../model/quads.js";
import { h } from "./dom.js";
import { pixelRatio } from "./stage-view.js";

const GAP = 14;
/** Height of a caption of two lines, CSS pixels. */
export const CAPTION = 54;

/** One board. */
export interface BoardItem {
  /** Undefined while there is nothing to see yet. */
  readonly film: Film | undefined;
  /** In decisions; a film stands at its end beyond it. */
  readonly position: number;
  readonly caption: HTMLElement;
}

export class BoardsView {
  readonly root: HTMLElement;
  private readonly open: () => Promise<Surface>;
  private readonly onChange: () => void;
  private readonly signal: AbortSignal;
  private surface: Surface | undefined;
  private opening = false;
  private captions: readonly HTMLElement[] = [];
  private viewports: readonly Viewport[] = [];
  private drawn: { readonly film: Film; readonly position: number }[] = [];
  private stale = true;
  private captionHeight = CAPTION;

  /**
   * @param onChange called when it must be drawn again: its size or its canvas is another
   * @param signal ends the canvas
   */
  constructor(open: () => Promise<Surface>, onChange: () => void, signal: AbortSignal) {
    this.open = open;
    this.onChange = onChange;
    this.signal = signal;
    this.root = h("div", { class: "boards" });
    new ResizeObserver(() => {
      this.stale = true;
      onChange();
    }).observe(this.root);
  }

  /** Draws what changed. @param caption their height, CSS pixels */
  update(
    items: readonly BoardItem[],
    board: BoardSize,
    smooth: boolean,
    caption: number = CAPTION,
  ): void {
    if (caption !== this.captionHeight) this.stale = true;
    this.captionHeight = caption;
    const surface = this.surface ?? this.begin();
    if (!surface || this.root.clientWidth === 0) return;
    const isSame =
      items.length === this.captions.length &&
      items.every(({ caption }, i) => caption === this.captions[i]);
    if (!isSame || this.stale) this.lay(items, board, surface);
    for (const [i, { film, position }] of items.entries()) {
      if (!film) continue;
      const wanted = smooth ? position : Math.floor(position);
      const last = this.drawn[i];
      if (last?.film === film && last.position === wanted) continue;
      film.show(wanted, smooth); // whoever else shows the film may have brought it there
      this.drawn[i] = { film, position: wanted };
      surface.draw(i, film.picture, this.viewports[i]);
    }
    surface.flush();
  }

  /** Where a board lies, in CSS pixels from the view's corner; undefined before it is laid out. */
  placeOf(
    index: number,
  ): { readonly x: number; readonly y: number; readonly unit: number } | undefined {
    const viewport = this.viewports[index];
    if (!viewport) return undefined;
    const ratio = pixelRatio();
    return { x: viewport.x / ratio, y: viewport.y / ratio, unit: viewport.scale / ratio };
  }

  private begin(): undefined {
    if (this.opening) return;
    this.opening = true;
    const take = (surface: Surface) => {
      if (this.signal.aborted) return surface.destroy();
      this.signal.addEventListener("abort", () => surface.destroy());
      surface.canvas.setAttribute("aria-hidden", "true");
      this.surface = surface;
      this.onChange();
    };
    const fail = (error: unknown) => {
      console.error("boards: no canvas:", error);
      this.opening = false; // the next look tries again
    };
    void this.open().then(take, fail);
  }

  /** Arranges boards and captions in the room there is, centred. */
  private lay(items: readonly BoardItem[], board: BoardSize, surface: Surface): void {
    const ratio = pixelRatio();
    const caption = this.captionHeight;
    const space = { width: this.root.clientWidth, height: this.root.clientHeight };
    const { columns, rows, cellWidth, cellHeight } = gridLayout(
      ...([items.length, board, space, GAP, caption] as const),
    );
    const room = { width: cellWidth * ratio, height: (cellHeight - caption) * ratio };
    const picture = items.find(({ film }) => film)?.film?.picture;
    const fit = fitBoard(board, room, picture ? edgesOf(picture) : { x: [], y: [] });
    const width = Math.round(board.width * fit.scale);
    const height = Math.round(board.height * fit.scale);
    const stepX = width + Math.min(Math.floor(GAP * ratio), room.width - width + GAP * ratio);
    const stepY = Math.floor(height + (caption + GAP) * ratio);
    const across = Math.min(columns, items.length);
    const left = Math.max(0, Math.floor((space.width * ratio - across * stepX + GAP * ratio) / 2));
    const top = Math.max(0, Math.floor((space.height * ratio - rows * stepY + GAP * ratio) / 2));
    this.viewports = items.map((_, i) => {
      const x = left + (i % columns) * stepX;
      const y = top + Math.floor(i / columns) * stepY;
      return { x, y, width: board.width, height: board.height, ...fit };
    });
    this.captions = items.map(({ caption }) => caption);
    for (const [i, { x, y }] of this.viewports.entries()) {
      const { style } = this.captions[i];
      style.left = `${x / ratio}px`;
      style.top = `${(y + height) / ratio}px`;
      style.width = `${width / ratio}px`;
    }
    const isKnown = this.captions.every((one) => one.parentElement === this.root);
    if (!isKnown || this.root.children.length !== items.length + 1) {
      this.root.replaceChildren(surface.canvas, ...this.captions);
    }
    surface.canvas.style.width = `${space.width}px`;
    surface.canvas.style.height = `${space.height}px`;
    surface.resize(Math.round(space.width * ratio), Math.round(space.height * ratio));
    this.drawn = [];
    this.stale = false;
  }
}
