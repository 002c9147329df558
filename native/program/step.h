// Step: one prepared call of an op, ready to run any number of times.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "ops/plan.h"
#include "ops/registry.h"

namespace carom {

/// A range of memory that a phase touches.
struct Access {
  const std::byte* begin;
  const std::byte* end;
  bool write;
  std::int64_t rows;        // > 0: each rank touches only its Team::rows(rows) of it
  std::int64_t row_stride;  // bytes between rows, when rows > 0
};

/// What the executor needs; the parameters and the scratch memory belong to the caller.
struct StepView {
  const OpEntry* op;
  const void* params;
  const Plan* plan;
  std::byte* scratch;
  bool adopted = false;  // whether it touches memory of the caller
};

/// A recorded step: owns its parameters and knows its memory.
struct Step {
  const OpEntry* op;
  std::vector<std::byte> params;
  Plan plan;
  std::byte* scratch = nullptr;
  bool adopted = false;
  std::vector<std::vector<Access>> accesses;  // per phase
  std::string shapes;
  double bytes = 0;

  StepView view() const { return {op, params.data(), &plan, scratch, adopted}; }
};

}  // namespace carom
