/**
 * Two to four boards with one clock: kept policies, of this run or of others that play the same game, on
 * the same seed, and episodes of the training beside them. The longest one is on the stage, so that the
 * transport covers all. Not here: the boards on the page (ui/side-by-side-view.ts).
 */
import { decodeReplay } from "@carom/envs";
import { spread } from "./model/ages.js";
import { best, type EpisodeEntry } from "./model/episodes.js";
import { firstDifference } from "./model/first-difference.js";
import { LEAST_BOARDS, MOST_BOARDS, type Moment } from "./model/permalink.js";
import type { OtherPolicies } from "./other-policies.js";
import type { Performances } from "./performances.js";
import { type KeptPolicy, policyKey, runOfKey } from "./policy/protocol.js";
import { recordedShow } from "./recorded-show.js";
import type { Session } from "./session.js";
import type { Place, RecordedShow, Show, Stage } from "./stage.js";

/** Decisions of each board that are analysed per frame. */
const SLICE = 2000;
/** In the place of a policy's key, where this run has kept none. */
const NONE = "none";
const noPolicies = "This run has kept no policies.";

/**
 * What is on one board: "policy 3-1234" (the key of a policy), "episode 12", or "newest pong-dqn-2": the
 * newest policy of a run beside this one, until it is known which.
 */
export type MemberId = string;

/** One board. */
export interface Member {
  readonly id: MemberId;
  /** The run beside this one that it is of; undefined for this run. */
  readonly run: string | undefined;
  show: RecordedShow | undefined;
  problem: string | undefined;
}

interface SideBySideParts {
  readonly session: Session;
  readonly stage: Stage;
  readonly performances: Performances;
  readonly others: OtherPolicies;
}

export class SideBySide {
  /** Policies of other runs that may be on a board. */
  readonly others: OtherPolicies;
  on = false;
  seed = 0;
  members: readonly Member[] = [];
  /** The first decision at which boards differ; undefined while it is not known or there is none. */
  difference: number | undefined;
  /** Counts changes of what is above. */
  revision = 0;
  private readonly session: Session;
  private readonly stage: Stage;
  private readonly performances: Performances;
  private readonly wake: () => void;
  private readonly episodes: Map<string, RecordedShow | string> = new Map();
  private readonly loading: Set<string> = new Set();
  /** Boards of an address, until its episode is on the stage; then the decision, until the boards are there. */
  private awaited: Moment | undefined;
  private awaitedStep: { readonly step: number; readonly from: number } | undefined;
  /** The kept episode that an address names beside the boards. */
  private named: string | undefined;
  private origin: Place | undefined;
  private current: Show | undefined;
  private seeks = false;
  private openings = 0;

  constructor(parts: SideBySideParts, wake: () => void) {
    this.session = parts.session;
    this.stage = parts.stage;
    this.performances = parts.performances;
    this.others = parts.others;
    this.wake = wake;
  }

  /** True once every board shows something or says why not. */
  get isComplete(): boolean {
    return this.members.every(({ show, problem }) => show || problem !== undefined);
  }

  /** What an address says of the boards; undefined while there are none, or no kept episode to name beside. */
  shown(): Moment | undefined {
    const { members, seed, named: episode, awaited, awaitedStep } = this;
    if (awaited) return awaited;
    if (!this.on || episode === undefined) return undefined;
    const step = awaitedStep?.step ?? this.stage.step;
    return { episode, step, boards: { seed, on: members.map(({ id }) => id) } };
  }

  /** Puts the boards of an address, if it names some, beside its moment, once that is on the stage. */
  show(moment: Moment | undefined): void {
    this.awaited = moment?.boards ? moment : undefined;
    this.wake();
  }

  /** On: the episode on the stage and policies from the first to the newest; off: as it was. */
  toggle(): void {
    const { stage, session, origin } = this;
    this.awaited = undefined;
    if (this.on) {
      const followed = origin?.mode === "live" || origin?.bestFollowed === true;
      const hasChanged = this.current !== origin?.show || followed;
      const isOurs = stage.show === this.current && hasChanged;
      this.close();
      if (origin && isOurs) stage.restorePlace(origin);
      return;
    }
    const { show } = stage;
    if (!show) return;
    this.seed = show.kind === "recorded" ? show.replay.seed : show.episode.seed;
    const ids: MemberId[] = [];
    if (show.kind === "recorded") {
      const id = show.performer ? idOf(show.performer) : `episode ${show.entry.id}`;
      if (!show.performer) this.episodes.set(show.entry.id, show);
      ids.push(id);
    }
    const all = session.policies.map(idOf);
    const others = all.filter((id) => !ids.includes(id));
    this.begin([...ids, ...spread(others, MOST_BOARDS - ids.length)]);
  }

