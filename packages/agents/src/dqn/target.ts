/**
 * Moving a target network: theta' <- theta' + tau (theta - theta') (Mnih et al. 2015 with tau = 1;
 * Lillicrap et al. 2016).
 */
import type { ParameterBuffer } from "@carom/nn";

/** Moves `target` the share `tau` of the way to `online`, in place; made of ops. */
export function moveTowards(target: ParameterBuffer, online: ParameterBuffer, tau: number): void {
  const { flat } = online;
  target.flat.copyFrom(tau === 1 ? flat : target.flat.add(flat.sub(target.flat).mul(tau)));
}

/** How many multiples of `every` steps lie after `before` and at or before `now`. */
export function timesDue(every: number, before: number, now: number): number {
  return Math.floor(now / every) - Math.floor(before / every);
}
