/**
 * A person takes over: from the decision on the stage on, an episode of the page's own goes on with
 * the person's actions, at the game's pace. The recording and the training stay as they are.
 *
 *   off -> countdown -> person -> off, or by way of `agent` where somebody plays on (Continuation)
 *
 * In a game for two the person plays the side whose turn it was, and the continuation the other one.
 *
 * What was played is kept as a branch, whichever way it ends: by hand-back, by the end of the game,
 * or because another episode came on the stage. Not here: the keys of a game (model/controls.ts).
 */
import {
  type ActionWriter,
  actionArray,
  actionBytes,
  actionWidth,
  actionWriter,
  type BoardSize,
  encodeReplay,
  type Action as GameAction,
  makeReplay,
} from "@carom/envs";
import type { Branches } from "./branches.js";
import { type Branch, compared, type Passage, returnsOf } from "./model/branches.js";
import type { Continuation, EpisodeSoFar } from "./model/continuation.js";
import { Controls } from "./model/controls.js";
import { points } from "./model/format.js";
import { LiveEpisode } from "./model/live-episode.js";
import type { Session } from "./session.js";
import type { LiveShow, Stage } from "./stage.js";
import { type Start, startOf } from "./takeover-start.js";

export type Phase = "off" | "countdown" | "person" | "agent";

/** Seconds of the countdown. */
const COUNTDOWN = 3;
/** Milliseconds for which the sentence about a kept branch stays. */
const MESSAGE_TIME = 7000;

/** What is being played. */
interface Play {
  readonly start: Start;
  readonly show: LiveShow;
  controls: Controls;
  readonly write: ActionWriter;
  readonly passages: Passage[];
  readonly abort: AbortController;
  last: GameAction | undefined;
  /** The run that the episode is of. */
  readonly run: string;
  /** The person's side in a game for two with an opponent; undefined where the person decides everything. */
  side: number | undefined;
  /** True while the other side is thinking. */
  isAsked: boolean;
  /** Decisions that were shown so far. */
  shown: number;
  /** True when no more decisions will come. */
  over: boolean;
}

export class TakeOver {
  phase: Phase = "off";
  /** Seconds until the person has the controls. */
  countdown = 0;
  /** Whether there is a countdown at all. */
  countsDown = true;
  /** What happened last, for a few seconds. */
  message: string | undefined;
  /** Who plays on after a hand-back; none until a policy is in the page. */
  continuation: Continuation | undefined;
  private readonly stage: Stage;
  private readonly session: Session;
  private readonly branches: Branches;
  private readonly wake: () => void;
  private play: Play | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(stage: Stage, session: Session, branches: Branches, wake: () => void) {
    this.stage = stage;
    this.session = session;
    this.branches = branches;
    this.wake = wake;
  }

  /** The controls, while a person plays or is about to. */
  get controls(): Controls | undefined {
    return this.phase === "off" || this.phase === "agent" ? undefined : this.play?.controls;
  }

  /** Size of the board on the stage, in board units. */
  get board(): BoardSize {
    return this.stage.show?.player.game.spec.board ?? { width: 1, height: 1 };
  }

  /** Takes over where the stage stands; hands back if a person plays already. */
  toggle(): void {
    if (this.phase === "countdown" || this.phase === "person") this.handBack();
    else this.begin();
  }

  /** Gives the controls back: somebody plays on, or the branch ends here. */
  handBack(): void {
    const { play, continuation } = this;
    if (!play) return;
    const { episode } = play.show;
    const hasPlayed = episode.length > play.start.step;
    if (this.phase === "person" && hasPlayed && !play.over && continuation?.ready) {
      this.phase = "agent";
      addPassage(play.passages, { from: episode.length, by: "agent" });
      if (play.show.played) play.show.played.by = "agent";
      void this.continueWith(continuation, play);
    } else this.finish();
    this.wake();
  }

  /** Ends without a branch: what it has been about is gone. */
  abandon(): void {
    if (this.play) this.stop();
  }

  /** Lets time pass: counts down, decides what is due. To be called before the stage's own tick. */
  tick(seconds: number): void {
    const { play, stage } = this;
    if (!play) return;
    if (stage.show !== play.show) {
      // What was played of a run that is gone belongs to no list, and its game is gone too.
      if (runOf(this.session) === play.run) this.keep(play);
      this.stop();
      return;
    }
    play.shown = Math.ceil(stage.state.position);
    if (stage.state.mode === "paused") return;
    if (this.phase === "countdown") {
      this.countdown -= seconds;
      if (this.countdown <= 0) this.phase = "person";
    } else if (this.phase === "person") this.decide(play, seconds);
    if (play.over && stage.state.position >= play.show.episode.length) this.finish();
  }

