/**
 * What the page knows of the run: facts, metrics, kept episodes, live boards, and how the
 * connection stands. Fed by the live link and by HTTP; read by the components, which compare
 * `revision` numbers to see what changed. Not here: anything on the screen.
 */
import type { Game, GameDefinition, GameSpec } from "@carom/envs";
import {
  type ControlFacts,
  createHealthMonitor,
  type EpisodesPage,
  type EventsPage,
  type HealthAlert,
  isUnderWay,
  type LiveFrame,
  type MetricsPage,
  type PoliciesPage,
  type PolicyEntry,
  type RunEvent,
  type RunFacts,
  type ServerMessage,
} from "@carom/runs/formats";
import { bounded, type EpisodeEntry, merged } from "./model/episodes.js";
import { FeedRate } from "./model/feed-rate.js";
import { LiveBoard } from "./model/live-board.js";
import { without, withPage } from "./model/policies.js";
import { MetricsTable } from "./model/series.js";
import { type Api, ApiError } from "./net/api.js";
import { gameOfRun } from "./net/game.js";
import { Follower } from "./net/history.js";
import { type LinkState, LiveLink } from "./net/live-link.js";
import { playerFile } from "./share/replay-page.js";

/** Least milliseconds between two requests to have all boards from their start. */
const RESEND_PAUSE = 1000;

/** Events that the page remembers. */
const EVENTS_HELD = 1000;

export class Session {
  facts: RunFacts | undefined;
  /** The game of the run; undefined until it is loaded, or if this page cannot play it. */
  definition: GameDefinition | undefined;
  spec: GameSpec | undefined;
  /** A sentence if this page cannot play the run's game. */
  problem: string | undefined;
  /** Resolves once the run's game is here, or the problem with it. */
  ready: Promise<void> = Promise.resolve();
  readonly metrics: MetricsTable = new MetricsTable();
  /** Whether this page may pause, save and stop, and why not. */
  control: ControlFacts = { available: false, reason: "" };
  /** What was asked of the run and what was wrong with it, oldest first. */
  events: readonly RunEvent[] = [];
  /** What is wrong at the moment by the metrics, the gravest first. */
  alerts: readonly HealthAlert[] = [];
  episodes: readonly EpisodeEntry[] = [];
  /** Policies of moments of training that the run has kept, by their env steps. */
  policies: readonly PolicyEntry[] = [];
  /** True once the list of policies was asked for and answered, even if it is empty. */
  listedPolicies = false;
  /** True once the list of episodes was asked for and answered, even if it is empty. */
  listed = false;
  /** Live boards by environment, in the order in which the trainer sends them. */
  readonly boards: Map<number, LiveBoard> = new Map();
  /** Env steps of the run, as new as is known. */
  steps = 0;
  link: LinkState = { phase: "connecting" };
  /** Counts how often the link has opened: what the trainer's absence has kept from us can be had again. */
  openings = 0;
  readonly feedRate: FeedRate = new FeedRate();
  /** Whether the run keeps episodes that a person played here. */
  takesDemonstrations = false;
  /** Counts changes of facts and link, metrics, episodes, policies, events, and the set of boards. */
  readonly revision = { facts: 0, metrics: 0, episodes: 0, policies: 0, events: 0, boards: 0 };
  readonly api: Api;

  private readonly wake: () => void;
  private readonly socket: LiveLink;
  private readonly rows: Follower<MetricsPage>;
  private readonly entries: Follower<EpisodesPage>;
  private readonly log: Follower<EventsPage>;
  private health = createHealthMonitor();
  private readonly kept: Follower<PoliciesPage>;
  private boardsWanted = 0;
  private lastResend = Number.NEGATIVE_INFINITY;
  private greeted = false;

  /** @param wake called after every change */
  constructor(api: Api, wake: () => void) {
    this.api = api;
    this.wake = wake;
    this.rows = new Follower(
      (since) => api.metrics(since),
      (page) => this.takeRows(page),
    );
    this.entries = new Follower(
      (since) => this.listEpisodes(since),
      (page) => this.takeEntries(page),
    );
    this.log = new Follower(
      (since) => api.events(since),
      (page) => this.takeEvents(page),
    );
    this.kept = new Follower(
      (since) => this.listPolicies(since),
      (page) => this.takePolicies(page),
    );
    this.socket = new LiveLink(api.liveAddress, {
      onState: (state) => this.linked(state),
      onMessage: (message) => this.heard(message),
      onFrame: (frame) => this.watched(frame),
      whyRefused: () => this.whyRefused(),
    });
  }

