/** The list of a run's kept policies, put together from its pages. */
import type { PoliciesPage } from "@carom/runs/formats";
import { type KeptPolicy, policyKey } from "../policy/protocol.js";

/**
 * `known` and what a page adds, by their env steps; `known` itself where that is nothing. A page from
 * the start means that the run has gone back: it replaces what was known.
 */
export function withPage(
  known: readonly KeptPolicy[],
  page: Pick<PoliciesPage, "from"> & { readonly policies: readonly KeptPolicy[] },
): readonly KeptPolicy[] {
  const before = page.from === 0 ? [] : known;
  const names = new Set(before.map(policyKey));
  const added = page.policies.filter((entry) => !names.has(policyKey(entry)));
  if (added.length === 0 && page.from > 0) return known;
  return [...before, ...added].sort((a, b) => a.steps - b.steps);
}

/** Without one that is no longer kept. */
export function without(known: readonly KeptPolicy[], gone: KeptPolicy): readonly KeptPolicy[] {
  return known.filter((one) => policyKey(one) !== policyKey(gone));
}