  private begin(ids: readonly MemberId[]): void {
    const { stage, session } = this;
    const { show } = stage;
    const isKept = show?.kind === "recorded" && !show.performer && !show.branch;
    this.named = isKept ? show.entry.id : best(session.episodes)?.id;
    this.origin = stage.place;
    this.current = show;
    stage.stay();
    this.retry();
    this.on = true;
    this.others.begin();
    this.setMembers(ids);
  }

  /** Goes to the decision of an address once all boards are there, unless the reader went elsewhere. */
  private seekAwaited(): void {
    const { stage, awaitedStep } = this;
    if (awaitedStep === undefined) return;
    const stands = stage.state.mode === "paused" && stage.step === awaitedStep.from;
    if (stands && !this.isComplete) return;
    this.awaitedStep = undefined;
    if (stands) stage.dispatch({ type: "seek", step: awaitedStep.step });
  }

  /** The boards of an address, if its episode is on the stage by now. */
  private beginAwaited({ boards, step, episode, run }: Moment): void {
    const { stage, session } = this;
    if (stage.isOpening || !session.listedPolicies) return;
    this.awaited = undefined;
    const { show } = stage;
    const isOurs = run === undefined || run === session.facts?.id;
    if (!boards || !isOurs || show?.kind !== "recorded" || show.entry.id !== episode) return;
    this.seed = boards.seed;
    this.begin(boards.on);
    this.awaitedStep = { step, from: stage.step };
  }

  /** Ends it and leaves the stage as it is. */
  close(): void {
    this.on = false;
    this.awaitedStep = undefined;
    this.others.rest();
    this.origin = undefined;
    this.current = undefined;
    this.performances.want("side by side", []);
    this.setMembers([]);
  }

  /** Puts something else on a board. */
  change(index: number, id: MemberId): void {
    this.setMembers(this.members.map((one, i) => (i === index ? id : one.id)));
  }

  /** Puts the newest policy of a run on a board; undefined: of this run. */
  changeRun(index: number, run: string | undefined): void {
    if (this.members[index].run === run) return;
    const newest = this.session.policies.at(-1);
    const own = newest ? idOf(newest) : `policy ${NONE}`;
    this.change(index, run === undefined ? own : `newest ${run}`);
  }

  /** One board more: the newest policy that is on none. */
  add(): void {
    if (this.members.length >= MOST_BOARDS) return;
    const taken = new Set(this.members.map(({ id }) => id));
    const ids = this.session.policies.map(idOf);
    const next = ids.findLast((id) => !taken.has(id)) ?? ids.at(-1);
    if (next) this.setMembers([...this.members.map(({ id }) => id), next]);
  }

  remove(index: number): void {
    if (this.members.length <= LEAST_BOARDS) return;
    this.setMembers(this.members.filter((_, i) => i !== index).map(({ id }) => id));
  }

  /** Another beginning of the game; episodes of the training had another seed and make room. */
  reseed(): void {
    this.seed = crypto.getRandomValues(new Uint32Array(1))[0];
    const policies = this.members.map(({ id }) => id).filter((id) => !id.startsWith("episode "));
    this.setMembers(policies);
    while (this.members.length < LEAST_BOARDS && this.session.policies.length > 0) this.add();
  }

  /** Goes to the first decision at which boards differ, as soon as it is known; paused. */
  jump(): void {
    this.seeks = true;
    this.wake();
  }

  /** Once per frame. */
  update(): void {
    const { stage, session, performances } = this;
    if (this.awaited) this.beginAwaited(this.awaited);
    if (!this.on) return;
    if (stage.show !== this.current) {
      this.close(); // something else was opened
      return;
    }
    if (this.openings !== session.openings) {
      this.retry();
      this.others.look();
    }
    this.choose();
    for (const member of this.members) if (!member.show) this.fill(member);
    performances.want("side by side", this.missing());
    for (const { show } of this.members) show?.analysis.work(SLICE);
    this.present();
    this.seekAwaited();
    if (!this.isComplete || !this.seeks) return;
    this.seeks = false;
    if (this.difference === undefined) return;
    stage.dispatch({ type: "pause" });
    stage.dispatch({ type: "seek", step: this.difference });
  }

  /** True while something may still change without the transport. */
  get isBusy(): boolean {
    return this.on && this.members.some(({ show }) => show && !show.analysis.finished);
  }

  private setMembers(ids: readonly MemberId[]): void {
    this.members = ids.map((id) => {
      const run = runOf(id);
      return { id, run, show: undefined, problem: undefined };
    });
    this.others.follow(new Set(this.members.flatMap(({ run }) => run ?? [])));
    this.difference = undefined;
    this.seeks = false;
    this.revision++;
    this.wake();
  }

