/** Something that lies on the timeline and is as wide as it; on the board; in its picture; in its place. */
import type { PrimitiveList } from "../model/primitives.js";

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

/** What is drawn into the board's own picture, in board units. */
export interface PictureLayer {
  /** Changes when the layer looks different though the picture on the stage does not. */
  readonly revision: number;
  readonly isOn: boolean;
  /** Adds to `out`, which begins as a copy of the picture that is shown. */
  draw(shown: PrimitiveList, out: PrimitiveList): void;
}

/** What stands in the place of the board. */
export interface StandIn {
  readonly root: HTMLElement;
  readonly isOn: boolean;
  readonly title: string;
  readonly about: string;
  /** Whether the transport moves it. */
  readonly hasClock: boolean;
}
