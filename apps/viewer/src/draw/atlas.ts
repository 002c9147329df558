/**
 * The one texture that all quads are cut from: plain white, a disc, a band with soft long edges;
 * white, so that colours multiply in. Drawn large and mipmapped: whatever the size on the screen,
 * edges are smooth. Each shape sits in a cell with room around it, so that small mip levels do not
 * mix neighbours.
 */
import { CanvasSource, Rectangle, Texture } from "pixi.js";

const CELL = 256;
/** Share of the band's cell, across, that is solid. */
export const BAND_SOLID = 0.75;

/** Textures by `Shape`: box, disc, band. All share one source, as a particle container needs. */
export function makeAtlas(): readonly [box: Texture, disc: Texture, band: Texture] {
  const canvas = document.createElement("canvas");
  canvas.width = 4 * CELL;
  canvas.height = CELL;
  const context = canvas.getContext("2d");
  if (!context) throw new Error("This browser has no 2-D canvas.");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, CELL, CELL);
  const radius = CELL / 2 - 8;
  context.beginPath();
  context.arc(1.5 * CELL, CELL / 2, radius, 0, 2 * Math.PI);
  context.fill();
  const edge = (CELL * (1 - BAND_SOLID)) / 2;
  context.fillRect(2 * CELL, edge, 2 * CELL, CELL - 2 * edge);
  const source = new CanvasSource({
    resource: canvas,
    autoGenerateMipmaps: true,
    scaleMode: "linear",
    mipmapFilter: "linear",
  });
  const cut = (x: number, y: number, w: number, h: number) =>
    new Texture({ source, frame: new Rectangle(x, y, w, h) });
  return [
    cut(CELL / 2 - 16, CELL / 2 - 16, 32, 32),
    cut(1.5 * CELL - radius, CELL / 2 - radius, 2 * radius, 2 * radius),
    cut(3 * CELL - 16, 0, 32, CELL),
  ];
}
