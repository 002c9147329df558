/**
 * A canvas on the page that shows boards. Two implementations draw the same quads: PixiJS on WebGL,
 * and the browser's own 2-D canvas where the machine has no GPU: WebGL in software would take a
 * whole core from the training for a third of the frames. Tests compare their pictures.
 */
import type { PrimitiveList } from "../model/primitives.js";
import type { Viewport } from "../model/quads.js";

export interface Surface {
  readonly canvas: HTMLCanvasElement;
  /** What draws, for the facts panel and for tests. */
  readonly kind: "webgl" | "canvas";
  /** Sets the size in device pixels; everything must be drawn again. */
  resize(width: number, height: number): void;
  /**
   * Replaces the drawing in a slot (0, 1, ...); slots are painted in their order. Shows at the next
   * `flush`.
   */
  draw(slot: number, list: PrimitiveList, viewport: Viewport): void;
  /** Empties the slots from `count` on. */
  keep(count: number): void;
  /**
   * Brings changes to the screen; does nothing if there are none. Returns whether anything was
   * painted.
   */
  flush(): boolean;
  destroy(): void;
}

/** Which implementation to use; auto: WebGL if a GPU does the work. */
export type RendererChoice = "auto" | "webgl" | "canvas";

/** The choice that an address makes by `?renderer=`. */
export function rendererOf(address: URL): RendererChoice {
  const name = address.searchParams.get("renderer");
  return name === "webgl" || name === "canvas" ? name : "auto";
}

/**
 * Opens a surface.
 * @param smooth smooths the edges of what lies between pixels; costs more to paint
 */
export async function openSurface(choice: RendererChoice, smooth: boolean): Promise<Surface> {
  if (choice === "webgl" || (choice === "auto" && hasFastWebGl())) {
    try {
      const { PixiSurface } = await import("./pixi-surface.js");
      return await PixiSurface.open(smooth);
    } catch (error) {
      console.warn("boards are drawn without WebGL:", error);
    }
  }
  const { CanvasSurface } = await import("./canvas-surface.js");
  return new CanvasSurface();
}

/** Names under which processors emulate a GPU. */
const emulated = /swiftshader|llvmpipe|softpipe|software|basic render/i;

/** Whether there is WebGL 2, and not one that a processor emulates. */
function hasFastWebGl(): boolean {
  const canvas = document.createElement("canvas");
  const gl = canvas.getContext("webgl2", { failIfMajorPerformanceCaveat: true });
  if (!(gl instanceof WebGL2RenderingContext)) return false;
  const info = gl.getExtension("WEBGL_debug_renderer_info");
  const name = String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return !emulated.test(name);
}
