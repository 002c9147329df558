/**
 * Two to four boards with one clock: kept policies on the same seed, and episodes of the training beside
 * them. The longest one is on the stage, so that the transport covers all. Not here: the boards on the
 * page (ui/side-by-side-view.ts).
 */
import { decodeReplay } from "@carom/envs";
import { spread } from "./model/ages.js";
import type { EpisodeEntry } from "./model/episodes.js";
import { firstDifference } from "./model/first-difference.js";
import type { Performances } from "./performances.js";
import { policyKey } from "./policy/protocol.js";
import { recordedShow } from "./recorded-show.js";
import type { Session } from "./session.js";
import type { Place, RecordedShow, Show, Stage } from "./stage.js";

export const MOST_BOARDS = 4;
const LEAST_BOARDS = 2;
/** Decisions of each board that are analysed per frame. */
const SLICE = 2000;

/** What is on one board: "policy 3-1234" or "episode 12". */
export type MemberId = string;

/** One board. */
export interface Member {
  readonly id: MemberId;
  show: RecordedShow | undefined;
  problem: string | undefined;
}

export class SideBySide {
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
  private origin: Place | undefined;
  private current: Show | undefined;
  private seeks = false;
  private openings = 0;

  constructor(session: Session, stage: Stage, performances: Performances, wake: () => void) {
    this.session = session;
    this.stage = stage;
    this.performances = performances;
    this.wake = wake;
  }

  /** True once every board shows something or says why not. */
  get isComplete(): boolean {
    return this.members.every(({ show, problem }) => show || problem !== undefined);
  }

  /** On: the episode on the stage and policies from the first to the newest; off: as it was. */
  toggle(): void {
    const { stage, session, origin } = this;
    if (this.on) {
      const hasChanged = this.current !== origin?.show || origin?.mode === "live";
      const isOurs = stage.show === this.current && hasChanged;
      this.close();
      if (origin && isOurs) stage.restorePlace(origin);
      return;
    }
    const { show } = stage;
    if (!show) return;
    this.origin = stage.place;
    this.current = show;
    stage.stay();
    this.retry();
    this.seed = show.kind === "recorded" ? show.replay.seed : show.episode.seed;
    const ids: MemberId[] = [];
    if (show.kind === "recorded") {
      const id = show.performer
        ? `policy ${policyKey(show.performer)}`
        : `episode ${show.entry.id}`;
      if (!show.performer) this.episodes.set(show.entry.id, show);
      ids.push(id);
    }
    const all = session.policies.map((policy) => `policy ${policyKey(policy)}`);
    const others = all.filter((id) => !ids.includes(id));
    this.on = true;
    this.setMembers([...ids, ...spread(others, MOST_BOARDS - ids.length)]);
  }

  /** Ends it and leaves the stage as it is. */
  close(): void {
    this.on = false;
    this.origin = undefined;
    this.current = undefined;
    this.performances.want("side by side", []);
    this.setMembers([]);
  }

  /** Puts something else on a board. */
  change(index: number, id: MemberId): void {
    this.setMembers(this.members.map((one, i) => (i === index ? id : one.id)));
  }

  /** One board more: the newest policy that is on none. */
  add(): void {
    if (this.members.length >= MOST_BOARDS) return;
    const taken = new Set(this.members.map(({ id }) => id));
    const ids = this.session.policies.map((policy) => `policy ${policyKey(policy)}`);
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
    const policies = this.members.map(({ id }) => id).filter((id) => id.startsWith("policy "));
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
    if (!this.on) return;
    if (stage.show !== this.current) {
      this.close(); // something else was opened
      return;
    }
    if (this.openings !== session.openings) this.retry();
    for (const member of this.members) if (!member.show) this.fill(member);
    performances.want("side by side", this.missing());
    for (const { show } of this.members) show?.analysis.work(SLICE);
    this.present();
    if (!this.seeks || !this.isComplete) return;
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
    this.members = ids.map((id) => ({ id, show: undefined, problem: undefined }));
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

  /** Shows what is at hand for a member, and asks for what is not. */
  private fill(member: Member): void {
    const [kind, name] = member.id.split(" ");
    const known = kind === "policy" ? this.ofPolicy(name) : this.ofEpisode(name);
    if (known === undefined || member.problem !== undefined) return;
    if (typeof known === "string") member.problem = known;
    else member.show = known;
    const shows = this.members.flatMap(({ show }) => show ?? []);
    const isOneSeed = shows.every(({ replay }) => replay.seed === shows[0].replay.seed);
    const episodes = shows.map(({ replay }) => replay);
    this.difference = this.isComplete && isOneSeed ? firstDifference(episodes) : undefined;
    this.revision++;
  }

  private ofPolicy(key: string): RecordedShow | string | undefined {
    const policy = this.session.policies.find((one) => policyKey(one) === key);
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
    const { session, seed } = this;
    return this.members.flatMap(({ id, show }) => {
      const policy = session.policies.find((one) => `policy ${policyKey(one)}` === id);
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
