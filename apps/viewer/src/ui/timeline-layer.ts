/** Something that lies on the timeline and is as wide as it; and something that lies on the board. */

export interface TimelineLayer {
  readonly root: HTMLElement;
  update(): void;
}

/** How the board lies on the page. */
export interface BoardPlace {
  /** CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** CSS pixels per board unit. */
  readonly unit: number;
}

export interface BoardLayer {
  readonly root: HTMLElement;
  update(place: BoardPlace): void;
}
