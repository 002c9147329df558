/**
 * Why this action: for the decision on the stage, what the policy thought of each action, and what
 * really came of each when it was tried: same state, that action, then the policy plays on. Tries run in
 * the policy worker, only while the stage is paused. Not here: the card (ui/why-view.ts).
 */
import { makeReplay, ReplayPlayer } from "@carom/envs";
import { ofAge } from "./model/ages.js";
import { addGhost } from "./model/ghosts.js";
import { PrimitiveList } from "./model/primitives.js";
import { type Option, type Outcome, optionsAt, outcomeOf, type Rollout } from "./model/rollouts.js";
import type { Asked, PolicyHost } from "./policy/host.js";
import { type KeptPolicy, type Played, type PlayOptions, policyKey } from "./policy/protocol.js";
import type { Session } from "./session.js";
import type { RecordedShow, Stage } from "./stage.js";

/** Seconds for which the policy plays on. */
export const HORIZONS: readonly number[] = [1, 2, 5];
/** Tries per action where actions are drawn. */
export const TRIES = 4;
/** Actions that are tried at most. */
export const MOST_ACTIONS = 6;
/** Pictures of a path on the board. */
const PATH_PICTURES = 16;
const PATH_ALPHA = 0.55;

/** One action of the decision. */
export interface Line extends Option {
  readonly outcome: Outcome | undefined;
}

/** The decision that is looked at, and what is known of it. */
interface Question {
  readonly name: string;
  readonly show: RecordedShow;
  readonly policy: KeptPolicy;
  /** The policy's own decision: with frames skipped, not every one of the game's. */
  at: number;
  kind: "probability" | "value";
  options: readonly Option[];
  readonly tries: Map<number, Rollout[]>;
  readonly asked: Set<Asked<Played>>;
  isAsked: boolean;
  problem: string | undefined;
}

export class Why {
  on = false;
  /** Seconds. */
  horizon = HORIZONS[1];
  /** Whether the policy plays on with its best actions: one try is then all there is. */
  greedy = false;
  /** Counts changes of what is known and of the path on the board. */
  revision = 0;
  /** The action whose paths lie on the board. */
  traced: number | undefined;
  private readonly session: Session;
  private readonly stage: Stage;
  private readonly host: Pick<PolicyHost, "play">;
  private readonly wake: () => void;
  private question: Question | undefined;
  private path: { readonly name: string; readonly list: PrimitiveList } | undefined;

  constructor(session: Session, stage: Stage, host: Pick<PolicyHost, "play">, wake: () => void) {
    this.session = session;
    this.stage = stage;
    this.host = host;
    this.wake = wake;
  }

  toggle(): void {
    this.on = !this.on;
    if (this.on) this.stage.dispatch({ type: "pause" });
    else this.forget();
    this.changed();
  }

  set(options: { readonly horizon?: number; readonly greedy?: boolean }): void {
    this.horizon = options.horizon ?? this.horizon;
    this.greedy = options.greedy ?? this.greedy;
    this.changed();
  }

  /** Draws the paths of an action on the board; undefined takes them away. */
  trace(action: number | undefined): void {
    this.traced = action;
    this.changed();
  }

  /** The policy that is asked: whose episode it is, or the newest before its end. */
  get policy(): KeptPolicy | undefined {
    const { show } = this.stage;
    const { policies } = this.session;
    if (show?.kind !== "recorded") return undefined;
    return show.performer ?? ofAge(policies, show.entry.steps);
  }

  /** The decision that the lines are of; undefined while none is known. */
  get at(): number | undefined {
    return this.question?.isAsked ? this.question.at : undefined;
  }

  /** How actions are weighed. */
  get kind(): "probability" | "value" | undefined {
    return this.question?.kind;
  }

  /** The actions, in the game's order. */
  get lines(): readonly Line[] {
    const { question } = this;
    if (!question) return [];
    const lines = question.options.map((option) => {
      const tries = question.tries.get(option.action) ?? [];
      return { ...option, outcome: outcomeOf(tries, question.at) };
    });
    return lines.toSorted((a, b) => a.action - b.action);
  }

  get isThinking(): boolean {
    return (this.question?.asked.size ?? 0) > 0;
  }

  /** A sentence where nothing can be said. */
  get problem(): string | undefined {
    const { show, state, step } = this.stage;
    if (!show) return "There is no episode yet.";
    if (show.kind === "live") return "Actions can be asked about when the episode has ended.";
    if (show.instead !== undefined) {
      return "These are recorded pictures: the game that could be played on from here is another one.";
    }
    if (show.player.game.spec.actions.kind !== "discrete") {
      return "Trying every action out is for games whose actions are a choice; this one takes numbers.";
    }
    if (step >= state.length) return "The episode is over here.";
    if (state.mode !== "paused") return "Pause to ask about a decision.";
    if (!this.policy) return this.session.listedPolicies ? "This run has kept no policies." : "";
    return this.question?.problem;
  }

  /** Once per frame: follows the stage, and asks what has to be asked. */
  update(): void {
    if (!this.on) return;
    const { stage, policy } = this;
    const { show, step } = stage;
    const isOpen = this.problem === undefined || this.question?.problem !== undefined;
    if (!isOpen || !policy || show?.kind !== "recorded") {
      if (this.question) this.forget();
      return;
    }
    const how = this.greedy ? "best" : "drawn";
    const name = `${show.replay.seed} ${show.entry.id} ${step} ${policyKey(policy)} ${this.horizon} ${how}`;
    if (this.question?.name === name) return;
    this.forget();
    this.ask(name, show, policy);
  }

