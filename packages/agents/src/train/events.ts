/**
 * What an agent tells while it trains, and to whom.
 *
 * Events are handed out between iterations, when the agent is whole: a listener may act, save and
 * evaluate, and nothing that it does or throws changes what is learned. What a listener throws, or what
 * rejects the promise that it returns, goes to the listeners of "error"; where there are none it is kept
 * until training ends.
 */
import type { EpisodeRecord, Fault } from "@carom/envs";
import type { IterationMetrics, SavedState } from "../agent.js";
import { AgentError, suggestion } from "../errors.js";
import type { Evaluation } from "../evaluate.js";

/** What one iteration of training found. */
export interface TrainingMetrics extends IterationMetrics {
  /** Mean raw return of the last 100 training episodes, or of all so far; null before the first ended. */
  readonly score: number | null;
}

/** An evaluation of the agent: raw returns of games of its own. */
export interface AgentEvaluation extends Evaluation {
  /** Env steps that the agent had trained for. */
  readonly steps: number;
  /** Mean return. */
  readonly score: number;
}

/** An evaluation in the course of training. */
export interface TrainingEvaluation extends AgentEvaluation {
  /** Whether no earlier one had as high a score. */
  readonly isBest: boolean;
}

/** A state to keep. */
export interface Checkpoint {
  /** Env steps that the agent had trained for. */
  readonly steps: number;
  /** Mean raw return of the last 100 training episodes, or of all so far; null before the first ended. */
  readonly score: number | null;
  /** A copy of the complete state; see `encodeAgent` for its bytes. */
  readonly state: SavedState;
}

/** A listener that failed. */
export interface ListenerFailure {
  /** What it was listening to. */
  readonly event: keyof AgentEvents;
  /** What it threw. */
  readonly error: unknown;
}

/** The events of an agent by name. */
export interface AgentEvents {
  /** After every iteration. */
  readonly metrics: TrainingMetrics;
  /** For every training episode that ended, in order of ending; of games on a GPU for those of the first 64 games. */
  readonly episode: EpisodeRecord;
  /**
   * For single episodes beside those, of games on a GPU: every new best since the agent was made or went on from a state,
   * and now and then the worst.
   */
  readonly remarkable: EpisodeRecord;
  /** Every `evaluateEvery` env steps. */
  readonly evaluation: TrainingEvaluation;
  /** Every `checkpointEvery` env steps, and when training ends. */
  readonly checkpoint: Checkpoint;
  /** For every game that failed and lost its episode, where the setting `faults` lets it. */
  readonly fault: Fault;
  /** For every listener that failed. */
  readonly error: ListenerFailure;
}

/**
 * Hears of one kind of event. Training waits for the promise that it returns, if it returns one, before
 * the next iteration.
 */
export type AgentListener<Name extends keyof AgentEvents> = (event: AgentEvents[Name]) => unknown;

type Lists = { readonly [Name in keyof AgentEvents]: Set<{ call: AgentListener<Name> }> };

/** Failures that are kept; of more than these only the number is. */
const mostKept = 100;

/** The listeners of one agent. */
export class Listeners {
  private readonly lists: Lists = {
    metrics: new Set(),
    episode: new Set(),
    remarkable: new Set(),
    evaluation: new Set(),
    checkpoint: new Set(),
    fault: new Set(),
    error: new Set(),
  };
  private readonly pending = new Set<Promise<void>>();
  private failures: unknown[] = [];
  private failed = 0;

  /** Adds a listener; the function that it returns removes it. @throws AgentError UNKNOWN_KEY */
  add<Name extends keyof AgentEvents>(name: Name, call: AgentListener<Name>): () => void {
    if (!Object.hasOwn(this.lists, name)) {
      const names = Object.keys(this.lists);
      const hint = suggestion(String(name), names) || `; there are ${names.join(", ")}`;
      throw new AgentError("UNKNOWN_KEY", `on: no event is called "${String(name)}"${hint}`);
    }
    const list: Set<{ call: AgentListener<Name> }> = this.lists[name];
    const entry = { call }; // the same function may listen twice
    list.add(entry);
    return () => {
      list.delete(entry);
    };
  }

  /** Whether anybody listens. */
  has(name: keyof AgentEvents): boolean {
    return this.lists[name].size > 0;
  }

  /** Tells all listeners. Never throws. */
  tell<Name extends keyof AgentEvents>(name: Name, event: AgentEvents[Name]): void {
    const list: Set<{ call: AgentListener<Name> }> = this.lists[name];
    for (const { call } of [...list]) {
      try {
        const result = call(event);
        if (isPromise(result)) this.await(name, result);
      } catch (error) {
        this.fail(name, error);
      }
    }
  }

  /** Waits for what listeners have begun. */
  async settled(): Promise<void> {
    while (this.pending.size > 0) await Promise.all(this.pending);
  }

  /** The failures that nobody heard of, which are then forgotten: at most 100, and how many there were. */
  takeFailures(): { readonly errors: readonly unknown[]; readonly count: number } {
    const taken = { errors: this.failures, count: this.failed };
    this.failures = [];
    this.failed = 0;
    return taken;
  }

  private await(name: keyof AgentEvents, result: PromiseLike<unknown>): void {
    const ended = Promise.resolve(result)
      .then(
        () => undefined,
        (error: unknown) => this.fail(name, error),
      )
      .then(() => {
        this.pending.delete(ended);
      });
    this.pending.add(ended);
  }

  private fail(event: keyof AgentEvents, error: unknown): void {
    if (event !== "error" && this.has("error")) {
      this.tell("error", { event, error });
      return;
    }
    this.failed++;
    if (this.failures.length < mostKept) this.failures.push(error);
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  const isObject = typeof value === "object" && value !== null;
  return isObject && "then" in value && typeof value.then === "function";
}
