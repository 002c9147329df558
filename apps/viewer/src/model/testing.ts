/** For tests only: actions that keep the ball in play, so that an episode of Breakout lasts. */
import { findGame } from "@carom/envs";

/** The first `count` actions of a player who follows the ball. */
export function followTheBall(seed: number, count: number): Uint8Array<ArrayBuffer> {
  const game = findGame("breakout").create();
  const { names = [], size } = game.spec.observation;
  const seen = new Float32Array(size);
  const ball = names.indexOf("ball x");
  const paddle = names.indexOf("paddle x");
  game.seed(seed);
  game.reset();
  return Uint8Array.from({ length: count }, () => {
    game.observe(seen, 0);
    const gap = seen[ball] - seen[paddle] - 0.06;
    const action = Math.abs(gap) < 0.02 ? 0 : gap < 0 ? 1 : 2;
    game.step(action);
    return action;
  });
}
