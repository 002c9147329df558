/**
 * A replay in a page of one's own: plays episodes of a game at random, keeps the best, and puts
 * a page that shows it into out/embed-a-replay. The page itself is in the folder embed-a-replay. Any web
 * server can hand it out: python3 -m http.server -d examples/out/embed-a-replay
 */
import assert from "node:assert/strict";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import {
  encodeReplay,
  findGame,
  key,
  LocalVectorEnv,
  makeReplay,
  nextBelow,
  seedRandom,
} from "@carom/envs";

const game = findGame("breakout");
let best;
const env = new LocalVectorEnv(game, {
  count: 8,
  key: key(1),
  onEpisode: (episode) => {
    if (!best || episode.return > best.return) best = episode;
  },
});
const random = new Uint32Array(4);
seedRandom(random, 1);
env.reset();
for (let step = 0; step < 2000; step++) {
  for (let i = 0; i < env.count; i++) env.actions[i] = nextBelow(random, 3);
  env.step();
}

assert.ok(best, "an episode ended");
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const out = here("./out/embed-a-replay");
const library = dirname(fileURLToPath(import.meta.resolve("@carom/viewer")));
mkdirSync(out, { recursive: true });
cpSync(here("./embed-a-replay"), out, { recursive: true });
cpSync(library, `${out}/viewer`, { recursive: true });
writeFileSync(`${out}/best.replay`, encodeReplay(makeReplay(best, game, { pictures: true })));
console.log(`return ${best.return} in ${best.length} decisions, shown by ${out}/index.html`);
