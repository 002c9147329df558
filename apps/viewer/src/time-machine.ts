/**
 * The time machine: one episode's seed, played by every policy that the run has kept. The reader goes
 * through the ages of the policy; the stage shows the chosen one at the same decision, and the others
 * may lie over it as ghosts. Not here: who plays (performances.ts), the scale (ui/time-view.ts).
 */
import type { PolicyEntry } from "@carom/runs/formats";
import { coarseToFine, ofAge, spread } from "./model/ages.js";
import { addGhost } from "./model/ghosts.js";
import type { PrimitiveList } from "./model/primitives.js";
import { isAtEnd } from "./model/transport.js";
import type { Performance, Performances, Wish } from "./performances.js";
import { policyKey } from "./policy/protocol.js";
import type { Session } from "./session.js";
import type { Place, Show, Stage } from "./stage.js";

/** Ghosts that are drawn at most, evenly over the ages. */
const MOST_GHOSTS = 16;
/** How strongly. */
const GHOST_ALPHA = 0.3;
/** Episodes made ready to be shown per frame: each is simulated once. */
const PREPARED_PER_FRAME = 2;

/** A policy on the scale, and what it did. */
export interface Stop {
  readonly policy: PolicyEntry;
  readonly performance: Performance | undefined;
  readonly problem: string | undefined;
}

export class TimeMachine {
  on = false;
  seed = 0;
  /** Whether policies choose the best action each time; else as in training. */
  greedy = true;
  ghosts = true;
  /** Policies by their ages. */
  stops: readonly Stop[] = [];
  /** Counts changes of what is above and of the ghosts' pictures. */
  revision = 0;
  private readonly session: Session;
  private readonly stage: Stage;
  private readonly performances: Performances;
  private readonly wake: () => void;
  /** What was on the stage before. */
  private origin: Place | undefined;
  private current: Show | undefined;
  private chosen: string | undefined;
  /** The farthest place that was looked at: short episodes do not lose it. */
  private place = 0;
  private known = "";

  constructor(session: Session, stage: Stage, performances: Performances, wake: () => void) {
    this.session = session;
    this.stage = stage;
    this.performances = performances;
    this.wake = wake;
  }

  /** Index of the chosen policy; -1 while there is none. */
  get index(): number {
    return this.stops.findIndex(({ policy }) => policyKey(policy) === this.chosen);
  }

  /** The chosen policy. */
  get stop(): Stop | undefined {
    return this.stops[this.index];
  }

  /** Turns it on for the episode on the stage, or off: what was on the stage comes back. */
  toggle(): void {
    if (this.on) {
      const { origin, stage } = this;
      const followed = origin?.mode === "live" || origin?.bestFollowed === true;
      const hasChanged = this.current !== origin?.show || followed;
      const isOurs = stage.show === this.current && hasChanged;
      this.close();
      if (origin && isOurs) stage.restorePlace(origin);
      return;
    }
    const { show, state } = this.stage;
    if (!show) return;
    this.origin = this.stage.place;
    this.current = show;
    this.stage.stay();
    this.seed = show.kind === "recorded" ? show.replay.seed : show.episode.seed;
    const steps = show.kind === "recorded" ? show.entry.steps : this.session.steps;
    const policy = ofAge(this.session.policies, steps);
    this.chosen = policy && policyKey(policy);
    this.place = state.position;
    this.on = true;
    this.changed();
  }

  /** Ends it and leaves the stage as it is. */
  close(): void {
    this.on = false;
    this.origin = undefined;
    this.current = undefined;
    this.performances.want("time machine", []);
    this.changed();
  }

  choose(index: number): void {
    const stop = this.stops[Math.max(0, Math.min(this.stops.length - 1, index))];
    if (!stop) return;
    this.chosen = policyKey(stop.policy);
    this.changed();
  }

  /** To an older or a newer policy. */
  step(by: 1 | -1): void {
    this.choose(this.index + by);
  }

  /** Another beginning of the game, for all policies. */
  reseed(): void {
    this.seed = crypto.getRandomValues(new Uint32Array(1))[0];
    this.place = 0;
    this.changed();
  }

  set(options: { readonly greedy?: boolean; readonly ghosts?: boolean }): void {
    this.greedy = options.greedy ?? this.greedy;
    this.ghosts = options.ghosts ?? this.ghosts;
    this.changed();
  }

  /** Once per frame: asks for what is missing, and brings the chosen episode on the stage. */
  update(): void {
    const { stage, session, performances } = this;
    if (!this.on) return;
    if (stage.show !== this.current) {
      this.close(); // something else was opened
      return;
    }
    const state = `${session.revision.policies} ${performances.revision} ${this.seed} ${this.greedy}`;
    if (state !== this.known) {
      this.known = state;
      this.list();
    }
    performances.want("time machine", this.missing());
    this.present();
  }

  /** Adds the others to the picture on the stage. */
  draw(shown: PrimitiveList, out: PrimitiveList): void {
    const { state, smooth } = this.stage;
    for (const one of this.ghostly()) {
      const { show, start } = this.performances.shown(one);
      if (state.position > show.replay.length) continue; // it has lost by then
      show.film.show(state.position, smooth);
      const { board } = show.player.game.spec;
      addGhost(out, shown, { picture: show.film.picture, start, alpha: GHOST_ALPHA }, board);
    }
  }

  /** Whether ghosts are to be drawn. */
  get hasGhosts(): boolean {
    return this.on && this.ghosts && this.current !== this.origin?.show;
  }

  /** Performances that are ready to be drawn beside the chosen one. */
  private ghostly(): readonly Performance[] {
    const { performances } = this;
    const others = this.stops.flatMap(({ policy, performance }) =>
      performance && policyKey(policy) !== this.chosen ? [performance] : [],
    );
    return spread(others, MOST_GHOSTS).filter((one) => performances.isPrepared(one));
  }

  private list(): void {
    const { performances, seed, greedy } = this;
    this.stops = this.session.policies.map((policy) => {
      const wish = { policy, seed, greedy };
      return { policy, performance: performances.find(wish), problem: performances.problem(wish) };
    });
    if (this.index === -1) {
      const last = this.stops.at(-1);
      this.chosen = last && policyKey(last.policy);
    }
    this.revision++;
  }

  /** What has not been played yet: the chosen one, then the ends, then what lies between. */
  private missing(): readonly Wish[] {
    const { stops, seed, greedy, index } = this;
    const order = new Set([Math.max(0, index), ...coarseToFine(stops.length)]);
    const open = [...order].filter((i) => stops[i] && !stops[i].performance && !stops[i].problem);
    return open.map((i) => ({ policy: stops[i].policy, seed, greedy }));
  }

  private present(): void {
    const { stage, stop, performances } = this;
    if (stop?.performance) {
      const { show } = performances.shown(stop.performance);
      if (show !== this.current) {
        const { position } = stage.state;
        this.place = isAtEnd(stage.state) ? Math.max(this.place, position) : position;
        this.current = show;
        stage.present(show, this.place);
        this.revision++;
      }
    }
    if (!this.hasGhosts) return;
    const waiting = this.stops.flatMap(({ performance: one }) =>
      one && !performances.isPrepared(one) ? [one] : [],
    );
    for (const one of waiting.slice(0, PREPARED_PER_FRAME)) performances.shown(one);
    if (waiting.length === 0) return;
    this.changed();
  }

  private changed(): void {
    this.revision++;
    this.wake();
  }
}
