/**
 * What is on the stage: one episode, recorded or still being played, and where playback stands in
 * it.
 *
 * Holds the transport state machine, loads episodes, follows the newest one while live, and keeps
 * the film on the right picture. Not here: the picture's way to the screen and the controls
 * (ui/stage-view.ts).
 */
import {
  checksum,
  decodeReplay,
  type Action as GameAction,
  type Replay,
  type ReplayPlayer,
} from "@carom/envs";
import type { Analysis } from "./model/analysis.js";
import type { Author, Branch } from "./model/branches.js";
import { best, type EpisodeEntry, newest } from "./model/episodes.js";
import { Film } from "./model/film.js";
import type { LiveBoard } from "./model/live-board.js";
import { type LiveEpisode, LivePlayer } from "./model/live-episode.js";
import type { Moment } from "./model/permalink.js";
import {
  type Action,
  currentStep,
  initialTransport,
  isAtEnd,
  type Mode,
  type Transport,
  transport,
} from "./model/transport.js";
import type { KeptPolicy } from "./policy/protocol.js";
import { recordedShow, withoutRules } from "./recorded-show.js";
import type { Session } from "./session.js";

/** Seconds for which the last picture stays before live goes on to the next episode. */
const REST = 1.2;
/** Decisions per second at least, where a game waits for a person: a move is seen at once. */
const MOVE_RATE = 8;
/** Seconds before another attempt after an episode could not be opened. */
const RETRY = 3;
/** Actions that leave the episode and the place in it as they are. */
const STAYING: ReadonlySet<Action["type"]> = new Set(["toggle", "play", "pause", "notch", "speed"]);
/** Decisions analysed per frame. */
const SLICE = 4000;

/** A recorded episode on the stage. */
export interface RecordedShow {
  readonly kind: "recorded";
  readonly entry: EpisodeEntry;
  /** How people call it, where it came alone and is no episode of a training. */
  readonly name?: string | undefined;
  /** The branch that it is, where a person played it; `entry` then tells of the branch. */
  readonly branch?: Branch;
  /** The kept policy that played it in this page, where it is no episode of the training. */
  readonly performer?: KeptPolicy;
  readonly replay: Replay;
  readonly player: ReplayPlayer;
  readonly film: Film;
  readonly analysis: Analysis;
  /**
   * Why recorded pictures are shown instead of the game, as a sentence; undefined where the game plays
   * it. With pictures, `player.game` draws, but shows a policy nothing.
   */
  readonly instead: string | undefined;
  /** The action of a decision; a vector is valid until the next call. */
  action(step: number): GameAction;
}

/** An episode that somebody plays on in this page, and not the training. */
export interface PlayedOn {
  /** What was left: "Episode 13". */
  readonly title: string;
  /** The return that it had after each decision, as far as it is known. */
  readonly returns: ArrayLike<number>;
  by: Author;
}

/** An episode that the training, or somebody in this page, is playing, as far as it has come. */
export interface LiveShow {
  readonly kind: "live";
  readonly episode: LiveEpisode;
  /** Set where it is played in this page. */
  readonly played?: PlayedOn;
  readonly player: LivePlayer;
  readonly film: Film;
}

export type Show = RecordedShow | LiveShow;

export class Stage {
  state: Transport = initialTransport;
  show: Show | undefined;
  /** A sentence if the last episode could not be opened. */
  problem: string | undefined;
  /** Whether the best live game is followed; whatever else is asked for ends it. */
  bestFollowed = false;
  /** Pictures between decisions (false where motion is to be reduced). */
  smooth = true;
  private readonly session: Session;
  private readonly wake: () => void;
  private loading: string | undefined;
  private rested = 0;
  /** The moment of the address, until it can be shown. */
  private awaited: Moment | undefined;
  /** True until the first episode is on the stage, if it is to stand there. */
  private still = false;

  constructor(session: Session, wake: () => void) {
    this.session = session;
    this.wake = wake;
  }

  /** The id of the kept episode on the stage or on its way there. */
  get episodeId(): string | undefined {
    const { loading, show } = this;
    const isKept = show?.kind === "recorded" && show.performer === undefined;
    return loading ?? (isKept ? show.entry.id : undefined);
  }

  get step(): number {
    return currentStep(this.state);
  }

  /** Sum of rewards up to the current decision; undefined while it is not known yet. */
  get score(): number | undefined {
    const { show, step } = this;
    if (show?.kind === "live") return show.player.score;
    if (!show) return undefined;
    return step <= show.analysis.done ? show.analysis.returns[step] : undefined;
  }

  /** Reward of the decision that led to the current picture; undefined at the start. */
  get reward(): number | undefined {
    const { show, step } = this;
    if (show?.kind !== "recorded" || step === 0 || step > show.analysis.done) return undefined;
    return show.analysis.returns[step] - show.analysis.returns[step - 1];
  }