  private begin(): void {
    const { stage, session } = this;
    if (this.play) this.finish();
    if (stage.show?.kind === "recorded" && stage.show.instead !== undefined) {
      this.say("These are recorded pictures: there is no game here that could be played on.");
      return;
    }
    const start = startOf(stage, session);
    if (!start) return;
    const game = session.createGame();
    const { env, episode } = start.root;
    const playing = new LiveEpisode(env, episode, start.seed, game.spec.actions);
    playing.add(0, start.actions);
    const { seed, parent } = start;
    const { bytes, width } = start.parentActions();
    const returns = returnsOf(game, seed, bytes, width);
    const played = { title: parent.title, returns, by: "person" as const };
    const show = stage.perform(playing, played, start.step);
    if (show.player.game.terminated) {
      stage.restore(start.show, start.step);
      this.say("The game is over here. Go back a little and take over from there.");
      return;
    }
    const side = this.continuation?.ready ? show.player.game.player : undefined;
    const controls = new Controls(show.player.game, side === undefined ? undefined : "the agent");
    const write = actionWriter(game.spec.actions);
    const last = start.step > 0 ? copied(playing.action(start.step - 1)) : undefined;
    const passages: Passage[] = [{ from: start.step, by: "person" }];
    const abort = new AbortController();
    this.play = {
      ...{ start, show, controls, write, passages, abort, last, side },
      ...{ run: runOf(session), isAsked: false },
      shown: start.step,
      over: false,
    };
    const waits = game.spec.waits === true || !this.countsDown;
    this.phase = waits ? "person" : "countdown";
    this.countdown = waits ? 0 : COUNTDOWN;
    if (stage.state.speed > 1) stage.dispatch({ type: "speed", speed: 1 });
    this.message = undefined;
    this.wake();
  }

  /** Plays as many decisions as the time asks for; where the game waits, the one that was chosen. */
  private decide(play: Play, seconds: number): void {
    const { position, rate, speed } = this.stage.state;
    const { episode, player } = play.show;
    const waits = player.game.spec.waits === true;
    const wanted = position + seconds * rate * speed;
    while (wanted > episode.length && !play.over && !play.isAsked) {
      player.seek(episode.length);
      const { game } = player;
      if (game.terminated) {
        play.over = true;
        return;
      }
      if (play.side !== undefined && game.player !== play.side) {
        void this.askOther(play);
        return;
      }
      const action = play.controls.take(player.game, play.last);
      if (action === undefined) return;
      this.append(play, action);
      if (waits) return;
    }
  }

  /** The other side's decision. Where it cannot be had the person plays both sides. */
  private async askOther(play: Play): Promise<void> {
    const { continuation } = this;
    const { episode } = play.show;
    const { signal } = play.abort;
    play.isAsked = true;
    try {
      const from = soFar(play);
      const bytes = await continuation?.answer(from, signal);
      if (signal.aborted || this.phase !== "person") return;
      if (!bytes?.length) throw new Error("it gave no move");
      addPassage(play.passages, { from: episode.length, by: "agent" });
      episode.add(from.actions.length, bytes);
      addPassage(play.passages, { from: episode.length, by: "person" });
      play.controls.releaseAll(); // what was chosen meanwhile was for another position
    } catch (error) {
      if (signal.aborted) return;
      play.side = undefined;
      play.controls = new Controls(play.show.player.game);
      this.say(`The agent cannot answer, play both sides: ${(error as Error).message}`);
    } finally {
      play.isAsked = false;
      this.wake();
    }
  }

  private append(play: Play, action: GameAction): void {
    const { episode, player } = play.show;
    const space = player.game.spec.actions;
    const values = actionArray(space, actionWidth(space));
    if (typeof action === "number") values[0] = action;
    else values.set(action);
    const bytes = new Uint8Array(actionBytes(space));
    play.write(values, 0, bytes, 0);
    episode.add(episode.length * bytes.length, bytes);
    play.last = copied(action);
  }

