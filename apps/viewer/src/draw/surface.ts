/**
 * A canvas on the page that shows boards. Two implementations draw the same quads: PixiJS on WebGL, and the browser's own 2-D
 * canvas where there is no WebGL (a machine without a GPU, a remote desktop). Tests compare their pictures.
 */
import type { PrimitiveList } from "../model/primitives.js";
import type { Viewport } from "../model/quads.js";

export interface Surface {
  readonly canvas: HTMLCanvasElement;
  /** What draws, for the facts panel and for tests. */
  readonly kind: "webgl" | "canvas";
  /** Sets the size in device pixels; everything must be drawn again. */
  resize(width: number, height: number): void;
  /** Replaces the drawing in a slot (0, 1, ...); slots are painted in their order. Shows at the next `flush`. */
  draw(slot: number, list: PrimitiveList, viewport: Viewport): void;
  /** Empties the slots from `count` on. */
  keep(count: number): void;
  /** Brings changes to the screen; does nothing if there are none. Returns whether anything was painted. */
  flush(): boolean;
  destroy(): void;
}

/** Opens a surface: WebGL through PixiJS, or the 2-D canvas if `renderer` says so or WebGL is not to be had. */
export async function openSurface(renderer: "auto" | "canvas"): Promise<Surface> {
  if (renderer === "auto" && hasWebGl()) {
    try {
      const { PixiSurface } = await import("./pixi-surface.js");
      return await PixiSurface.open();
    } catch (error) {
      console.warn("boards are drawn without WebGL:", error);
    }
  }
  const { CanvasSurface } = await import("./canvas-surface.js");
  return new CanvasSurface();
}

function hasWebGl(): boolean {
  const gl = document.createElement("canvas").getContext("webgl2");
  gl?.getExtension("WEBGL_lose_context")?.loseContext();
  return gl !== null;
}
