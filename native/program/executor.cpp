#include "program/executor.h"

#include <algorithm>

namespace carom {
namespace {

/// Work below which waking another thread does not pay, and work per thread above it.
constexpr double kSoloNanoseconds = 12000;
constexpr double kNanosecondsPerRank = 6000;

Kernel kernel_of(const OpEntry* op, Isa isa) { return op->kernels[static_cast<int>(isa)]; }

struct StepRun {
  const StepView* step;
  Kernel kernel;
  Fault* fault;
};

void step_body(void* context, int rank, int size, Barrier& barrier) {
  const StepRun& run = *static_cast<StepRun*>(context);
  const StepView& step = *run.step;
  Team team{rank, size, 0, step.scratch, run.fault, {0, -1}};
  for (int phase = 0; phase < step.plan->phase_count; ++phase) {
    if (phase > 0 && size > 1) barrier.arrive();
    team.phase = phase;
    run.kernel(step.params, team);
  }
}

int team_size(const Plan& plan, int available) {
  if (available == 1) return 1;
  double work = 0;
  for (int phase = 0; phase < plan.phase_count; ++phase) work += plan.phases[phase].nanoseconds;
  if (work < kSoloNanoseconds) return 1;
  return static_cast<int>(std::min<double>(available, work / kNanosecondsPerRank));
}

/// One rank's part of a program.
class RankRun {
 public:
  RankRun(const ProgramRun& run, int rank, int size) : run_(run), rank_(rank), size_(size) {}

  void run_stage(const Stage& stage) const {
    for (const PhaseId id : stage.solo[static_cast<std::size_t>(rank_)]) call(id, Team{0, 1});
    for (const PhaseId id : stage.team) call(id, Team{rank_, size_});
    for (const Chain& chain : stage.chains) run_chain(chain);
  }

 private:
  void run_chain(const Chain& chain) const {
    Team team{rank_, size_};
    const Range mine = team.rows(chain.rows);
    const std::int64_t grain = chain.phases.size() > 1 ? Team::row_grain(chain.rows) : chain.rows;
    for (std::int64_t row = mine.begin; row < mine.end; row += grain) {
      team.tile = {row, std::min(row + grain, mine.end)};
      for (const PhaseId id : chain.phases) call(id, team);
    }
  }

  void call(PhaseId id, Team team) const {
    const Step& step = (*run_.steps)[static_cast<std::size_t>(id.step)];
    team.phase = id.phase;
    team.scratch = step.scratch;
    team.fault = run_.fault;
    kernel_of(step.op, run_.isa)(step.params.data(), team);
  }

  const ProgramRun& run_;
  const int rank_, size_;
};

void program_body(void* context, int rank, int size, Barrier& barrier) {
  const ProgramRun& run = *static_cast<ProgramRun*>(context);
  const RankRun rank_run(run, rank, size);
  for (std::size_t i = 0; i < run.schedule->size(); ++i) {
    if (i > 0 && size > 1) barrier.arrive();
    rank_run.run_stage((*run.schedule)[i]);
  }
}

}  // namespace

void run_step(ThreadPool& pool, Isa isa, const StepView& step, Fault& fault) {
  StepRun run{&step, kernel_of(step.op, isa), &fault};
  pool.run({step_body, &run}, team_size(*step.plan, pool.available()));
}

Job ProgramRun::job() { return {program_body, this}; }

}  // namespace carom
