/**
 * What a policy of the run thinks of a branch beside what the branch left: the value of both at the last
 * decision that both have. Asked for the branch that is looked at, once. Not here: returns
 * (model/branches.ts).
 */

import { decodeReplay } from "@carom/envs";
import type { PolicyEntry } from "@carom/runs/formats";
import { ofAge } from "./model/ages.js";
import type { Branch } from "./model/branches.js";
import { ThoughtLog } from "./model/thoughts.js";
import type { Asked } from "./policy/host.js";
import { type Assessed, policyKey, type Script, type Thoughts } from "./policy/protocol.js";
import type { Session } from "./session.js";

/** How a branch stands against what it left, in a policy's eyes. */
export interface ValueDifference {
  /** The decision of both at which the policy was asked. */
  readonly at: number;
  /** Value of the branch less the value of what it left. */
  readonly difference: number;
  /** Env steps of the policy. */
  readonly steps: number;
}

/** Whoever answers for policies; the page's `PolicyHost`. */
export interface Assessors {
  assess(policy: PolicyEntry, script: Script, onPart?: (part: Thoughts) => void): Asked<Assessed>;
}

export class BranchValues {
  private readonly session: Session;
  private readonly host: Assessors;
  private readonly find: (id: string) => Branch | undefined;
  private readonly wake: () => void;
  /** Answers by branch and policy; "unknown" while one is on its way, and where none can be had. */
  private readonly known: Map<string, ValueDifference | "unknown"> = new Map();

  /** @param find a branch by its id */
  constructor(
    session: Session,
    host: Assessors,
    find: (id: string) => Branch | undefined,
    wake: () => void,
  ) {
    this.session = session;
    this.host = host;
    this.find = find;
    this.wake = wake;
  }

  /** The difference for a branch; undefined while it is not known, and where it cannot be. */
  of(branch: Branch): ValueDifference | undefined {
    const { policies } = this.session;
    const policy = ofAge(policies, branch.root.steps);
    if (!policy || branch.parent.kind === "live") return undefined;
    // What could not be had may be there once the trainer is back.
    const name = `${branch.id} ${policyKey(policy)} ${this.session.openings}`;
    const known = this.known.get(name);
    if (known === undefined) {
      this.known.set(name, "unknown");
      void this.ask(branch, policy).then(
        (answer) => {
          if (answer) this.known.set(name, answer);
          this.wake();
        },
        () => {}, // the policy or the episode is gone: the returns are there all the same
      );
    }
    return known === "unknown" ? undefined : known;
  }

  private async ask(branch: Branch, policy: PolicyEntry): Promise<ValueDifference | undefined> {
    const { kind, id } = branch.parent;
    const parent = kind === "branch" ? this.find(id)?.replay : await this.session.replay(id);
    if (!parent) return undefined;
    const scripts = [decodeReplay(branch.replay), decodeReplay(parent)];
    const at = Math.min(...scripts.map(({ length }) => length)) - 1;
    const [own, theirs] = await Promise.all(scripts.map((one) => this.valueAt(policy, one, at)));
    if (own === undefined || theirs === undefined) return undefined;
    return { at, difference: own - theirs, steps: policy.steps };
  }

  private async valueAt(
    policy: PolicyEntry,
    { seed, actions, length }: Script,
    at: number,
  ): Promise<number | undefined> {
    const log = new ThoughtLog();
    await this.host.assess(policy, { seed, actions, length }, (part) => log.add(part)).done;
    return log.valueAt(at);
  }
}
