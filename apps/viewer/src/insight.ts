/**
 * What the reader wants to know of the episode on the stage beyond its pictures: which overlays are on,
 * which policy is asked, what it has answered, and the highlights found. Asks only while something that
 * needs the answer is on. Not here: the screen (ui/) and the policies' work (policy/).
 */

import { CloseUp, type Moment } from "./close-up.js";
import { ofAge } from "./model/ages.js";
import { type Highlight, highlightsOf, neighbourOf } from "./model/highlights.js";
import type { OverlayName } from "./model/keys.js";
import { ThoughtLog } from "./model/thoughts.js";
import { type Asked, Cancelled, type PolicyHost } from "./policy/host.js";
import { type Assessed, type KeptPolicy, policyKey } from "./policy/protocol.js";
import type { Session } from "./session.js";
import type { RecordedShow, Stage } from "./stage.js";
import { keep, kept } from "./ui/settings.js";

/** The overlays, in the order of their keys. */
export const overlayNames: readonly OverlayName[] = [
  ...(["choices", "value", "rewards"] as const),
  ...(["next", "saliency", "activity"] as const),
];

/** Those that a policy must be asked for. */
const askingNames: readonly OverlayName[] = ["choices", "value", "next", "saliency", "activity"];

const noPolicies = "This run has kept no policies, so nothing can be asked.";

/** Answers kept for episodes that come back. */
const MOST_KNOWN = 8;

/** What is known of one episode by one policy. */
export interface Opinion {
  readonly policy: KeptPolicy;
  readonly log: ThoughtLog;
  /** Sums over the episode; undefined until all of it was assessed. */
  result: Assessed | undefined;
}

export class Insight {
  readonly on: Set<OverlayName>;
  /** What is known of the episode on the stage; undefined while nothing is asked. */
  opinion: Opinion | undefined;
  /** A sentence if the policy cannot be asked. */
  problem: string | undefined;
  highlights: readonly Highlight[] = [];
  /** The policy from inside, at the decision on the stage. */
  readonly closeUp: CloseUp;
  /** Counts changes of what is above, for those who draw it. */
  revision = 0;
  private readonly stage: Stage;
  private readonly session: Session;
  private readonly host: PolicyHost;
  private readonly wake: () => void;
  private readonly known: Map<string, Opinion> = new Map();
  private show: RecordedShow | undefined;
  private asked: Asked<Assessed> | undefined;
  private wantsHighlights = false;
  private hasHighlights = false;
  /** Where to go once highlights are found. */
  private jump: 1 | -1 | undefined;

  constructor(stage: Stage, session: Session, host: PolicyHost, wake: () => void) {
    this.stage = stage;
    this.session = session;
    this.host = host;
    this.wake = wake;
    this.closeUp = new CloseUp(host, wake);
    const stored = (kept("overlays") ?? "").split(" ");
    this.on = new Set(overlayNames.filter((name) => stored.includes(name)));
  }

  /** Whether something is on that a policy must be asked for. */
  get isAsking(): boolean {
    return this.wantsHighlights || askingNames.some((name) => this.on.has(name));
  }

  /** True while an answer is on its way. */
  get isThinking(): boolean {
    return this.asked !== undefined;
  }

  /** The policy that is asked about the episode on the stage: whose it is, or the newest before its end. */
  get policy(): KeptPolicy | undefined {
    const { policies } = this.session;
    const steps = this.show?.entry.steps ?? Number.POSITIVE_INFINITY;
    return this.show?.performer ?? ofAge(policies, steps);
  }

  /** Turns on these, as far as there are such, and no others. */
  choose(names: readonly string[]): void {
    this.on.clear();
    for (const name of overlayNames) if (names.includes(name)) this.on.add(name);
    this.revision++;
    this.wake();
  }

  toggle(name: OverlayName): void {
    if (this.on.has(name)) this.on.delete(name);
    else this.on.add(name);
    keep("overlays", [...this.on].join(" "));
    this.revision++;
    this.wake();
  }

  /** From now on highlights are looked for in every episode that comes on the stage. */
  findHighlights(): void {
    this.wantsHighlights = true;
    this.wake();
  }

