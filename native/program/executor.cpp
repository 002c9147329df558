#include "program/executor.h"

#include <algorithm>

namespace carom {
namespace {

/// Work below which waking another thread does not pay, and work per thread above it.
constexpr double kSoloNanoseconds = 12000;
constexpr double kNanosecondsPerRank = 6000;

struct StepRun {
  const StepView* step;
  Fault* fault;
};

void step_body(void* context, int rank, int size, Barrier& barrier) {
  const StepRun& run = *static_cast<StepRun*>(context);
  const StepView& step = *run.step;
  Team team{rank, size, 0, step.scratch, run.fault};
  for (int phase = 0; phase < step.plan->phase_count; ++phase) {
    if (phase > 0 && size > 1) barrier.arrive();
    team.phase = phase;
    step.kernel(step.params, team);
  }
}

int team_size(const Plan& plan, int available) {
  if (available == 1) return 1;
  double work = 0;
  for (int phase = 0; phase < plan.phase_count; ++phase) work += plan.phases[phase].nanoseconds;
  if (work < kSoloNanoseconds) return 1;
  return static_cast<int>(std::min<double>(available, work / kNanosecondsPerRank));
}

void program_body(void* context, int rank, int size, Barrier& barrier) {
  const ProgramRun& run = *static_cast<ProgramRun*>(context);
  for (const ScheduledPhase& item : *run.schedule) {
    if (item.barrier_before) barrier.arrive();
    if (item.rank >= 0 && item.rank != rank) continue;
    const Step& step = (*run.steps)[static_cast<std::size_t>(item.step)];
    const bool solo = item.rank >= 0;
    const Team team{solo ? 0 : rank, solo ? 1 : size, item.phase, step.scratch, run.fault};
    step.kernel(step.params.data(), team);
  }
}

}  // namespace

void run_step(ThreadPool& pool, const StepView& step, Fault& fault) {
  StepRun run{&step, &fault};
  pool.run({step_body, &run}, team_size(*step.plan, pool.available()));
}

Job ProgramRun::job() { return {program_body, this}; }

}  // namespace carom
