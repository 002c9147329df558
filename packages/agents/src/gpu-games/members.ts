/** The structs that the kernels of games take (kernels.cuh and match.cuh of @carom/compiler), member by member. */
import type { KernelArgument, Tensor } from "@carom/tensor";
import type { GpuGames } from "./gpu-games.js";
import type { GameTensors, StepRows } from "./tensors.js";

/** The members of CaromBatch, in their order. @param t tensors of the games, or what a step was given instead */
export function batchMembers(
  { count, cutAfter, layout, shows, spec, log: decisions }: GpuGames,
  t: GameTensors,
  { skip, time = 0 }: Pick<StepRows, "skip" | "time">,
): KernelArgument[] {
  const { log, others } = decisions.members(time);
  const numbers = (rows: Tensor): KernelArgument =>
    writesOrNull(shows === "state" ? rows : undefined);
  const isFeatureMajor = layout === "feature-major";
  return [
    { writes: t.state },
    { integer: count },
    { integer: cutAfter },
    { reads: t.keys },
    { writes: t.counts },
    { writes: t.numbers },
    { reads: t.actions },
    ...[t.rewards, t.terminated, t.truncated].map((writes) => ({ writes })),
    ...[t.observations, t.finalObservations].map(numbers),
    { integer: isFeatureMajor ? 1 : spec.observation.size },
    { integer: isFeatureMajor ? count : 1 },
    writesOrNull(t.masks),
    log,
    writesOrNull(t.finalState),
    skip === undefined ? { integer: 0 } : { reads: skip },
    ...others,
    writesOrNull(t.lives),
  ];
}

/** What CaromMatch has beyond that. */
export function matchMembers({ sides, chance, scores }: GameTensors): KernelArgument[] {
  return [...[sides, chance, scores].map(writesOrNull), { integer: 1 }];
}

function writesOrNull(writes: Tensor | undefined): KernelArgument {
  return writes === undefined ? { integer: 0 } : { writes };
}
