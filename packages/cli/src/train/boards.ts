/**
 * Live boards: what happened in the watched games since the last look, as actions to re-simulate.
 * The viewer plays the same game class, so a few bytes per game show everything.
 */
import type { EpisodeRecord, VectorEnv } from "@carom/envs";
import type { LiveBoard } from "@carom/runs/formats";

/** Remembers how much of each watched episode has been sent, in bytes of its actions. */
export class BoardWatcher {
  private readonly env: Pick<VectorEnv, "count" | "current">;
  private readonly sent: { episode: number; bytes: number }[] = [];
  /** Ends of watched episodes that have not been sent, by env. */
  private readonly tails: Map<number, LiveBoard> = new Map();

  constructor(env: Pick<VectorEnv, "count" | "current">) {
    this.env = env;
  }

  /** Forgets what was sent, so that the next look starts every episode from its beginning. */
  restart(): void {
    this.sent.length = 0;
    this.tails.clear();
  }

  /** Keeps the end of an episode that is being watched: the next look sends it before the next episode. */
  ended({ env, episode, seed, actions }: EpisodeRecord): void {
    const before = this.sent[env];
    if (before?.episode !== episode || before.bytes === actions.length) return;
    const tail = actions.slice(before.bytes);
    this.tails.set(env, { env, episode, seed, from: before.bytes, actions: tail, reset: false });
  }

  /** The news of the first `boards` games. */
  look(boards: number): LiveBoard[] {
    const updates: LiveBoard[] = [];
    for (let env = 0; env < Math.min(boards, this.env.count); env++) {
      const tail = this.tails.get(env);
      if (tail !== undefined) {
        this.tails.delete(env);
        updates.push(tail); // the next episode follows at the next look
        continue;
      }
      const now = this.env.current(env);
      const before = this.sent[env];
      const reset = before === undefined || before.episode !== now.episode;
      const from = reset ? 0 : before.bytes;
      if (!reset && from === now.actions.length) continue;
      const actions = now.actions.slice(from);
      updates.push({ env, episode: now.episode, seed: now.seed, from, actions, reset });
      this.sent[env] = { episode: now.episode, bytes: now.actions.length };
    }
    return updates;
  }
}