  /** The action that comes next; undefined at the end. */
  get action(): GameAction | undefined {
    const { show, step } = this;
    if (!show || step >= this.state.length) return undefined;
    return show.kind === "recorded" ? show.action(step) : show.episode.action(step);
  }

  /** True if "live" means something: the training is under way. */
  get canFollow(): boolean {
    return this.session.isUnderWay;
  }

  dispatch(action: Action): void {
    if (action.type === "live" && !this.canFollow) {
      this.dispatch({ type: "finish" });
      return;
    }
    this.state = transport(this.state, action);
    if (!STAYING.has(action.type)) this.bestFollowed = false;
    if (action.type === "live") this.follow(true);
    this.wake();
  }

  /**
   * Decides what the page begins with: a moment from its address, paused, or live.
   * @param still stand until the reader lets things move
   */
  begin(moment: Moment | undefined, still: boolean): void {
    this.awaited = moment;
    this.still = still;
  }

  /** Shows a moment of a kept episode, paused, as soon as that can be done. */
  goTo(moment: Moment): void {
    this.awaited = moment;
    this.wake();
  }

  /** Whether something is on its way to the stage. */
  get isOpening(): boolean {
    return this.awaited !== undefined || this.loading !== undefined;
  }

  /** Puts a kept episode on the stage. */
  async open(entry: EpisodeEntry, mode: Mode, position = 0): Promise<void> {
    this.loading = entry.id;
    this.rested = 0;
    try {
      await this.session.ready;
      const replay = decodeReplay(await this.session.replay(entry.id));
      if (this.loading !== entry.id || (mode === "live" && this.state.mode !== "live")) return;
      const show = recordedShow(entry, replay, this.session);
      this.session.describe(show.player.game.spec);
      this.put({ ...show, name: this.session.api.episodeName }, mode, position);
      this.problem = undefined;
    } catch (error) {
      if (this.loading !== entry.id) return;
      this.rested = -RETRY;
      this.problem = `Episode ${entry.episode} of env ${entry.env} cannot be shown: ${(error as Error).message}`;
    } finally {
      if (this.loading === entry.id) this.loading = undefined;
      this.wake();
    }
  }

  /** Puts the episode of a live board on the stage, at the decision that the board shows. */
  openBoard(board: LiveBoard, mode: Mode = "playing"): void {
    const { watched } = board;
    if (!watched) return;
    this.loading = undefined;
    this.problem = undefined;
    const player = new LivePlayer(this.session.createGame(), watched);
    this.put({ kind: "live", episode: watched, player, film: new Film(player) }, mode, board.step);
    this.wake();
  }

  /** Puts an episode on the stage that is played in this page from a decision on. */
  perform(episode: LiveEpisode, played: PlayedOn, step: number): LiveShow {
    this.loading = undefined;
    this.problem = undefined;
    const player = new LivePlayer(this.session.createGame(), episode);
    player.seek(step);
    const show: LiveShow = { kind: "live", episode, played, player, film: new Film(player) };
    this.still = false;
    this.put(show, "playing", step);
    return show;
  }

  /** Puts back what was on the stage, paused. */
  restore(show: Show, step: number): void {
    this.loading = undefined;
    this.put(show, "paused", step);
    this.wake();
  }

  /** Puts a branch on the stage. */
  openBranch(branch: Branch, mode: Mode, position = 0): void {
    this.loading = undefined;
    try {
      const { root, id, length, terminated } = branch;
      const facts = { ...root, id, length, terminated, return: branch.return };
      const entry: EpisodeEntry = { ...facts, reason: "chosen" };
      const show = recordedShow(entry, decodeReplay(branch.replay), this.session);
      this.put({ ...show, branch }, mode, position);
      this.problem = undefined;
    } catch (error) {
      this.problem = `${branch.name} cannot be shown: ${(error as Error).message}`;
    }
    this.wake();
  }

  /** Puts a show on the stage that is at hand; what was live plays on. */
  present(show: Show, position: number): void {
    const { mode } = this.state;
    this.loading = undefined;
    this.problem = undefined;
    this.awaited = undefined;
    this.put(show, mode === "live" ? "playing" : mode, position);
    this.wake();
  }

  /** What is on the stage now; undefined while there is nothing. */
  get place(): Place | undefined {
    const { show, state } = this;
    const { position, mode } = state;
    return show && { show, position, mode, bestFollowed: this.bestFollowed };
  }

  /** Puts back what was on the stage: the newest episode if it was live, else the same moment. */
  restorePlace({ show, position, mode, bestFollowed }: Place): void {
    if (show !== this.show) this.present(show, position);
    this.dispatch({ type: mode === "live" ? "live" : mode === "playing" ? "play" : "pause" });
    this.bestFollowed = bestFollowed;
  }

  /** Keeps the episode on the stage, whatever comes; what was moving goes on moving. */
  stay(): void {
    const follows = this.state.mode === "live" || this.bestFollowed;
    if (follows) this.dispatch({ type: "seek", step: this.step });
  }

