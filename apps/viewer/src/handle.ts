/**
 * `window.__carom`: the page's state for tests and for the curious. Reading it changes nothing but
 * what `open` and `seek` say.
 */
import type { Surface } from "./draw/surface.js";
import type { Insight } from "./insight.js";
import type { Branch } from "./model/branches.js";
import type { Page } from "./page.js";

/** What a policy thinks of one decision. */
export interface Thought {
  /** Name of the policy. */
  readonly policy: string;
  readonly value: number;
  /** Probabilities, or values of actions. */
  readonly weights: readonly number[];
}

export interface Handle {
  readonly mode: string;
  readonly currentStep: number;
  readonly length: number;
  /** The kept episode on the stage. */
  readonly episode: string | undefined;
  readonly episodes: readonly string[];
  /** Rows of metrics that the page has. */
  readonly rows: number;
  readonly link: string;
  /** Whether charts and list show all that the page has. */
  readonly upToDate: boolean;
  readonly renderer: string;
  /** Env of each live board, the episode on it, and the decisions that it shows. */
  readonly boards: readonly {
    env: number;
    episode: number | undefined;
    step: number;
    score: number;
  }[];
  /** Who has the controls: off, countdown, person, agent. */
  readonly playing: string;
  /** Environment of the live game on the stage; undefined for another show. */
  readonly liveEnv: number | undefined;
  readonly branches: readonly {
    name: string;
    at: number;
    length: number;
    return: number;
    replay: readonly number[];
  }[];
  /** Policies that the run has kept: their names and env steps. */
  readonly policies: readonly { readonly id: string; readonly steps: number }[];
  /** What the policy that is asked thinks of a decision on the stage; undefined if that is not known. */
  thought(step: number): Thought | undefined;
  /** Decisions at which there is a highlight. */
  readonly highlights: readonly number[];
  /** Discrete actions that a kept policy plays greedily from a seed, in the page. */
  play(policy: string, seed: number, most: number): Promise<readonly number[]>;
  /** Env steps of the policy that plays on the stage; undefined where the training did. */
  readonly performer: number | undefined;
  /** Returns of the policies on the time machine's scale, in the order of their ages. */
  readonly ages: readonly (number | undefined)[];
  /** Where the boards side by side first differ. */
  readonly difference: number | undefined;
  /** A duel: its phase and the scores of both. */
  readonly duel: { phase: string; person: number; agent: number | undefined; seed: number };
  /** Checksum of the game on the stage at `currentStep`. */
  checksum(): number | undefined;
  /**
   * Checksums of the replay on the stage at the given decisions; leaves the page at the last of
   * them.
   */
  checksumsAt(steps: readonly number[]): readonly (number | undefined)[];
  /** Shows a decision, paused. */
  seek(step: number): void;
  /** Puts a kept episode on the stage, paused. */
  open(id: string): Promise<void>;
}

export function exposeHandle(
  page: Page,
  surfaces: { readonly stage: Surface; readonly grid: Surface },
): void {
  const { stage, session, policies, insight, takeOver, branches, tools } = page;
  const seek = (step: number) => {
    stage.dispatch({ type: "pause" });
    stage.dispatch({ type: "seek", step });
  };
  const handle: Handle = {
    get mode() {
      return stage.state.mode;
    },
    get currentStep() {
      return stage.step;
    },
    get length() {
      return stage.state.length;
    },
    get episode() {
      return stage.show?.kind === "recorded" ? stage.show.entry.id : undefined;
    },
    get episodes() {
      return session.episodes.map((entry) => entry.id);
    },
    get rows() {
      return session.metrics.length;
    },
    get link() {
      return session.link.phase;
    },
    get upToDate() {
      return page.isUpToDate;
    },
    get renderer() {
      return surfaces.stage.kind;
    },
    get boards() {
      return [...session.boards.values()].map((board) => ({
        env: board.env,
        episode: board.watched?.episode,
        step: board.step,
        score: board.score,
      }));
    },
    get playing() {
      return takeOver.phase;
    },
    get liveEnv() {
      return stage.show?.kind === "live" ? stage.show.episode.env : undefined;
    },
    get branches() {
      return branches.list.map(branchFacts);
    },
    get policies() {
      return session.policies.map(({ id, steps }) => ({ id, steps }));
    },
    get highlights() {
      return insight.highlights.map(({ step }) => step);
    },
    thought: (step) => thoughtOf(insight, step),
    play: async (id, seed, most) => {
      const entry = session.policies.find((one) => one.id === id);
      if (!entry) throw new Error(`play: there is no policy ${id}`);
      const played = await policies.play(entry, { seed, greedy: true, maxSteps: most }).done;
      return [...played.actions];
    },
    get performer() {
      return stage.show?.kind === "recorded" ? stage.show.performer?.steps : undefined;
    },
    get ages() {
      return tools.timeMachine.stops.map(({ performance }) => performance?.played.return);
    },
    get difference() {
      return tools.sideBySide.difference;
    },
    get duel() {
      const { phase, personScore, agentScore, seed } = tools.duel;
      return { phase, person: personScore, agent: agentScore, seed };
    },
    checksum: () => stage.checksum(),
    checksumsAt: (steps) =>
      steps.map((step) => {
        seek(step);
        return stage.checksum();
      }),
    seek,
    open: async (id) => {
      const entry = session.episodes.find((one) => one.id === id);
      if (entry) await stage.open(entry, "paused");
    },
  };
  Object.assign(window, { __carom: handle });
}

export function branchFacts(branch: Branch): Handle["branches"][number] {
  const { name, at, length, return: sum, replay } = branch;
  return { name, at, length, return: sum, replay: [...replay] };
}

/** What is known of a decision. */
export function thoughtOf({ opinion }: Insight, step: number): Thought | undefined {
  const value = opinion?.log.valueAt(step);
  if (!opinion || value === undefined) return undefined;
  const weights = opinion.log.choicesAt(step).map(({ weight }) => weight);
  return { policy: opinion.policy.id, value, weights };
}
