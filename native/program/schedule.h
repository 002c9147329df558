// Schedule: the order of a program's phases for one team size, with as few barriers as their memory allows.
// A phase runs on the whole team or, when it is small, on one rank; a barrier stands before a phase only
// if it touches memory that another rank wrote (or overwrites what another rank reads) since the last one.
#pragma once

#include <vector>

#include "program/step.h"

namespace carom {

struct ScheduledPhase {
  int step;
  int phase;
  int rank;  // -1: the whole team
  bool barrier_before;
};

using Schedule = std::vector<ScheduledPhase>;

Schedule make_schedule(const std::vector<Step>& steps, int team_size);

}  // namespace carom
