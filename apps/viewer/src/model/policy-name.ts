/** How people call a policy: by its moment of training, and by its run where that is not the page's. */
import { compact } from "./format.js";

/** What of a policy its name is made of. */
export interface NamedPolicy {
  /** Env steps of its training. */
  readonly steps: number;
  /** Its run, where that is another than the page's. */
  readonly run?: { readonly id: string } | undefined;
}

/** "before training", "step 12k", "pong-dqn-2, step 12k". */
export function policyName({ steps, run }: NamedPolicy): string {
  const moment = steps === 0 ? "before training" : `step ${compact(steps)}`;
  return run ? `${run.id}, ${moment}` : moment;
}

/** The same after other words: "policy of step 12k". */
export function whosePolicy(policy: NamedPolicy): string {
  const isBare = policy.steps === 0 && !policy.run;
  return `policy ${isBare ? "" : "of "}${policyName(policy)}`;
}

/** The same where it stands first: "Policy of step 12k". */
export function policyTitle(policy: NamedPolicy): string {
  const text = whosePolicy(policy);
  return `${text[0].toUpperCase()}${text.slice(1)}`;
}
