/**
 * Which ended episodes of games on a GPU are worth telling, beside those of the watched games: a new best since the games
 * began or went on from a saved state, and now and then the worst. Few, since each costs a look at the GPU.
 * Not here: their decisions (episode-logs.ts).
 */
import type { EndedEpisode, EpisodeTotals } from "./statistics.js";

/** Rollouts from one worst episode to the next. */
const WORST_EVERY = 32;

/** See the head of the file. */
export class Remarkable {
  private readonly watched: number;
  private best = Number.NEGATIVE_INFINITY;
  private rollouts = 0;

  /** @param watched how many first games are told of anyway */
  constructor(watched: number) {
    this.watched = watched;
  }

  /** The games begin anew, or go on from a saved state, which does not say what was best. */
  reset(): void {
    this.best = Number.NEGATIVE_INFINITY;
    this.rollouts = 0;
  }

  /** Those of a rollout that are to be told, each once. */
  choose({ best, worst }: EpisodeTotals): EndedEpisode[] {
    this.rollouts++;
    const chosen: EndedEpisode[] = [];
    if (best && best.return > this.best) {
      this.best = best.return;
      chosen.push(best);
    }
    if (worst && this.rollouts % WORST_EVERY === 0 && !chosen.some(isSame(worst))) {
      chosen.push(worst);
    }
    return chosen.filter(({ env }) => env >= this.watched);
  }
}

function isSame(one: EndedEpisode): (other: EndedEpisode) => boolean {
  return ({ env, episode }) => env === one.env && episode === one.episode;
}
