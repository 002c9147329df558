// All games on one picture: each is played for a while at random and draws itself.
import assert from "node:assert/strict";
import { games, key, nextBelow, sampleAction, seedRandom } from "@carom/envs";
import { save } from "./lib/output.mjs";
import { SvgCanvas } from "./lib/svg-canvas.mjs";

const columns = 6;
const cell = { width: 160, height: 150, board: 116 };

const tiles = games.map((definition, i) => {
  const game = definition.create();
  play(game, key(7).child(definition.id).toSeed());
  const canvas = new SvgCanvas(game.spec.board);
  game.draw(canvas);
  assert.ok(canvas.shapes.length > 1, `${definition.id} draws itself`);
  return tile(definition.title, canvas, i);
});

const rows = Math.ceil(games.length / columns);
const size = `width="${columns * cell.width}" height="${rows * cell.height}"`;
const style = "font-family:system-ui,sans-serif;font-size:12px;text-anchor:middle;fill:#7a8296";
save(
  "games.svg",
  `<svg xmlns="http://www.w3.org/2000/svg" ${size} style="${style}">\n${tiles.join("\n")}\n</svg>\n`,
);

/** Some decisions at random, allowed ones where the game tells; stops in mid-episode. */
function play(game, seed) {
  const random = new Uint32Array(4);
  seedRandom(random, seed);
  game.seed(seed);
  game.reset();
  const { actions, decisionsPerSecond } = game.spec;
  const legal = game.legal && new Uint8Array(actions.names.length);
  for (let step = 0; step < Math.max(12, 3 * decisionsPerSecond); step++) {
    let action = sampleAction(actions, random);
    if (legal) {
      game.legal(legal);
      const allowed = [...legal.keys()].filter(
        (one) => legal[one] === 1 && actions.names[one] !== "pass",
      );
      action = allowed[nextBelow(random, allowed.length)];
    }
    game.step(action);
    if (game.terminated) game.reset();
  }
}

/** One game's picture in its place, its title below. */
function tile(title, { width, height, shapes }, i) {
  const scale = cell.board / Math.max(width, height);
  const left = (i % columns) * cell.width + (cell.width - width * scale) / 2;
  const top = Math.floor(i / columns) * cell.height + (cell.board - height * scale) / 2 + 4;
  const place = `transform="translate(${left.toFixed(1)} ${top.toFixed(1)}) scale(${scale.toFixed(4)})"`;
  const middle = (i % columns) * cell.width + cell.width / 2;
  const base = Math.floor(i / columns) * cell.height + cell.board + 22;
  const clip = `<clipPath id="b${i}"><rect width="${width}" height="${height}"/></clipPath>`;
  return `${clip}<g ${place} clip-path="url(#b${i})">${shapes.join("")}</g><text x="${middle}" y="${base}">${title}</text>`;
}
