// Schedule: a program's phases ordered for one team size, with few barriers and good use of the
// caches.
//
// Phases are put into stages; a barrier stands between stages. A phase may share a stage with one
// it depends on only when no rank can meet another's data: both run on the same rank, or both are
// row-wise over the same rows. Row-wise phases of a stage form a chain, which each rank runs tile
// by tile: a few rows through all of them, then the next few, so that a whole forward and backward
// pass stays in the second-level cache.
#pragma once

#include <cstdint>
#include <vector>

#include "program/step.h"

namespace carom {

struct PhaseId {
  int step;
  int phase;
};

/// Row-wise phases over the same rows, in program order.
struct Chain {
  std::int64_t rows;
  std::vector<PhaseId> phases;
};

struct Stage {
  std::vector<std::vector<PhaseId>> solo;  // per rank, in program order
  std::vector<PhaseId> team;               // independent of each other and of all else in the stage
  std::vector<Chain> chains;
};

using Schedule = std::vector<Stage>;

Schedule make_schedule(const std::vector<Step>& steps, int team_size);

}  // namespace carom
