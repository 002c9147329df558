/**
 * The game in words, for those who do not see the board: now and then one sentence on what happened
 * since the last one. Rewards come first; where nothing happens it says so seldom.
 */
import { points, signed } from "./format.js";

/** What is known of the moment. */
export interface Moment {
  /** What is on the stage: "Episode 13, recorded". */
  readonly title: string;
  readonly score: number | undefined;
  readonly step: number;
  readonly length: number;
  readonly action: string | undefined;
  readonly ended: boolean;
}

/** Seconds between two sentences at least. */
const PAUSE = 4;
/** Seconds after which something is said although nothing happened. */
const SILENCE = 20;

export class Narrator {
  private waited = Number.POSITIVE_INFINITY;
  private known: Moment | undefined;

  /** What is to be said after `seconds` more; undefined for silence. */
  tell(moment: Moment, seconds: number): string | undefined {
    this.waited += seconds;
    const { known } = this;
    const isNew = known?.title !== moment.title;
    const happened = isNew || moment.ended !== known.ended || moment.score !== known.score;
    const moved = isNew || moment.step !== known.step;
    if (this.waited < PAUSE || !moved) return undefined;
    if (!happened && this.waited < SILENCE) return undefined;
    this.known = moment;
    this.waited = 0;
    return sentence(moment, isNew ? undefined : known);
  }

  /** Begins anew. */
  reset(): void {
    this.known = undefined;
    this.waited = Number.POSITIVE_INFINITY;
  }
}

function sentence(
  { title, score, step, length, action, ended }: Moment,
  before: Moment | undefined,
): string {
  const parts = before ? [] : [`${title}.`];
  const change = before?.score === undefined || score === undefined ? 0 : score - before.score;
  if (change !== 0) parts.push(`${signed(change)}.`);
  if (score !== undefined) parts.push(`Score ${points(score)}.`);
  if (ended) parts.push(`The end, after ${length} decisions.`);
  else {
    parts.push(`Decision ${step} of ${length}.`);
    if (action !== undefined) parts.push(`Next: ${action}.`);
  }
  return parts.join(" ");
}
