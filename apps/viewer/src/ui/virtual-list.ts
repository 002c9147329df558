/**
 * A list of any length: only the rows in sight exist. Rows have one height; the one element that
 * scrolls is the caller's.
 */
import { h } from "./dom.js";

/** Rows beyond the edges that exist too, so that scrolling shows no gap. */
const BEYOND = 8;

export interface VirtualList {
  /** Lays out `count` rows anew. */
  show(count: number): void;
  /** Fills the rows in sight anew. */
  refresh(): void;
  /** Scrolls no further than needed to have a row in sight. */
  reveal(index: number): void;
}

/**
 * @param box scrolls, and gets the rows
 * @param height of a row, CSS pixels
 * @param fill puts an item into a row; rows are used again for other items
 */
export function virtualList(
  box: HTMLElement,
  height: number,
  make: () => HTMLElement,
  fill: (row: HTMLElement, index: number) => void,
): VirtualList {
  const rows = h("div", { class: "list-rows", role: "presentation" });
  const space = h("div", { class: "list-space", role: "presentation" }, rows);
  box.append(space);
  let count = 0;

  function refresh(): void {
    const first = Math.max(0, Math.floor(box.scrollTop / height) - BEYOND);
    const sight = Math.ceil((box.clientHeight || 600) / height) + 2 * BEYOND;
    const shown = Math.max(0, Math.min(count - first, sight));
    while (rows.children.length > shown) rows.lastElementChild?.remove();
    while (rows.children.length < shown) rows.append(make());
    rows.style.transform = `translateY(${first * height}px)`;
    for (const [i, row] of [...rows.children].entries()) {
      if (row instanceof HTMLElement) fill(row, first + i);
    }
  }

  function show(next: number): void {
    count = next;
    space.style.height = `${count * height}px`;
    refresh();
  }

  function reveal(index: number): void {
    const top = index * height;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + height > box.scrollTop + box.clientHeight) {
      box.scrollTop = top + height - box.clientHeight;
    }
    refresh();
  }

  box.addEventListener("scroll", refresh, { passive: true });
  new ResizeObserver(refresh).observe(box);
  return { show, refresh, reveal };
}