  /** True while more kept episodes are on their way. */
  get isListing(): boolean {
    return this.entries.isBehind;
  }

  /** True while a process trains, be it that it stands still. */
  get isUnderWay(): boolean {
    return this.facts !== undefined && isUnderWay(this.facts.status);
  }

  /** Connects; calling it again while waiting tries at once. */
  connect(): void {
    this.socket.connect();
  }

  /** Disconnects for good. */
  disconnect(): void {
    this.socket.close();
  }

  /** Begins with a run that is known already and to which there is no live link: an episode alone. */
  begin(run: RunFacts): void {
    this.greet(run);
    this.wake();
  }

  /**
   * How many live boards the page shows; 0 while it is hidden: the boards then stay as they are.
   */
  want(boards: number): void {
    this.boardsWanted = boards;
    this.askForBoards();
    if (boards === 0 || boards >= this.boards.size) return;
    for (const env of [...this.boards.keys()].slice(boards)) this.boards.delete(env);
    this.revision.boards++;
  }

  /** Takes what a recorded episode says of its game, where there is no game. */
  describe(spec: GameSpec): void {
    if (this.spec) return;
    this.spec = spec;
    this.revision.facts++;
    this.revision.episodes++;
  }

  /** A new game of the run's variant. */
  createGame(): Game {
    if (!this.definition || !this.facts) throw new Error("createGame: the run's game is not known");
    return this.definition.create(this.facts.variant);
  }

