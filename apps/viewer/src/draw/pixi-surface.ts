/**
 * Boards through PixiJS: one particle container, one texture, one draw call for all boards of a
 * surface.
 *
 * Retained: a board's quads live in a range of particles; drawing a board again only writes what
 * its particles hold, and unused particles have size 0. Geometry is uploaded on every painted
 * frame, colours and texture places only when one of them changed (a brick broke, a score counted
 * up). No Graphics, no clearing and redrawing, no ticker.
 */
// No code from strings, so that the page needs no exception in its security policy:
import "pixi.js/unsafe-eval";
import { Container, type IParticle, ParticleContainer, type Texture, WebGLRenderer } from "pixi.js";
import type { PrimitiveList } from "../model/primitives.js";
import { layOut, QUAD_FIELDS, QuadList, Shape, type Viewport } from "../model/quads.js";
import { BAND_SOLID, makeAtlas } from "./atlas.js";
import type { Surface } from "./surface.js";

/** Particles of one board: [start, start + room). */
interface Range {
  start: number;
  room: number;
  used: number;
}

/** Room kept beyond what a board needs now, so that a growing score does not move everything. */
const SPARE = 1.5;

export class PixiSurface implements Surface {
  readonly kind = "webgl";
  readonly canvas: HTMLCanvasElement;
  private readonly renderer: WebGLRenderer<HTMLCanvasElement>;
  private readonly stage = new Container();
  private readonly textures: readonly Texture[] = makeAtlas();
  private readonly particles: ParticleContainer<IParticle>;
  private readonly ranges: Range[] = [];
  private readonly quads = new QuadList();
  private dirty = true;
  private restyled = true;

  static async open(smooth: boolean): Promise<PixiSurface> {
    const renderer = new WebGLRenderer<HTMLCanvasElement>();
    await renderer.init({
      width: 16,
      height: 16,
      backgroundAlpha: 0,
      antialias: smooth,
      gcActive: false, // there is one texture and one buffer, and a paused page must not lose them
      skipExtensionImports: true,
    });
    return new PixiSurface(renderer);
  }

  private constructor(renderer: WebGLRenderer<HTMLCanvasElement>) {
    this.renderer = renderer;
    this.canvas = renderer.canvas;
    this.particles = new ParticleContainer<IParticle>({
      texture: this.textures[0],
      dynamicProperties: { position: true, vertex: true, rotation: true, uvs: false, color: false },
    });
    this.stage.addChild(this.particles);
    this.canvas.addEventListener("webglcontextrestored", () => {
      this.dirty = true;
    });
  }

  resize(width: number, height: number): void {
    this.renderer.resize(width, height);
    this.keep(0);
    this.dirty = true;
  }

  draw(slot: number, list: PrimitiveList, viewport: Viewport): void {
    this.quads.clear();
    layOut(list, viewport, this.quads);
    const range = this.rangeOf(slot, this.quads.count);
    for (let i = 0; i < this.quads.count; i++) this.write(range.start + i, i);
    for (let i = this.quads.count; i < range.used; i++) this.hide(range.start + i);
    range.used = this.quads.count;
    this.dirty = true;
  }

  keep(count: number): void {
    for (const range of this.ranges.slice(count)) {
      for (let i = 0; i < range.used; i++) this.hide(range.start + i);
      range.used = 0;
      this.dirty = true;
    }
  }

  flush(): boolean {
    if (!this.dirty) return false;
    if (this.restyled) this.particles.update();
    this.renderer.render({ container: this.stage });
    this.dirty = false;
    this.restyled = false;
    return true;
  }

  destroy(): void {
    this.stage.destroy({ children: true });
    this.textures[0].destroy(true);
    this.renderer.destroy({ removeView: true });
  }

  /** The range of a slot, with room for `count`; making room moves the ranges behind it. */
  private rangeOf(slot: number, count: number): Range {
    while (this.ranges.length <= slot) {
      const start = this.particles.particleChildren.length;
      this.ranges.push({ start, room: 0, used: 0 });
    }
    const range = this.ranges[slot];
    if (range.room >= count) return range;
    const more = Math.ceil(count * SPARE) - range.room;
    const fresh = Array.from({ length: more }, () => hiddenParticle(this.textures[0]));
    this.particles.particleChildren.splice(range.start + range.room, 0, ...fresh);
    range.room += more;
    for (const later of this.ranges.slice(slot + 1)) later.start += more;
    this.restyled = true;
    return range;
  }

  /** Makes particle `index` look like quad `i`. */
  private write(index: number, i: number): void {
    const particle = this.particles.particleChildren[index];
    const { fields } = this.quads;
    const at = i * QUAD_FIELDS;
    const shape = this.quads.shapes[i];
    const texture = this.textures[shape];
    const across = shape === Shape.band ? fields[at + 3] / BAND_SOLID : fields[at + 3];
    particle.x = fields[at];
    particle.y = fields[at + 1];
    particle.scaleX = fields[at + 2] / texture.orig.width;
    particle.scaleY = across / texture.orig.height;
    particle.rotation = fields[at + 4];
    const color = packed(this.quads.colors[i], this.quads.alphas[i]);
    if (particle.texture === texture && particle.color === color) return;
    particle.texture = texture;
    particle.color = color;
    this.restyled = true;
  }

  private hide(index: number): void {
    const particle = this.particles.particleChildren[index];
    particle.scaleX = 0;
    particle.scaleY = 0;
  }
}

function hiddenParticle(texture: Texture): IParticle {
  const particle = { x: 0, y: 0, scaleX: 0, scaleY: 0, anchorX: 0.5, anchorY: 0.5, rotation: 0 };
  return { ...particle, color: 0xffffffff, texture };
}

/** Alpha and 0xRRGGBB as the particle buffer wants them: 0xAABBGGRR. */
function packed(color: number, alpha: number): number {
  const blue = (color & 0xff) << 16;
  const rest = (color & 0xff00) | (color >>> 16);
  return ((Math.round(alpha * 255) << 24) | blue | rest) >>> 0;
}
