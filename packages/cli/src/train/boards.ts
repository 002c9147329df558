/**
 * Live boards: what happened in the watched games since the last look, as actions to re-simulate.
 * The viewer plays the same game class, so a few bytes per game show everything.
 */
import type { VectorEnv } from "@carom/envs";
import type { LiveBoard } from "@carom/runs/formats";

/** Remembers how much of each watched episode has been sent. */
export class BoardWatcher {
  private readonly env: Pick<VectorEnv, "count" | "current">;
  private readonly sent: { episode: number; length: number }[] = [];

  constructor(env: Pick<VectorEnv, "count" | "current">) {
    this.env = env;
  }

  /** Forgets what was sent, so that the next look starts every episode from its beginning. */
  restart(): void {
    this.sent.length = 0;
  }

  /** The news of the first `boards` games. */
  look(boards: number): LiveBoard[] {
    const updates: LiveBoard[] = [];
    for (let env = 0; env < Math.min(boards, this.env.count); env++) {
      const now = this.env.current(env);
      const before = this.sent[env];
      const reset = before === undefined || before.episode !== now.episode;
      const from = reset ? 0 : before.length;
      if (!reset && from === now.length) continue;
      const actions = now.actions.slice(from, now.length);
      updates.push({ env, episode: now.episode, seed: now.seed, from, actions, reset });
      this.sent[env] = { episode: now.episode, length: now.length };
    }
    return updates;
  }
}