  /** Whether paths are drawn. */
  get hasPath(): boolean {
    return this.on && this.traced !== undefined && this.question?.tries.has(this.traced) === true;
  }

  /** Adds where things go after the traced action. */
  draw(shown: PrimitiveList, out: PrimitiveList): void {
    const { question, traced } = this;
    if (!question || traced === undefined) return;
    const tries = question.tries.get(traced) ?? [];
    const name = `${question.name} ${traced} ${tries.length}`;
    if (this.path?.name !== name) {
      this.path = { name, list: pathOf(question, tries, shown, this.session) };
    }
    for (let i = 0; i < this.path.list.count; i++) out.add(this.path.list, i);
  }

  private forget(): void {
    for (const asked of this.question?.asked ?? []) asked.cancel();
    this.question = undefined;
    this.path = undefined;
    this.traced = undefined;
    this.revision++;
  }

  /** First what the policy thinks, then the tries. */
  private ask(name: string, show: RecordedShow, policy: KeptPolicy): void {
    const { step } = this.stage;
    // Of so many decisions in a row one is the policy's own: the first that it is free to make.
    const first = Math.max(0, step + 1 - skipOf(this.session));
    const question: Question = {
      ...{ name, show, policy, at: step, kind: "probability", options: [], tries: new Map() },
      ...{ asked: new Set(), isAsked: false, problem: undefined },
    };
    this.question = question;
    const maxSteps = step + 1;
    this.play(question, { greedy: true, maxSteps, from: given(show, first) }, ({ thoughts }) => {
      if (thoughts.at.length === 0) {
        question.problem = "The policy decides nothing here: ask at another decision.";
        return;
      }
      question.at = thoughts.at[0];
      question.kind = thoughts.probabilities ? "probability" : "value";
      const taken = Number(show.action(question.at));
      question.options = optionsAt(thoughts, MOST_ACTIONS, taken);
      question.isAsked = true;
      this.tryAll(question);
    });
  }

  private tryAll(question: Question): void {
    const { horizon, greedy } = this;
    const { show, at, options } = question;
    const rate = show.player.game.spec.decisionsPerSecond;
    const maxSteps = at + Math.max(1, Math.round(horizon * rate));
    const tries = greedy ? 1 : TRIES;
    // The newest question is answered first: so the heaviest actions and first tries are asked last.
    for (let draw = tries - 1; draw >= 0; draw--) {
      for (const { action } of options.toReversed()) {
        const from = given(show, at, action);
        this.play(question, { greedy, draw, maxSteps, from }, (played) => {
          const known = question.tries.get(action) ?? [];
          question.tries.set(action, [...known, played]);
        });
      }
    }
  }

  private play(
    question: Question,
    options: Omit<PlayOptions, "seed">,
    then: (played: Played) => void,
  ): void {
    const { seed } = question.show.replay;
    const asked = this.host.play(question.policy, { seed, ...options });
    question.asked.add(asked);
    asked.done
      .then(then, (error: Error) => {
        question.problem = `It cannot be asked: ${error.message}`; // if it still stands
      })
      .finally(() => {
        question.asked.delete(asked);
        this.changed();
      });
  }

  private changed(): void {
    this.revision++;
    this.wake();
  }
}

/** The episode up to a decision, and an action after it. */
function given(
  { replay }: RecordedShow,
  step: number,
  action?: number,
): { readonly actions: Uint8Array; readonly length: number } {
  const length = action === undefined ? step : step + 1;
  const actions = new Uint8Array(length); // an action that is a choice takes one byte
  actions.set(replay.actions.subarray(0, step));
  if (action !== undefined) actions[step] = action;
  return { actions, length };
}

/** Decisions of the game that follow from one of the policy's. */
function skipOf({ facts }: Session): number {
  const skip = facts?.config["frameSkip"];
  return typeof skip === "number" && skip > 1 ? skip : 1;
}

/** Where things go in all tries: what moves in some of their pictures. */
function pathOf(
  { at, show }: Question,
  tries: readonly Rollout[],
  shown: PrimitiveList,
  session: Session,
): PrimitiveList {
  const list = new PrimitiveList();
  const { definition, facts } = session;
  if (!definition || !facts) return list;
  const picture = new PrimitiveList();
  const start = new PrimitiveList();
  start.copyFrom(shown);
  const { board } = show.player.game.spec;
  for (const { actions, length } of tries) {
    const { seed } = show.replay;
    const replay = makeReplay({ seed, actions }, definition, { variant: facts.variant });
    const player = new ReplayPlayer(replay, definition);
    const count = Math.min(PATH_PICTURES, length - at);
    for (let i = 1; i <= count; i++) {
      player.seek(at + Math.round((i * (length - at)) / count));
      picture.clear();
      player.game.draw(picture);
      const alpha = (PATH_ALPHA * (0.35 + (0.65 * i) / count)) / Math.sqrt(tries.length);
      addGhost(list, shown, { picture, start, alpha }, board);
    }
  }
  return list;
}