  /** Lets time pass. Returns whether the picture changed. */
  tick(seconds: number): boolean {
    const { show } = this;
    this.rested += seconds;
    if (this.awaited) this.openAwaited(this.awaited);
    if (!show) {
      // What is the newest or the best is known once all episodes are listed.
      if (this.rested >= 0 && !this.awaited && !this.session.isListing) this.follow(false);
      return false;
    }
    if (show.kind === "live") this.dispatchQuietly({ type: "grow", length: show.episode.length });
    else this.analyse(show);
    this.dispatchQuietly({ type: "tick", seconds });
    if (!this.isOver(show)) this.rested = Math.min(this.rested, 0);
    else if (this.rested > REST) this.follow(false);
    return (this.show ?? show).film.show(this.state.position, this.smooth);
  }

  /**
   * Goes on with what is worked out beside the picture. Where the game turns out to play otherwise
   * than it was recorded, recorded pictures take its place.
   */
  private analyse(show: RecordedShow): void {
    if (!show.analysis.finished) show.analysis.work(SLICE);
    const isOther = show.analysis.mismatch !== undefined && show.instead === undefined;
    if (isOther && show.replay.pictures) this.show = withoutRules(show);
  }

  /** Checksum of the game as it is shown; for tests. */
  checksum(): number | undefined {
    const { show, step } = this;
    if (!show) return undefined;
    if (show.player.step !== step) show.player.seek(step);
    return checksum(show.player.game);
  }

  /** True while time or loading may still change the picture. */
  get isBusy(): boolean {
    const { show, state } = this;
    if (state.mode === "live") return true;
    if (show?.kind === "recorded" && !show.analysis.finished) return true;
    return state.mode === "playing" && (!isAtEnd(state) || show?.kind === "live");
  }

  /**
   * Whether live may go on to another episode. A stand-in from the live boards gives way to any
   * kept episode.
   */
  private isOver(show: Show): boolean {
    if (show.kind === "recorded") return isAtEnd(this.state);
    const atEnd = isAtEnd(this.state) && (show.episode.over || show.player.game.terminated);
    return atEnd || this.session.episodes.length > 0;
  }

  /**
   * While live: goes to the newest kept episode; before there is one, to a live board; after the
   * training, to the best.
   * @param again even if the newest is on the stage already
   */
  private follow(again: boolean): void {
    const { session, show } = this;
    if (this.state.mode !== "live" || this.loading !== undefined || !session.facts) return;
    if (!this.canFollow) {
      this.settle();
      return;
    }
    const next = newest(session.episodes);
    if (!next) {
      const board = session.boards.values().next().value;
      if (board && !show && session.listed) this.openBoard(board, "live");
    } else if (show?.kind !== "recorded" || show.entry.id !== next.id) {
      void this.open(next, "live");
    } else if (again) {
      this.put(show, "live", 0);
    }
  }

  /** The address named a moment: shows it once the list of episodes is here. */
  private openAwaited({ episode, step, run }: Moment): void {
    const { facts, episodes, listed } = this.session;
    if (!facts || !listed) return;
    this.awaited = undefined;
    const entry = episodes.find((one) => one.id === episode);
    if (run !== undefined && run !== facts.id) {
      this.refuse(`The address names a moment of the run ${run}; this is ${facts.id}.`);
    } else if (entry) void this.open(entry, "paused", step);
    else this.refuse(`The address names episode ${episode}, which is not kept (any more).`);
  }

  /** Says why a moment is not shown; what is there instead stays or comes. */
  private refuse(problem: string): void {
    this.problem = problem;
    this.rested = -RETRY;
  }

  /** The training is over: there is nothing to follow. */
  private settle(): void {
    const next = best(this.session.episodes);
    if (this.show) this.state = transport(this.state, { type: "pause" });
    else if (next) void this.open(next, "playing");
  }

  private put(show: Show, mode: Mode, position: number): void {
    const length = show.kind === "live" ? show.episode.length : show.replay.length;
    const { decisionsPerSecond, waits } = show.player.game.spec;
    const isMove = show.kind === "live" && show.played !== undefined && waits === true;
    const rate = isMove ? Math.max(decisionsPerSecond, MOVE_RATE) : decisionsPerSecond;
    this.show = show;
    this.bestFollowed = false;
    this.rested = 0;
    show.film.reset();
    const begin = this.still ? "paused" : mode;
    this.still = false;
    this.state = transport(this.state, { type: "load", length, rate, position, mode: begin });
  }

  private dispatchQuietly(action: Action): void {
    this.state = transport(this.state, action);
  }
}

/** What was on a stage, so that it can be put back. */
export interface Place {
  readonly show: Show;
  readonly position: number;
  readonly mode: Mode;
  /** Whether the best live game was followed. */
  readonly bestFollowed: boolean;
}
