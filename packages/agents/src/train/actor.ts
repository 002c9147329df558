/**
 * Acts for callers, outside of training: one policy for a fixed number of rows, which remembers from call
 * to call. `Actors` makes a new one whenever the parameters have changed.
 */
import { type ActionArray, type ActionSpace, actionArray, actionWidth, key } from "@carom/envs";
import type { Policy } from "../agent.js";
import { AgentError } from "../errors.js";
import type { Learner, ParameterVersion } from "./learner.js";
import type { Setup } from "./setup.js";
import type { View } from "./view.js";

/** How an agent acts on one observation. */
export interface AgentActOptions {
  /** The most probable (best, middle) action instead of one drawn at random (default true). */
  readonly greedy?: boolean;
  /** `[A]`: 1 for every discrete action that is allowed; absent where all are. */
  readonly mask?: ArrayLike<number>;
}

/** How an agent acts on several observations at once. */
export interface AgentBatchOptions {
  /** The most probable (best, middle) actions instead of ones drawn at random (default true). */
  readonly greedy?: boolean;
  /** `[count, A]` flattened: 1 for every discrete action that is allowed; absent where all are. */
  readonly masks?: ArrayLike<number>;
  /** `[count]`: 1 where an episode begins, so that memory is cleared; of policies with memory only. */
  readonly starts?: ArrayLike<number>;
}

/** Who asks for actions: each has its own policy and its own memory. */
type Caller = "act" | "actBatch";

/** The policies that an agent acts with at present. */
export class Actors {
  private readonly setup: Setup;
  private readonly learner: Learner;
  private readonly present = new Map<Caller, { actor: Actor; version: ParameterVersion }>();
  private made = 0;

  constructor(setup: Setup, learner: Learner) {
    this.setup = setup;
    this.learner = learner;
  }

  /**
   * Actions for `[count, O]` observations, flattened; `[count]` or `[count, A]`, the caller's.
   *
   * @throws AgentError BAD_VALUE, NOT_FINITE
   */
  act(caller: Caller, observations: ArrayLike<number>, options: AgentBatchOptions): ActionArray {
    const { size, shape } = this.setup.view.observation;
    const count = observations.length / size;
    if (caller === "act" ? count !== 1 : count < 1 || !Number.isInteger(count)) {
      const expected = `${caller === "act" ? "" : "a multiple of "}${size}, shape [${shape}]`;
      throw badLength(caller, "observation", observations.length, expected);
    }
    return this.actorFor(caller, count).act(caller, observations, options);
  }

  /** The next observations begin episodes. */
  resetMemory(): void {
    for (const { actor } of this.present.values()) actor.resetMemory();
  }

  /** Idempotent. */
  dispose(): void {
    for (const { actor } of this.present.values()) actor.dispose();
    this.present.clear();
  }

  private actorFor(caller: Caller, count: number): Actor {
    const { setup, learner } = this;
    const present = this.present.get(caller);
    const version = learner.version();
    if (present && present.actor.count === count && isSame(present.version, version)) {
      return present.actor;
    }
    const state = learner.save();
    // Every policy draws from a stream of its own.
    const seed = key(setup.seed)
      .child("acting", this.made++)
      .toSeed();
    const actor = new Actor(setup.createPolicy(state, count, seed), setup.view);
    setup.view.load(state);
    present?.actor.dispose();
    this.present.set(caller, { actor, version });
    return actor;
  }
}

function isSame(a: ParameterVersion, b: ParameterVersion): boolean {
  return a.source === b.source && a.iterations === b.iterations;
}

/** One policy; see the head of the file. */
class Actor {
  /** Rows per call. */
  readonly count: number;
  private readonly policy: Policy;
  private readonly view: View;
  private isFresh = false;

  /** @param policy becomes the actor's */
  constructor(policy: Policy, view: View) {
    this.policy = policy;
    this.count = policy.count;
    this.view = view;
  }

  act(caller: Caller, values: ArrayLike<number>, options: AgentBatchOptions): ActionArray {
    const { policy, view, count } = this;
    const { greedy = true, masks } = options;
    const { actions: space } = view.spec;
    const actions = actionArray(space, count * actionWidth(space));
    const rows = view.rows(caller, values);
    const starts = startFlags(caller, options.starts, count);
    if (this.isFresh) starts.fill(1);
    const allowed = masks && maskRows(caller, masks, space, count);
    policy.act(rows, actions, { greedy, starts, masks: allowed });
    this.isFresh = false;
    return actions;
  }

  resetMemory(): void {
    this.isFresh = true;
  }

  dispose(): void {
    this.policy.dispose();
  }
}

function startFlags(
  caller: string,
  starts: ArrayLike<number> | undefined,
  count: number,
): Uint8Array {
  if (starts === undefined) return new Uint8Array(count);
  if (starts.length === count) return Uint8Array.from(starts, (one) => (one ? 1 : 0));
  throw badLength(caller, "list of starts", starts.length, `${count}, one per observation`);
}

function maskRows(
  caller: string,
  masks: ArrayLike<number>,
  space: ActionSpace,
  count: number,
): Uint8Array {
  if (space.kind !== "discrete") {
    const text = `${caller}: only discrete actions can be masked (got a mask for ${space.kind} actions)`;
    throw new AgentError("BAD_VALUE", text);
  }
  const width = space.names.length;
  if (masks.length !== count * width) {
    throw badLength(caller, "mask", masks.length, `${width} per observation`);
  }
  const rows = Uint8Array.from(masks, (one) => (one ? 1 : 0));
  for (let at = 0; at < rows.length; at += width) {
    if (rows.subarray(at, at + width).includes(1)) continue;
    throw new AgentError("BAD_VALUE", `${caller}: the mask must allow an action (got none)`);
  }
  return rows;
}

/** @param expected in words */
function badLength(caller: string, what: string, got: number, expected: string): AgentError {
  const text = `${caller}: the ${what} has the wrong length (got ${got}, expected ${expected})`;
  return new AgentError("BAD_VALUE", text);
}
