/**
 * Human against agent: both play the same seed at the game's pace, the person by keys, the agent by the
 * policy of a chosen age, which has played its episode beforehand.
 *
 *   off -> waiting (for the agent's episode) -> countdown -> playing -> over -> waiting or off
 *
 * Not here: the two boards and the card at the end (ui/duel-view.ts), ratings (ratings.ts).
 */
import {
  type ActionWriter,
  actionArray,
  actionBytes,
  actionWidth,
  actionWriter,
  type Action as GameAction,
} from "@carom/envs";
import type { PolicyEntry } from "@carom/runs/formats";
import { Controls } from "./model/controls.js";
import { Film } from "./model/film.js";
import { LiveEpisode, LivePlayer } from "./model/live-episode.js";
import type { Performances } from "./performances.js";
import { type Ratings, ratingSeed, SEEDS } from "./ratings.js";
import type { Session } from "./session.js";
import type { Place, RecordedShow, Stage } from "./stage.js";

export type DuelPhase = "off" | "waiting" | "countdown" | "playing" | "over";

/** Seconds of the countdown. */
const COUNTDOWN = 3;

/** How a duel ended. */
export interface DuelResult {
  readonly seed: number;
  /** Training steps of the policy. */
  readonly steps: number;
  readonly person: number;
  readonly agent: number;
}

/** What the person plays. */
export interface PersonSide {
  readonly episode: LiveEpisode;
  readonly player: LivePlayer;
  readonly film: Film;
  readonly controls: Controls;
  readonly write: ActionWriter;
  last: GameAction | undefined;
}

export class Duel {
  phase: DuelPhase = "off";
  seed = 0;
  policy: PolicyEntry | undefined;
  /** Seconds until it begins. */
  countdown = 0;
  /** Decisions since the beginning, fractional while moving. */
  position = 0;
  person: PersonSide | undefined;
  agent: RecordedShow | undefined;
  /** Duels of this page, the newest first. */
  results: readonly DuelResult[] = [];
  readonly ratings: Ratings;
  private readonly session: Session;
  private readonly stage: Stage;
  private readonly performances: Performances;
  private readonly wake: () => void;
  private origin: Place | undefined;
  private rounds = 0;

  constructor(
    parts: {
      readonly session: Session;
      readonly stage: Stage;
      readonly performances: Performances;
      readonly ratings: Ratings;
    },
    wake: () => void,
  ) {
    this.session = parts.session;
    this.stage = parts.stage;
    this.performances = parts.performances;
    this.ratings = parts.ratings;
    this.wake = wake;
  }

  get on(): boolean {
    return this.phase !== "off";
  }

  /** Whether keys are the game's now. */
  get isPlaying(): boolean {
    return this.phase === "playing" || this.phase === "countdown";
  }

  /** Time moves something: after the person the agent still plays to its end. */
  get isBusy(): boolean {
    const agentPlaysOn = this.phase === "over" && this.position < (this.agent?.replay.length ?? 0);
    return this.isPlaying || agentPlaysOn;
  }

  /** A sentence where there can be no duel, or none yet. */
  get problem(): string | undefined {
    const { spec, policies, problem, listedPolicies } = this.session;
    if (!spec) return problem ?? "The run\u2019s game is not here yet.";
    if ((spec.players ?? 1) > 1)
      return "This game is for two already: take over with P, and the agent plays the other side.";
    if (policies.length === 0) return listedPolicies ? "This run has kept no policies." : "";
    return this.policy && this.performances.problem(this.wish(this.policy));
  }

  /** Points of the person so far. */
  get personScore(): number {
    return this.person?.player.score ?? 0;
  }

  /** Points of the agent so far. */
  get agentScore(): number | undefined {
    const { agent, position } = this;
    if (!agent) return undefined;
    const at = Math.min(Math.floor(position), agent.replay.length);
    return at <= agent.analysis.done ? agent.analysis.returns[at] : undefined;
  }

  /** Begins against a policy (the newest if none is told), or ends it all. */
  toggle(policy?: PolicyEntry): void {
    if (this.on) {
      this.close();
      return;
    }
    this.origin = this.stage.place;
    this.stage.dispatch({ type: "pause" });
    this.policy = policy ?? this.session.policies.at(-1);
    this.again();
  }

