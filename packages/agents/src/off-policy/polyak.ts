/** Target networks that follow the learned ones slowly (Lillicrap et al. 2015, algorithm 1). */
import type { ParameterBuffer } from "@carom/nn";

/** target = (1 - tau) target + tau online: tau 1 copies, tau 0 leaves the target as it is. */
export function polyak(target: ParameterBuffer, online: ParameterBuffer, tau: number): void {
  const { flat } = target; // [P]
  flat.copyFrom(flat.add(online.flat.sub(flat).mul(tau)));
}
