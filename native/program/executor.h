// Runs prepared steps: one at a time on a team sized by its work, or a whole program in one
// parallel region.
#pragma once

#include "core/fault.h"
#include "core/thread_pool.h"
#include "program/schedule.h"
#include "program/step.h"

namespace carom {

/// Runs one step now. Returns when it is done; faults are left in `fault`.
void run_step(ThreadPool& pool, Isa isa, const StepView& step, Fault& fault);

/// A program together with the schedule for the team that is to run it. Must outlive the run.
struct ProgramRun {
  const std::vector<Step>* steps;
  const Schedule* schedule;
  Fault* fault;
  Isa isa;

  Job job();
};

}  // namespace carom
