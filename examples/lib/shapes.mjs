/**
 * Grey pictures of shapes, made by signed distance: a point belongs to a shape where its distance is negative. Place, size,
 * angle, brightness and noise are drawn at random, so no two pictures are alike.
 */
import { RandomState, scope } from "@carom/tensor";

/** Width and height of a picture. */
export const size = 20;

const box = (x, y, w, h) => Math.max(Math.abs(x) - w, Math.abs(y) - h);

/** Signed distance of each shape, in units of its radius. */
export const shapes = {
  disc: (x, y) => Math.hypot(x, y) - 0.85,
  ring: (x, y) => Math.abs(Math.hypot(x, y) - 0.75) - 0.18,
  square: (x, y) => box(x, y, 0.75, 0.75),
  frame: (x, y) => Math.abs(box(x, y, 0.7, 0.7)) - 0.17,
  triangle: (x, y) => Math.max(Math.abs(x) * 0.866 + y * 0.5, -y) - 0.5,
  plus: (x, y) => Math.min(box(x, y, 0.9, 0.24), box(x, y, 0.24, 0.9)),
  bar: (x, y) => box(x, y, 0.95, 0.22),
  bars: (x, y) => Math.min(box(x, y - 0.45, 0.9, 0.18), box(x, y + 0.45, 0.9, 0.18)),
  // The shapes of the second task.
  corner: (x, y) => Math.min(box(x + 0.6, y, 0.2, 0.85), box(x, y - 0.65, 0.8, 0.2)),
  tee: (x, y) => Math.min(box(x, y - 0.65, 0.85, 0.2), box(x, y + 0.1, 0.2, 0.75)),
  moon: (x, y) => Math.max(Math.hypot(x, y) - 0.9, 0.75 - Math.hypot(x - 0.45, y)),
  half: (x, y) => Math.max(Math.hypot(x, y) - 0.9, y),
  stairs: (x, y) => Math.min(box(x + 0.45, y - 0.4, 0.4, 0.4), box(x - 0.4, y + 0.4, 0.4, 0.4)),
};

/** `count` pictures of the named shapes in turn: `{ images: Float32Array [count, 1, size, size], labels: number[] }`. */
export function makePictures(names, count, seed) {
  const images = new Float32Array(count * size * size);
  const labels = Array.from({ length: count }, (_, i) => i % names.length);
  scope(() => {
    const random = new RandomState(seed);
    const draws = random.uniform([count, 5]).toArray();
    const noise = random
      .normal([count, size * size])
      .mul(0.15)
      .toArray();
    random.tensor.dispose();
    for (let i = 0; i < count; i++) paint(images, i, shapes[names[labels[i]]], draws[i], noise[i]);
  });
  return { images, labels };
}

function paint(images, i, distance, [left, top, scale, angle, light], noise) {
  const radius = 5 + 3 * scale;
  const [cx, cy] = [left, top].map((one) => size / 2 - 0.5 + (one - 0.5) * 4);
  const [cos, sin] = [Math.cos(2 * Math.PI * angle), Math.sin(2 * Math.PI * angle)];
  for (let p = 0; p < size * size; p++) {
    const [x, y] = [((p % size) - cx) / radius, (Math.floor(p / size) - cy) / radius];
    const inside = 0.5 - distance(cos * x + sin * y, cos * y - sin * x) * radius;
    const cover = Math.min(1, Math.max(0, inside));
    images[i * size * size + p] = cover * (0.6 + 0.4 * light) + noise[p];
  }
}
