/** Pictures of games at play, for tests that compare them: between engines, with earlier ones. */
import type { Game, GameDefinition } from "../game.js";
import { pixelObserver } from "../pixels/observer.js";
import { nextBelow, seedRandom } from "../random.js";
import { sampleAction } from "../spaces.js";

/** Decisions of random play before each picture. */
const MOMENTS: readonly number[] = [0, 7, 60, 250];

/** A game as it is after this many decisions at random, always the same ones. */
export function playedFor(definition: GameDefinition, variant: string, decisions: number): Game {
  const game = definition.create(variant);
  const random = new Uint32Array(4);
  seedRandom(random, 7);
  game.seed(7);
  game.reset();
  for (let i = 0; i < decisions; i++) {
    if (game.terminated) game.reset();
    stepAtRandom(game, random);
  }
  return game;
}

/** Pictures of a game at four moments, grey as usual and coloured with bars, one after the other. */
export function paintedFrames(definition: GameDefinition, variant: string): Uint8Array {
  const frames = MOMENTS.flatMap((decisions) => {
    const game = playedFor(definition, variant, decisions);
    return [
      pixelObserver(game.spec),
      pixelObserver(game.spec, { width: 60, height: 45, color: "rgb", fit: "letterbox" }),
    ].map((observer) => {
      const frame = new Uint8Array(observer.spec.size);
      observer.observe(game, frame, 0);
      return frame;
    });
  });
  const all = new Uint8Array(frames.reduce((size, frame) => size + frame.length, 0));
  frames.reduce((at, frame) => {
    all.set(frame, at);
    return at + frame.length;
  }, 0);
  return all;
}

/** Eight letters that tell pictures apart: FNV-1a. */
export function fingerprint(bytes: Uint8Array): string {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}

function stepAtRandom(game: Game, random: Uint32Array): void {
  const { actions } = game.spec;
  if (!game.legal || actions.kind !== "discrete") {
    game.step(sampleAction(actions, random));
    return;
  }
  const allowed = new Uint8Array(actions.names.length);
  game.legal(allowed);
  const choices = [...allowed.keys()].filter((action) => allowed[action] === 1);
  game.step(choices[nextBelow(random, choices.length)]);
}