  /** Bytes of a kept episode; one that is no longer kept leaves the list. */
  async replay(id: string): Promise<Uint8Array> {
    try {
      return await this.api.replay(id);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) {
        this.episodes = this.episodes.filter((entry) => entry.id !== id);
        this.revision.episodes++;
      }
      throw error;
    }
  }

  /** Hands in an episode that a person played; gives the id under which the run keeps it. */
  keepDemonstration(replay: Uint8Array): Promise<string> {
    return this.api.keepDemonstration(replay);
  }

  /** Bytes of a kept policy; one that went to make room leaves the list. */
  async policy(entry: PolicyEntry): Promise<Uint8Array<ArrayBuffer>> {
    try {
      return await this.api.policy(entry.id);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) {
        this.policies = without(this.policies, entry);
        this.revision.policies++;
      }
      throw error;
    }
  }

  /** Where the run's own copy of its game is; undefined for a game of Carom. */
  get gameAddress(): string | undefined {
    const sha256 = this.facts?.gameFile?.sha256;
    return sha256 === undefined ? undefined : this.api.gameAddress(sha256);
  }

  /** The run's own copy of its game; undefined for a game of Carom. */
  async gameCode(): Promise<Uint8Array | undefined> {
    return this.gameAddress === undefined ? undefined : this.api.game();
  }

  /** The code of the player that a one-file replay carries, with or without a policy. */
  async player(parts: { readonly policy?: unknown }): Promise<string> {
    return new TextDecoder().decode(await this.api.file(playerFile(parts)));
  }

  private linked(state: LinkState): void {
    this.link = state;
    if (state.phase === "open") this.openings++;
    else this.greeted = false;
    this.revision.facts++;
    this.wake();
  }

  private hearMetrics(next: number, page: MetricsPage | undefined): void {
    if (page === undefined) this.rows.announce(next);
    else
      this.rows.offer(page, (from) => ({ ...page, from, rows: page.rows.slice(from - page.from) }));
  }

  private hearEpisodes(next: number, page: EpisodesPage | undefined): void {
    // What is listed depends on the game, which the first fetch waits for.
    if (page === undefined || !this.listed) this.entries.announce(next);
    else {
      const cut = (from: number) => page.episodes.slice(from - page.from);
      this.entries.offer(page, (from) => ({ ...page, from, episodes: cut(from) }));
    }
  }

  private heard(message: ServerMessage): void {
    switch (message.type) {
      case "hello":
        this.control = message.control ?? { available: false, reason: "" };
        this.greet(message.run);
        break;
      case "status":
        if (this.facts) this.facts = { ...this.facts, status: message.status };
        this.revision.facts++;
        this.rows.poke();
        this.entries.poke();
        this.kept.poke();
        break;
      case "metrics":
        this.hearMetrics(message.next, message.page);
        break;
      case "episodes":
        this.hearEpisodes(message.next, message.page);
        break;
      case "events":
        this.log.announce(message.next);
        break;
      case "policies":
        this.kept.announce(message.next);
        break;
      default:
        message satisfies never;
    }
    this.wake();
  }

  /**
   * The first hello of a connection resumes; a further one, or that of another run, starts over.
   */
  private greet(run: RunFacts): void {
    const other = this.facts !== undefined && this.facts.id !== run.id;
    const again = this.greeted;
    this.greeted = true;
    this.facts = run;
    this.steps = Math.max(other || again ? 0 : this.steps, run.steps);
    this.revision.facts++;
    void this.askForDemonstrations();
    if (other || this.definition === undefined) this.ready = this.loadGame(run);
    if (other || again) {
      this.boards.clear();
      this.revision.boards++;
      this.rows.restart();
      this.entries.restart();
      this.kept.restart();
      this.log.restart();
    } else {
      this.rows.poke();
      this.entries.poke();
      this.kept.poke();
      this.log.poke();
    }
  }

  /** A server that does not know the question keeps none. */
  private async askForDemonstrations(): Promise<void> {
    try {
      this.takesDemonstrations = await this.api.takesDemonstrations();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.takesDemonstrations = false;
    }
    this.wake();
  }

  private async loadGame(run: RunFacts): Promise<void> {
    this.definition = undefined;
    this.spec = undefined;
    this.problem = undefined;
    try {
      const definition = await gameOfRun(run, this.api);
      if (this.facts?.id !== run.id) return; // the answer to an old question
      this.definition = definition;
      this.spec = definition.create(run.variant).spec;
    } catch (error) {
      if (this.facts?.id !== run.id) return;
      this.problem = error instanceof Error ? error.message : String(error);
    }
    this.revision.facts++;
    this.revision.episodes++;
    this.askForBoards();
    this.wake();
  }

  /** Boards that cannot be shown are not asked for. */
  private askForBoards(again = false): void {
    this.socket.want(this.definition ? this.boardsWanted : 0, again);
  }

  private takeRows(page: MetricsPage): void {
    if (page.from < this.metrics.length) this.health = createHealthMonitor();
    this.metrics.truncate(page.from);
    this.metrics.append(page.rows);
    for (const row of page.rows) this.health.add(row);
    this.alerts = this.health.alerts();
    this.steps = Math.max(this.steps, this.metrics.last?.steps ?? 0);
    this.revision.metrics++;
    this.wake();
  }

  private async listEpisodes(since: number): Promise<EpisodesPage> {
    await this.ready; // what is listed depends on the game
    const page = await this.api.episodes(since);
    this.listed = true;
    return page;
  }

  private takeEntries(page: EpisodesPage): void {
    if (page.from === 0) this.episodes = [];
    this.episodes = bounded(merged(this.episodes, page.episodes));
    this.revision.episodes++;
    this.wake();
  }

  private takeEvents(page: EventsPage): void {
    this.events = [...this.events.slice(0, page.from), ...page.events].slice(-EVENTS_HELD);
    this.revision.events++;
    this.wake();
  }

  private async listPolicies(since: number): Promise<PoliciesPage> {
    const page = await this.api.policies(since);
    if (!this.listedPolicies) this.wake();
    this.listedPolicies = true;
    return page;
  }

  private takePolicies(page: PoliciesPage): void {
    const policies = withPage(this.policies, page);
    if (policies === this.policies) return;
    this.policies = policies;
    this.revision.policies++;
    this.wake();
  }

  private watched(frame: LiveFrame): void {
    this.steps = Math.max(this.steps, frame.envSteps);
    if (!this.definition) return;
    let complete = true;
    for (const part of frame.boards) {
      const board = this.boardOf(part.env);
      if (!board) continue;
      const before = board.received;
      complete = board.receive(part) && complete;
      if (part.from > 0) this.feedRate.add(board.received - before);
    }
    this.feedRate.frame(performance.now(), frame.boards.length);
    if (!complete) this.resend();
    this.wake();
  }

  private boardOf(env: number): LiveBoard | undefined {
    const known = this.boards.get(env);
    if (known) return known;
    if (this.boards.size >= this.boardsWanted) return undefined;
    const board = new LiveBoard(env, () => this.createGame());
    this.boards.set(env, board);
    this.revision.boards++;
    return board;
  }

  /** Frames were lost: asks for all boards from the start of their episodes. */
  private resend(): void {
    const now = performance.now();
    if (now - this.lastResend < RESEND_PAUSE) return;
    this.lastResend = now;
    this.askForBoards(true);
  }

  private async whyRefused(): Promise<string | undefined> {
    try {
      await this.api.run();
      return undefined;
    } catch (error) {
      const refused = error instanceof ApiError && (error.status === 401 || error.status === 403);
      return refused ? error.message : undefined;
    }
  }
}