  /** Forgets what could not be had: the trainer's absence may have been the reason. */
  private retry(): void {
    this.openings = this.session.openings;
    for (const [id, known] of this.episodes) {
      if (typeof known === "string") this.episodes.delete(id);
    }
    for (const member of this.members) member.problem = undefined;
    this.revision++;
  }

  /** Where a run was put on a board, its newest policy, as soon as it is known. */
  private choose(): void {
    const ids = this.members.map(({ id, run }) => {
      if (run === undefined || !id.startsWith("newest ")) return id;
      const newest = this.others.of(run).policies?.at(-1);
      return newest ? idOf(newest) : id;
    });
    if (ids.some((id, i) => id !== this.members[i].id)) this.setMembers(ids);
  }

  /** Shows what is at hand for a member, and asks for what is not. */
  private fill(member: Member): void {
    const known = this.knownOf(member);
    if (known === undefined || member.problem !== undefined) return;
    if (typeof known === "string") member.problem = known;
    else member.show = known;
    const shows = this.members.flatMap(({ show }) => show ?? []);
    const isOneSeed = shows.every(({ replay }) => replay.seed === shows[0].replay.seed);
    const episodes = shows.map(({ replay }) => replay);
    this.difference = this.isComplete && isOneSeed ? firstDifference(episodes) : undefined;
    this.revision++;
  }

  /** What a member shows, or a sentence that says why not; undefined while it is on its way. */
  private knownOf({ id }: Member): RecordedShow | string | undefined {
    const [kind, name] = partsOf(id);
    if (kind === "policy") return this.ofPolicy(name);
    if (kind === "episode") return this.ofEpisode(name);
    const { policies, problem } = this.others.of(name);
    return policies ? noPolicies : problem;
  }

  /** The policy that a board has; undefined for an episode, and for one that is not kept any more. */
  policyOf(id: MemberId): KeptPolicy | undefined {
    const [kind, key] = partsOf(id);
    if (kind !== "policy") return undefined;
    const own = this.session.policies.find((one) => policyKey(one) === key);
    return own ?? this.others.find(key);
  }

  private ofPolicy(key: string): RecordedShow | string | undefined {
    if (key === NONE) return noPolicies;
    const run = runOfKey(key);
    const offer = run === undefined ? undefined : this.others.of(run);
    if (offer && !offer.policies) return offer.problem;
    const policy = this.policyOf(`policy ${key}`);
    if (!policy) return "This policy is no longer kept.";
    const wish = { policy, seed: this.seed, greedy: true };
    const done = this.performances.find(wish);
    return done ? this.performances.shown(done).show : this.performances.problem(wish);
  }

  private ofEpisode(id: string): RecordedShow | string | undefined {
    const known = this.episodes.get(id);
    if (known || this.loading.has(id)) return known;
    const entry = this.session.episodes.find((one) => one.id === id);
    if (!entry) return "This episode is no longer kept.";
    this.loading.add(id);
    void this.load(entry).then((result) => {
      this.loading.delete(id);
      this.episodes.set(id, result);
      this.wake();
    });
    return undefined;
  }

  private async load(entry: EpisodeEntry): Promise<RecordedShow | string> {
    try {
      const replay = decodeReplay(await this.session.replay(entry.id));
      return recordedShow(entry, replay, this.session);
    } catch (error) {
      return `It cannot be shown: ${(error as Error).message}`;
    }
  }

  private missing() {
    const { seed } = this;
    return this.members.flatMap(({ id, show }) => {
      const policy = this.policyOf(id);
      return policy && !show ? [{ policy, seed, greedy: true }] : [];
    });
  }

  /** The longest one leads: the transport then covers all. */
  private present(): void {
    const { stage } = this;
    const shows = this.members.flatMap(({ show }) => show ?? []);
    if (shows.length === 0) return;
    const longest = shows.reduce((a, b) => (b.replay.length > a.replay.length ? b : a));
    if (longest === this.current) return;
    this.current = longest;
    stage.present(longest, stage.state.position);
  }
}

/** The name under which a policy is on a board. */
export function idOf(policy: KeptPolicy): MemberId {
  return `policy ${policyKey(policy)}`;
}

/** What kind of thing is on a board, and its name. */
function partsOf(id: MemberId): readonly [kind: string, name: string] {
  const space = id.indexOf(" ");
  return [id.slice(0, space), id.slice(space + 1)];
}

function runOf(id: MemberId): string | undefined {
  const [kind, name] = partsOf(id);
  if (kind === "newest") return name;
  return kind === "policy" ? runOfKey(name) : undefined;
}