  /** Goes to the next highlight or the one before, as soon as they are known. */
  jumpTo(by: 1 | -1): void {
    this.findHighlights();
    this.jump = by;
    this.update();
  }

  /** Once per frame: follows the stage, and asks what has to be asked. */
  update(): void {
    const { show } = this.stage;
    // Recorded pictures show a policy nothing.
    const isPlayed = show?.kind === "recorded" && show.instead === undefined;
    const recorded = isPlayed ? show : undefined;
    const hasCome = this.problem === noPolicies && this.session.policies.length > 0;
    if (recorded !== this.show || hasCome) this.forget(recorded);
    if (this.isAsking && this.opinion === undefined && this.asked === undefined) this.ask();
    if (!this.isAsking) this.cancel();
    this.look();
    this.closeUp.update(this.on, this.momentOf(recorded));
  }

  /** What is looked at from inside; the last decision stays at the episode's end. */
  private momentOf(show: RecordedShow | undefined): Moment | undefined {
    const { opinion, stage } = this;
    if (!show || !opinion) return undefined;
    const step = Math.min(stage.step, show.replay.length - 1);
    return { opinion, script: show.replay, step };
  }

  private forget(show: RecordedShow | undefined): void {
    this.cancel();
    this.show = show;
    this.opinion = undefined;
    this.problem = undefined;
    this.highlights = [];
    this.hasHighlights = false;
    this.revision++;
  }

  private cancel(): void {
    this.asked?.cancel();
    this.asked = undefined;
    if (this.opinion && this.opinion.result === undefined) this.opinion = undefined;
  }

  private ask(): void {
    const { show, policy, session } = this;
    if (!show || this.problem !== undefined || !session.listedPolicies) return;
    if (policy === undefined) {
      this.fail(noPolicies);
      return;
    }
    const run = session.facts?.id ?? "";
    const name = `${run} ${show.entry.id} ${show.entry.seed} ${policyKey(policy)}`;
    const known = this.known.get(name);
    this.opinion = known ?? { policy, log: new ThoughtLog(), result: undefined };
    this.revision++;
    if (known) return;
    const { opinion } = this;
    const { seed, actions, length } = show.replay;
    const asked = this.host.assess(policy, { seed, actions, length }, (part) => {
      opinion.log.add(part);
      this.revision++;
      this.wake();
    });
    this.asked = asked;
    asked.done.then(
      (result) => {
        opinion.result = result;
        opinion.log.isWhole = true;
        this.remember(name, opinion);
        this.settle(asked);
      },
      (error: Error) => {
        if (!(error instanceof Cancelled))
          this.fail(`The policy cannot be asked: ${error.message}`);
        this.settle(asked);
      },
    );
  }

  private settle(asked: Asked<Assessed>): void {
    if (this.asked === asked) this.asked = undefined;
    this.revision++;
    this.wake();
  }

  private fail(problem: string): void {
    this.problem = problem;
    this.opinion = undefined;
    this.revision++;
  }

  private remember(name: string, opinion: Opinion): void {
    this.known.set(name, opinion);
    const oldest = this.known.keys().next().value;
    if (this.known.size > MOST_KNOWN && oldest !== undefined) this.known.delete(oldest);
  }

  /** Finds highlights once all that they are found in is known; a run without policies has rewards. */
  private look(): void {
    const { show, opinion, problem } = this;
    const isReady = show?.analysis.finished && (opinion?.result || problem !== undefined);
    if (this.wantsHighlights && !this.hasHighlights && show && isReady) {
      const { log, result } = opinion ?? {};
      const errors = result?.errors;
      const thoughts = log && errors && { at: log.steps, values: log.values, errors };
      const rate = show.player.game.spec.decisionsPerSecond;
      const { returns } = show.analysis;
      this.highlights = highlightsOf({ returns, rate, ...(thoughts && { thoughts }) });
      this.hasHighlights = true;
      this.revision++;
    }
    if (this.jump === undefined || !this.hasHighlights) return;
    const next = neighbourOf(this.highlights, this.stage.step, this.jump);
    this.jump = undefined;
    if (!next) return;
    this.stage.dispatch({ type: "pause" });
    this.stage.dispatch({ type: "seek", step: next.step });
  }
}
