// Step: one prepared call of an op, ready to run any number of times.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "ops/kernel.h"
#include "ops/plan.h"

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
  Kernel kernel;
  const void* params;
  const Plan* plan;
  std::byte* scratch;
};

/// A recorded step: owns its parameters and knows its memory.
struct Step {
  const char* op;
  Kernel kernel;
  std::vector<std::byte> params;
  Plan plan;
  std::byte* scratch = nullptr;
  std::vector<std::vector<Access>> accesses;  // per phase
  std::string shapes;
  double bytes = 0;

  StepView view() const { return {kernel, params.data(), &plan, scratch}; }
};

}  // namespace carom