  private async continueWith(continuation: Continuation, play: Play): Promise<void> {
    const { episode } = play.show;
    const from = soFar(play);
    let at = from.actions.length;
    try {
      for await (const bytes of continuation.playOn(from, play.abort.signal)) {
        if (play.abort.signal.aborted) return;
        episode.add(at, bytes);
        at += bytes.length;
        this.wake();
      }
    } catch (error) {
      if (play.abort.signal.aborted) return;
      this.say(`The agent cannot play on: ${(error as Error).message}`);
    }
    play.over = true;
    this.wake();
  }

  /** Ends the play: the branch comes on the stage, or what was there before if nothing was played. */
  private finish(): void {
    const { play, stage } = this;
    if (!play) return;
    const { start, show } = play;
    if (stage.show === show) play.shown = Math.ceil(stage.state.position);
    const branch = this.keep(play);
    this.stop();
    if (branch) stage.openBranch(branch, "paused", play.shown);
    else if (stage.show === show) stage.restore(start.show, start.step);
  }

  private stop(): void {
    this.play?.abort.abort();
    this.play = undefined;
    this.phase = "off";
    this.wake();
  }

  /** Adds what was played to the branches; nothing if no decision was made. */
  private keep(play: Play): Branch | undefined {
    const { player, episode } = play.show;
    // What somebody else played ahead of the picture is not a part of it.
    player.seek(this.phase === "agent" ? play.shown : episode.length);
    if (player.step <= play.start.step) return undefined;
    const branch = this.makeBranch(play, player.step);
    this.branches.add(branch);
    this.say(`Kept as ${branch.name}${differenceText(branch)}.`);
    return branch;
  }

  private makeBranch({ start, show, passages }: Play, length: number): Branch {
    const { session, branches } = this;
    const { definition, facts } = session;
    if (!definition || !facts) throw new Error("takeover: the run's game is not known");
    const { seed, parent, root, step } = start;
    const actions = show.episode.bytes(length);
    const { env, episode } = root;
    const about = { parent: `${parent.kind} ${parent.id}`, env, episode, at: step };
    const by = passages.filter(({ from }) => from < length).map((passage) => ({ ...passage }));
    const meta = { run: facts.id, ...about, by };
    const replay = makeReplay({ seed, actions }, definition, { variant: facts.variant, meta });
    const game = session.createGame();
    const { width } = replay;
    const own = returnsOf(game, seed, actions, width);
    const theirs = returnsOf(game, seed, start.parentActions().bytes, width);
    return {
      id: newId(),
      name: newName(branches.list),
      ...{ parent, root, passages: by, at: step, length: replay.length, return: replay.return },
      terminated: show.player.game.terminated,
      comparison: compared(own, theirs),
      createdAt: new Date().toISOString(),
      replay: encodeReplay(replay),
    };
  }

  private say(message: string): void {
    this.message = message;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.message = undefined;
      this.wake();
    }, MESSAGE_TIME);
    this.wake();
  }
}

function soFar({ start, show: { episode } }: Play): EpisodeSoFar {
  const { seed, root, performer } = start;
  const by = performer && { performer };
  return { seed, actions: episode.bytes(), length: episode.length, steps: root.steps, ...by };
}

/** Adds a passage; one before it in which nobody decided anything goes, and one of the same author goes on. */
function addPassage(passages: Passage[], added: Passage): void {
  if (passages.at(-1)?.from === added.from) passages.pop();
  if (passages.at(-1)?.by !== added.by) passages.push(added);
}

function runOf({ facts }: Session): string {
  return facts ? `${facts.id} ${facts.startedAt}` : "";
}

/** ": 3 more than Episode 13 had by then". */
function differenceText({ comparison: { sameMoment }, parent }: Branch): string {
  if (sameMoment === undefined) return "";
  if (sameMoment === 0) return `: level with ${parent.title} so far`;
  const more = sameMoment > 0 ? "more" : "less";
  return `: ${points(Math.abs(sameMoment))} ${more} than ${parent.title} by then`;
}

function copied(action: GameAction): GameAction {
  return typeof action === "number" ? action : action.slice();
}

/** "Branch 3": the first number from the length of the list on that is free. */
function newName(list: readonly Branch[]): string {
  const taken = new Set(list.map(({ name }) => name));
  let number = list.length + 1;
  while (taken.has(`Branch ${number}`)) number++;
  return `Branch ${number}`;
}

function newId(): string {
  const words = crypto.getRandomValues(new Uint32Array(2));
  return `b${[...words].map((word) => word.toString(36)).join("")}`;
}