  close(): void {
    if (this.origin) this.stage.restorePlace(this.origin);
    this.origin = undefined;
    this.phase = "off";
    this.person = undefined;
    this.agent = undefined;
    this.performances.want("duel", []);
    this.ratings.rest();
    this.wake();
  }

  /** Another duel: on the next seed, or on the same one. */
  again(isRematch = false): void {
    if (!isRematch) this.seed = ratingSeed(this.rounds++ % SEEDS);
    this.phase = "waiting";
    this.person = undefined;
    this.agent = undefined;
    this.position = 0;
    this.wake();
  }

  /** Another opponent; the duel begins anew. */
  choose(policy: PolicyEntry): void {
    this.policy = policy;
    this.again(true);
  }

  /** Lets time pass. */
  tick(seconds: number): void {
    const { agent } = this;
    agent?.analysis.work(4000);
    if (this.phase === "waiting") this.prepare();
    else if (this.phase === "countdown") {
      this.countdown -= seconds;
      if (this.countdown <= 0) this.phase = "playing";
    } else if (this.phase === "playing") this.play(seconds);
    else if (this.phase === "over" && agent) {
      const { decisionsPerSecond } = agent.player.game.spec;
      this.position = Math.min(this.position + seconds * decisionsPerSecond, agent.replay.length);
    }
    if (this.on && !this.isPlaying && agent) this.ratings.work();
  }

  private wish(policy: PolicyEntry) {
    return { policy, seed: this.seed, greedy: true };
  }

  private prepare(): void {
    const { session, performances } = this;
    this.policy ??= session.policies.at(-1);
    const { policy } = this;
    if (this.problem !== undefined || !policy) return;
    const wish = this.wish(policy);
    performances.want("duel", [wish]);
    const done = performances.find(wish);
    if (!done) return;
    this.agent = performances.shown(done).show;
    this.person = personSide(session, this.seed);
    const { waits } = this.person.player.game.spec;
    this.phase = waits ? "playing" : "countdown";
    this.countdown = COUNTDOWN;
    this.position = 0;
  }

  /** The person's decisions that are due; where the game waits, the one that was chosen. */
  private play(seconds: number): void {
    const { person } = this;
    if (!person) return;
    const { episode, player } = person;
    const { waits, decisionsPerSecond, maxSteps } = player.game.spec;
    // A move is seen at once where the game waits.
    const rate = waits ? Math.max(8, decisionsPerSecond) : decisionsPerSecond;
    const wanted = this.position + seconds * rate;
    while (wanted > episode.length) {
      player.seek(episode.length);
      if (player.game.terminated || episode.length >= maxSteps) {
        this.position = episode.length;
        this.finish(person);
        return;
      }
      const action = person.controls.take(player.game, person.last);
      if (action === undefined) break;
      append(person, action);
      if (waits) break;
    }
    this.position = Math.min(wanted, episode.length);
  }

  private finish({ player, episode }: PersonSide): void {
    player.seek(episode.length);
    const { agent, policy, seed } = this;
    this.phase = "over";
    if (!agent || !policy) return;
    const result = { seed, steps: policy.steps, person: player.score, agent: agent.replay.return };
    this.results = [result, ...this.results];
    this.wake();
  }
}

function personSide(session: Session, seed: number): PersonSide {
  const game = session.createGame();
  const episode = new LiveEpisode(0, 0, seed, game.spec.actions);
  const player = new LivePlayer(game, episode);
  const controls = new Controls(game);
  const write = actionWriter(game.spec.actions);
  return { episode, player, film: new Film(player), controls, write, last: undefined };
}

function append(person: PersonSide, action: GameAction): void {
  const { episode, player, write } = person;
  const space = player.game.spec.actions;
  const values = actionArray(space, actionWidth(space));
  if (typeof action === "number") values[0] = action;
  else values.set(action);
  const bytes = new Uint8Array(actionBytes(space));
  write(values, 0, bytes, 0);
  episode.add(episode.length * bytes.length, bytes);
  person.last = typeof action === "number" ? action : action.slice();
}
