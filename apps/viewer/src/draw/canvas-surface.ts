/**
 * Boards on a plain 2-D canvas: the simple way, kept correct, and the fallback where WebGL is
 * missing.
 */
import type { PrimitiveList } from "../model/primitives.js";
import { layOut, QUAD_FIELDS, QuadList, Shape, type Viewport } from "../model/quads.js";
import type { Surface } from "./surface.js";

interface Slot {
  readonly quads: QuadList;
  viewport: Viewport;
}

export class CanvasSurface implements Surface {
  readonly kind = "canvas";
  readonly canvas: HTMLCanvasElement = document.createElement("canvas");
  private readonly context: CanvasRenderingContext2D;
  private readonly slots: Slot[] = [];
  private readonly changed = new Set<Slot>();
  private cleared = true;

  constructor() {
    const context = this.canvas.getContext("2d");
    if (!context) throw new Error("This browser has no 2-D canvas.");
    this.context = context;
  }

  resize(width: number, height: number): void {
    this.canvas.width = width;
    this.canvas.height = height;
    this.keep(0);
  }

  draw(slot: number, list: PrimitiveList, viewport: Viewport): void {
    this.slots[slot] ??= { quads: new QuadList(), viewport };
    const one = this.slots[slot];
    one.viewport = viewport;
    one.quads.clear();
    layOut(list, viewport, one.quads);
    this.changed.add(one);
  }

  keep(count: number): void {
    if (count >= this.slots.length) return;
    this.slots.length = count;
    for (const slot of this.slots) this.changed.add(slot);
    this.cleared = true;
  }

  flush(): boolean {
    if (!this.cleared && this.changed.size === 0) return false;
    if (this.cleared) this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    for (const slot of this.changed) if (this.slots.includes(slot)) this.paint(slot);
    this.changed.clear();
    this.cleared = false;
    return true;
  }

  destroy(): void {
    this.canvas.remove();
  }

  private paint({ quads, viewport }: Slot): void {
    const { context } = this;
    const { x, y, width, height, scale } = viewport;
    context.clearRect(x, y, Math.round(width * scale), Math.round(height * scale));
    for (let i = 0; i < quads.count; i++) {
      const at = i * QUAD_FIELDS;
      const [cx, cy, w, h, rotation] = quads.fields.subarray(at, at + QUAD_FIELDS);
      context.globalAlpha = quads.alphas[i];
      context.fillStyle = `#${quads.colors[i].toString(16).padStart(6, "0")}`;
      if (quads.shapes[i] === Shape.disc) {
        context.beginPath();
        context.arc(cx, cy, w / 2, 0, 2 * Math.PI);
        context.fill();
      } else if (rotation === 0) {
        context.fillRect(cx - w / 2, cy - h / 2, w, h);
      } else {
        context.setTransform(
          Math.cos(rotation),
          Math.sin(rotation),
          -Math.sin(rotation),
          Math.cos(rotation),
          cx,
          cy,
        );
        context.fillRect(-w / 2, -h / 2, w, h);
        context.resetTransform();
      }
    }
    context.globalAlpha = 1;
  }
}
